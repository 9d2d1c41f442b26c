/**
 * Measures one side against others, so that the result is a ratio and not a number of this machine today.
 *
 * The sides take turns: round by round each does the same work, and the order reverses every round, so that a machine
 * that slows down slows all of them. A row gives medians over the rounds, and as spread the least and the greatest
 * ratio any single round gave. The alternative that counts is the strongest of its round among those that the target
 * names. Ratios are always the larger the better: rates as they are, times turned over, limits over what was measured.
 */
import { assert } from '../src/base/assert.ts';
import type { Packages } from './packages.ts';

/** tiny: runs in the test suite, so that benches do not rot. quick: a glance. full: the figures to quote. */
export type BenchSize = 'tiny' | 'quick' | 'full';

export interface BenchRow {
  readonly name: string;
  /** Of `ours` and of every alternative. */
  readonly unit: string;
  readonly ours: number;
  /** A limit stands among them as `limit`. */
  readonly alternatives: Readonly<Record<string, number>>;
  /** Larger is better. Null where what it is set against is not installed, or where there is nothing to set it against. */
  readonly ratio: number | null;
  readonly spread: readonly [min: number, max: number] | null;
  /** The ratio to reach; null where none is set. */
  readonly target: number | null;
  /** Of what was computed, not of how long it took: the same on every machine. */
  readonly hash: string;
}

export interface Bench {
  /** Parts joined by `/`, from the general to the special. */
  readonly name: string;
  /** Left out by `--quick` for being slow; a sibling stands for it there. */
  readonly isFullOnly: boolean;
  run(size: BenchSize, packages: Packages): BenchRow;
}

/** One contestant. It keeps its state from round to round. */
export interface Side {
  /**
   * Does one round of work. In `compareRates` it answers how many operations that was; in `compareTimes` the time of
   * one unit of work in the row's unit, which it takes itself, so that it can leave preparations out.
   */
  run(): number;
  hash(): string;
}

export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly target: number | null;
  readonly rounds: number;
  readonly ours: Side;
  readonly alternatives: Readonly<Record<string, Side>>;
  /** Which alternatives the ratio is taken against; all of them when left out. */
  readonly against?: readonly string[];
  /** Operations of the sides are the same operations, so their hashes must agree. */
  readonly isSameWork: boolean;
}

export interface Limit {
  readonly name: string;
  readonly unit: string;
  /** One measurement or several: then the row has their median. */
  readonly measured: number | readonly number[];
  /** Null: measured for the reader's sake only. */
  readonly limit: number | null;
  /** Beside the limit, for whoever reads the row. */
  readonly alternatives?: Readonly<Record<string, number>>;
  readonly hash: string;
}

/** Fixed, not until a time has passed: the hash must not depend on the machine. */
const WARM_UP_ROUNDS = 3;

/** Compares by operations a second. */
export function compareRates(comparison: Comparison): BenchRow {
  return compare(comparison, rateOf, (ours, others) => ours / Math.max(...others));
}

/** Compares by the time of one unit of work, or by the longest stall: the smaller the better. */
export function compareTimes(comparison: Comparison): BenchRow {
  return compare(
    comparison,
    (side) => side.run(),
    (ours, others) => Math.min(...others) / ours,
  );
}

/** What must not exceed a limit: memory, build time, growth. */
export function limitRow({ name, unit, measured, limit, alternatives = {}, hash }: Limit): BenchRow {
  const values = typeof measured === 'number' ? [measured] : measured;
  assert(values.length > 0, 'a limit has a measurement');
  const ours = medianOf(values);
  if (limit === null)
    return { name, unit, ours, alternatives, ratio: null, spread: null, target: null, hash };
  return {
    name,
    unit,
    ours,
    alternatives: { limit, ...alternatives },
    ratio: limit / ours,
    spread: [limit / Math.max(...values), limit / Math.min(...values)],
    target: 1,
    hash,
  };
}

function compare(
  comparison: Comparison,
  measure: (side: Side) => number,
  ratioOf: (ours: number, others: readonly number[]) => number,
): BenchRow {
  const { name, unit, target, rounds, ours } = comparison;
  assert(rounds > 0, 'a comparison has a round');
  const names = Object.keys(comparison.alternatives);
  const sides = [ours, ...Object.values(comparison.alternatives)];
  const [figures, ...others] = takeTurns(sides, rounds, measure);

  if (comparison.isSameWork) {
    for (const side of sides) assert(side.hash() === ours.hash(), `all sides of ${name} compute the same`);
  }
  const rivals = others.filter((_, i) => comparison.against?.includes(names[i]) ?? true);
  const ratios =
    rivals.length === 0
      ? []
      : figures.map((figure, round) =>
          ratioOf(
            figure,
            rivals.map((rival) => rival[round]),
          ),
        );
  return {
    name,
    unit,
    ours: medianOf(figures),
    alternatives: Object.fromEntries(names.map((key, i) => [key, medianOf(others[i])])),
    ratio: ratios.length === 0 ? null : medianOf(ratios),
    spread: ratios.length === 0 ? null : [Math.min(...ratios), Math.max(...ratios)],
    target,
    hash: ours.hash(),
  };
}

/** Warms every side up; then the figures of every side, by round. */
export function takeTurns(
  sides: readonly Side[],
  rounds: number,
  measure: (side: Side) => number,
): number[][] {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const side of sides) side.run();
  const figures: number[][] = sides.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const index = round % 2 === 0 ? turn : sides.length - 1 - turn;
      figures[index].push(measure(sides[index]));
    }
  }
  return figures;
}

export function rateOf(side: Side): number {
  const startedAtMs = performance.now();
  const operations = side.run();
  return operations / ((performance.now() - startedAtMs) / 1000);
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const bySize = <T>(size: BenchSize, tiny: T, quick: T, full: T): T =>
  size === 'tiny' ? tiny : size === 'quick' ? quick : full;
