/**
 * The admin verbs of EIPs: associate, disassociate, set bandwidth, and convert for static public IPs; they act at once on the Internet gateway and on
 * the routers whose attachments gain or lose a public address.
 * Source: EIP "Features"; Terraform alicloud_eip_association, alicloud_eip_address.
 */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { ParameterValues } from '../base/parameters.ts';
import { formatBitrate } from '../base/units.ts';
import type { EipLimit, EipTarget, InternetGateway } from '../devices/internet-gateway.ts';
import type { VpcRouter } from '../devices/vpc-router.ts';
import type { IfaceId } from '../network/ids.ts';
import type { Network } from '../network/network.ts';
import type { Refusal } from './refusal.ts';

/** Takes several EIPs and is told of each, as a NAT gateway does; it may refuse. */
export interface EipHolder {
  refusalToTake(eip: string): Refusal;
  take(eip: string, address: number): void;
  refusalToGive(eip: string): Refusal;
  give(eip: string, address: number): void;
}

/** Something an EIP can be associated with. */
export interface Addressable {
  readonly region: string;
  /** Where its EIPs lead; those of a holder keep their own address on the way. */
  readonly target: EipTarget;
  /** Absent: it takes one EIP at most. */
  readonly holder?: EipHolder;
  /** Where its packets for outside go without an EIP, to tell whose doing it is when they do. */
  readonly fallback?: { takeOver(sender: number, event: number): void };
  /** A floating address: what is sent from it, by whoever has it, leaves by the Internet gateway. */
  readonly source?: { readonly router: VpcRouter; readonly address: number };
  /** Where it is attached: from there public destinations leave by the Internet gateway. */
  readonly attachments: readonly { readonly router: VpcRouter; readonly iface: IfaceId }[];
}

/** An EIP as its administrators know it. */
export interface EipState {
  readonly region: string;
  readonly address: number;
  readonly gateway: InternetGateway;
  bandwidthBps: number;
  targetName: string | null;
  /** A static public IP that was not converted. */
  isStatic: boolean;
  /** The bandwidth plan it is in, whose limit stands in for its own. */
  plan: string | null;
}

/** Limits of an EIP by direction. Source: ECS "Public bandwidth". */
export function eipLimit(bandwidthBps: number, values: ParameterValues): EipLimit {
  const inboundBps = Math.max(bandwidthBps, values.get('eip.inbound_floor'));
  const burstTimeNs = values.get('eip.burst_time');
  const floorBytes = values.get('eip.burst_floor');
  const burst = (bps: number): number => Math.max(floorBytes, Math.round((bps * burstTimeNs) / 8e9));
  return {
    outboundBps: bandwidthBps,
    inboundBps,
    outboundBurstBytes: burst(bandwidthBps),
    inboundBurstBytes: burst(inboundBps),
  };
}

export class EipAdmin {
  private readonly network: Network;
  private readonly values: ParameterValues;
  private readonly eips = new Map<string, EipState>();
  private readonly addressables = new Map<string, Addressable>();

  constructor(network: Network, values: ParameterValues) {
    this.network = network;
    this.values = values;
  }

  manage(
    name: string,
    region: string,
    address: number,
    bandwidthBps: number,
    gateway: InternetGateway,
    isStatic = false,
  ): void {
    gateway.hold(address, eipLimit(bandwidthBps, this.values));
    this.eips.set(name, { region, address, gateway, bandwidthBps, targetName: null, isStatic, plan: null });
    if (isStatic) this.network.states.set(`${name}/type`, 'static');
    this.network.states.set(name, 'available');
    this.network.states.set(`${name}/bandwidth`, formatBitrate(bandwidthBps));
  }

  find(name: string): EipState {
    return present(this.eips.get(name), 'an event names an EIP that was not built');
  }

  offer(name: string, addressable: Addressable): void {
    this.addressables.set(name, addressable);
  }

  /** The EIP that is associated with something that has one at most; null: none is. */
  eipOf(targetName: string): string | null {
    for (const [name, state] of this.eips) if (state.targetName === targetName) return name;
    return null;
  }

  associate(name: string, targetName: string, event: number): Refusal {
    const eip = this.find(name);
    const addressable = present(
      this.addressables.get(targetName),
      'an event names a target that was not built',
    );
    if (eip.targetName !== null) return `${name} is associated with ${eip.targetName}; disassociate it first`;
    if (eip.region !== addressable.region)
      return `${name} is in ${eip.region}, ${targetName} in ${addressable.region}`;
    const refusal = addressable.holder?.refusalToTake(name) ?? this.refusalToShare(targetName, addressable);
    if (refusal !== null) return refusal;
    this.show(name, 'available', targetName, event);
    eip.targetName = targetName;
    const { target, holder, attachments, source } = addressable;
    eip.gateway.bind(eip.address, holder === undefined ? target : { ...target, address: eip.address }, event);
    holder?.take(name, eip.address);
    for (const { router, iface } of attachments) router.setInternet(iface, true, event);
    source?.router.setInternetSource(source.address, true, event);
    return null;
  }

  disassociate(name: string, event: number): Refusal {
    const eip = this.find(name);
    if (eip.isStatic)
      return `${name} is a static public IP and cannot be disassociated; convert it to an EIP first`;
    if (eip.targetName === null) return `${name} is not associated`;
    const { attachments, holder, fallback, target, source } = present(
      this.addressables.get(eip.targetName),
      'an EIP is associated with nothing built',
    );
    const refusal = holder?.refusalToGive(name) ?? null;
    if (refusal !== null) return refusal;
    this.show(name, eip.targetName, 'available', event);
    eip.targetName = null;
    eip.gateway.unbind(eip.address, event);
    holder?.give(name, eip.address);
    fallback?.takeOver(target.address, event);
    for (const { router, iface } of attachments) router.setInternet(iface, false, event);
    source?.router.setInternetSource(source.address, false, event);
    return null;
  }

  /** A static public IP becomes an EIP with the same address, where it is. */
  convert(name: string, event: number): Refusal {
    const eip = present(this.eips.get(name), 'an event converts an address that was not built');
    if (!eip.isStatic) return `${name} is an EIP already`;
    eip.isStatic = false;
    this.show(`${name}/type`, 'static', 'eip', event);
    return null;
  }

  /** What is no holder has one EIP. */
  private refusalToShare(targetName: string, { holder }: Addressable): Refusal {
    if (holder !== undefined) return null;
    const other = this.eipOf(targetName);
    return other === null ? null : `${targetName} has an EIP already: ${other}`;
  }

  setBandwidth(name: string, bandwidthBps: number, event: number): Refusal {
    const eip = this.find(name);
    this.show(`${name}/bandwidth`, formatBitrate(eip.bandwidthBps), formatBitrate(bandwidthBps), event);
    eip.bandwidthBps = bandwidthBps;
    if (eip.plan === null) eip.gateway.setLimit(eip.address, eipLimit(bandwidthBps, this.values), event);
    return null;
  }

  /** The state of an EIP is what it is associated with; a change of it acts at once. */
  private show(subject: string, from: string, to: string, event: number): void {
    const cause = event === NONE ? null : { event, chain: [] };
    this.network.change({ kind: 'installation', subject, from, to, cause });
  }
}
