/**
 * The hold model: a queue at a constant number of pending events; each step takes the earliest and pushes one later by
 * a random increment. What differs between the rows is how many are pending and how the increments are distributed,
 * which a heap hardly feels and a calendar does.
 */
import seedrandom from 'seedrandom';
import { CalendarQueue } from '../src/engine/calendar-queue.ts';
import { HeapQueue } from '../src/engine/heap-queue.ts';
import { type Bench, type BenchSize, compareRates, type Side } from './harness.ts';

type Increment = (random: () => number) => number;

const MEAN_NS = 1_000_000;
const INCREMENTS = 65_536;

const DISTRIBUTIONS: Readonly<Record<string, Increment>> = {
  exponential: (random) => -Math.log(1 - random()) * MEAN_NS,
  uniform: (random) => random() * 2 * MEAN_NS,
  /** Packets within microseconds, and one timer in twenty up to a minute away. */
  bimodal: (random) => (random() < 0.95 ? random() * 10_000 : random() * 60_000_000_000),
  /** Two humps, a tenth wide. */
  camel: (random) => (random() < 0.5 ? 0.2 : 2) * MEAN_NS * (0.95 + 0.1 * random()),
};

const TARGETS: readonly (readonly [pending: number, target: number])[] = [
  [100, 5],
  [10_000, 10],
  [1_000_000, 5],
];

export const eventQueueBenches: readonly Bench[] = TARGETS.flatMap(([pending, target]) =>
  Object.entries(DISTRIBUTIONS).map(([distribution, increment]) => {
    const name = `event-queue/${pending}/${distribution}`;
    return {
      name,
      isFullOnly: pending === 1_000_000 && distribution !== 'exponential',
      run: (size: BenchSize) => {
        const increments = drawIncrements(increment, name);
        const count = size === 'tiny' ? Math.min(pending, 1000) : pending;
        const holds = holdsOf(size, pending);
        return compareRates({
          name,
          unit: 'holds/s',
          target,
          rounds: size === 'tiny' ? 2 : size === 'quick' ? 5 : 15,
          ours: calendarSide(increments, count, holds),
          alternatives: { 'heap-js': heapSide(increments, count, holds) },
          isSameWork: true,
        });
      },
    };
  }),
);

/** At a million pending the warm-up must be long enough for the calendar to have found its page width. */
function holdsOf(size: BenchSize, pending: number): number {
  if (size === 'tiny') return 2000;
  if (size === 'full') return 500_000;
  return pending === 1_000_000 ? 300_000 : 200_000;
}

function drawIncrements(increment: Increment, seed: string): Float64Array {
  const stream = seedrandom.alea(`bench/${seed}`);
  const random = () => stream.double();
  return new Float64Array(INCREMENTS).map(() => Math.floor(increment(random)));
}

// The two functions below differ in the queue's class only. They are apart because a call site that has seen two
// classes is slower for both, and a simulation only ever sees one.

function calendarSide(increments: Float64Array, pending: number, holds: number): Side {
  const queue = new CalendarQueue();
  let sequence = 0;
  for (; sequence < pending; sequence++)
    queue.push(increments[sequence & (INCREMENTS - 1)], sequence, 0, sequence);
  let checksum = 0;
  const run = () => {
    for (let i = 0; i < holds; i++) {
      queue.pop();
      checksum = (Math.imul(checksum, 31) + queue.argument) | 0;
      queue.push(queue.timeNs + increments[sequence & (INCREMENTS - 1)], sequence, 0, sequence & 0xffff);
      sequence++;
    }
    return holds;
  };
  return { run, hash: () => (checksum >>> 0).toString(16) };
}

function heapSide(increments: Float64Array, pending: number, holds: number): Side {
  const queue = new HeapQueue();
  let sequence = 0;
  for (; sequence < pending; sequence++)
    queue.push(increments[sequence & (INCREMENTS - 1)], sequence, 0, sequence);
  let checksum = 0;
  const run = () => {
    for (let i = 0; i < holds; i++) {
      queue.pop();
      checksum = (Math.imul(checksum, 31) + queue.argument) | 0;
      queue.push(queue.timeNs + increments[sequence & (INCREMENTS - 1)], sequence, 0, sequence & 0xffff);
      sequence++;
    }
    return holds;
  };
  return { run, hash: () => (checksum >>> 0).toString(16) };
}
