// hot path
/**
 * The Internet at one place.
 * Models: longest-prefix forwarding between places and to what is attached here, blackhole routes, TTL with
 * ICMP time exceeded.
 * Leaves out: autonomous systems, BGP and its convergence; paths are direct between places (design assumption).
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { PacketId } from '../network/ids.ts';
import { drop, forward, type Verdict } from '../network/verdict.ts';
import { createIcmpError, decrementTtl, isIcmpError, TIME_EXCEEDED } from '../protocols/ip.ts';
import { BLACKHOLE, Fib, type NextHop } from '../routing/fib.ts';
import { Forwarder, NextHopSpace } from './forwarder.ts';

const NO_ROUTE = drop(dropReason('no-route'));
const BLACKHOLE_ROUTE = drop(dropReason('blackhole-route'));
const TTL_EXPIRED = drop(dropReason('ttl-expired'));

export class InternetRouter extends Device {
  readonly fib = new Fib();
  readonly nextHops = new NextHopSpace();
  readonly forwarder: Forwarder;
  private readonly address: number;
  private readonly initialTtl: number;

  /** `address` is what its ICMP errors come from. */
  constructor(context: DeviceContext, address: number, initialTtl: number) {
    super(context);
    this.forwarder = new Forwarder(context, this.nextHops);
    this.address = address;
    this.initialTtl = initialTtl;
  }

  receive(packet: PacketId): Verdict {
    if (!decrementTtl(this.context, packet)) {
      this.reportExpiry(packet);
      return TTL_EXPIRED;
    }
    const nextHop = this.nextHopOf(packet);
    if (nextHop === BLACKHOLE) return BLACKHOLE_ROUTE;
    const iface = this.forwarder.choose(nextHop, packet);
    return iface === NONE ? NO_ROUTE : forward(iface);
  }

  private nextHopOf(packet: PacketId): NextHop {
    return this.fib.lookup(this.context.packets.dstAddr[packet] as number);
  }

  /** Never about an ICMP error (RFC 1122 section 3.2.2). */
  private reportExpiry(packet: PacketId): void {
    if (isIcmpError(this.context, packet)) return;
    const error = createIcmpError(this.context, packet, TIME_EXCEEDED, this.address, this.initialTtl);
    const iface = this.forwarder.choose(this.nextHopOf(error), error);
    if (iface !== NONE) this.context.send(error, iface);
  }
}
