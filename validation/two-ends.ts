/** Bulk transfers between two hosts over one link, with losses as a formula has them. */
import { NONE } from '../src/base/brand.ts';
import { SECOND_NS } from '../src/base/units.ts';
import type { LinkId, PacketId } from '../src/network/ids.ts';
import { Impairment } from '../src/network/impairment.ts';
import type { PacketTable } from '../src/network/packet-table.ts';
import { tcpPayloadBytes } from '../src/protocols/tcp-segment.ts';
import type { SocketOptions } from '../src/protocols/tcp-settings.ts';
import type { TcpSocket } from '../src/protocols/tcp-socket.ts';
import { ADDRESS_B, type TwoHosts } from '../test/support/fixtures.ts';

/** More than any transfer here comes to. */
const ENDLESS_BYTES = 1e12;
const FIRST_PORT = 7000;

export class Transfer {
  readonly socket: TcpSocket;
  deliveredBytes = 0;

  /** Begins now: host a sends to host b for ever. */
  constructor(net: TwoHosts, index: number, options: SocketOptions) {
    const port = FIRST_PORT + index;
    net.b.stack.serveTcp(port, () => ({
      onReceived: (_socket, bytes) => {
        this.deliveredBytes += bytes;
      },
    }));
    const socket = net.a.stack.tcp.connect(net.a.stack.address, ADDRESS_B, port, net.billing(), {}, options);
    if (socket === null) throw new Error('a host has a free port');
    socket.send(ENDLESS_BYTES);
    this.socket = socket;
  }
}

/** A connection from a to b that has been established, with nothing to send yet. */
export function openIdle(net: TwoHosts): TcpSocket {
  net.b.stack.serveTcp(FIRST_PORT, () => ({}));
  const { stack } = net.a;
  const socket = stack.tcp.connect(stack.address, ADDRESS_B, FIRST_PORT, net.billing(), {});
  if (socket === null) throw new Error('a host has a free port');
  net.run(SECOND_NS);
  return socket;
}

/** Bits per second that the receiver took from one time to the other. */
export function goodputBps(
  net: TwoHosts,
  transfers: readonly Transfer[],
  fromNs: number,
  toNs: number,
): number {
  const sum = () => transfers.reduce((bytes, { deliveredBytes }) => bytes + deliveredBytes, 0);
  net.run(fromNs);
  const before = sum();
  net.run(toNs);
  return ((sum() - before) * 8 * SECOND_NS) / (toNs - fromNs);
}

/** Decides about each segment with payload whether the link loses it; bare acknowledgements pass. */
export type IsLost = (nowNs: number) => boolean;

class DataLoss extends Impairment {
  private readonly net: TwoHosts;
  private readonly decide: IsLost;

  constructor(net: TwoHosts, decide: IsLost) {
    // The draws of its own are never asked for.
    super({}, NONE, () => ({ uniform: () => 1, below: () => 0, exponential: () => 0 }), 0);
    this.net = net;
    this.decide = decide;
  }

  override touches(packets: PacketTable, packet: PacketId): boolean {
    return tcpPayloadBytes(packets, packet) > 0;
  }

  override isLost(): boolean {
    return this.decide(this.net.engine.nowNs);
  }
}

/** The link from a to b loses data as told. */
export function loseData(net: TwoHosts, isLost: IsLost): void {
  const out: LinkId = net.link.out;
  net.network.links.impair(out, [new DataLoss(net, isLost)], NONE);
}
