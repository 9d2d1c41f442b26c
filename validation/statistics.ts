/** Means over independent replications, with confidence intervals by Student's t. */
import jstat from 'jstat';

/** Of all intervals in docs/VALIDATION.md. */
const CONFIDENCE = 0.99;

export interface Estimate {
  readonly mean: number;
  /** Half the width of the confidence interval. */
  readonly halfWidth: number;
}

export function estimate(values: readonly number[]): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const t = jstat.studentt.inv(1 - (1 - CONFIDENCE) / 2, n - 1);
  return { mean, halfWidth: t * Math.sqrt(squares / (n - 1) / n) };
}

/** The estimate over replications numbered from 0. */
export function replicate(count: number, measure: (replication: number) => number): Estimate {
  return estimate(Array.from({ length: count }, (_, replication) => measure(replication)));
}
