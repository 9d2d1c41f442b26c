/**
 * Measures one side against others, so that the result is a ratio and not a number of this machine today.
 *
 * The sides take turns: round by round each does the same work, and the order reverses every round, so that a machine
 * that slows down slows all of them. A row gives medians over the rounds, and as spread the least and the greatest
 * ratio any single round gave. The alternative that counts is the fastest of its round.
 */
import { assert } from '../src/base/assert.ts';

/** tiny: runs in the test suite, so that benches do not rot. quick: a glance. full: the figures to quote. */
export type BenchSize = 'tiny' | 'quick' | 'full';

export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  readonly ours: number;
  readonly alternatives: Readonly<Record<string, number>>;
  /** Larger is better: ours over the best alternative. */
  readonly ratio: number;
  readonly spread: readonly [min: number, max: number];
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
  run(size: BenchSize): BenchRow;
}

/** One contestant. It keeps its state from round to round. */
export interface Side {
  /** Does one round of work and answers how many operations that was. */
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
  /** Operations of the sides are the same operations, so their hashes must agree. */
  readonly isSameWork: boolean;
}

/** Fixed, not until a time has passed: the hash must not depend on the machine. */
const WARM_UP_ROUNDS = 3;

/** Compares by operations a second. */
export function compareRates(comparison: Comparison): BenchRow {
  const names = ['ours', ...Object.keys(comparison.alternatives)];
  const sides = [comparison.ours, ...Object.values(comparison.alternatives)];
  assert(sides.length > 1 && comparison.rounds > 0, 'a comparison has an alternative and a round');
  for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const side of sides) side.run();

  const rates: number[][] = sides.map(() => []);
  const ratios: number[] = [];
  for (let round = 0; round < comparison.rounds; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const index = round % 2 === 0 ? turn : sides.length - 1 - turn;
      rates[index].push(rateOf(sides[index]));
    }
    const best = Math.max(...rates.slice(1).map((ofSide) => ofSide[round]));
    ratios.push(rates[0][round] / best);
  }

  const hash = comparison.ours.hash();
  if (comparison.isSameWork) {
    for (const side of sides)
      assert(side.hash() === hash, `all sides of ${comparison.name} compute the same`);
  }
  return {
    name: comparison.name,
    unit: comparison.unit,
    ours: medianOf(rates[0]),
    alternatives: Object.fromEntries(names.slice(1).map((name, i) => [name, medianOf(rates[i + 1])])),
    ratio: medianOf(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)],
    target: comparison.target,
    hash,
  };
}

function rateOf(side: Side): number {
  const startedAtMs = performance.now();
  const operations = side.run();
  return operations / ((performance.now() - startedAtMs) / 1000);
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
