/**
 * The admin verbs of a NAT gateway: which EIPs it has, its SNAT and DNAT entries, its size; they act at once, or
 * refuse with the product's rule. Where one stands by in another zone, it is told everything too.
 * Source: NAT Gateway "Limits"; Terraform alicloud_snat_entry, alicloud_forward_entry.
 */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import { describeForward, type ForwardRule, forwardConflict, poolConflict } from '../base/forward-rules.ts';
import { type Cidr, formatCidr } from '../base/ipv4.ts';
import {
  DNAT_ENTRIES_PER_NAT_GATEWAY,
  EIPS_PER_NAT_GATEWAY,
  SNAT_ENTRIES_PER_NAT_GATEWAY,
} from '../base/quotas.ts';
import { ANY_PROTOCOL } from '../devices/nat-forwards.ts';
import type { NatGateway } from '../devices/nat-gateway.ts';
import type { NatCapacity } from '../devices/nat-limits.ts';
import type { Network } from '../network/network.ts';
import { TCP, UDP } from '../network/packet-table.ts';
import type { EipHolder } from './eip-admin.ts';
import type { Refusal } from './refusal.ts';

/** An SNAT entry by names. */
export interface SnatRule {
  readonly name: string;
  readonly source: Cidr;
  readonly eips: readonly string[];
  readonly hasAffinity: boolean;
}

interface EntryState {
  readonly name: string;
  /** At every device: all are told of the same entries in the same order. */
  readonly number: number;
  readonly source: string | null;
  readonly forward: ForwardRule | null;
  eips: readonly string[];
}

const PROTOCOLS = { tcp: TCP, udp: UDP, any: ANY_PROTOCOL } as const;
const GONE = 'removed';

export class NatAdmin implements EipHolder {
  /** The EIP that an instance has of its own; null: it has none. */
  eipOf: (instance: string) => string | null = () => null;
  private readonly name: string;
  private readonly devices: readonly NatGateway[];
  private readonly network: Network;
  /** EIPs it has, with their addresses. */
  private readonly addresses = new Map<string, number>();
  private readonly entries = new Map<string, EntryState>();

  constructor(name: string, devices: readonly NatGateway[], size: string | null, network: Network) {
    this.name = name;
    this.devices = devices;
    this.network = network;
    network.states.set(`${name}/specification`, size ?? 'elastic');
  }

  addEntry({ name, source, eips, hasAffinity }: SnatRule, event: number): Refusal {
    const refusal = this.refusalToAddEntry(name, formatCidr(source), eips);
    if (refusal !== null) return refusal;
    let number = NONE;
    for (const device of this.devices)
      number = device.addEntry(source, this.poolOf(eips), hasAffinity, event);
    this.entries.set(name, { name, number, source: formatCidr(source), forward: null, eips });
    this.show(name, eips.join(', '), event);
    return null;
  }

  /** `target`: the private address of the instance it leads to. */
  addForward(entry: ForwardRule, target: number, event: number): Refusal {
    const refusal = this.refusalToAddForward(entry);
    if (refusal !== null) return refusal;
    const rule = {
      eip: this.addresses.get(entry.eip) as number,
      protocol: PROTOCOLS[entry.protocol],
      firstPort: entry.externalPorts?.first ?? 0,
      lastPort: entry.externalPorts?.last ?? 0,
      target,
      targetPort: entry.internalPorts?.first ?? 0,
    };
    let number = NONE;
    for (const device of this.devices) number = device.addForward(rule, event);
    const { name, eip } = entry;
    this.entries.set(name, { name, number, source: null, forward: entry, eips: [eip] });
    this.show(name, describeForward(entry), event);
    return null;
  }

  removeEntry(name: string, event: number): Refusal {
    const state = this.entries.get(name);
    if (state === undefined) return `${this.name} has no entry ${name}`;
    for (const device of this.devices) device.removeEntry(state.number, event);
    this.entries.delete(name);
    this.show(name, GONE, event);
    return null;
  }

  /** The order of the EIPs counts for nothing but how the pool is shown. */
  setPool(name: string, eips: readonly string[], event: number): Refusal {
    const state = this.entries.get(name);
    if (state === undefined) return `${this.name} has no entry ${name}`;
    const refusal = this.refusalToUse(name, eips);
    if (refusal !== null) return refusal;
    for (const device of this.devices) device.setPool(state.number, this.poolOf(eips), event);
    this.show(name, eips.join(', '), event);
    state.eips = eips;
    return null;
  }

  setSpecification(size: string, capacity: NatCapacity, event: number): Refusal {
    for (const device of this.devices) device.setCapacity(capacity, event);
    this.show('specification', size, event);
    return null;
  }

  refusalToTake(_eip: string): Refusal {
    return this.addresses.size < EIPS_PER_NAT_GATEWAY
      ? null
      : `${this.name} has ${EIPS_PER_NAT_GATEWAY} EIPs, which is the most`;
  }

  take(eip: string, address: number): void {
    this.addresses.set(eip, address);
    for (const device of this.devices) device.hold(address, eip);
  }

  refusalToGive(eip: string): Refusal {
    for (const [name, { eips, forward }] of this.entries) {
      if (!eips.includes(eip)) continue;
      const remedy = forward === null ? 'take it out of snat_ip first' : 'remove that first';
      return `${this.name}/${name} uses ${eip}; ${remedy}`;
    }
    return null;
  }

  give(eip: string, address: number): void {
    this.addresses.delete(eip);
    for (const device of this.devices) device.release(address);
  }

  takeOver(sender: number, event: number): void {
    for (const device of this.devices) device.takeOver(sender, event);
  }

  private refusalToAddEntry(name: string, source: string, eips: readonly string[]): Refusal {
    if (this.entries.has(name)) return `${this.name} has an entry ${name} already`;
    const snat = [...this.entries.values()].filter((entry) => entry.forward === null);
    if (snat.length >= SNAT_ENTRIES_PER_NAT_GATEWAY)
      return `${this.name} has ${SNAT_ENTRIES_PER_NAT_GATEWAY} SNAT entries, which is the most`;
    const same = snat.find((entry) => entry.source === source);
    if (same !== undefined) return `${same.name} has the source ${source} already`;
    return this.refusalToUse(name, eips);
  }

  /** Why a pool cannot have these EIPs. */
  private refusalToUse(name: string, eips: readonly string[]): Refusal {
    const foreign = eips.find((eip) => !this.addresses.has(eip));
    if (foreign !== undefined) return `${foreign} is not associated with ${this.name}`;
    for (const forward of this.forwards()) {
      const conflict = poolConflict(forward, { name, eips });
      if (conflict !== null) return conflict.message;
    }
    return null;
  }

  private refusalToAddForward(entry: ForwardRule): Refusal {
    if (this.entries.has(entry.name)) return `${this.name} has an entry ${entry.name} already`;
    if (!this.addresses.has(entry.eip)) return `${entry.eip} is not associated with ${this.name}`;
    const own = this.eipOf(entry.instance);
    if (own !== null) return `${entry.instance} has EIP ${own} of its own`;
    const forwards = this.forwards();
    if (forwards.length >= DNAT_ENTRIES_PER_NAT_GATEWAY)
      return `${this.name} has ${DNAT_ENTRIES_PER_NAT_GATEWAY} DNAT entries, which is the most`;
    const pools = [...this.entries.values()].filter(({ forward }) => forward === null);
    return forwardConflict(entry, forwards, pools)?.message ?? null;
  }

  private forwards(): ForwardRule[] {
    return [...this.entries.values()].flatMap(({ forward }) => forward ?? []);
  }

  private poolOf(eips: readonly string[]): number[] {
    return eips.map((eip) =>
      present(this.addresses.get(eip), 'an SNAT entry uses an EIP of another gateway'),
    );
  }

  /** The state of an entry; what is there from the start is no change. */
  private show(entry: string, to: string, event: number): void {
    const subject = `${this.name}/${entry}`;
    if (event === NONE) {
      this.network.states.set(subject, to);
      return;
    }
    const from = this.network.states.get(subject) ?? null;
    this.network.change({ kind: 'installation', subject, from, to, cause: causeOf(event) });
  }
}

const causeOf = (event: number) => (event === NONE ? null : { event, chain: [] });
