/**
 * The hold model: a queue at a constant number of pending events; each step takes the earliest and pushes one later by
 * a random increment. What differs between the rows is how many are pending and how the increments are distributed,
 * which a heap hardly feels and a calendar does.
 *
 * Each alternative is used as its careful user would. heap-js and tinyqueue hold an object per event and compare by
 * time, then sequence. flatqueue holds a number under a number and has no place for the sequence: it leaves ties in
 * any order, so it could not serve a simulator, but it shows what a heap costs that allocates nothing. The targets are
 * set against heap-js. All sides must take the same times in the same order; that ties run in sequence is the tests'.
 */
import { Heap } from 'heap-js';
import seedrandom from 'seedrandom';
import { CalendarQueue } from '../src/engine/calendar-queue.ts';
import { type Bench, type BenchSize, bySize, compareRates, type Side } from './harness.ts';
import type { Packages } from './packages.ts';

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

interface Event {
  readonly timeNs: number;
  readonly sequence: number;
  readonly handler: number;
  readonly argument: number;
}

const inOrder = (a: Event, b: Event): number => a.timeNs - b.timeNs || a.sequence - b.sequence;

interface TinyQueue {
  push(event: Event): void;
  pop(): Event | undefined;
}
interface TinyQueueModule {
  readonly default: new (events: Event[], compare: typeof inOrder) => TinyQueue;
}

interface FlatQueue {
  push(id: number, value: number): void;
  peekValue(): number | undefined;
  pop(): number | undefined;
}
interface FlatQueueModule {
  readonly default: new () => FlatQueue;
}

export const eventQueueBenches: readonly Bench[] = TARGETS.flatMap(([pending, target]) =>
  Object.entries(DISTRIBUTIONS).map(([distribution, increment]) => {
    const name = `event-queue/${pending}/${distribution}`;
    return {
      name,
      isFullOnly: distribution !== 'exponential' && (distribution !== 'bimodal' || pending === 1_000_000),
      run: (size: BenchSize, packages: Packages) => {
        const increments = drawIncrements(increment, name);
        const count = size === 'tiny' ? Math.min(pending, 1000) : pending;
        const checked = bySize(size, 1000, pending === 100 ? 60_000 : 25_000, 200_000);
        const slow = { increments, pending: count, checked, perRound: checked };
        // At a million pending the warm-up must do for the calendar to find its page width.
        const ours = { ...slow, perRound: checked * 8 };
        return compareRates({
          name,
          unit: 'holds/s',
          target,
          rounds: bySize(size, 2, pending === 1_000_000 ? 3 : 9, 15),
          ours: holdSide(ours, startCalendar),
          alternatives: {
            'heap-js': holdSide(slow, startHeapJs),
            ...alternative('tinyqueue', packages.load<TinyQueueModule>('tinyqueue'), (module) =>
              holdSide(slow, (increments, pending) => startTinyQueue(module, increments, pending)),
            ),
            ...alternative('flatqueue', packages.load<FlatQueueModule>('flatqueue'), (module) =>
              holdSide(slow, (increments, pending) => startFlatQueue(module, increments, pending)),
            ),
          },
          against: ['heap-js'],
          isSameWork: true,
        });
      },
    };
  }),
);

function alternative<Module>(
  name: string,
  module: Module | null,
  side: (module: Module) => Side,
): Record<string, Side> {
  return module === null ? {} : { [name]: side(module) };
}

function drawIncrements(increment: Increment, seed: string): Float64Array {
  const stream = seedrandom.alea(`bench/${seed}`);
  const random = () => stream.double();
  return new Float64Array(INCREMENTS).map(() => Math.floor(increment(random)));
}

interface Holds {
  readonly increments: Float64Array;
  readonly pending: number;
  /** Holds of the first round, which all sides do alike and hash. */
  readonly checked: number;
  /** Holds of every later round: a fast side needs more of them to be measured well. */
  readonly perRound: number;
}

/** Takes and pushes `holds` events; goes on with a checksum of the times it took. */
type Hold = (firstSequence: number, holds: number, checksum: number) => number;

function holdSide(
  { increments, pending, checked, perRound }: Holds,
  start: (increments: Float64Array, pending: number) => Hold,
): Side {
  const hold = start(increments, pending);
  let sequence = pending;
  let hash = '';
  const run = () => {
    const holds = hash === '' ? checked : perRound;
    const checksum = hold(sequence, holds, 0);
    if (hash === '') hash = (checksum >>> 0).toString(16);
    sequence += holds;
    return holds;
  };
  return { run, hash: () => hash };
}

// The loops below differ in the class of their queue only. They are apart because a call site that has seen two
// classes is slower for both, and a simulation only ever sees one.

function startCalendar(increments: Float64Array, pending: number): Hold {
  const queue = new CalendarQueue();
  for (let i = 0; i < pending; i++) queue.push(increments[i & (INCREMENTS - 1)], i, 0, i & 0xffff);
  return (firstSequence, holds, before) => {
    let checksum = before;
    for (let sequence = firstSequence; sequence < firstSequence + holds; sequence++) {
      queue.pop();
      checksum = (Math.imul(checksum, 31) + queue.timeNs) | 0;
      queue.push(queue.timeNs + increments[sequence & (INCREMENTS - 1)], sequence, 0, sequence & 0xffff);
    }
    return checksum;
  };
}

function startHeapJs(increments: Float64Array, pending: number): Hold {
  const heap = new Heap<Event>(inOrder);
  for (let i = 0; i < pending; i++) {
    heap.push({ timeNs: increments[i & (INCREMENTS - 1)], sequence: i, handler: 0, argument: i & 0xffff });
  }
  return (firstSequence, holds, before) => {
    let checksum = before;
    for (let sequence = firstSequence; sequence < firstSequence + holds; sequence++) {
      const event = heap.pop() as Event;
      checksum = (Math.imul(checksum, 31) + event.timeNs) | 0;
      const timeNs = event.timeNs + increments[sequence & (INCREMENTS - 1)];
      heap.push({ timeNs, sequence, handler: 0, argument: sequence & 0xffff });
    }
    return checksum;
  };
}

function startTinyQueue(module: TinyQueueModule, increments: Float64Array, pending: number): Hold {
  const queue = new module.default([], inOrder);
  for (let i = 0; i < pending; i++) {
    queue.push({ timeNs: increments[i & (INCREMENTS - 1)], sequence: i, handler: 0, argument: i & 0xffff });
  }
  return (firstSequence, holds, before) => {
    let checksum = before;
    for (let sequence = firstSequence; sequence < firstSequence + holds; sequence++) {
      const event = queue.pop() as Event;
      checksum = (Math.imul(checksum, 31) + event.timeNs) | 0;
      const timeNs = event.timeNs + increments[sequence & (INCREMENTS - 1)];
      queue.push({ timeNs, sequence, handler: 0, argument: sequence & 0xffff });
    }
    return checksum;
  };
}

function startFlatQueue(module: FlatQueueModule, increments: Float64Array, pending: number): Hold {
  const queue = new module.default();
  for (let i = 0; i < pending; i++) queue.push(i & 0xffff, increments[i & (INCREMENTS - 1)]);
  return (firstSequence, holds, before) => {
    let checksum = before;
    for (let sequence = firstSequence; sequence < firstSequence + holds; sequence++) {
      const timeNs = queue.peekValue() as number;
      queue.pop();
      checksum = (Math.imul(checksum, 31) + timeNs) | 0;
      queue.push(sequence & 0xffff, timeNs + increments[sequence & (INCREMENTS - 1)]);
    }
    return checksum;
  };
}
