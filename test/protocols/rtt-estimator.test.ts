/** Goal: the time-out follows RFC 6298 with Linux's minimum. Method: the formulas of the RFC, computed here again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ParameterValues } from '../../src/base/parameters.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { RttEstimator } from '../../src/protocols/rtt-estimator.ts';
import { readTcpSettings } from '../../src/protocols/tcp-settings.ts';

const MS = MILLISECOND_NS;
const SETTINGS = readTcpSettings(new ParameterValues());

test('is one second before the first sample', () => {
  expect(new RttEstimator(SETTINGS).timeoutNs).toBe(SECOND_NS);
});

test('after samples is the smoothed round trip and four deviations, of which there are at least 200 ms', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 * SECOND_NS }), { minLength: 1 }), (samples) => {
      const rtt = new RttEstimator(SETTINGS);
      let [smoothed, deviation] = [samples[0] as number, (samples[0] as number) / 2];
      samples.forEach((sample, i) => {
        rtt.sample(sample);
        if (i === 0) return;
        deviation = (3 / 4) * deviation + (1 / 4) * Math.abs(smoothed - sample);
        smoothed = (7 / 8) * smoothed + (1 / 8) * sample;
      });
      const expected = Math.min(120 * SECOND_NS, smoothed + Math.max(200 * MS, 4 * deviation));
      expect(Math.abs(rtt.timeoutNs - expected)).toBeLessThanOrEqual(1);
    }),
    { seed: 10 },
  );
});

test('on a steady path tends to the round trip and 200 ms', () => {
  const rtt = new RttEstimator(SETTINGS);
  for (let i = 0; i < 100; i++) rtt.sample(30 * MS);
  expect(rtt.timeoutNs).toBe(230 * MS);
});

test('doubles on every expiry up to two minutes, and forgets that when data is acknowledged', () => {
  const rtt = new RttEstimator(SETTINGS);
  for (let i = 0; i < 100; i++) rtt.sample(0);
  const seen: number[] = [];
  for (let i = 0; i < 12; i++) {
    seen.push(rtt.timeoutNs / MS);
    rtt.backOff();
  }
  expect(seen).toEqual([
    200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 102_400, 120_000, 120_000,
  ]);
  rtt.progress();
  expect(rtt.timeoutNs).toBe(200 * MS);
});
