/**
 * The hold model: a queue at a constant number of pending events; each step takes the earliest and pushes one later by
 * a random increment. What differs between the rows is how many are pending and how the increments are distributed,
 * which a heap hardly feels and a calendar does.
 */
import seedrandom from 'seedrandom';
import { CalendarQueue } from '../src/engine/calendar-queue.ts';
import type { EventQueue } from '../src/engine/event-queue.ts';
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
          rounds: size === 'tiny' ? 2 : size === 'quick' ? (pending === 1_000_000 ? 3 : 7) : 15,
          ours: calendarSide(increments, count, holds),
          alternatives: { 'heap-js': heapSide(increments, count, holds) },
          isSameWork: true,
        });
      },
    };
  }),
);

/** At a million pending the warm-up rounds must do for the calendar to find its page width. */
function holdsOf(size: BenchSize, pending: number): number {
  if (size === 'tiny') return 2000;
  if (size === 'full') return 500_000;
  return pending === 1_000_000 ? 150_000 : 200_000;
}

function drawIncrements(increment: Increment, seed: string): Float64Array {
  const stream = seedrandom.alea(`bench/${seed}`);
  const random = () => stream.double();
  return new Float64Array(INCREMENTS).map(() => Math.floor(increment(random)));
}

function calendarSide(increments: Float64Array, pending: number, holds: number): Side {
  const queue = filled(new CalendarQueue(), increments, pending);
  let sequence = pending;
  let checksum = 0;
  const run = () => {
    checksum = holdCalendar(queue, increments, sequence, holds, checksum);
    sequence += holds;
    return holds;
  };
  return { run, hash: () => (checksum >>> 0).toString(16) };
}

function heapSide(increments: Float64Array, pending: number, holds: number): Side {
  const queue = filled(new HeapQueue(), increments, pending);
  let sequence = pending;
  let checksum = 0;
  const run = () => {
    checksum = holdHeap(queue, increments, sequence, holds, checksum);
    sequence += holds;
    return holds;
  };
  return { run, hash: () => (checksum >>> 0).toString(16) };
}

function filled<Queue extends EventQueue>(queue: Queue, increments: Float64Array, pending: number): Queue {
  for (let sequence = 0; sequence < pending; sequence++) {
    queue.push(increments[sequence & (INCREMENTS - 1)], sequence, 0, sequence & 0xffff);
  }
  return queue;
}

// The two functions below differ in the class of their queue only. They are apart because a call site that has seen
// two classes is slower for both, and a simulation only ever sees one.

function holdCalendar(
  queue: CalendarQueue,
  increments: Float64Array,
  firstSequence: number,
  holds: number,
  checksumBefore: number,
): number {
  let checksum = checksumBefore;
  for (let sequence = firstSequence; sequence < firstSequence + holds; sequence++) {
    queue.pop();
    checksum = (Math.imul(checksum, 31) + queue.argument) | 0;
    queue.push(queue.timeNs + increments[sequence & (INCREMENTS - 1)], sequence, 0, sequence & 0xffff);
  }
  return checksum;
}

function holdHeap(
  queue: HeapQueue,
  increments: Float64Array,
  firstSequence: number,
  holds: number,
  checksumBefore: number,
): number {
  let checksum = checksumBefore;
  for (let sequence = firstSequence; sequence < firstSequence + holds; sequence++) {
    queue.pop();
    checksum = (Math.imul(checksum, 31) + queue.argument) | 0;
    queue.push(queue.timeNs + increments[sequence & (INCREMENTS - 1)], sequence, 0, sequence & 0xffff);
  }
  return checksum;
}
