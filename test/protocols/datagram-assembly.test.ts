/**
 * Goal: a datagram is complete exactly when every byte of it has come, in whatever order and however often, and hosts
 * hold no more than they may. Method: random cuts and orders against a twin that marks bytes; the clock is a number.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fragmentOf, wholePacket } from '../../src/network/fragment.ts';
import type { FlowId, PacketId } from '../../src/network/ids.ts';
import { OUT, PacketTable, UDP } from '../../src/network/packet-table.ts';
import { DatagramAssembly } from '../../src/protocols/datagram-assembly.ts';

const SECOND = 1e9;
const SETTINGS = { timeoutNs: 30 * SECOND, memoryBytes: 10_000 };

interface Piece {
  readonly from: number;
  readonly bytes: number;
  readonly hasMore: boolean;
}

function packetOf(packets: PacketTable, { from, bytes, hasMore }: Piece, id: number, unit = 0): PacketId {
  const packet = packets.create(0 as FlowId, unit, 0, OUT, 0);
  packets.srcAddr[packet] = 1;
  packets.dstAddr[packet] = 2;
  packets.protocol[packet] = UDP;
  packets.srcPort[packet] = from === 0 ? 7 : 0;
  packets.dstPort[packet] = from === 0 ? 53 : 0;
  packets.lengthBytes[packet] = 20 + bytes;
  packets.fragment[packet] = fragmentOf(wholePacket(id), from, hasMore);
  return packet;
}

/** Fragments of several cuts of one datagram, in any order, some more than once. */
const pieces = fc.integer({ min: 2, max: 40 }).chain((units) =>
  fc
    .array(
      fc
        .tuple(fc.integer({ min: 0, max: units - 1 }), fc.integer({ min: 1, max: units }))
        .map(([at, count]) => {
          const end = Math.min(units, at + count);
          return { from: at * 8, bytes: (end - at) * 8, hasMore: end < units };
        }),
      { minLength: 1, maxLength: 30 },
    )
    .map((all) => ({ totalBytes: units * 8, all: all.filter((piece) => piece.from > 0 || piece.hasMore) })),
);

describe('a datagram in pieces', () => {
  test('is complete when its last missing byte comes, as a twin that marks bytes says', () => {
    fc.assert(
      fc.property(pieces, ({ totalBytes, all }) => {
        const packets = new PacketTable(8);
        const assembly = new DatagramAssembly(SETTINGS);
        let here = new Set<number>();
        let hasLast = false;
        for (const piece of all) {
          for (let i = 0; i < piece.bytes; i++) here.add(piece.from + i);
          hasLast ||= !piece.hasMore;
          const packet = packetOf(packets, piece, 9);
          const state = assembly.take(packets, packet, 0);
          const isComplete = hasLast && here.size === totalBytes;
          expect(state).toBe(isComplete ? 'complete' : 'kept');
          if (!isComplete) continue;
          expect(packets.lengthBytes[packet]).toBe(20 + totalBytes);
          expect([packets.srcPort[packet], packets.dstPort[packet]]).toEqual([7, 53]);
          expect(packets.fragment[packet]).toBe(0);
          here = new Set();
          hasLast = false;
        }
        expect(assembly.size).toBe(here.size > 0 ? 1 : 0);
      }),
    );
  });

  test('is forgotten 30 s after its first piece came', () => {
    const packets = new PacketTable(8);
    const assembly = new DatagramAssembly(SETTINGS);
    const take = (from: number, hasMore: boolean, atNs: number) =>
      assembly.take(packets, packetOf(packets, { from, bytes: 80, hasMore }, 1), atNs);
    expect(take(0, true, 0)).toBe('kept');
    expect(take(80, true, 20 * SECOND)).toBe('kept');
    expect(take(160, false, 30 * SECOND)).toBe('kept');
    expect(take(0, true, 31 * SECOND)).toBe('kept');
    expect(take(80, true, 59 * SECOND)).toBe('complete');
  });

  test('finds no place at a host whose memory for pieces is full, and one again later', () => {
    const packets = new PacketTable(8);
    const assembly = new DatagramAssembly({ timeoutNs: SECOND, memoryBytes: 160 });
    const take = (id: number, atNs: number) =>
      assembly.take(packets, packetOf(packets, { from: 0, bytes: 80, hasMore: true }, id), atNs);
    expect([take(1, 0), take(2, 1), take(3, 2), take(4, SECOND)]).toEqual([
      'kept',
      'kept',
      'refused',
      'kept',
    ]);
  });

  test('is never made of pieces of two datagrams whose identifications are alike', () => {
    const packets = new PacketTable(8);
    const assembly = new DatagramAssembly(SETTINGS);
    const take = (unit: number, from: number, hasMore: boolean) =>
      assembly.take(packets, packetOf(packets, { from, bytes: 80, hasMore }, 5, unit), 0);
    expect(take(1, 0, true)).toBe('kept');
    expect(take(2, 80, false)).toBe('kept');
    expect(take(2, 0, true)).toBe('complete');
  });
});
