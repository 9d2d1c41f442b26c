/**
 * Goal: the index offers exactly the entries of a hash, at any moment of its growth, and never does much at once. Method:
 * random changes beside a Map, with hashes that collide; slots moved are counted. And the hash spreads what is regular.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { tupleHash } from '../../src/conntrack/tuple-hash.ts';
import { STEP, TupleIndex } from '../../src/conntrack/tuple-index.ts';

function entriesOf(index: TupleIndex, hash: number): number[] {
  const entries: number[] = [];
  for (let entry = index.seek(hash); entry !== NONE; entry = index.seekNext()) entries.push(entry);
  return entries.sort((a, b) => a - b);
}

/** Same homes and same hashes are common, at both ends of any array too. */
const hash = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -60, max: 60 }), fc.integer());

test('offers exactly the entries of a hash, whatever was added, removed and replaced', () => {
  const step = fc.record({ hash, kind: fc.constantFrom('add', 'add', 'remove', 'replace'), which: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { size: 'max', maxLength: 400 }), (steps) => {
      const index = new TupleIndex();
      const twin = new Map<number, number>();
      steps.forEach((one, entry) => {
        const victim = [...twin.keys()][one.which % Math.max(1, twin.size)];
        const moved = index.movedSlots;
        if (one.kind === 'add' || victim === undefined) {
          index.add(one.hash, entry);
          twin.set(entry, one.hash);
        } else {
          const itsHash = twin.get(victim) as number;
          twin.delete(victim);
          if (one.kind === 'remove') index.remove(itsHash, victim);
          else {
            index.replace(itsHash, victim, entry);
            twin.set(entry, itsHash);
          }
        }
        expect(index.movedSlots - moved).toBeLessThanOrEqual(STEP);
        for (const sought of [one.hash, -1, 0, 1]) {
          const expected = [...twin].filter(([, itsHash]) => itsHash === sought).map(([found]) => found);
          expect(entriesOf(index, sought)).toEqual(expected.sort((a, b) => a - b));
        }
        expect(index.count).toBe(twin.size);
      });
    }),
    { seed: 44, numRuns: 60 },
  );
});

test('grows to 200,000 entries without ever moving more than a step of slots, and finds all on the way', () => {
  const index = new TupleIndex();
  let most = 0;
  for (let entry = 0; entry < 200_000; entry++) {
    const moved = index.movedSlots;
    index.add(Math.imul(entry, 0x9e3779b1), entry);
    most = Math.max(most, index.movedSlots - moved);
    const other = (entry * 7919) % (entry + 1);
    if (index.seek(Math.imul(other, 0x9e3779b1)) !== other) throw new Error(`${other} is lost at ${entry}`);
  }
  expect(most).toBe(STEP);
  expect(index.memoryBytes() / index.count).toBeLessThan(32);
});

test('is as good as new after any number of comings and goings', () => {
  const index = new TupleIndex();
  for (let entry = 0; entry < 100_000; entry++) {
    index.add(Math.imul(entry, 0x9e3779b1), entry);
    if (entry >= 1000) index.remove(Math.imul(entry - 1000, 0x9e3779b1), entry - 1000);
  }
  expect([index.count, index.memoryBytes()]).toEqual([1000, 2048 * 8]);
});

describe('The hash of a tuple', () => {
  const many: Readonly<Record<string, (i: number) => readonly [number, number, number, number]>> = {
    'ports in a row': (i) => [0x0a000001, 1025 + (i % 60_000), 0xcb007109, 80 + ((i / 60_000) | 0)],
    'addresses in a row': (i) => [0x0a000000 + i, 40_000, 0xcb007109, 443],
    'a grid of addresses and ports': (i) => [0x0a000000 + (i & 255), 1024 + (i >> 8), 0xcb007109, 80],
    'both ends in step': (i) => [0x0a000000 + i, 5000 + (i & 4095), 0x0b000000 + i, 5000 + (i & 4095)],
    'multiples of 2 ** 16': (i) => [(i & 0xfff) << 16, (i >> 12) << 8, 0xcb007109, 80],
  };
  const COUNT = 100_000;

  test.each(Object.entries(many))('spreads %s as chance would', (_, tupleAt) => {
    const homes = new Uint16Array(1 << 17);
    const hashes = new Set<number>();
    for (let i = 0; i < COUNT; i++) {
      const [src, srcPort, dst, dstPort] = tupleAt(i);
      const hash = tupleHash(17, src, dst, (srcPort << 16) | dstPort);
      hashes.add(hash);
      homes[hash & (homes.length - 1)]++;
    }
    // Chance leaves e ** -(100,000 / 131,072) of the homes empty, and fewer than 10 tuples with a hash of another.
    const empty = homes.reduce((sum, count) => sum + (count === 0 ? 1 : 0), 0);
    expect(empty / homes.length).toBeCloseTo(Math.exp(-COUNT / homes.length), 2);
    expect(homes.reduce((most, count) => Math.max(most, count), 0)).toBeLessThan(12);
    expect(COUNT - hashes.size).toBeLessThan(10);
  });

  test('is that of the mirror image, and of no half exchange', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(65_535), fc.nat(65_535), (a, b, p, q) => {
        const one = tupleHash(6, a, b, (p << 16) | q);
        expect(tupleHash(6, b, a, (q << 16) | p)).toBe(one);
        expect(tupleHash(6, a | 0, b | 0, (p << 16) | q)).toBe(one);
        if (a !== b && p !== q) expect(tupleHash(6, a, b, (q << 16) | p)).not.toBe(one);
        expect(tupleHash(17, a, b, (p << 16) | q)).not.toBe(one);
      }),
      { seed: 45 },
    );
  });
});
