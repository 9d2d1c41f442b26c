// hot path
/**
 * The part of a calendar queue that is not on its pages: a binary heap of its events, the children of `events[i]` at
 * 2i + 1 and 2i + 2. It owns the order of the events, not their fields; an event is the index of its time in
 * `doubles`, with its sequence number just behind, and the owner must hand over the new array when it grows.
 */

const SEQUENCE = 1;
const FIRST_EVENTS = 64;

export class SpillHeap {
  count = 0;
  /** Time of the earliest event; Infinity when empty. */
  topNs = Number.POSITIVE_INFINITY;
  doubles: Float64Array;
  private events = new Int32Array(FIRST_EVENTS);

  constructor(doubles: Float64Array) {
    this.doubles = doubles;
  }

  /** The earliest event; there must be one. */
  get top(): number {
    return this.events[0];
  }

  push(event: number): void {
    if (this.count === this.events.length) {
      const events = new Int32Array(this.events.length * 2);
      events.set(this.events);
      this.events = events;
    }
    const { events } = this;
    let hole = this.count++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.isBefore(event, events[parent])) break;
      events[hole] = events[parent];
      hole = parent;
    }
    events[hole] = event;
    this.topNs = this.doubles[events[0]];
  }

  /** Takes the earliest event. There must be one. */
  pop(): number {
    const { events } = this;
    const top = events[0];
    const count = --this.count;
    const moved = events[count];
    let hole = 0;
    for (let child = 1; child < count; child = hole * 2 + 1) {
      if (child + 1 < count && this.isBefore(events[child + 1], events[child])) child++;
      if (!this.isBefore(events[child], moved)) break;
      events[hole] = events[child];
      hole = child;
    }
    events[hole] = moved;
    this.topNs = count === 0 ? Number.POSITIVE_INFINITY : this.doubles[events[0]];
    return top;
  }

  /** Takes any event, the cheapest way; for emptying the heap. There must be one. */
  popAny(): number {
    this.count--;
    if (this.count === 0) this.topNs = Number.POSITIVE_INFINITY;
    return this.events[this.count];
  }

  isTopBefore(event: number): boolean {
    return this.isBefore(this.events[0], event);
  }

  private isBefore(a: number, b: number): boolean {
    const { doubles } = this;
    const aNs = doubles[a];
    const bNs = doubles[b];
    return aNs < bNs || (aNs === bNs && doubles[a | SEQUENCE] < doubles[b | SEQUENCE]);
  }
}
