/**
 * The Internet gateway of a region: holds the 1:1 translation of EIPs.
 * Models: EIP to private address and back, EIPs of a NAT gateway passed on as they are, ICMP errors by the header they quote, a bandwidth limit per direction
 * (outbound the purchased one, inbound at least `eip.inbound_floor`), acting at once when changed.
 * Leaves out: the split of limits above 1 Gbit/s over nodes, NAT and cut-through modes of secondary ENIs.
 * Source: EIP "Features"; ECS "Public bandwidth" for the direction rule.
 */
import { NONE } from '../base/brand.ts';
import { Device } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { drop, forward, type Verdict } from '../network/verdict.ts';
import { TokenBucket } from '../policy/token-bucket.ts';
import { forwardInPieces } from '../protocols/fragmentation.ts';
import { isIcmpError, translateQuoted } from '../protocols/ip.ts';

const NO_BINDING = drop(dropReason('nat-no-binding'));
const ISOLATED = drop(dropReason('isolated'));
const RATE_LIMIT = drop(dropReason('rate-limit'));

/**
 * Where an EIP leads: a private address of a VPC, reached through one of the VPC's zone routers, or the EIP's own
 * address at a NAT gateway.
 */
export interface EipTarget {
  /** Number of the VPC, or of the NAT gateway: private addresses of different VPCs may be equal. */
  readonly vpc: number;
  readonly address: number;
  readonly iface: IfaceId;
}

export interface EipLimit {
  readonly outboundBps: number;
  readonly inboundBps: number;
  readonly outboundBurstBytes: number;
  readonly inboundBurstBytes: number;
}

/** The limit of one direction. */
interface Limiter {
  readonly bucket: TokenBucket;
  rateBps: number;
  /** Event that lowered it, to blame for what it drops; NONE when it is as first bought or was raised. */
  event: number;
}

interface Binding {
  readonly eip: number;
  target: EipTarget | null;
  readonly outbound: Limiter;
  readonly inbound: Limiter;
  /** Event that last moved or changed it; NONE at first. */
  event: number;
}

export class InternetGateway extends Device {
  private internetIface = NONE as IfaceId;
  /** By interface: the VPC or NAT gateway behind it. */
  private readonly vpcOf: number[] = [];
  // Keys of these Maps are addresses as signed words: an unsigned one may not be a small integer, and would be boxed
  // for every look-up.
  private readonly byEip = new Map<number, Binding>();
  /** By VPC or NAT gateway, then by private address. */
  private readonly byTarget: Map<number, Binding>[] = [];

  attachInternet(iface: IfaceId): void {
    this.internetIface = iface;
  }

  attachVpc(iface: IfaceId, vpc: number): void {
    this.vpcOf[iface] = vpc;
    this.byTarget[vpc] ??= new Map();
  }

  /** Makes an EIP known; it leads nowhere until bound. */
  hold(eip: number, limit: EipLimit): void {
    this.byEip.set(eip | 0, {
      eip,
      target: null,
      outbound: newLimiter(limit.outboundBps, limit.outboundBurstBytes),
      inbound: newLimiter(limit.inboundBps, limit.inboundBurstBytes),
      event: NONE,
    });
  }

  bind(eip: number, target: EipTarget, event: number): void {
    const binding = this.byEip.get(eip | 0) as Binding;
    binding.target = target;
    binding.event = event;
    this.targetsOf(target.vpc).set(target.address | 0, binding);
  }

  unbind(eip: number, event: number): void {
    const binding = this.byEip.get(eip | 0) as Binding;
    if (binding.target !== null) this.targetsOf(binding.target.vpc).delete(binding.target.address | 0);
    binding.target = null;
    binding.event = event;
  }

  /** What leads to a NAT gateway leads there by another interface from now on. */
  moveTargets(vpc: number, iface: IfaceId, event: number): void {
    for (const binding of this.targetsOf(vpc).values()) {
      if (binding.target === null) continue;
      binding.target = { ...binding.target, iface };
      binding.event = event;
    }
  }

  setLimit(eip: number, limit: EipLimit, event: number): void {
    const binding = this.byEip.get(eip | 0) as Binding;
    const nowNs = this.context.now();
    changeLimiter(binding.outbound, limit.outboundBps, limit.outboundBurstBytes, nowNs, event);
    changeLimiter(binding.inbound, limit.inboundBps, limit.inboundBurstBytes, nowNs, event);
    binding.event = event;
  }

  /** In pieces where that is allowed; an error of its own it sends none (assumed). */
  override onTooBig(packet: PacketId, iface: IfaceId, mtuBytes: number): boolean {
    return forwardInPieces(this.context, packet, iface, mtuBytes);
  }

  receive(packet: PacketId, iface: IfaceId): Verdict {
    return iface === this.internetIface ? this.receiveInbound(packet) : this.receiveOutbound(packet, iface);
  }

  private receiveInbound(packet: PacketId): Verdict {
    const { packets } = this.context;
    const eip = packets.dstAddr[packet] as number;
    const binding = this.byEip.get(eip | 0);
    if (binding === undefined) return NO_BINDING;
    if (binding.target === null) return this.blamed(binding.event, NO_BINDING);
    if (!binding.inbound.bucket.take(packets.lengthBytes[packet] as number, this.context.now())) {
      return this.blamed(binding.inbound.event, RATE_LIMIT);
    }
    const { address, iface } = binding.target;
    if (isIcmpError(this.context, packet)) translateQuoted(packets.content[packet], 'srcAddr', eip, address);
    packets.dstAddr[packet] = address;
    if (binding.event !== NONE) this.context.revive(packet, binding.event);
    return forward(iface);
  }

  private receiveOutbound(packet: PacketId, iface: IfaceId): Verdict {
    const { packets } = this.context;
    const address = packets.srcAddr[packet] as number;
    const binding = this.targetsOf(this.vpcOf[iface] as number).get(address | 0);
    if (binding === undefined) return ISOLATED;
    if (!binding.outbound.bucket.take(packets.lengthBytes[packet] as number, this.context.now())) {
      return this.blamed(binding.outbound.event, RATE_LIMIT);
    }
    if (isIcmpError(this.context, packet))
      translateQuoted(packets.content[packet], 'dstAddr', address, binding.eip);
    packets.srcAddr[packet] = binding.eip;
    if (binding.event !== NONE) this.context.revive(packet, binding.event);
    return forward(this.internetIface);
  }

  private targetsOf(vpc: number): Map<number, Binding> {
    return this.byTarget[vpc] as Map<number, Binding>;
  }

  private blamed(event: number, verdict: Verdict): Verdict {
    if (event !== NONE) this.context.blameDrop(event);
    return verdict;
  }
}

function newLimiter(rateBps: number, burstBytes: number): Limiter {
  return { bucket: new TokenBucket(rateBps, burstBytes), rateBps, event: NONE };
}

/** A direction whose rate stays, such as inbound below its floor, is left alone. */
function changeLimiter(
  limiter: Limiter,
  rateBps: number,
  burstBytes: number,
  nowNs: number,
  event: number,
): void {
  if (rateBps === limiter.rateBps) return;
  limiter.bucket.change(rateBps, burstBytes, nowNs);
  limiter.event = rateBps < limiter.rateBps ? event : NONE;
  limiter.rateBps = rateBps;
}
