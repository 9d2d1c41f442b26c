/**
 * The Internet gateway of a region: holds the 1:1 translation of EIPs.
 * Models: EIP to private address and back, EIPs of a NAT gateway passed on as they are, ICMP errors by the header they quote, a bandwidth limit per direction
 * (outbound the purchased one, inbound at least `eip.inbound_floor`), acting at once when changed; the zone that the
 * address of a cluster is reached in, learnt from what its nodes announce; bandwidth plans that several EIPs share, each on
 * servers that split it by the hash of the flow.
 * Leaves out: the split of an EIP's own limit, which begins above the 1 Gbit/s it can have.
 * Source: EIP "Features"; ECS "Public bandwidth" for the direction rule; Internet Shared Bandwidth "Limits".
 * Assumed: what a plan drops has been counted by the EIP's cap before.
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import { nameHash } from '../network/fingerprint.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { CONSUME, drop, forward, type Verdict } from '../network/verdict.ts';
import { RateLimiter } from '../policy/rate-limiter.ts';
import { SplitBucket } from '../policy/split-bucket.ts';
import { forwardInPieces } from '../protocols/fragmentation.ts';
import { isIcmpError, translateQuoted } from '../protocols/ip.ts';
import type { LearntRoute, RouteLearner } from '../protocols/route-learner.ts';
import { hashOfPacket } from './forwarder.ts';

const NO_BINDING = drop(dropReason('nat-no-binding'));
const ISOLATED = drop(dropReason('isolated'));
const NO_ROUTE = drop(dropReason('no-route'));
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
  /** Of a cluster: who has the address, in place of `iface`. */
  readonly route?: LearntRoute;
}

export interface EipLimit {
  readonly outboundBps: number;
  readonly inboundBps: number;
  readonly outboundBurstBytes: number;
  readonly inboundBurstBytes: number;
}

/** One limit a direction. */
interface Limiters {
  readonly outbound: RateLimiter;
  readonly inbound: RateLimiter;
}

/** The limit of one direction of a plan. */
interface SharedLimiter {
  readonly bucket: SplitBucket;
  rateBps: number;
  /** Event that lowered it, to blame for what it drops; NONE when it is as first bought or was raised. */
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

interface Binding extends Limiters {
  readonly eip: number;
  target: EipTarget | null;
  /** Its address as a signed word, which is never boxed (bench `allocation/nat`); 0 without a target. */
  targetWord: number;
  /** By protocol and port: what listeners of a CLB have apart from the rest; null without any. */
  reserved: Map<number, Limiters> | null;
  /** What it shares with others. */
  plan: Plan | null;
  /** Whether its own limits hold: not in a plan without a cap. */
  hasOwnLimit: boolean;
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
  private learner: RouteLearner | null = null;
  /** A number even without one: to compare an address with anything else, it would have to be boxed (bench `allocation/nat`). */
  private learnerAddress: number = NONE;
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

  /** Who hears what nodes announce. */
  learnBy(make: (context: DeviceContext) => RouteLearner): void {
    this.learner = make(this.context);
    this.learnerAddress = this.learner.address;
  }

  override start(): void {
    this.learner?.start();
  }

  override onTimer(token: number): void {
    this.learner?.onTimer(token);
  }

  override onPower(isOn: boolean): void {
    this.learner?.onPower(isOn);
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
      targetWord: 0,
      ...newLimiters(limit),
      reserved: null,
      plan: null,
      hasOwnLimit: true,
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
    binding.targetWord = target.address | 0;
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
    changeLimiters(binding, limit, this.context.now(), event);
    binding.event = event;
  }

  /** A port of the address, as of a CLB's listener, has a limit of its own. */
  reserve(eip: number, protocol: number, port: number, limit: EipLimit, event: number): void {
    const binding = this.byEip.get(eip | 0) as Binding;
    binding.reserved ??= new Map();
    const known = binding.reserved.get(portKey(protocol, port));
    if (known === undefined) binding.reserved.set(portKey(protocol, port), newLimiters(limit));
    else changeLimiters(known, limit, this.context.now(), event);
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
    if (iface !== this.internetIface && this.context.packets.dstAddr[packet] === this.learnerAddress) {
      this.learner?.receive(packet);
      return CONSUME;
    }
    return iface === this.internetIface ? this.receiveInbound(packet) : this.receiveOutbound(packet, iface);
  }

  private receiveInbound(packet: PacketId): Verdict {
    const { packets } = this.context;
    const eip = packets.dstAddr[packet] as number;
    const binding = this.byEip.get(eip | 0);
    if (binding === undefined) return NO_BINDING;
    if (binding.target === null) return this.blamed(binding.event, NO_BINDING);
    if (this.exceeds(packet, binding, 'inbound', packets.dstPort[packet] as number)) return RATE_LIMIT;
    const { target } = binding;
    const { route } = target;
    const iface = route === undefined ? target.iface : (route.nodes[0]?.iface ?? NONE);
    if (iface === NONE) return this.blamed(route?.event ?? NONE, NO_ROUTE);
    this.count(packet, binding.bytes.inbound);
    if (isIcmpError(this.context, packet))
      translateQuoted(packets.content[packet], 'srcAddr', eip, target.address);
    packets.dstAddr[packet] = binding.targetWord;
    if (binding.event !== NONE) this.context.revive(packet, binding.event);
    if (route !== undefined && route.event !== NONE) this.context.revive(packet, route.event);
    return forward(iface as IfaceId);
  }

  private receiveOutbound(packet: PacketId, iface: IfaceId): Verdict {
    const { packets } = this.context;
    const address = packets.srcAddr[packet] as number;
    const binding = this.targetsOf(this.vpcOf[iface] as number).get(address | 0);
    if (binding === undefined) return ISOLATED;
    if (this.exceeds(packet, binding, 'outbound', packets.srcPort[packet] as number)) return RATE_LIMIT;
    this.count(packet, binding.bytes.outbound);
    if (isIcmpError(this.context, packet))
      translateQuoted(packets.content[packet], 'dstAddr', address, binding.eip);
    packets.srcAddr[packet] = binding.eip;
    if (binding.event !== NONE) this.context.revive(packet, binding.event);
    return forward(this.internetIface);
  }

  private limitersOf(binding: Binding, packet: PacketId, port: number): Limiters {
    const { reserved } = binding;
    if (reserved === null) return binding;
    return reserved.get(portKey(this.context.packets.protocol[packet] as number, port)) ?? binding;
  }

  /** Whether a limit of the EIP, or of what it shares, has no room for the packet; blames what lowered it. `port` is the EIP's. */
  private exceeds(packet: PacketId, binding: Binding, direction: Direction, port: number): boolean {
    const { packets } = this.context;
    const { plan, hasOwnLimit } = binding;
    const nowNs = this.context.now();
    const lengthBytes = packets.lengthBytes[packet] as number;
    const own = this.limitersOf(binding, packet, port);
    // What a listener has reserved is its own, plan or not.
    if ((hasOwnLimit || own !== binding) && !own[direction].take(lengthBytes, nowNs)) {
      this.blame(own[direction].event);
      return true;
    }
    if (plan === null) return false;
    const shared = plan[direction];
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

  private blamed(event: number, verdict: Verdict): Verdict {
    this.blame(event);
    return verdict;
  }

  private blame(event: number): void {
    if (event !== NONE) this.context.blameDrop(event);
  }
}

function newLimiters(limit: EipLimit): Limiters {
  return {
    outbound: new RateLimiter(limit.outboundBps, limit.outboundBurstBytes),
    inbound: new RateLimiter(limit.inboundBps, limit.inboundBurstBytes),
  };
}

/** A direction whose rate stays, such as inbound below its floor, is left alone. */
function changeLimiters(
  { outbound, inbound }: Limiters,
  limit: EipLimit,
  nowNs: number,
  event: number,
): void {
  outbound.change(limit.outboundBps, limit.outboundBurstBytes, nowNs, event);
  inbound.change(limit.inboundBps, limit.inboundBurstBytes, nowNs, event);
}

function portKey(protocol: number, port: number): number {
  return protocol * 65536 + port;
}
