/**
 * The Internet gateway of a region: holds the 1:1 translation of EIPs.
 * Models: EIP to private address and back, EIPs of a NAT gateway passed on as they are, ICMP errors by the header they quote, a bandwidth limit per direction
 * (outbound the purchased one, inbound at least `eip.inbound_floor`), acting at once when changed; bandwidth plans that
 * several EIPs share, each on servers that split it by the hash of the flow.
 * Leaves out: the split of an EIP's own limit, which begins above the 1 Gbit/s it can have.
 * Source: EIP "Features"; ECS "Public bandwidth" for the direction rule; Internet Shared Bandwidth "Limits".
 * Assumed: what a plan drops has been counted by the EIP's cap before.
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import { nameHash } from '../network/fingerprint.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { drop, forward, type Verdict } from '../network/verdict.ts';
import { SplitBucket } from '../policy/split-bucket.ts';
import { TokenBucket } from '../policy/token-bucket.ts';
import { forwardInPieces } from '../protocols/fragmentation.ts';
import { isIcmpError, translateQuoted } from '../protocols/ip.ts';
import { hashOfPacket } from './forwarder.ts';

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

/** The limit of one direction of a plan. */
interface SharedLimiter {
  readonly bucket: SplitBucket;
  rateBps: number;
  /** As of a Limiter. */
  event: number;
}

interface Plan {
  readonly outbound: SharedLimiter;
  readonly inbound: SharedLimiter;
}

/** What a plan passes, either way. */
export interface PlanLimit {
  readonly bps: number;
  /** Of each server. */
  readonly burstBytes: number;
}

type Direction = 'inbound' | 'outbound';

interface Binding {
  readonly eip: number;
  target: EipTarget | null;
  /** What it shares with others. */
  plan: Plan | null;
  /** Whether the next two hold: not in a plan without a cap. */
  hasOwnLimit: boolean;
  readonly outbound: Limiter;
  readonly inbound: Limiter;
  /** Event that last moved or changed it; NONE at first. */
  event: number;
  /** Bytes passed, by flow; empty unless they are counted. */
  readonly bytes: Readonly<Record<Direction, Float64Array>>;
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
  private readonly plans: Plan[] = [];
  private readonly salt: number;
  private readonly flowCount: number;

  /** `flowCount`: flows whose bytes are counted for each EIP; 0 where nobody asks. */
  constructor(context: DeviceContext, flowCount = 0) {
    super(context);
    this.flowCount = flowCount;
    this.salt = nameHash(context.name);
  }

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
      plan: null,
      hasOwnLimit: true,
      outbound: newLimiter(limit.outboundBps, limit.outboundBurstBytes),
      inbound: newLimiter(limit.inboundBps, limit.inboundBurstBytes),
      event: NONE,
      bytes: { inbound: new Float64Array(this.flowCount), outbound: new Float64Array(this.flowCount) },
    });
  }

  /** Bytes of a flow that an EIP has passed. */
  bytesOf(eip: number, flow: number, direction: Direction): number {
    return (this.byEip.get(eip | 0) as Binding).bytes[direction][flow] ?? 0;
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

  /** Makes a plan known; its number. */
  addPlan(limit: PlanLimit, servers: number): number {
    const newShared = (): SharedLimiter => ({
      bucket: new SplitBucket(limit.bps, limit.burstBytes, servers),
      rateBps: limit.bps,
      event: NONE,
    });
    this.plans.push({ outbound: newShared(), inbound: newShared() });
    return this.plans.length - 1;
  }

  setPlan(number: number, limit: PlanLimit, event: number): void {
    const { outbound, inbound } = this.plans[number] as Plan;
    const nowNs = this.context.now();
    for (const limiter of [outbound, inbound]) {
      limiter.bucket.change(limit.bps, limit.burstBytes, nowNs);
      limiter.event = limit.bps < limiter.rateBps ? event : NONE;
      limiter.rateBps = limit.bps;
    }
  }

  /** From now on the plan limits the EIP, and besides it the cap if there is one. */
  join(eip: number, plan: number, cap: EipLimit | null, event: number): void {
    const binding = this.byEip.get(eip | 0) as Binding;
    binding.plan = this.plans[plan] as Plan;
    binding.hasOwnLimit = cap !== null;
    if (cap === null) binding.event = event;
    else this.setLimit(eip, cap, event);
  }

  /** From now on the EIP has its own limit again. */
  leave(eip: number, limit: EipLimit, event: number): void {
    const binding = this.byEip.get(eip | 0) as Binding;
    binding.plan = null;
    binding.hasOwnLimit = true;
    this.setLimit(eip, limit, event);
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
    if (binding.target === null) {
      this.blame(binding.event);
      return NO_BINDING;
    }
    const { plan, hasOwnLimit } = binding;
    const shared = plan === null ? null : plan.inbound;
    if (this.exceeds(packet, hasOwnLimit ? binding.inbound : null, shared)) return RATE_LIMIT;
    const { address, iface } = binding.target;
    this.count(packet, binding.bytes.inbound);
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
    const { plan, hasOwnLimit } = binding;
    const shared = plan === null ? null : plan.outbound;
    if (this.exceeds(packet, hasOwnLimit ? binding.outbound : null, shared)) return RATE_LIMIT;
    this.count(packet, binding.bytes.outbound);
    if (isIcmpError(this.context, packet))
      translateQuoted(packets.content[packet], 'dstAddr', address, binding.eip);
    packets.srcAddr[packet] = binding.eip;
    if (binding.event !== NONE) this.context.revive(packet, binding.event);
    return forward(this.internetIface);
  }

  /** Whether one of two limits has no room for the packet; blames what lowered it. */
  private exceeds(packet: PacketId, own: Limiter | null, shared: SharedLimiter | null): boolean {
    const { packets } = this.context;
    const nowNs = this.context.now();
    const lengthBytes = packets.lengthBytes[packet] as number;
    if (own !== null && !own.bucket.take(lengthBytes, nowNs)) {
      this.blame(own.event);
      return true;
    }
    if (shared === null) return false;
    if (shared.bucket.take(hashOfPacket(packets, packet, this.salt), lengthBytes, nowNs)) return false;
    this.blame(shared.event);
    return true;
  }

  /** Flows of detectors, which come after the counted ones, are nobody's bill. */
  private count(packet: PacketId, bytes: Float64Array): void {
    const { flow, lengthBytes } = this.context.packets;
    const id = flow[packet] as number;
    if (id < this.flowCount) bytes[id] = (bytes[id] as number) + (lengthBytes[packet] as number);
  }

  private targetsOf(vpc: number): Map<number, Binding> {
    return this.byTarget[vpc] as Map<number, Binding>;
  }

  private blame(event: number): void {
    if (event !== NONE) this.context.blameDrop(event);
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
