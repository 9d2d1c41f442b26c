/**
 * The plain event queue: a binary heap of objects, by heap-js. It is there to be obviously right, as the reference
 * that the calendar queue must agree with event by event, and as the yardstick of its bench.
 *
 * A heap does not keep equal elements in order; that ties run in sequence order is the comparator's doing alone.
 */
import { Heap } from 'heap-js';
import { assert } from '../base/assert.ts';
import type { EventQueue } from './event-queue.ts';

interface Event {
  readonly timeNs: number;
  readonly sequence: number;
  readonly handler: number;
  readonly argument: number;
}

export class HeapQueue implements EventQueue {
  timeNs = 0;
  sequence = 0;
  handler = 0;
  argument = 0;
  private readonly heap = new Heap<Event>((a, b) => a.timeNs - b.timeNs || a.sequence - b.sequence);

  get size(): number {
    return this.heap.length;
  }

  push(timeNs: number, sequence: number, handler: number, argument: number): void {
    assert(
      timeNs >= this.timeNs && timeNs <= Number.MAX_SAFE_INTEGER,
      'an event is due from now on, within 2^53 ns',
    );
    this.heap.push({ timeNs, sequence, handler, argument });
  }

  peekTimeNs(): number {
    return this.heap.peek()?.timeNs ?? Number.POSITIVE_INFINITY;
  }

  pop(): boolean {
    const event = this.heap.pop();
    if (event === undefined) return false;
    this.timeNs = event.timeNs;
    this.sequence = event.sequence;
    this.handler = event.handler;
    this.argument = event.argument;
    return true;
  }
}
