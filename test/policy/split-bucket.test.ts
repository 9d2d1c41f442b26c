/** Goal: servers share a limit exactly, and a flow has one share at most. Method: flows by chosen hashes, at random. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SplitBucket } from '../../src/policy/split-bucket.ts';

const SECOND_NS = 1_000_000_000;
const PACKET = 1_000;

/** Bytes that pass in 10 s at `hashes`, each offered every millisecond, beyond what the buckets held. */
function passed(rateBps: number, servers: number, hashes: readonly number[]): number {
  const bucket = new SplitBucket(rateBps, 2 * PACKET, servers);
  let bytes = 0;
  for (let ms = 0; ms < 10_000; ms++) {
    for (const hash of hashes) if (bucket.take(hash, PACKET, ms * 1_000_000)) bytes += PACKET;
  }
  return bytes;
}

test('flows get the share of each server that one of them is on', () => {
  const property = fc.property(
    fc.integer({ min: 80_000, max: 800_000 }),
    fc.integer({ min: 1, max: 6 }),
    fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 1, maxLength: 4 }),
    (rateBps, servers, hashes) => {
      const used = new Set(hashes.map((hash) => hash % servers)).size;
      const share = ((rateBps / 8) * 10 * used) / servers;
      // To three packets a server: two in the bucket at first, one not yet full at the end.
      expect(Math.abs(passed(rateBps, servers, hashes) - share)).toBeLessThanOrEqual(3 * PACKET * used);
    },
  );
  fc.assert(property, { numRuns: 20, seed: 1 });
});

test('shares add up to the last bit, and a new rate acts at once', () => {
  // 10 bit/s over three servers: 3, 3 and 4.
  const bucket = new SplitBucket(10, 100, 3);
  const take = (nowNs: number): number[] =>
    [0, 1, 2].map((server) => {
      let bytes = 0;
      while (bucket.take(server, 1, nowNs)) bytes++;
      return bytes;
    });
  expect(take(0)).toEqual([100, 100, 100]);
  expect(take(8 * SECOND_NS)).toEqual([3, 3, 4]);
  bucket.change(30, 100, 8 * SECOND_NS);
  expect(take(16 * SECOND_NS)).toEqual([10, 10, 10]);
});
