// hot path
/**
 * A VPC's router in one zone; a zone outage takes just this instance.
 * Models: one FIB shared by the zones of the VPC, a second one for interfaces whose owner has a public address (their
 * way to the Internet is the Internet gateway), a default route to a NAT gateway in the first, equal-cost groups, TTL;
 * packets for outside that no table knows are dropped as `isolated`, packets for inside without a host as `no-route`,
 * those of a blackhole route as `blackhole-route`.
 * Leaves out: custom route tables, gateway route table, next hops other than attachments (later work).
 */
import { NONE } from '../base/brand.ts';
import { type Cidr, cidrContains } from '../base/ipv4.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { drop, forward, type Verdict } from '../network/verdict.ts';
import { forwardInPieces } from '../protocols/fragmentation.ts';
import { decrementTtl } from '../protocols/ip.ts';
import { BLACKHOLE, type Fib } from '../routing/fib.ts';
import { type AclGate, AclGates } from './acl-gates.ts';
import { Forwarder, type NextHopSpace } from './forwarder.ts';

const NO_ROUTE = drop(dropReason('no-route'));
const BLACKHOLE_ROUTE = drop(dropReason('blackhole-route'));
const ISOLATED = drop(dropReason('isolated'));
const TTL_EXPIRED = drop(dropReason('ttl-expired'));
const NETWORK_ACL = drop(dropReason('network-acl'));

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

export class VpcRouter extends Device {
  readonly forwarder: Forwarder;
  private readonly tables: VpcTables;
  /** By interface, unless it is `inside`. */
  private readonly fibOf: Fib[] = [];
  /** By interface: the event that last gave or took its way out; absent at first. */
  private readonly internetEvent: number[] = [];
  /** Null: no network ACL in this zone of the VPC. */
  private gates: AclGates | null = null;

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

  /** Every packet to and from the interface is asked of a network ACL. */
  placeGate(iface: IfaceId, gate: AclGate): void {
    this.gates ??= new AclGates(this.context);
    this.gates.place(iface, gate);
  }

  /** In pieces where that is allowed; an error of its own it sends none (assumed). */
  override onTooBig(packet: PacketId, iface: IfaceId, mtuBytes: number): boolean {
    return forwardInPieces(this.context, packet, iface, mtuBytes);
  }

  receive(packet: PacketId, iface: IfaceId): Verdict {
    const { tables, gates } = this;
    if (gates !== null && !gates.admits(packet, iface, false)) return NETWORK_ACL;
    if (!decrementTtl(this.context, packet)) return TTL_EXPIRED;
    const address = this.context.packets.dstAddr[packet] as number;
    const fib = this.fibOf[iface] ?? tables.inside;
    const nextHop = fib.lookup(address);
    if (nextHop === BLACKHOLE) return BLACKHOLE_ROUTE;
    const out = this.forwarder.choose(nextHop, packet);
    if (out !== NONE) {
      return gates === null || gates.admits(packet, out, true) ? forward(out) : NETWORK_ACL;
    }
    if (cidrContains(tables.cidr, address)) return NO_ROUTE;
    const event = this.internetEvent[iface] ?? NONE;
    if (event !== NONE) this.context.blameDrop(event);
    return ISOLATED;
  }
}
