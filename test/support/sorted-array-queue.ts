/** The event queue nobody can get wrong: an array kept in order. Twin of the real ones; linear per push. */
import type { EventQueue } from '../../src/engine/event-queue.ts';

interface Event {
  readonly timeNs: number;
  readonly sequence: number;
  readonly handler: number;
  readonly argument: number;
}

export class SortedArrayQueue implements EventQueue {
  timeNs = 0;
  sequence = 0;
  handler = 0;
  argument = 0;
  private readonly events: Event[] = [];

  get size(): number {
    return this.events.length;
  }

  push(timeNs: number, sequence: number, handler: number, argument: number): void {
    const isLater = (event: Event) =>
      event.timeNs > timeNs || (event.timeNs === timeNs && event.sequence > sequence);
    const position = this.events.findIndex(isLater);
    const event = { timeNs, sequence, handler, argument };
    if (position === -1) this.events.push(event);
    else this.events.splice(position, 0, event);
  }

  pop(untilNs = Number.POSITIVE_INFINITY): boolean {
    const event = this.events[0];
    if (event === undefined || event.timeNs >= untilNs) return false;
    this.events.shift();
    Object.assign(this, event);
    return true;
  }
}
