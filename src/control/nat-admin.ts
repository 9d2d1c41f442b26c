/**
 * The admin verbs of a NAT gateway: which EIPs it has, and which of them each SNAT entry uses; they act at once, or
 * refuse with the product's rule.
 * Source: NAT Gateway "Limits"; Terraform alicloud_snat_entry.
 */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { Cidr } from '../base/ipv4.ts';
import { EIPS_PER_NAT_GATEWAY } from '../base/quotas.ts';
import type { NatGateway } from '../devices/nat-gateway.ts';
import type { Network } from '../network/network.ts';
import type { EipHolder } from './eip-admin.ts';
import type { Refusal } from './refusal.ts';

interface EntryState {
  readonly number: number;
  eips: readonly string[];
}

export class NatAdmin implements EipHolder {
  private readonly name: string;
  private readonly gateway: NatGateway;
  private readonly network: Network;
  /** EIPs it has, with their addresses. */
  private readonly addresses = new Map<string, number>();
  private readonly entries = new Map<string, EntryState>();

  constructor(name: string, gateway: NatGateway, network: Network) {
    this.name = name;
    this.gateway = gateway;
    this.network = network;
  }

  addEntry(entry: string, source: Cidr, eips: readonly string[], hasAffinity: boolean): void {
    const number = this.gateway.addEntry(source, this.poolOf(eips), hasAffinity);
    this.entries.set(entry, { number, eips });
    this.network.states.set(`${this.name}/${entry}`, eips.join(', '));
  }

  /** The order of the EIPs counts for nothing but how the pool is shown. */
  setPool(entry: string, eips: readonly string[], event: number): Refusal {
    const state = present(this.entries.get(entry), 'an event names an SNAT entry that was not built');
    const foreign = eips.find((eip) => !this.addresses.has(eip));
    if (foreign !== undefined) return `${foreign} is not associated with ${this.name}`;
    this.gateway.setPool(state.number, this.poolOf(eips), event);
    const cause = event === NONE ? null : { event, chain: [] };
    const [from, to] = [state.eips.join(', '), eips.join(', ')];
    this.network.change({ kind: 'installation', subject: `${this.name}/${entry}`, from, to, cause });
    state.eips = eips;
    return null;
  }

  refusalToTake(_eip: string): Refusal {
    return this.addresses.size < EIPS_PER_NAT_GATEWAY
      ? null
      : `${this.name} has ${EIPS_PER_NAT_GATEWAY} EIPs, which is the most`;
  }

  take(eip: string, address: number): void {
    this.addresses.set(eip, address);
    this.gateway.hold(address, eip);
  }

  refusalToGive(eip: string): Refusal {
    for (const [name, { eips }] of this.entries) {
      if (eips.includes(eip)) return `${this.name}/${name} uses ${eip}; take it out of snat_ip first`;
    }
    return null;
  }

  give(eip: string, address: number): void {
    this.addresses.delete(eip);
    this.gateway.release(address);
  }

  takeOver(sender: number, event: number): void {
    this.gateway.takeOver(sender, event);
  }

  private poolOf(eips: readonly string[]): number[] {
    return eips.map((eip) =>
      present(this.addresses.get(eip), 'an SNAT entry uses an EIP of another gateway'),
    );
  }
}
