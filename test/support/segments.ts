/**
 * Every TCP segment that two hosts put onto their link, as a test may ask of it. Sequence and acknowledgement numbers are
 * relative to those of the SYNs, so that data starts at 1; what the link loses later is among them.
 */
import { NONE } from '../../src/base/brand.ts';
import type { IfaceId, PacketId } from '../../src/network/ids.ts';
import { TCP } from '../../src/network/packet-table.ts';
import { NO_SHIFT } from '../../src/network/tcp-options.ts';
import { SYN, tcpOptionBytes, tcpPayloadBytes } from '../../src/protocols/tcp-segment.ts';
import type { TwoHosts } from './fixtures.ts';

export interface SeenSegment {
  readonly atNs: number;
  readonly side: 'a' | 'b';
  readonly flags: number;
  readonly seq: number;
  readonly ack: number;
  readonly bytes: number;
  readonly optionBytes: number;
  /** As on the wire. */
  readonly window: number;
  readonly mss: number;
  /** Null without the option. */
  readonly shift: number | null;
  readonly maySack: boolean;
  readonly stamp: number;
  readonly echo: number;
  readonly blocks: readonly (readonly [number, number])[];
  readonly isDontFragment: boolean;
}

export function watchSegments(net: TwoHosts): SeenSegment[] {
  const seen: SeenSegment[] = [];
  const first = { a: 0, b: 0 };
  const { packets } = net.network;
  const onTransmit = (iface: IfaceId, packet: PacketId): void => {
    if (packets.protocol[packet] !== TCP) return;
    const side = iface === net.link.ifaceA ? 'a' : 'b';
    const flags = packets.tcpFlags[packet] as number;
    if ((flags & SYN) !== 0) first[side] = packets.tcpSeq[packet] as number;
    const peer = side === 'a' ? 'b' : 'a';
    const row = packets.tcpOptions[packet] as number;
    const { options } = packets;
    const hasRow = row !== NONE;
    const ownOffset = (seq: number): number => (seq - first[side]) >>> 0;
    const peerOffset = (seq: number): number => (seq - first[peer]) >>> 0;
    const shift = hasRow ? (options.windowShift[row] as number) : NO_SHIFT;
    const count = hasRow ? (options.blockCount[row] as number) : 0;
    seen.push({
      atNs: net.engine.nowNs,
      side,
      flags,
      seq: ownOffset(packets.tcpSeq[packet] as number),
      ack: peerOffset(packets.tcpAck[packet] as number),
      bytes: tcpPayloadBytes(packets, packet),
      optionBytes: tcpOptionBytes(packets, packet),
      window: packets.tcpWindow[packet] as number,
      mss: hasRow ? (options.mssBytes[row] as number) : 0,
      shift: shift === NO_SHIFT ? null : shift,
      maySack: hasRow && options.sackPermitted[row] === 1,
      stamp: packets.tcpTsValue[packet] as number,
      echo: packets.tcpTsValue[packet] === 0 ? 0 : (packets.tcpTsEcho[packet] as number),
      blocks: Array.from({ length: count }, (_, i): [number, number] => [
        peerOffset(options.leftOf(row, i)),
        peerOffset(options.rightOf(row, i)),
      ]),
      isDontFragment: packets.fragment[packet] === 0x4000,
    });
  };
  net.network.addObserver({ onTransmit });
  return seen;
}

/** Those of one side that carry data, in the order they were sent. */
export function dataOf(seen: readonly SeenSegment[], side: 'a' | 'b'): SeenSegment[] {
  return seen.filter((segment) => segment.side === side && segment.bytes > 0);
}

/** Bare segments of one side after the handshake. */
export function acksOf(seen: readonly SeenSegment[], side: 'a' | 'b'): SeenSegment[] {
  return seen.filter(
    (segment) => segment.side === side && segment.bytes === 0 && (segment.flags & SYN) === 0,
  );
}
