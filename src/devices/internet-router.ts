// hot path
/**
 * The Internet at one place.
 * Models: longest-prefix forwarding between places and to what is attached here, TTL with ICMP time exceeded.
 * Leaves out: autonomous systems, BGP and its convergence; paths are direct between places (design assumption).
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { drop, forward, type Verdict } from '../network/verdict.ts';
import { createIcmpError, decrementTtl, isIcmpError, TIME_EXCEEDED } from '../protocols/ip.ts';
import { Fib } from '../routing/fib.ts';
import { Forwarder, NextHopSpace } from './forwarder.ts';

const NO_ROUTE = drop(dropReason('no-route'));
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
    const iface = this.route(packet);
    return iface === NONE ? NO_ROUTE : forward(iface);
  }

  private route(packet: PacketId): IfaceId {
    const nextHop = this.fib.lookup(this.context.packets.dstAddr[packet] as number);
    return this.forwarder.choose(nextHop, packet);
  }

  /** Never about an ICMP error (RFC 1122 section 3.2.2). */
  private reportExpiry(packet: PacketId): void {
    if (isIcmpError(this.context, packet)) return;
    const error = createIcmpError(this.context, packet, TIME_EXCEEDED, this.address, this.initialTtl);
    const iface = this.route(error);
    if (iface !== NONE) this.context.send(error, iface);
  }
}
