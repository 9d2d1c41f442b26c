// hot path
/**
 * A VPC's router in one zone; a zone outage takes just this instance.
 * Models: one FIB shared by the zones of the VPC, a second one for interfaces whose owner has a public address (their
 * way to the Internet is the Internet gateway), a default route to a NAT gateway in the first, equal-cost groups, TTL;
 * packets for outside that no table knows are dropped as `isolated`, those of a load balancer's server for the Internet as
 * `slb-no-egress`, packets for inside without a host as `no-route`, those of a blackhole route as `blackhole-route`. Which
 * nodes of a cluster have its address it learns from what they announce, for itself; who has a floating address, from
 * gratuitous ARP.
 * Custom tables are FIBs of their own, chosen by the interface a packet comes in by. Where a route of the user's leads to
 * a next hop in another zone, the packet is handed over with the choice made: that zone's router has its own table for
 * what comes from its own vSwitches, and must not choose again.
 * Where the VPC has an IPv4 gateway, tables govern what has a public address too, and a gateway route table leads what
 * comes in from the Internet to a next hop of its own.
 * Leaves out: next hops other than instances, floating addresses, NAT and IPv4 gateways (later work).
 */
import { NONE } from '../base/brand.ts';
import { type Cidr, cidrContains, isPublic } from '../base/ipv4.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { CONSUME, drop, forward, type Verdict } from '../network/verdict.ts';
import { forwardInPieces } from '../protocols/fragmentation.ts';
import { decrementTtl } from '../protocols/ip.ts';
import { HANDOVER, HANDOVER_HOPS, OVERLAY } from '../protocols/overlay.ts';
import type { LearntRoute, RouteLearner } from '../protocols/route-learner.ts';
import { ARP } from '../protocols/vrrp-message.ts';
import { BLACKHOLE, type Fib, type NextHop, NO_NEXT_HOP } from '../routing/fib.ts';
import { type AclGate, AclGates } from './acl-gates.ts';
import { Forwarder, type NextHopSpace } from './forwarder.ts';
import { HavipMap } from './havip-map.ts';

const NO_ROUTE = drop(dropReason('no-route'));
const BLACKHOLE_ROUTE = drop(dropReason('blackhole-route'));
const ISOLATED = drop(dropReason('isolated'));
const SLB_NO_EGRESS = drop(dropReason('slb-no-egress'));
const TTL_EXPIRED = drop(dropReason('ttl-expired'));
const NETWORK_ACL = drop(dropReason('network-acl'));

/** One route table of a VPC. */
export interface RouteFibs {
  /** As the table says; the system table has a default route to the first NAT gateway, if there is one. */
  readonly inside: Fib;
  /** The same routes, but the default route leads to the Internet gateway. */
  readonly withInternet: Fib;
  /** Of routes of the user's while running. */
  readonly changes: RouteChange[];
}

interface RouteChange {
  readonly destination: Cidr;
  readonly event: number;
}

/** Where a route of the user's leads, or that of a floating address. */
export interface RouteHop {
  /** The next hop of the instance, floating address or gateway itself, which may move. */
  readonly via: NextHop;
  /** That brought the route, or moved the address last; NONE: it was so from the start. */
  readonly event: number;
}

/** What the zone routers of one VPC have in common, the system table first. */
export interface VpcTables extends RouteFibs {
  readonly cidr: Cidr;
  readonly nextHops: NextHopSpace;
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
  /** By interface, unless it is the system table. */
  private readonly tableOf: RouteFibs[] = [];
  /** By interface: its owner follows its table, public address or not. */
  private readonly isGoverned: boolean[] = [];
  /** Of what comes in by the interface of the Internet gateway; null: nothing is led anew. */
  private inbound: Fib | null = null;
  private inboundIface: IfaceId | null = null;
  /** By interface. */
  private readonly leadsToZone: boolean[] = [];
  /** Of the user's routes, by next hop; null: none has ever led anywhere. */
  private routeHops: (RouteHop | undefined)[] | null = null;
  /** By interface: the event that last gave or took its way out; absent at first. */
  private readonly internetEvent: number[] = [];
  /** By interface: how many listeners or groups of load balancers send to what is attached there. */
  private readonly balancers: number[] = [];
  /** Null: no network ACL in this zone of the VPC. */
  private gates: AclGates | null = null;
  private learner: RouteLearner | null = null;
  /** A number even without one: to compare an address with anything else, it would have to be boxed (bench `allocation/nat`). */
  private learnerAddress: number = NONE;
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

  /** The router of another zone of the VPC. */
  attachZone(iface: IfaceId): void {
    this.leadsToZone[iface] = true;
  }

  /** Whether what is attached here has a public address of its own. */
  setInternet(iface: IfaceId, hasInternet: boolean, event: number = NONE): void {
    const table = this.tableOf[iface] ?? this.tables;
    this.fibOf[iface] = hasInternet && this.isGoverned[iface] !== true ? table.withInternet : table.inside;
    this.internetEvent[iface] = event;
  }

  /** The floating addresses of this zone; `updateNs` is the delay of the map. */
  mapHavips(updateNs: number): HavipMap {
    this.havips ??= new HavipMap(this.context, updateNs, (nextHop, iface, event) => {
      this.forwarder.setIface(nextHop, iface);
      this.setRouteHop(nextHop, { via: nextHop, event });
    });
    return this.havips;
  }

  /** Whether what is sent from a floating address has a public one, whoever sends it. */
  setInternetSource(address: number, hasInternet: boolean, event: number): void {
    this.publicSources ??= new Map();
    this.publicSources.set(address | 0, { hasInternet, event });
  }

  /** One more or one less of a load balancer's listeners or groups sends to what is attached here. */
  countBalancer(iface: IfaceId, change: 1 | -1): void {
    this.balancers[iface] = (this.balancers[iface] ?? 0) + change;
  }

  /** The table that what is attached here uses, before anybody says whether it has a public address. */
  setTable(iface: IfaceId, table: RouteFibs): void {
    this.tableOf[iface] = table;
    this.fibOf[iface] = table.inside;
  }

  /** The VPC has an IPv4 gateway: what is attached here follows its table, before anybody says what address it has. */
  govern(iface: IfaceId): void {
    this.isGoverned[iface] = true;
  }

  /** A gateway route table: what comes in by the interface is asked of it first. */
  setInbound(iface: IfaceId, fib: Fib): void {
    this.inboundIface = iface;
    this.inbound = fib;
  }

  /** A next hop of a route of the user's, or of a floating address. */
  setRouteHop(nextHop: NextHop, hop: RouteHop): void {
    this.routeHops ??= [];
    this.routeHops[nextHop] = hop;
  }

  /** Every packet to and from the interface is asked of a network ACL. */
  placeGate(iface: IfaceId, gate: AclGate): void {
    this.gates ??= new AclGates(this.context);
    this.gates.place(iface, gate);
  }

  removeGate(iface: IfaceId): void {
    this.gates?.remove(iface);
  }

  /** Who hears what nodes announce. */
  learnBy(make: (context: DeviceContext) => RouteLearner): void {
    this.learner = make(this.context);
    this.learnerAddress = this.learner.address;
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
    const { tables, gates } = this;
    if (gates !== null && !gates.admits(packet, iface, false)) return NETWORK_ACL;
    const { packets } = this.context;
    if (packets.headerTop[packet] !== NONE && packets.srcAddr[packet] === HANDOVER) {
      return this.takeOver(packet);
    }
    if (!decrementTtl(this.context, packet)) return TTL_EXPIRED;
    const address = packets.dstAddr[packet] as number;
    if (address === this.learnerAddress) {
      this.learner?.receive(packet);
      return CONSUME;
    }
    const source = this.publicSources?.get((packets.srcAddr[packet] as number) | 0);
    const nextHop = this.lookUp(iface, address | 0, source);
    if (nextHop === BLACKHOLE) return BLACKHOLE_ROUTE;
    const hop = this.routeHops === null ? undefined : this.routeHops[nextHop];
    const out = this.forwarder.choose(hop === undefined ? nextHop : hop.via, packet);
    if (tables.nextHops.isGroup(nextHop)) this.mark(packet, nextHop, out);
    if (out !== NONE) {
      if (gates !== null && !gates.admits(packet, out, true)) return NETWORK_ACL;
      if (hop !== undefined) this.follow(packet, hop, out);
      return forward(out);
    }
    return this.refuse(iface, address, source);
  }

  /** By the table of what a packet comes from: that of a gateway first, then with or without a public way out. */
  private lookUp(iface: IfaceId, address: number, source: PublicSource | undefined): NextHop {
    if (this.inbound !== null && iface === this.inboundIface) {
      const led = this.inbound.lookup(address);
      if (led !== NO_NEXT_HOP) return led;
    }
    if (source?.hasInternet === true && this.isGoverned[iface] !== true)
      return (this.tableOf[iface] ?? this.tables).withInternet.lookup(address);
    return (this.fibOf[iface] ?? this.tables.inside).lookup(address);
  }

  /** Nothing leads to the address. */
  private refuse(iface: IfaceId, address: number, source: PublicSource | undefined): Verdict {
    const isInside = cidrContains(this.tables.cidr, address);
    const event = source?.event ?? this.eventOf(iface, address, isInside);
    if (event !== NONE) this.context.blameDrop(event);
    if (isInside) return NO_ROUTE;
    // What serves a balancer may think that the way in is a way out.
    return (this.balancers[iface] ?? 0) > 0 && isPublic(address) ? SLB_NO_EGRESS : ISOLATED;
  }

  /** The event that took the way of a packet that has none; NONE: no event did. */
  private eventOf(iface: IfaceId, address: number, isInside: boolean): number {
    const { changes } = this.tableOf[iface] ?? this.tables;
    for (let i = changes.length - 1; i >= 0; i--) {
      const { destination, event } = changes[i] as RouteChange;
      if (cidrContains(destination, address)) return event;
    }
    return isInside ? NONE : (this.internetEvent[iface] ?? NONE);
  }

  /** A packet takes a route of the user's. */
  private follow(packet: PacketId, { via, event }: RouteHop, out: IfaceId): void {
    if (event !== NONE) this.context.revive(packet, event);
    this.creditMove(packet, via);
    this.handOver(packet, via, out);
  }

  /** What a floating address carries since it moved, it carries for the sake of what moved it. */
  private creditMove(packet: PacketId, nextHop: NextHop): void {
    const event = this.routeHops?.[nextHop]?.event ?? NONE;
    if (event !== NONE) this.context.revive(packet, event);
  }

  /** Where the next hop is in another zone, that zone's router is told which one it is. */
  private handOver(packet: PacketId, nextHop: NextHop, out: IfaceId): void {
    if (this.leadsToZone[out] !== true) return;
    const { packets, headers } = this.context;
    headers.push(packet, HANDOVER, HANDOVER_HOPS + nextHop, OVERLAY, packets.ttl[packet] as number);
  }

  /** Another zone's router has chosen the next hop, which is here, or has moved on meanwhile. */
  private takeOver(packet: PacketId): Verdict {
    const { packets, headers } = this.context;
    const nextHop = ((packets.dstAddr[packet] as number) - HANDOVER_HOPS) as NextHop;
    headers.pop(packet);
    if (!decrementTtl(this.context, packet)) return TTL_EXPIRED;
    const out = this.forwarder.choose(nextHop, packet);
    if (out === NONE) return NO_ROUTE;
    if (this.gates !== null && !this.gates.admits(packet, out, true)) return NETWORK_ACL;
    this.creditMove(packet, nextHop);
    this.handOver(packet, nextHop, out);
    return forward(out);
  }

  /** What was learnt of late is why the packet gets through, or does not. */
  private mark(packet: PacketId, nextHop: NextHop, out: number): void {
    const event = this.learnt.get(nextHop)?.event ?? NONE;
    if (event === NONE) return;
    if (out === NONE) this.context.blameDrop(event);
    else this.context.revive(packet, event);
  }
}
