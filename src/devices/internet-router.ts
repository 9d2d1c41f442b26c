// hot path
/**
 * The Internet at one place.
 * Models: longest-prefix forwarding between places and to what is attached here, blackhole routes, TTL with
 * ICMP time exceeded, packets too long for a link cut in pieces or answered with ICMP fragmentation needed; its ICMP
 * errors may be filtered.
 * Leaves out: autonomous systems, BGP and its convergence; paths are direct between places (design assumption).
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { drop, forward, type Verdict } from '../network/verdict.ts';
import { forwardInPieces } from '../protocols/fragmentation.ts';
import {
  createIcmpError,
  decrementTtl,
  FRAGMENTATION_NEEDED,
  mayReport,
  TIME_EXCEEDED,
} from '../protocols/ip.ts';
import { BLACKHOLE, Fib, type NextHop } from '../routing/fib.ts';
import { Forwarder, NextHopSpace } from './forwarder.ts';

const NO_ROUTE = drop(dropReason('no-route'));
const BLACKHOLE_ROUTE = drop(dropReason('blackhole-route'));
const TTL_EXPIRED = drop(dropReason('ttl-expired'));

export class InternetRouter extends Device {
  readonly fib = new Fib();
  readonly nextHops = new NextHopSpace();
  readonly forwarder: Forwarder;
  readonly address: number;
  private readonly initialTtl: number;
  private readonly sendsErrors: boolean;

  /** `address` is what its ICMP errors come from, if it sends any. */
  constructor(context: DeviceContext, address: number, initialTtl: number, sendsErrors = true) {
    super(context);
    this.forwarder = new Forwarder(context, this.nextHops);
    this.address = address;
    this.initialTtl = initialTtl;
    this.sendsErrors = sendsErrors;
  }

  receive(packet: PacketId): Verdict {
    if (!decrementTtl(this.context, packet)) {
      this.report(packet, TIME_EXCEEDED);
      return TTL_EXPIRED;
    }
    const nextHop = this.nextHopOf(packet);
    if (nextHop === BLACKHOLE) return BLACKHOLE_ROUTE;
    const iface = this.forwarder.choose(nextHop, packet);
    return iface === NONE ? NO_ROUTE : forward(iface);
  }

  override onTooBig(packet: PacketId, iface: IfaceId, mtuBytes: number): boolean {
    if (forwardInPieces(this.context, packet, iface, mtuBytes)) return true;
    this.report(packet, FRAGMENTATION_NEEDED, mtuBytes);
    return false;
  }

  private nextHopOf(packet: PacketId): NextHop {
    return this.fib.lookup((this.context.packets.dstAddr[packet] as number) | 0);
  }

  private report(packet: PacketId, kind: number, nextHopMtu = 0): void {
    if (!this.sendsErrors || !mayReport(this.context, packet)) return;
    const error = createIcmpError(this.context, packet, kind, this.address, this.initialTtl, nextHopMtu);
    const iface = this.forwarder.choose(this.nextHopOf(error), error);
    if (iface !== NONE) this.context.send(error, iface);
  }
}
