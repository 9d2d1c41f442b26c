/**
 * The Internet gateway of a region: holds the 1:1 translation of EIPs.
 * Models: EIP to private address and back, EIPs of a NAT gateway passed on as they are, ICMP errors by the header they quote, a bandwidth limit per direction
 * (outbound the purchased one, inbound at least `eip.inbound_floor`), acting at once when changed; the zone that the
 * address of a cluster is reached in, learnt from what its nodes announce.
 * Leaves out: the split of limits above 1 Gbit/s over nodes, NAT and cut-through modes of secondary ENIs.
 * Source: EIP "Features"; ECS "Public bandwidth" for the direction rule.
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { CONSUME, drop, forward, type Verdict } from '../network/verdict.ts';
import { RateLimiter } from '../policy/rate-limiter.ts';
import { forwardInPieces } from '../protocols/fragmentation.ts';
import { isIcmpError, translateQuoted } from '../protocols/ip.ts';
import type { LearntRoute, RouteLearner } from '../protocols/route-learner.ts';

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

interface Binding extends Limiters {
  readonly eip: number;
  target: EipTarget | null;
  /** By protocol and port: what listeners of a CLB have apart from the rest; null without any. */
  reserved: Map<number, Limiters> | null;
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
  private learner: RouteLearner | null = null;

  attachInternet(iface: IfaceId): void {
    this.internetIface = iface;
  }

  /** Who hears what nodes announce. */
  learnBy(make: (context: DeviceContext) => RouteLearner): void {
    this.learner = make(this.context);
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
      ...newLimiters(limit),
      reserved: null,
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

  /** In pieces where that is allowed; an error of its own it sends none (assumed). */
  override onTooBig(packet: PacketId, iface: IfaceId, mtuBytes: number): boolean {
    return forwardInPieces(this.context, packet, iface, mtuBytes);
  }

  receive(packet: PacketId, iface: IfaceId): Verdict {
    if (iface !== this.internetIface && this.context.packets.dstAddr[packet] === this.learner?.address) {
      this.learner.receive(packet);
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
    const { inbound } = this.limitersOf(binding, packet, packets.dstPort[packet] as number);
    if (!inbound.take(packets.lengthBytes[packet] as number, this.context.now())) {
      return this.blamed(inbound.event, RATE_LIMIT);
    }
    const { address, route } = binding.target;
    const iface = route === undefined ? binding.target.iface : (route.nodes[0]?.iface ?? NONE);
    if (iface === NONE) return this.blamed(route?.event ?? NONE, NO_ROUTE);
    if (isIcmpError(this.context, packet)) translateQuoted(packets.content[packet], 'srcAddr', eip, address);
    packets.dstAddr[packet] = address;
    if (binding.event !== NONE) this.context.revive(packet, binding.event);
    if (route !== undefined && route.event !== NONE) this.context.revive(packet, route.event);
    return forward(iface as IfaceId);
  }

  private receiveOutbound(packet: PacketId, iface: IfaceId): Verdict {
    const { packets } = this.context;
    const address = packets.srcAddr[packet] as number;
    const binding = this.targetsOf(this.vpcOf[iface] as number).get(address | 0);
    if (binding === undefined) return ISOLATED;
    const { outbound } = this.limitersOf(binding, packet, packets.srcPort[packet] as number);
    if (!outbound.take(packets.lengthBytes[packet] as number, this.context.now())) {
      return this.blamed(outbound.event, RATE_LIMIT);
    }
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

  private targetsOf(vpc: number): Map<number, Binding> {
    return this.byTarget[vpc] as Map<number, Binding>;
  }

  private blamed(event: number, verdict: Verdict): Verdict {
    if (event !== NONE) this.context.blameDrop(event);
    return verdict;
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
