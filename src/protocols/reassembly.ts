/** The receiving half of a stream: which bytes are here, which messages are complete, whether the end was seen. */
import type { StreamMessage } from './tcp-segment.ts';

export class Reassembly {
  /** First offset not yet received in order; what an acknowledgement says. */
  next = 0;
  /** Received ranges beyond `next`, by where they begin; they may overlap. */
  private ranges: { from: number; end: number }[] = [];
  /** Messages not yet handed over, by end. */
  private inbox: StreamMessage[] = [];
  private takenEnd = 0;
  private finOffset = -1;

  start(next: number): void {
    this.next = next;
    this.takenEnd = next;
  }

  /** Notes a segment [from, end); `hasFin`: the stream ends at `end`. */
  add(from: number, end: number, hasFin: boolean, messages: readonly StreamMessage[] | null): void {
    if (hasFin) this.finOffset = end;
    if (messages !== null) for (const entry of messages) this.keep(entry);
    if (from <= this.next) {
      if (end > this.next) this.next = end;
    } else {
      this.ranges.push({ from, end });
      this.ranges.sort((a, b) => a.from - b.from);
    }
    while (this.ranges.length > 0 && (this.ranges[0] as { from: number }).from <= this.next) {
      const { end: rangeEnd } = this.ranges.shift() as { end: number };
      if (rangeEnd > this.next) this.next = rangeEnd;
    }
  }

  /** The next message whose bytes are all here, or null. */
  takeMessage(): StreamMessage | null {
    const first = this.inbox[0];
    if (first === undefined || first.end > this.next) return null;
    this.inbox.shift();
    this.takenEnd = first.end;
    return first;
  }

  /** True once, when everything up to the FIN has arrived; the FIN itself takes one offset. */
  takeFin(): boolean {
    if (this.finOffset < 0 || this.next !== this.finOffset) return false;
    this.next = this.finOffset + 1;
    this.finOffset = -1;
    return true;
  }

  /** A retransmitted segment brings its messages again. */
  private keep(entry: StreamMessage): void {
    if (entry.end <= this.takenEnd || this.inbox.some((kept) => kept.end === entry.end)) return;
    this.inbox.push(entry);
    if (this.inbox.length > 1) this.inbox.sort((a, b) => a.end - b.end);
  }
}
