/** Goal: rows say what was measured. Method: sides whose figures are given, so that no clock decides. */
import { describe, expect, test } from 'vitest';
import { compareRates, compareTimes, limitRow, type Side } from '../../bench/harness.ts';

/** Answers these figures, round by round, after the warm-up. */
function sideOf(...figures: readonly number[]): Side {
  let round = -3;
  return { run: () => figures[Math.max(0, round++)] ?? 0, hash: () => 'same' };
}

const times = { name: 'x', unit: 'ms', target: 2, rounds: 3, isSameWork: true } as const;

describe('A comparison of times', () => {
  test('turns them over: the strongest alternative of each round, over ours', () => {
    const row = compareTimes({
      ...times,
      ours: sideOf(10, 20, 10),
      alternatives: { slow: sideOf(100, 100, 100), quick: sideOf(30, 40, 50) },
    });
    expect(row).toMatchObject({
      ours: 10,
      alternatives: { slow: 100, quick: 40 },
      ratio: 3,
      spread: [2, 5],
      target: 2,
      hash: 'same',
    });
  });

  test('is taken against the alternatives that the target names', () => {
    const alternatives = { named: sideOf(100, 100, 100), other: sideOf(30, 40, 50) };
    const row = compareTimes({ ...times, ours: sideOf(10, 10, 10), alternatives, against: ['named'] });
    expect(row.ratio).toBe(10);
    expect(Object.keys(row.alternatives)).toEqual(['named', 'other']);
  });

  test('has no ratio where the named alternative is not there', () => {
    const row = compareTimes({
      ...times,
      ours: sideOf(10, 10, 10),
      alternatives: { other: sideOf(30, 40, 50) },
      against: ['named'],
    });
    expect(row).toMatchObject({ ours: 10, ratio: null, spread: null, target: 2 });
  });
});

describe('A comparison', () => {
  test('refuses sides that computed different things', () => {
    const other: Side = { run: () => 1, hash: () => 'other' };
    const ours = sideOf(1, 1, 1);
    expect(() => compareRates({ ...times, ours, alternatives: { other } })).toThrow('compute the same');
    expect(compareRates({ ...times, isSameWork: false, ours, alternatives: { other } }).hash).toBe('same');
  });
});

describe('A limit', () => {
  test('is divided by the median of what was measured, towards a target of 1', () => {
    const row = limitRow({ name: 'x', unit: 'bytes', measured: [2000, 1000, 4000], limit: 4000, hash: 'h' });
    expect(row).toMatchObject({
      ours: 2000,
      alternatives: { limit: 4000 },
      ratio: 2,
      spread: [1, 4],
      target: 1,
    });
  });

  test('may be absent: then the row only tells', () => {
    const row = limitRow({ name: 'x', unit: 'bytes', measured: 2000, limit: null, hash: 'h' });
    expect(row).toMatchObject({ ours: 2000, alternatives: {}, ratio: null, spread: null, target: null });
  });
});
