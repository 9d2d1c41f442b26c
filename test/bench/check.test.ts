/** Goal: CI can fail on a bench, and does not on noise. Method: made-up rows. */
import { describe, expect, test, vi } from 'vitest';
import { checkRows } from '../../bench/check.ts';
import type { BenchRow } from '../../bench/harness.ts';

function row(name: string, ratio: number | null, target: number | null = 10): BenchRow {
  const spread = ratio === null ? null : ([ratio, ratio] as const);
  return { name, unit: 'x', ours: 1, alternatives: {}, ratio, spread, target, hash: 'h' };
}

const never = () => {
  throw new Error('nothing is measured again');
};

describe('The check of the figures', () => {
  test('passes rows from half of their target on, and rows without one', () => {
    const rows = [row('half', 5), row('good', 20), row('free', 0.1, null)];
    expect(checkRows(rows, never)).toEqual({ rows, failed: [], unchecked: [] });
  });

  test('fails a row that is below half of its target twice', () => {
    const again = vi.fn((name: string) => row(name, 4.8));
    const { failed, rows } = checkRows([row('slow', 4.9), row('good', 20)], again);
    expect(failed.map(({ name }) => name)).toEqual(['slow']);
    expect(rows[0].ratio).toBe(4.8);
    expect(again.mock.calls).toEqual([['slow']]);
  });

  test('believes the second measurement of a row that failed', () => {
    const { failed, rows } = checkRows([row('shaken', 4.9)], (name) => row(name, 9));
    expect(failed).toEqual([]);
    expect(rows[0].ratio).toBe(9);
  });

  test('fails a ratio that is no number', () => {
    expect(checkRows([row('odd', Number.NaN)], (name) => row(name, Number.NaN)).failed).toHaveLength(1);
  });

  test('tells rows whose alternative is missing apart from those that failed', () => {
    const { failed, unchecked } = checkRows([row('alone', null)], never);
    expect([failed.length, unchecked.map(({ name }) => name)]).toEqual([0, ['alone']]);
  });
});
