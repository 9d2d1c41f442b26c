/**
 * Goal: samples have the distribution they claim, at the cost of one draw. Method: quantiles from published tables;
 * the mean and the distribution function of many samples against the closed forms.
 */
import { describe, expect, test } from 'vitest';
import { constant, type Distribution, meanOf, normalQuantile, sample } from '../../src/base/distribution.ts';
import { type RandomStream, RandomStreams } from '../../src/base/random.ts';

const DRAWS = 200_000;

/** Share of values up to x. */
const BELOW: Readonly<Record<string, (x: number) => number>> = {
  uniform: (x) => (x - 100) / 200,
  exponential: (x) => 1 - Math.exp(-x / 200),
  pareto: (x) => 1 - Math.exp(-3 * Math.log(x / (400 / 3))),
};
const CASES: readonly Distribution[] = [
  { kind: 'uniform', min: 100, max: 300 },
  { kind: 'exponential', mean: 200 },
  { kind: 'pareto', mean: 200, shape: 3 },
  { kind: 'lognormal', mean: 200, sigma: 0.5 },
];

describe.each(CASES)('$kind', (distribution) => {
  const random = new RandomStreams('distribution', 0).stream(distribution.kind, 'test');
  const values = Array.from({ length: DRAWS }, () => sample(distribution, random));

  test('has the mean it says', () => {
    const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
    expect(meanOf(distribution)).toBe(200);
    // Five standard errors; the widest here, exponential, has a deviation of one mean.
    expect(Math.abs(mean - 200)).toBeLessThan((5 * 200) / Math.sqrt(DRAWS));
  });

  test.runIf(distribution.kind in BELOW)('has the distribution function it says', () => {
    const below = BELOW[distribution.kind] as (x: number) => number;
    for (const x of [150, 200, 290]) {
      const share = values.filter((value) => value <= x).length / DRAWS;
      expect(Math.abs(share - below(x))).toBeLessThan(5 * Math.sqrt(0.25 / DRAWS));
    }
  });
});

test('normal quantiles are those of the tables', () => {
  expect(normalQuantile(0.5)).toBe(0);
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 14);
  expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 13);
  expect(normalQuantile(1e-10)).toBeCloseTo(-6.361340902404056, 12);
  expect(normalQuantile(1e-20)).toBeGreaterThan(-10);
  expect(Number.isFinite(normalQuantile(0))).toBe(true);
});

test('every sample takes one draw, a constant too', () => {
  for (const distribution of [...CASES, constant(7)]) {
    let draws = 0;
    const uniform = () => {
      draws++;
      return 0.3;
    };
    const counting = { uniform } as unknown as RandomStream;
    sample(distribution, counting);
    expect(draws, distribution.kind).toBe(1);
  }
});
