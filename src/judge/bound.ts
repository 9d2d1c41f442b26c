/** Whether one value keeps to one bound. */
import type { Outcome } from '../measure/result.ts';
import type { Bound, BoundValue } from '../scenario/scenario.ts';

/** A measure as the result has it. */
export interface Reading {
  /** Null: there is no such moment or amount. */
  readonly value: number | string | null;
  /** What percentages refer to; null when it has no whole. */
  readonly whole: number | null;
  /** Of times told by the units of a flow: their spacing, finer than which nothing can be told. Else null. */
  readonly resolutionNs: number | null;
}

/** Shares of counts that should be equal differ by rounding only. */
const SHARE_TOLERANCE = 1e-12;

export function judgeBound(bound: Bound, reading: Reading): Outcome {
  if (bound.kind === 'range' && typeof reading.value === 'number' && reading.resolutionNs !== null) {
    return judgeUnresolved(bound, reading.value, reading.resolutionNs);
  }
  return keepsTo(bound, reading) ? 'pass' : 'fail';
}

/** The plain comparison: inclusive; null keeps to `never` alone. */
export function keepsTo(bound: Bound, { value, whole }: Reading): boolean {
  switch (bound.kind) {
    case 'never':
      return value === null;
    case 'boolean':
      // Only refusals are true or false: refused for a reason, or not.
      return (value !== null) === bound.value;
    case 'text':
      return value === bound.value;
    case 'range':
      return typeof value === 'number' && isWithin(bound, value, whole);
  }
}

interface Range {
  readonly min: BoundValue | null;
  readonly max: BoundValue | null;
}

function isWithin({ min, max }: Range, value: number, whole: number | null): boolean {
  return (
    (min === null || compare(value, whole, min, (amount, limit, slack) => amount >= limit - slack)) &&
    (max === null || compare(value, whole, max, (amount, limit, slack) => amount <= limit + slack))
  );
}

type Comparison = (amount: number, limit: number, slack: number) => boolean;

/** Nothing is a share of nothing: such a bound fails. */
function compare(value: number, whole: number | null, limit: BoundValue, holds: Comparison): boolean {
  if (!limit.relative) return holds(value, limit.value, 0);
  return whole !== null && whole > 0 && holds(value / whole, limit.value, SHARE_TOLERANCE);
}

/**
 * A time told by units that are `spacing` apart may really be that much shorter or longer. When some of what it may be
 * keeps to the bound and some does not, a bound narrower than the spacing cannot be judged; a wider one is compared
 * plainly. A bound that allows nothing but 0 asks whether units were lost at all, which needs no spacing.
 */
function judgeUnresolved(bound: Range, value: number, spacing: number): Outcome {
  const min = bound.min?.value ?? Number.NEGATIVE_INFINITY;
  const max = bound.max?.value ?? Number.POSITIVE_INFINITY;
  const plain: Outcome = value >= min && value <= max ? 'pass' : 'fail';
  if (max === 0) return plain;
  if (value === 0 && plain === 'pass' && max >= spacing) return 'pass';
  const shortest = Math.max(0, value - spacing);
  const longest = value + spacing;
  if (shortest >= min && longest <= max) return 'pass';
  if (longest < min || shortest > max) return 'fail';
  const isFinerThanSpacing = max - min < spacing || max < spacing;
  return isFinerThanSpacing ? 'inconclusive' : plain;
}
