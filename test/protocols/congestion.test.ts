/**
 * Goal: the congestion window follows the published algorithms. Method: windows are fed acknowledgements by hand, a window
 * a round trip, and compared with the formulas of RFC 5681 and RFC 9438 computed here again.
 */
import { describe, expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import type { CongestionControl } from '../../src/protocols/congestion/congestion-control.ts';
import { Cubic } from '../../src/protocols/congestion/cubic.ts';
import { NewReno } from '../../src/protocols/congestion/newreno.ts';

const SEGMENT = 1_000;
const MS = MILLISECOND_NS;

/** One round trip: the whole window is acknowledged segment by segment, evenly spread. */
function roundTrip(control: CongestionControl, startNs: number, rttNs: number): void {
  const segments = Math.floor(control.windowBytes / SEGMENT);
  for (let i = 0; i < segments; i++)
    control.onDelivered(SEGMENT, startNs + ((i + 1) * rttNs) / segments, rttNs);
}

function started(control: CongestionControl, segments: number): CongestionControl {
  control.start(SEGMENT, segments);
  return control;
}

describe('slow start', () => {
  test('doubles the window every round trip from ten segments, whatever comes after', () => {
    for (const control of [new Cubic(), new NewReno()]) {
      started(control, 10);
      const windows = [0, 1, 2, 3].map((trip) => {
        roundTrip(control, trip * 10 * MS, 10 * MS);
        return control.windowBytes / SEGMENT;
      });
      expect(windows).toEqual([20, 40, 80, 160]);
    }
  });

  test('ends exactly at the threshold', () => {
    const control = started(new NewReno(), 10);
    control.thresholdBytes = 15 * SEGMENT;
    control.onDelivered(10 * SEGMENT, 0, MS);
    expect(control.windowBytes).toBe(15 * SEGMENT);
  });

  test('begins again with one segment after a time-out, and a repeated time-out leaves the threshold', () => {
    const control = started(new NewReno(), 40);
    control.onTimeout(40 * SEGMENT, false);
    expect([control.windowBytes, control.thresholdBytes]).toEqual([SEGMENT, 20 * SEGMENT]);
    control.onTimeout(SEGMENT, true);
    expect(control.thresholdBytes).toBe(20 * SEGMENT);
  });

  test('begins again after an idle time: half the window for every time-out, not below the initial one', () => {
    const control = started(new NewReno(), 80);
    control.onIdle(2.5 * SECOND_NS, SECOND_NS, 10 * SEGMENT);
    expect([control.windowBytes, control.thresholdBytes]).toEqual([20 * SEGMENT, Number.POSITIVE_INFINITY]);
    control.onIdle(100 * SECOND_NS, SECOND_NS, 10 * SEGMENT);
    expect(control.windowBytes).toBe(10 * SEGMENT);
  });
});

describe('NewReno', () => {
  test('grows by one segment a round trip and halves at a loss: a sawtooth', () => {
    const control = started(new NewReno(), 100);
    control.onLoss(100 * SEGMENT);
    const windows: number[] = [];
    for (let trip = 0; trip < 120; trip++) {
      windows.push(control.windowBytes / SEGMENT);
      roundTrip(control, 0, MS);
      if (control.windowBytes >= 100 * SEGMENT) control.onLoss(control.windowBytes);
    }
    expect(windows.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, i) => 50 + i));
    expect(windows.slice(50, 100)).toEqual(windows.slice(0, 50));
  });

  test('never has less than two segments as its threshold', () => {
    const control = started(new NewReno(), 2);
    control.onLoss(SEGMENT);
    expect(control.thresholdBytes).toBe(2 * SEGMENT);
  });
});

describe('CUBIC', () => {
  test('multiplies by 0.7 and then follows 0.4 (t - K)^3 + W_max, K = cbrt(0.3 W_max / 0.4)', () => {
    const peak = 2_000;
    const control = started(new Cubic(), peak);
    control.onLoss(peak * SEGMENT);
    expect(control.windowBytes / SEGMENT).toBeCloseTo(0.7 * peak, 9);
    const k = Math.cbrt((0.3 * peak) / 0.4);
    const rttNs = 100 * MS;
    for (let trip = 0; trip < 200; trip++) {
      roundTrip(control, trip * rttNs, rttNs);
      const t = ((trip + 1) * rttNs) / SECOND_NS - k;
      const expected = 0.4 * t * t * t + peak;
      // A window that is acknowledged over a round trip is at most that behind the curve.
      expect(control.windowBytes / SEGMENT / expected).toBeGreaterThan(0.985);
      expect(control.windowBytes / SEGMENT / expected).toBeLessThan(1.015);
    }
    expect(control.windowBytes / SEGMENT).toBeGreaterThan(peak);
  });

  test('on a short path grows as Reno would on average: 3 x 0.3 / 1.7 segments a round trip', () => {
    const control = started(new Cubic(), 20);
    control.onLoss(20 * SEGMENT);
    const rttNs = MS;
    for (let trip = 0; trip < 8; trip++) roundTrip(control, trip * rttNs, rttNs);
    expect(control.windowBytes / SEGMENT).toBeCloseTo(14 + 8 * (0.9 / 1.7), 0);
    // Above the window before the loss it is as steep as Reno itself.
    for (let trip = 8; trip < 60; trip++) roundTrip(control, trip * rttNs, rttNs);
    const before = control.windowBytes / SEGMENT;
    roundTrip(control, 60 * rttNs, rttNs);
    expect(control.windowBytes / SEGMENT - before).toBeCloseTo(1, 1);
  });

  test('gives way when it loses below its last plateau: W_max is 0.85 of the window', () => {
    const control = started(new Cubic(), 1_000);
    control.onLoss(1_000 * SEGMENT);
    control.onLoss(control.windowBytes);
    // 490 segments now, on the way to 0.85 x 700.
    const plateau = 595;
    const k = Math.cbrt((plateau - 490) / 0.4);
    const rttNs = 50 * MS;
    for (let trip = 0; trip < Math.round(k / 0.05); trip++) roundTrip(control, trip * rttNs, rttNs);
    expect(control.windowBytes / SEGMENT / plateau).toBeCloseTo(1, 2);
  });

  test('after a time-out starts its curve, with K = 0, where slow start ends', () => {
    const control = started(new Cubic(), 100);
    control.onTimeout(100 * SEGMENT, false);
    expect(control.thresholdBytes).toBe(70 * SEGMENT);
    const rttNs = 100 * MS;
    let trip = 0;
    while (control.isInSlowStart) roundTrip(control, trip++ * rttNs, rttNs);
    const [start, from] = [trip, control.windowBytes / SEGMENT];
    for (; trip < start + 60; trip++) roundTrip(control, trip * rttNs, rttNs);
    const expected = from + 0.4 * 6 * 6 * 6;
    expect(from).toBeCloseTo(70, 0);
    expect(control.windowBytes / SEGMENT / expected).toBeGreaterThan(0.94);
    expect(control.windowBytes / SEGMENT / expected).toBeLessThan(1.06);
  });
});
