/**
 * What a validation says: a figure that the simulator measured beside the same figure from a formula that nobody here
 * made. A finding passes when the formula's value lies within the confidence interval of the measured one, widened by
 * the share that the formula's own simplifications account for; the reason for that share is part of the row.
 */
import { assert } from '../src/base/assert.ts';

/** short: in the test suite, seconds in all. full: what docs/VALIDATION.md says, minutes. */
export type ValidationSize = 'short' | 'full';

export interface Finding {
  /** What differs from the other findings of the row: `load 0.9`. */
  readonly case: string;
  readonly simulated: number;
  /** Half of the 99 % confidence interval over independent replications; 0 where nothing is random. */
  readonly halfWidth: number;
  readonly theory: number;
  /** Relative, of the theory; by what the formula may be off. */
  readonly tolerance: number;
}

export type ValidationUnit = 'time' | 'share' | 'bitrate' | 'number';

export interface Validation {
  readonly name: string;
  /** What is measured, in a sentence. */
  readonly what: string;
  /** The formula, and where it is from. */
  readonly formula: string;
  readonly source: string;
  readonly toleranceReason: string;
  /** Of all figures of the row; times in ns. */
  readonly unit: ValidationUnit;
  run(size: ValidationSize): Finding[];
}

/** An interval wider than this share of the theory proves nothing; the short form has fewer replications. */
const WIDEST_INTERVAL: Readonly<Record<ValidationSize, number>> = { full: 0.05, short: 0.3 };

export type Verdict = 'pass' | 'fail' | 'too wide to tell';

export function verdictOf(
  { simulated, halfWidth, theory, tolerance }: Finding,
  size: ValidationSize,
): Verdict {
  assert(theory > 0, 'a theory of nothing has no relative tolerance');
  if (!(halfWidth <= WIDEST_INTERVAL[size] * theory)) return 'too wide to tell';
  return Math.abs(simulated - theory) <= halfWidth + tolerance * theory ? 'pass' : 'fail';
}
