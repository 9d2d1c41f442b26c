// hot path
/**
 * A VPC's router in one zone; a zone outage takes just this instance.
 * Models: one FIB shared by the zones of the VPC, a second one for interfaces whose owner has a public address (their
 * way to the Internet is the Internet gateway), a default route to a NAT gateway in the first, equal-cost groups, TTL;
 * packets for outside that no table knows are dropped as `isolated`, packets for inside without a host as `no-route`,
 * those of a blackhole route as `blackhole-route`. Which nodes of a cluster have its address it learns from what they
 * announce, for itself; who has a floating address, from gratuitous ARP.
 * Leaves out: custom route tables, gateway route table, next hops other than attachments (later work).
 */
import { NONE } from '../base/brand.ts';
import { type Cidr, cidrContains } from '../base/ipv4.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { CONSUME, drop, forward, type Verdict } from '../network/verdict.ts';
import { forwardInPieces } from '../protocols/fragmentation.ts';
import { decrementTtl } from '../protocols/ip.ts';
import type { LearntRoute, RouteLearner } from '../protocols/route-learner.ts';
import { ARP } from '../protocols/vrrp-message.ts';
import { BLACKHOLE, type Fib, type NextHop } from '../routing/fib.ts';
import { Forwarder, type NextHopSpace } from './forwarder.ts';
import { HavipMap } from './havip-map.ts';

const NO_ROUTE = drop(dropReason('no-route'));
const BLACKHOLE_ROUTE = drop(dropReason('blackhole-route'));
const ISOLATED = drop(dropReason('isolated'));
const TTL_EXPIRED = drop(dropReason('ttl-expired'));

/** What the zone routers of one VPC have in common. */
export interface VpcTables {
  readonly cidr: Cidr;
  readonly nextHops: NextHopSpace;
  /** With a NAT gateway in the VPC also a default route to it. */
  readonly inside: Fib;
  /** The same routes, but the default route leads to the Internet gateway. */
  readonly withInternet: Fib;
  /** No default route, but those of balancers with a public address: for what comes from Internet and NAT gateways. */
  readonly fromInternet: Fib;
}

/** A floating address with an EIP, or whose EIP was taken by the event. */
interface PublicSource {
  readonly hasInternet: boolean;
  readonly event: number;
}

export class VpcRouter extends Device {
  readonly forwarder: Forwarder;
  private readonly tables: VpcTables;
  /** By interface, unless it is `inside`. */
  private readonly fibOf: Fib[] = [];
  /** By interface: the event that last gave or took its way out; absent at first. */
  private readonly internetEvent: number[] = [];
  private learner: RouteLearner | null = null;
  /** Null: no floating address in this zone. */
  private havips: HavipMap | null = null;
  /** By floating address, as a signed word; null: none has had an EIP. */
  private publicSources: Map<number, PublicSource> | null = null;
  /** By next hop that is learnt. */
  private readonly learnt = new Map<NextHop, LearntRoute>();

  constructor(context: DeviceContext, tables: VpcTables) {
    super(context);
    this.tables = tables;
    this.forwarder = new Forwarder(context, tables.nextHops);
  }

  /** An Internet or NAT gateway: what comes from there never follows a default route back. */
  attachGateway(iface: IfaceId): void {
    this.fibOf[iface] = this.tables.fromInternet;
  }

  /** Whether what is attached here has a public address of its own. */
  setInternet(iface: IfaceId, hasInternet: boolean, event: number = NONE): void {
    this.fibOf[iface] = hasInternet ? this.tables.withInternet : this.tables.inside;
    this.internetEvent[iface] = event;
  }

  /** The floating addresses of this zone; `updateNs` is the delay of the map. */
  mapHavips(updateNs: number): HavipMap {
    this.havips ??= new HavipMap(this.context, updateNs);
    return this.havips;
  }

  /** Whether what is sent from a floating address has a public one, whoever sends it. */
  setInternetSource(address: number, hasInternet: boolean, event: number): void {
    this.publicSources ??= new Map();
    this.publicSources.set(address | 0, { hasInternet, event });
  }

  /** Who hears what nodes announce. */
  learnBy(make: (context: DeviceContext) => RouteLearner): void {
    this.learner = make(this.context);
  }

  /** To whom this next hop leads is learnt. */
  setLearnt(nextHop: NextHop, route: LearntRoute): void {
    this.learnt.set(nextHop, route);
  }

  override start(): void {
    this.learner?.start();
    this.havips?.start();
  }

  override onTimer(token: number): void {
    if (token < 0) this.havips?.onTimer(token);
    else this.learner?.onTimer(token);
  }

  override onPower(isOn: boolean): void {
    this.learner?.onPower(isOn);
  }

  /** In pieces where that is allowed; an error of its own it sends none (assumed). */
  override onTooBig(packet: PacketId, iface: IfaceId, mtuBytes: number): boolean {
    return forwardInPieces(this.context, packet, iface, mtuBytes);
  }

  receive(packet: PacketId, iface: IfaceId): Verdict {
    if (this.havips !== null && this.context.packets.protocol[packet] === ARP) {
      this.havips.receive(packet, iface);
      return CONSUME;
    }
    if (!decrementTtl(this.context, packet)) return TTL_EXPIRED;
    const { tables } = this;
    const address = this.context.packets.dstAddr[packet] as number;
    if (address === this.learner?.address) {
      this.learner.receive(packet);
      return CONSUME;
    }
    const source = this.publicSources?.get((this.context.packets.srcAddr[packet] as number) | 0);
    const fib = source?.hasInternet ? tables.withInternet : (this.fibOf[iface] ?? tables.inside);
    const nextHop = fib.lookup(address);
    if (nextHop === BLACKHOLE) return BLACKHOLE_ROUTE;
    const out = this.forwarder.choose(nextHop, packet);
    if (this.tables.nextHops.isGroup(nextHop)) this.mark(packet, nextHop, out);
    if (out !== NONE) return forward(out);
    if (cidrContains(tables.cidr, address)) return NO_ROUTE;
    const event = source?.event ?? this.internetEvent[iface] ?? NONE;
    if (event !== NONE) this.context.blameDrop(event);
    return ISOLATED;
  }

  /** What was learnt of late is why the packet gets through, or does not. */
  private mark(packet: PacketId, nextHop: NextHop, out: number): void {
    const event = this.learnt.get(nextHop)?.event ?? NONE;
    if (event === NONE) return;
    if (out === NONE) this.context.blameDrop(event);
    else this.context.revive(packet, event);
  }
}
