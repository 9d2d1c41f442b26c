/** Goal: the fingerprint tells runs apart by what happened, not by the order of telling. Method: random verdicts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fingerprint, nameHash } from '../../src/network/fingerprint.ts';

type Verdict = [number, number, number, number];

function fingerprintOf(verdicts: readonly Verdict[]): string {
  const fingerprint = new Fingerprint();
  for (const verdict of verdicts) fingerprint.add(...verdict);
  return fingerprint.toString();
}

const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
const verdict = fc.tuple(fc.maxSafeNat(), int32, int32, int32);

test('does not depend on the order of verdicts', () => {
  fc.assert(
    fc.property(fc.array(verdict, { maxLength: 40 }), fc.nat(), (verdicts, turn) => {
      const at = verdicts.length === 0 ? 0 : turn % verdicts.length;
      const rotated = [...verdicts.slice(at), ...verdicts.slice(0, at)].reverse();
      expect(fingerprintOf(rotated)).toBe(fingerprintOf(verdicts));
    }),
    { seed: 6 },
  );
});

test('changes when any part of one verdict changes by one', () => {
  const seen = new Set<string>();
  const base: Verdict = [12_345_678_901_234, nameHash('a'), nameHash('browse'), nameHash('deliver')];
  seen.add(fingerprintOf([base]));
  for (let part = 0; part < 4; part++) {
    for (const step of [1, -1, 0x100000000]) {
      const changed: Verdict = [...base];
      changed[part] = part === 0 ? base[0] + step : ((base[part] as number) + step) | 0;
      if (part > 0 && step === 0x100000000) continue;
      seen.add(fingerprintOf([changed]));
    }
  }
  expect(seen.size).toBe(1 + 3 + 2 * 3);
});

test('counts: the same verdict twice is not the same as once or never', () => {
  const one: Verdict = [1, 2, 3, 4];
  expect(new Set([fingerprintOf([]), fingerprintOf([one]), fingerprintOf([one, one])]).size).toBe(3);
});

test('does not collide over a hundred thousand neighbouring verdicts', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 100_000; i++) seen.add(fingerprintOf([[i * 1_000, i % 10, i % 7, i % 3]]));
  expect(seen.size).toBe(100_000);
});

test('reads as 16 hex digits and starts over on reset', () => {
  const fingerprint = new Fingerprint();
  fingerprint.add(1, 2, 3, 4);
  expect(fingerprint.toString()).toMatch(/^[0-9a-f]{16}$/);
  fingerprint.reset();
  expect(fingerprint.toString()).toBe('0000000000000000');
});

test('name hashes are FNV-1a', () => {
  expect(nameHash('') >>> 0).toBe(0x811c9dc5);
  expect(nameHash('a') >>> 0).toBe(0xe40c292c);
  expect(nameHash('foobar') >>> 0).toBe(0xbf9cf968);
});
