/**
 * The plain event queue: a binary heap of objects, by heap-js. It is there to be obviously right, as the reference
 * that the calendar queue must agree with event by event, and as the yardstick of its bench.
 *
 * A heap does not keep equal elements in order; that ties run in sequence order is the comparator's doing alone.
 */
import { Heap } from 'heap-js';
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
    this.heap.push({ timeNs, sequence, handler, argument });
  }

  pop(untilNs = Number.POSITIVE_INFINITY): boolean {
    const event = this.heap.peek();
    if (event === undefined || event.timeNs >= untilNs) return false;
    this.heap.pop();
    this.timeNs = event.timeNs;
    this.sequence = event.sequence;
    this.handler = event.handler;
    this.argument = event.argument;
    return true;
  }
}
