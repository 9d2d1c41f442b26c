/** Goal: quantities are read strictly and printed readably. Method: tables, and printing what was read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatBitrate,
  formatDuration,
  formatQuantity,
  formatShare,
  formatSize,
  MAX_TIME_NS,
  parseQuantity,
  type QuantityKind,
} from '../../src/base/units.ts';

test.each([
  ['30s', 'duration', 30e9],
  ['1.5ms', 'duration', 1_500_000],
  ['5us', 'duration', 5_000],
  ['7ns', 'duration', 7],
  ['2m', 'duration', 120e9],
  ['1h', 'duration', 3_600e9],
  ['1d', 'duration', 86_400e9],
  ['0s', 'duration', 0],
  ['100 Mbps', 'bitrate', 1e8],
  ['1kbps', 'bitrate', 1_000],
  ['1500B', 'size', 1_500],
  ['1KiB', 'size', 1_024],
  ['20kB', 'size', 20_000],
  ['200/s', 'frequency', 200],
  ['60/min', 'frequency', 1],
  ['5%', 'share', 0.05],
  ['100%', 'share', 1],
  ['3', 'count', 3],
  ['1e3', 'count', 1_000],
] as const)('%s is a %s of %d', (text, kind, value) => {
  const parsed = parseQuantity(text, kind);
  expect(parsed.ok).toBe(true);
  if (parsed.ok) expect(parsed.value).toBeCloseTo(value, 9);
});

test.each([
  ['30', 'duration', 'no unit'],
  ['30 parsecs', 'duration', 'unknown unit'],
  ['-1s', 'duration', 'negative'],
  ['0.1ns', 'duration', 'shorter than 1ns'],
  ['105d', 'duration', '104 days'],
  ['soon', 'duration', 'expected a time'],
  ['10mbps', 'bitrate', 'unknown unit'],
  ['5', 'share', 'no unit'],
  ['', 'size', 'expected a size'],
  ['3s', 'count', 'unknown unit'],
  ['1s toString', 'duration', 'expected'],
  ['1toString', 'duration', 'unknown unit'],
] as const)("'%s' is no %s: %s", (text, kind, problem) => {
  expect(parseQuantity(text, kind)).toMatchObject({ ok: false, problem: expect.stringContaining(problem) });
});

describe('formatDuration', () => {
  test.each([
    [0, '0s'],
    [999, '999ns'],
    [1_500, '1.5us'],
    [4_310_000, '4.31ms'],
    [19_200_000_000, '19.2s'],
    [119_000_000_000, '119s'],
    [125_000_000_000, '2m 5s'],
    [3_600_000_000_000, '1h'],
    [90_061_000_000_000, '1d 1h 1m 1s'],
  ])('prints %d as %s', (ns, text) => expect(formatDuration(ns)).toBe(text));
});

test('rates, sizes and shares are printed in the largest unit that fits', () => {
  expect([999, 1_000, 1.5e6, 1e9, 4e14].map(formatBitrate)).toEqual([
    '999bps',
    '1kbps',
    '1.5Mbps',
    '1Gbps',
    '400Tbps',
  ]);
  expect([999, 1_000, 1_500_000, 2e9].map(formatSize)).toEqual(['999B', '1kB', '1.5MB', '2GB']);
  expect([4 * 1024 * 1024, 65_495, 64_240].map(formatSize)).toEqual(['4MiB', '65495B', '64.24kB']);
  expect([0, 0.0755, 1].map(formatShare)).toEqual(['0%', '7.55%', '100%']);
});

test('what is printed reads as the same value, to four digits', () => {
  const kinds = fc.constantFrom<QuantityKind>('bitrate', 'size', 'duration');
  fc.assert(
    fc.property(kinds, fc.integer({ min: 1, max: 100_000_000_000 }), (kind, value) => {
      const parsed = parseQuantity(formatQuantity(value, kind), kind);
      expect(parsed.ok).toBe(true);
      if (parsed.ok) expect(Math.abs(parsed.value / value - 1)).toBeLessThan(0.001);
    }),
    { seed: 24, numRuns: 500 },
  );
});

test('times end where integers end', () => {
  expect(MAX_TIME_NS).toBe(2 ** 53 - 1);
});
