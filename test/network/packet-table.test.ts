/** Goal: rows live from create to free, and the table may grow under them. Method: random lives against a Map. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import type { FlowId, PacketId } from '../../src/network/ids.ts';
import { PacketTable } from '../../src/network/packet-table.ts';

test('rows keep what was written to them until they are freed, through growth and reuse', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -40, max: 60 }), { maxLength: 300 }), (steps) => {
      const packets = new PacketTable(2);
      const alive = new Map<PacketId, number>();
      steps.forEach((step, i) => {
        if (step >= 0) {
          const packet = packets.create(i as FlowId, i + 1, i + 2, i % 2, i * 1e9);
          expect(alive.has(packet)).toBe(false);
          packets.srcAddr[packet] = 0xffffffff - i;
          packets.lengthBytes[packet] = i;
          packets.content[packet] = { i };
          alive.set(packet, i);
        } else {
          const victim = [...alive.keys()][-step % Math.max(1, alive.size)];
          if (victim === undefined) return;
          packets.free(victim);
          alive.delete(victim);
        }
      });
      expect(packets.live).toBe(alive.size);
      for (const [packet, i] of alive) {
        expect(packets.flow[packet]).toBe(i);
        expect(packets.unit[packet]).toBe(i + 1);
        expect(packets.connection[packet]).toBe(i + 2);
        expect(packets.direction[packet]).toBe(i % 2);
        expect(packets.createdNs[packet]).toBe(i * 1e9);
        expect(packets.srcAddr[packet]).toBe(0xffffffff - i);
        expect(packets.lengthBytes[packet]).toBe(i);
        expect(packets.content[packet]).toEqual({ i });
      }
    }),
    { seed: 4, numRuns: 100 },
  );
});

test('a reused row carries neither message nor headers of the packet before it', () => {
  const packets = new PacketTable(2);
  const old = packets.create(0 as FlowId, 0, 0, 0, 0);
  packets.content[old] = 'message';
  packets.dscp[old] = 46;
  packets.free(old);
  const fresh = packets.create(0 as FlowId, 0, 0, 0, 0);
  expect(fresh).toBe(old);
  expect([packets.content[fresh], packets.headerTop[fresh], packets.dscp[fresh]]).toEqual([null, NONE, 0]);
});

test('options that are copied, as for the pieces of a segment, are the same in a row of their own', () => {
  const { options } = new PacketTable(2);
  const row = options.create();
  options.mssBytes[row] = 1_460;
  options.windowShift[row] = 7;
  options.sackPermitted[row] = 1;
  options.addBlock(row, 10, 20);
  options.addBlock(row, 30, 40);
  const copy = options.copyOf(row);
  options.free(row);
  options.create();
  expect([options.mssBytes[copy], options.windowShift[copy], options.sackPermitted[copy]]).toEqual([
    1_460, 7, 1,
  ]);
  expect([0, 1].map((i) => [options.leftOf(copy, i), options.rightOf(copy, i)])).toEqual([
    [10, 20],
    [30, 40],
  ]);
});
