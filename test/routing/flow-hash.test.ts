/**
 * Goal: the hash spreads connections evenly, tells their fields apart and differs between devices. Method: chi-square
 * over realistic 5-tuples with a fixed set of inputs; thresholds are exceeded by 0.1 % of all samples.
 */
import { describe, expect, test } from 'vitest';
import { nameHash } from '../../src/network/fingerprint.ts';
import { flowHash } from '../../src/routing/flow-hash.ts';

const CLIENT = 0xc6336401;
const SERVER = 0xcb007101;

function chiSquare(hashes: readonly number[], buckets: number): number {
  const counts = new Array<number>(buckets).fill(0);
  for (const hash of hashes) counts[hash % buckets] = (counts[hash % buckets] as number) + 1;
  const expected = hashes.length / buckets;
  return counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
}

const byPort = Array.from({ length: 20_000 }, (_, i) => flowHash(CLIENT, SERVER, 6, 32_768 + i, 80, 1));
const byClient = Array.from({ length: 20_000 }, (_, i) => flowHash(CLIENT + i, SERVER, 6, 40_000, 80, 1));
const byServerPort = Array.from({ length: 20_000 }, (_, i) => flowHash(CLIENT, SERVER, 6, 40_000, i, 1));
const bySalt = Array.from({ length: 20_000 }, (_, i) =>
  flowHash(CLIENT, SERVER, 6, 40_000, 80, nameHash(`shop/zone-${i}`)),
);

describe.each([
  ['source ports', byPort],
  ['client addresses', byClient],
  ['destination ports', byServerPort],
  ['salts', bySalt],
] as const)('over consecutive %s', (_name, hashes) => {
  test.each([
    [4, 16.3],
    [256, 330.5],
  ])('fills %i buckets evenly', (buckets, threshold) => {
    expect(chiSquare(hashes, buckets)).toBeLessThan(threshold);
  });

  test('is an unsigned 32-bit integer', () => {
    expect(hashes.every((hash) => Number.isInteger(hash) && hash >= 0 && hash <= 0xffffffff)).toBe(true);
  });
});

test('changes with every field', () => {
  const base = [CLIENT, SERVER, 6, 40_000, 80, 7] as const;
  const hashes = base.map((_, field) => {
    const changed = base.map((value, i) => (i === field ? value + 1 : value));
    return flowHash(...(changed as unknown as typeof base));
  });
  expect(new Set([flowHash(...base), ...hashes]).size).toBe(7);
});

test('two directions of a connection, and two devices, choose independently', () => {
  const pairs = Array.from({ length: 20_000 }, (_, i) => {
    const port = 32_768 + i;
    const there = flowHash(CLIENT, SERVER, 6, port, 80, nameHash('a')) % 4;
    const back = flowHash(SERVER, CLIENT, 6, 80, port, nameHash('a')) % 4;
    const next = flowHash(CLIENT, SERVER, 6, port, 80, nameHash('b')) % 4;
    return [there * 4 + back, there * 4 + next] as const;
  });
  // 15 degrees of freedom.
  for (const which of [0, 1] as const)
    expect(
      chiSquare(
        pairs.map((pair) => pair[which]),
        16,
      ),
    ).toBeLessThan(37.7);
});
