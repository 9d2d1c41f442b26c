/** Goal: units come when the integral of the rate says, whatever the rate does. Method: random rate curves, one clock. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RandomStreams } from '../../src/base/random.ts';
import { SECOND_NS } from '../../src/base/units.ts';
import { buildClock, type Pacing } from '../../src/traffic/pacer.ts';

const END_NS = 60 * SECOND_NS;

function timesOf(pacing: Pacing, seed = 'pacer'): number[] {
  const clock = buildClock(pacing, new RandomStreams(seed, 0), 'flow');
  const times: number[] = [];
  for (let at = clock.next(); at < END_NS; at = clock.next()) times.push(at);
  return times;
}

const countBetween = (times: readonly number[], fromNs: number, untilNs: number): number =>
  times.filter((at) => at >= fromNs && at < untilNs).length;

const rateSteps = fc
  .array(fc.record({ lengthNs: fc.integer({ min: 1, max: 20 * SECOND_NS }), rate: fc.nat({ max: 40 }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((steps) => {
    let atNs = 0;
    const timesNs = steps.map(({ lengthNs }) => (atNs += lengthNs));
    return { timesNs, values: steps.map(({ rate }) => rate) };
  });

describe('a flow with rates from a file', () => {
  test('offers in each step the integral of the rate, to within a unit', () => {
    fc.assert(
      fc.property(rateSteps, fc.string(), (steps, seed) => {
        const times = timesOf({ ratePerSecond: 1, arrivals: 'constant', rateSteps: steps }, seed);
        expect(countBetween(times, 0, steps.timesNs[0] as number)).toBe(0);
        steps.timesNs.forEach((fromNs, row) => {
          const untilNs = Math.min(END_NS, steps.timesNs[row + 1] ?? END_NS);
          const due = (Math.max(0, untilNs - fromNs) * (steps.values[row] as number)) / SECOND_NS;
          expect(Math.abs(countBetween(times, fromNs, untilNs) - due)).toBeLessThanOrEqual(1 + 1e-6);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('loses no unit where steps meet: over all of them it is within a unit, too', () => {
    const timesNs = Array.from({ length: 600 }, (_, i) => i * 100_000_000);
    const values = timesNs.map((_, i) => (i % 7) + 0.5);
    const total = values.reduce((sum, rate) => sum + rate / 10, 0);
    const times = timesOf({ ratePerSecond: 1, arrivals: 'constant', rateSteps: { timesNs, values } });
    expect(Math.abs(times.length - total)).toBeLessThanOrEqual(1);
  });

  test('as Poisson has the mean and the variance of the integral', () => {
    const steps = { timesNs: [0, 20 * SECOND_NS, 40 * SECOND_NS], values: [2, 0, 5] };
    const counts = Array.from({ length: 400 }, (_, i) => {
      const times = timesOf({ ratePerSecond: 1, arrivals: 'poisson', rateSteps: steps }, String(i));
      expect(countBetween(times, 20 * SECOND_NS, 40 * SECOND_NS)).toBe(0);
      return countBetween(times, 40 * SECOND_NS, END_NS);
    });
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    const variance = counts.reduce((sum, count) => sum + (count - mean) * (count - mean), 0) / counts.length;
    // 100 expected; four standard errors of the mean and of the variance.
    expect(Math.abs(mean - 100)).toBeLessThan(2);
    expect(Math.abs(variance - 100)).toBeLessThan(29);
  });

  test('that end with 0 falls silent for good', () => {
    const steps = { timesNs: [0, SECOND_NS], values: [10, 0] };
    expect(timesOf({ ratePerSecond: 1, arrivals: 'constant', rateSteps: steps })).toHaveLength(10);
  });
});

describe('an on-off source', () => {
  const seconds = (value: number) => ({ kind: 'constant', value: value * SECOND_NS }) as const;

  test('begins with a pause and sends at its rate while on', () => {
    const onOff = { on: seconds(1), off: seconds(2) };
    const times = timesOf({ ratePerSecond: 50, arrivals: 'on-off', onOff });
    expect(times).toHaveLength(1000);
    for (const at of times) expect(at % (3 * SECOND_NS)).toBeGreaterThanOrEqual(2 * SECOND_NS);
    expect((times[1] as number) - (times[0] as number)).toBeCloseTo(20_000_000, -1);
  });

  test('with drawn periods sends its share of the time', () => {
    const mean = (value: number) => ({ kind: 'exponential', mean: value * SECOND_NS }) as const;
    const onOff = { on: mean(0.02), off: mean(0.06) };
    const times = timesOf({ ratePerSecond: 1000, arrivals: 'on-off', onOff });
    // 750 periods of 20 ms and 60 ms: a quarter of 60,000, with a standard deviation of some 4 %.
    expect(times.length).toBeGreaterThan(15_000 * 0.85);
    expect(times.length).toBeLessThan(15_000 * 1.15);
  });
});

describe('a trace', () => {
  test('is replayed to the nanosecond, and ends', () => {
    const unitTimesNs = [0, 5, 5, 17];
    expect(timesOf({ ratePerSecond: 1, arrivals: 'constant', unitTimesNs })).toEqual(unitTimesNs);
  });
});
