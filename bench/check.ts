/**
 * What CI holds of the figures: a row fails when its ratio falls below half of its target. Half, since machines differ
 * and are shared; and a row that fails is measured once more before it counts.
 */
import type { BenchRow } from './harness.ts';

const TOLERATED_SHARE = 0.5;

export interface Checked {
  /** All rows, the re-measured ones in their new state. */
  readonly rows: readonly BenchRow[];
  readonly failed: readonly BenchRow[];
  /** Has a target, but what it is set against is not installed. */
  readonly unchecked: readonly BenchRow[];
}

export function checkRows(rows: readonly BenchRow[], measureAgain: (name: string) => BenchRow): Checked {
  const last = rows.map((row) => (hasFailed(row) ? measureAgain(row.name) : row));
  return {
    rows: last,
    failed: last.filter(hasFailed),
    unchecked: last.filter(({ ratio, target }) => ratio === null && target !== null),
  };
}

/** Anything but a ratio above the bar: a ratio that is no number fails too. */
function hasFailed({ ratio, target }: BenchRow): boolean {
  return ratio !== null && target !== null && !(ratio >= target * TOLERATED_SHARE);
}
