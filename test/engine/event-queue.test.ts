/**
 * One suite for every event queue: they must be indistinguishable except by speed. What each rule means is said in a
 * test of its own; that nothing else differs is left to random runs against a sorted array.
 */
import fc from 'fast-check';
import seedrandom from 'seedrandom';
import { describe, expect, test } from 'vitest';
import { CalendarQueue } from '../../src/engine/calendar-queue.ts';
import type { EventQueue } from '../../src/engine/event-queue.ts';
import { HeapQueue } from '../../src/engine/heap-queue.ts';
import { SortedArrayQueue } from '../support/sorted-array-queue.ts';

const QUEUES: Record<string, () => EventQueue> = {
  HeapQueue: () => new HeapQueue(),
  CalendarQueue: () => new CalendarQueue(),
  SortedArrayQueue: () => new SortedArrayQueue(),
};

const MINUTE_NS = 60_000_000_000;
const LAST_NS = Number.MAX_SAFE_INTEGER;

/** Empties the queue: [time, sequence] of each event in the order they came. */
function drain(queue: EventQueue): [number, number][] {
  const order: [number, number][] = [];
  while (queue.pop()) order.push([queue.timeNs, queue.sequence]);
  return order;
}

function sequencesOf(queue: EventQueue): number[] {
  return drain(queue).map(([, sequence]) => sequence);
}

/** Pushes or pops the same on both, and compares all that can be seen. */
class Pair {
  private sequence = 0;
  private readonly queue: EventQueue;
  private readonly twin: EventQueue;

  constructor(queue: EventQueue, twin: EventQueue) {
    this.queue = queue;
    this.twin = twin;
  }

  /** A greater rank orders after every lesser one at the same time, whichever was pushed first. */
  push(delayNs: number, rank: number): void {
    const timeNs = Math.min(this.twin.timeNs + delayNs, LAST_NS);
    const sequence = rank * 10_000_000 + this.sequence++;
    for (const queue of [this.queue, this.twin])
      queue.push(timeNs, sequence, this.sequence % 7, -this.sequence);
  }

  /** Compared by hand: a call of `expect` costs more than the queues do. */
  /** Pops what is due before `untilNs`. */
  pop(untilNs?: number): void {
    const { queue, twin } = this;
    const isSame =
      queue.pop(untilNs) === twin.pop(untilNs) &&
      queue.timeNs === twin.timeNs &&
      queue.sequence === twin.sequence &&
      queue.handler === twin.handler &&
      queue.argument === twin.argument &&
      queue.size === twin.size;
    if (!isSame) expect({ ...fieldsOf(queue) }).toEqual({ ...fieldsOf(twin) });
  }

  /** Looks for something soon, which may well find nothing. */
  popWithin(delayNs: number): void {
    this.pop(this.twin.timeNs + delayNs);
  }

  drain(): void {
    while (this.twin.size > 0) this.pop();
    expect(this.queue.pop()).toBe(false);
    expect(this.queue.size).toBe(0);
  }
}

function fieldsOf({ timeNs, sequence, handler, argument, size }: EventQueue) {
  return { timeNs, sequence, handler, argument, size };
}

describe.each(Object.entries(QUEUES))('%s', (_name, build) => {
  test('is empty at first, and popping it changes nothing', () => {
    const queue = build();
    expect(queue.size).toBe(0);
    expect(queue.pop()).toBe(false);
    expect(fieldsOf(queue)).toEqual({ timeNs: 0, sequence: 0, handler: 0, argument: 0, size: 0 });
  });

  test('gives back the four numbers of an event', () => {
    const queue = build();
    queue.push(5, 1, -(2 ** 31), 2 ** 31 - 1);
    expect(queue.pop()).toBe(true);
    expect(fieldsOf(queue)).toEqual({
      timeNs: 5,
      sequence: 1,
      handler: -(2 ** 31),
      argument: 2 ** 31 - 1,
      size: 0,
    });
  });

  test('keeps the last event in the fields when it runs empty', () => {
    const queue = build();
    queue.push(5, 1, 2, 3);
    queue.pop();
    expect(queue.pop()).toBe(false);
    expect(fieldsOf(queue)).toEqual({ timeNs: 5, sequence: 1, handler: 2, argument: 3, size: 0 });
  });

  test('pops by time, whatever the order of pushing', () => {
    const queue = build();
    const times = [30, 10, MINUTE_NS, 20, 0, LAST_NS, 7 * MINUTE_NS];
    times.forEach((timeNs, i) => {
      queue.push(timeNs, i, 0, 0);
    });
    expect(drain(queue).map(([timeNs]) => timeNs)).toEqual(times.toSorted((a, b) => a - b));
  });

  test('pops events of one time by sequence number, whatever the order of pushing', () => {
    const queue = build();
    for (const sequence of [4, 2, 2 ** 40, 0, 3, 1]) queue.push(1000, sequence, 0, 0);
    expect(sequencesOf(queue)).toEqual([0, 1, 2, 3, 4, 2 ** 40]);
  });

  test('runs an event pushed for now before queued ones of now with greater numbers', () => {
    const queue = build();
    for (const sequence of [10, 20, 30]) queue.push(1000, sequence, 0, 0);
    queue.pop();
    queue.push(1000, 15, 0, 0);
    queue.push(1000, 5, 0, 0);
    expect(sequencesOf(queue)).toEqual([5, 15, 20, 30]);
  });

  test('leaves an event that is not due before the time given, and changes nothing', () => {
    const queue = build();
    queue.push(1000, 7, 8, 9);
    for (const untilNs of [0, 999, 1000]) expect(queue.pop(untilNs)).toBe(false);
    expect(fieldsOf(queue)).toEqual({ timeNs: 0, sequence: 0, handler: 0, argument: 0, size: 1 });
    expect(queue.pop(1001)).toBe(true);
    expect(queue.sequence).toBe(7);
  });

  test('takes an event earlier than the one it last declined to pop', () => {
    const queue = build();
    queue.push(MINUTE_NS, 0, 0, 0);
    expect(queue.pop(MINUTE_NS)).toBe(false);
    for (let i = 1; i <= 100; i++) queue.push(i * 1000, i, 0, 0);
    expect(queue.pop(1000)).toBe(false);
    expect(sequencesOf(queue)).toEqual([...Array.from({ length: 100 }, (_, i) => i + 1), 0]);
  });

  test('can be filled again after running empty, also much later', () => {
    const queue = build();
    queue.push(3, 0, 0, 0);
    drain(queue);
    queue.push(3, 1, 0, 0);
    queue.push(LAST_NS, 3, 0, 0);
    queue.push(LAST_NS - 1, 2, 0, 0);
    expect(sequencesOf(queue)).toEqual([1, 2, 3]);
  });

  test('does not notice that another queue exists', () => {
    const [one, other] = [build(), build()];
    one.push(1, 1, 0, 0);
    other.push(2, 2, 0, 0);
    expect(drain(one)).toEqual([[1, 1]]);
    expect(drain(other)).toEqual([[2, 2]]);
  });

  test('agrees with a sorted array on any pushes and pops', () => {
    const delayNs = fc.oneof(
      fc.constant(0),
      fc.nat(3),
      fc.nat(5000),
      fc.constantFrom(1000, 65_536, MINUTE_NS),
      fc.maxSafeNat(),
      fc.nat(52).map((bits) => 2 ** bits),
    );
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('push'), delayNs, rank: fc.nat(5) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('pop', 'pop-within'), within: delayNs }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const pair = new Pair(build(), new SortedArrayQueue());
        for (const step of steps) {
          if (step.kind === 'push') pair.push(step.delayNs, step.rank);
          else if (step.kind === 'pop') pair.pop();
          else pair.popWithin(step.within);
        }
        pair.drain();
      }),
      { numRuns: 200, seed: 1 },
    );
  });
});

// The sorted array is too slow for long runs, so the heap, which the suite above has tied to it, stands for it.
describe('CalendarQueue in a long run agrees with HeapQueue', () => {
  type Draw = (random: () => number) => number;
  const delays: Record<string, Draw> = {
    'when all delays are alike': () => 1000,
    'when delays are spread evenly': (random) => Math.floor(random() * 2_000_000),
    'when a few delays are a million times longer': (random) =>
      Math.floor(random() < 0.95 ? random() * 10_000 : random() * MINUTE_NS),
    'when most events are for now': (random) => (random() < 0.9 ? 0 : Math.floor(random() * 100)),
    'when many events share a few times': (random) => Math.floor(random() * 4) * 1_000_000,
    'when delays have every order of magnitude': (random) => Math.floor(2 ** (random() * 36)),
  };

  test.each(Object.entries(delays))('%s', (_name, draw) => {
    const stream = seedrandom.alea('event-queue/long-run');
    const random = () => stream.double();
    const pair = new Pair(new CalendarQueue(), new HeapQueue());
    const push = () => pair.push(draw(random), Math.floor(random() * 3));
    // Grow, hold, shrink, and grow again from what is left, so that pages are resized both ways.
    for (const pushShare of [0.8, 0.5, 0.2, 0.7, 0.5]) {
      for (let i = 0; i < 40_000; i++) {
        if (random() < pushShare) push();
        else pair.pop();
        if (i % 16 === 0) pair.popWithin(Math.floor(random() * 2000));
      }
    }
    pair.drain();
  });

  test('when the rhythm changes from nanoseconds to minutes and back', () => {
    const stream = seedrandom.alea('event-queue/rhythm');
    const pair = new Pair(new CalendarQueue(), new HeapQueue());
    for (let i = 0; i < 500; i++) pair.push(i, 0);
    for (const meanNs of [10, MINUTE_NS, 10, 1_000_000, 1]) {
      for (let i = 0; i < 40_000; i++) {
        pair.pop();
        pair.push(Math.floor(stream.double() * 2 * meanNs), 0);
      }
    }
    pair.drain();
  });
});

/** Not timed: a queue that is quadratic here runs into the test's time limit. */
describe('CalendarQueue stays fast', () => {
  test('when 100,000 events of one time are pushed in random sequence, some of them at that very time', () => {
    const stream = seedrandom.alea('event-queue/ties');
    const queue = new CalendarQueue();
    const sequences = Array.from({ length: 100_000 }, (_, i) => i);
    for (let i = sequences.length - 1; i > 0; i--) {
      const j = Math.floor(stream.double() * (i + 1));
      [sequences[i], sequences[j]] = [sequences[j], sequences[i]];
    }
    queue.push(1_000_000, -1, 0, 0);
    for (const sequence of sequences.slice(50_000)) queue.push(1_000_000, sequence, 0, 0);
    queue.pop();
    for (const sequence of sequences.slice(0, 50_000)) queue.push(1_000_000, sequence, 0, 0);
    expect(sequencesOf(queue)).toEqual(sequences.toSorted((a, b) => a - b));
  });

  test('when dense bursts and pauses of a minute alternate over many far timers', () => {
    const stream = seedrandom.alea('event-queue/bursts');
    const queue = new CalendarQueue();
    let sequence = 0;
    for (let i = 0; i < 50_000; i++) queue.push(Math.floor(stream.double() * 1e15), sequence++, 1, 0);
    queue.push(0, sequence++, 0, 0);
    let popped = 0;
    let previousNs = 0;
    while (queue.pop()) {
      popped++;
      if (queue.timeNs < previousNs) expect(queue.timeNs).toBeGreaterThanOrEqual(previousNs);
      previousNs = queue.timeNs;
      if (queue.handler !== 0 || popped > 100_000) continue;
      const isPause = popped % 1000 === 0;
      queue.push(queue.timeNs + (isPause ? MINUTE_NS : Math.floor(stream.double() * 20)), sequence++, 0, 0);
    }
    expect(popped).toBe(sequence);
    expect(queue.size).toBe(0);
  });
});
