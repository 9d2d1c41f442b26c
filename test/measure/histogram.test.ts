/** The histogram against an exact sort, over values of every magnitude. */
import seedrandom from 'seedrandom';
import { expect, test } from 'vitest';
import { Histogram } from '../../src/measure/histogram.ts';

const SHARES = [0, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1];

function nearestRank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] as number;
}

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test('values below 256 are exact', () => {
  const histogram = histogramOf(Array.from({ length: 256 }, (_, i) => i));
  for (const share of SHARES)
    expect(histogram.percentile(share)).toBe(Math.max(1, Math.ceil(share * 256)) - 1);
});

test('percentiles are at most 0.8 % above those of an exact sort and never below', () => {
  for (let round = 0; round < 40; round++) {
    const random = seedrandom.alea(`histogram/${round}`);
    // Magnitudes spread evenly from 1 ns to the largest safe integer, or narrow around 5 ms.
    const draw =
      round % 2 === 0 ? () => Math.floor(Math.exp(random() * 36.7)) : () => 5e6 + Math.floor(random() * 1e6);
    const values = Array.from({ length: 1000 }, () => Math.min(draw(), Number.MAX_SAFE_INTEGER));
    const sorted = values.toSorted((a, b) => a - b);
    const histogram = histogramOf(values);
    for (const share of SHARES) {
      const exact = nearestRank(sorted, share);
      const found = histogram.percentile(share);
      expect(found).toBeGreaterThanOrEqual(exact);
      expect(found).toBeLessThanOrEqual(exact * (1 + 1 / 128));
    }
    expect(histogram.percentile(1)).toBe(sorted.at(-1));
  }
});

test('values on both sides of every power of two keep their order', () => {
  const values: number[] = [];
  for (let power = 1; power < Number.MAX_SAFE_INTEGER; power *= 2) values.push(power - 1, power, power + 1);
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const histogram = histogramOf(sorted);
  const found = sorted.map((_, index) => histogram.percentile((index + 1) / sorted.length));
  expect(found).toEqual(found.toSorted((a, b) => a - b));
  found.forEach((value, index) => {
    expect(value).toBeGreaterThanOrEqual(sorted[index] as number);
  });
});

test('minimum, maximum and mean are exact', () => {
  const histogram = histogramOf([1_234_567, 7_654_321, 3_000_000_000]);
  expect(histogram.min).toBe(1_234_567);
  expect(histogram.max).toBe(3_000_000_000);
  expect(histogram.mean).toBe((1_234_567 + 7_654_321 + 3_000_000_000) / 3);
  expect(histogram.count).toBe(3);
});

test('an empty histogram answers zero', () => {
  const { count, min, max, mean } = new Histogram();
  expect([count, min, max, mean, new Histogram().percentile(0.5)]).toEqual([0, 0, 0, 0, 0]);
});
