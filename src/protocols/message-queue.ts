// hot path
/**
 * Messages of one direction of a stream by the offset they end at. Owns their order; the sender keeps those not yet
 * acknowledged, the receiver those not yet handed over. Almost always they come and go in order.
 */
import type { StreamMessage } from './tcp-segment.ts';

export class MessageQueue {
  private readonly entries: StreamMessage[] = [];
  /** Entries before this one are gone; the array is cut when they are many. */
  private head = 0;

  /** Keeps a message, unless it is there already. */
  add(entry: StreamMessage): void {
    const { entries } = this;
    const at = this.firstAfter(entry.end - 1);
    if (at === entries.length) entries.push(entry);
    else if ((entries[at] as StreamMessage).end !== entry.end) entries.splice(at, 0, entry);
  }

  /** The first message, if it ends at or below `end`; it is taken out. */
  takeUpTo(end: number): StreamMessage | null {
    const { entries, head } = this;
    if (head === entries.length || (entries[head] as StreamMessage).end > end) return null;
    const first = entries[head] as StreamMessage;
    this.head = head + 1;
    if (this.head === entries.length) {
      entries.length = 0;
      this.head = 0;
    } else if (this.head >= 64 && this.head * 2 >= entries.length) {
      entries.splice(0, this.head);
      this.head = 0;
    }
    return first;
  }

  /** Those that end in (from, end]; null without any. */
  within(from: number, end: number): StreamMessage[] | null {
    const { entries } = this;
    // What is sent lies mostly at the front; and nothing is the common answer.
    if (this.head === entries.length || (entries[this.head] as StreamMessage).end > end) return null;
    const first = this.firstAfter(from);
    let last = first;
    while (last < entries.length && (entries[last] as StreamMessage).end <= end) last++;
    return first === last ? null : entries.slice(first, last);
  }

  private firstAfter(offset: number): number {
    const { entries } = this;
    let low = this.head;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[middle] as StreamMessage).end <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
