// hot path
/**
 * The receiving half of a stream: which bytes are here, which messages are complete, whether the end was seen, and
 * which ranges a selective acknowledgement reports (RFC 2018 section 4: the one with the latest segment first, then
 * those reported before it). Ranges beyond `next` are kept sorted, apart, and never sorted anew.
 */
import { MAX_SACK_BLOCKS, type TcpOptionTable } from '../network/tcp-options.ts';
import { MessageQueue } from './message-queue.ts';
import type { StreamMessage } from './tcp-segment.ts';

export class Reassembly {
  /** First offset not yet received in order; what an acknowledgement says. */
  next = 0;
  private froms: number[] = [];
  private ends: number[] = [];
  /** An offset inside each of the ranges that arrived or grew last, the latest first. */
  private recent: number[] = [];
  private readonly inbox = new MessageQueue();
  private takenEnd = 0;
  private finOffset = -1;

  start(next: number): void {
    this.next = next;
    this.takenEnd = next;
  }

  /** Whether something arrived beyond what is missing. */
  get hasGap(): boolean {
    return this.froms.length > 0;
  }

  get gapCount(): number {
    return this.froms.length;
  }

  /** Notes a segment [from, end); `hasFin`: the stream ends at `end`. */
  add(from: number, end: number, hasFin: boolean, messages: readonly StreamMessage[] | null): void {
    if (hasFin && end >= this.next) this.finOffset = end;
    if (messages !== null) {
      for (let i = 0; i < messages.length; i++) this.keep(messages[i] as StreamMessage);
    }
    if (from <= this.next) {
      if (end > this.next) this.advance(end);
    } else if (end > from) {
      this.insert(from, end);
    }
  }

  /** The next message whose bytes are all here, or null. */
  takeMessage(): StreamMessage | null {
    const first = this.inbox.takeUpTo(this.next);
    if (first !== null) this.takenEnd = first.end;
    return first;
  }

  /** True once, when everything up to the FIN has arrived; the FIN itself takes one offset. */
  takeFin(): boolean {
    if (this.finOffset < 0 || this.next !== this.finOffset) return false;
    this.next = this.finOffset + 1;
    this.finOffset = -1;
    return true;
  }

  /** Writes at most `limit` SACK blocks; offset 0 of the stream has sequence number `base`. */
  writeBlocks(options: TcpOptionTable, row: number, limit: number, base: number): void {
    const { recent, froms, ends } = this;
    let written = 0;
    for (let i = 0; i < recent.length && written < limit; i++) {
      const range = this.rangeAt(recent[i] as number);
      if (range < 0 || this.isEarlier(range, i)) continue;
      options.addBlock(row, (base + (froms[range] as number)) >>> 0, (base + (ends[range] as number)) >>> 0);
      written++;
    }
  }

  private advance(end: number): void {
    const { froms, ends } = this;
    this.next = end;
    let gone = 0;
    while (gone < froms.length && (froms[gone] as number) <= this.next) {
      if ((ends[gone] as number) > this.next) this.next = ends[gone] as number;
      gone++;
    }
    if (gone === 0) return;
    froms.splice(0, gone);
    ends.splice(0, gone);
    if (froms.length === 0) this.recent.length = 0;
  }

  private insert(from: number, end: number): void {
    const { froms, ends } = this;
    let left = from;
    let right = end;
    // Segments mostly extend the last range, so the search begins at that end.
    let last = froms.length;
    while (last > 0 && (froms[last - 1] as number) > right) last--;
    let first = last;
    while (first > 0 && (ends[first - 1] as number) >= left) {
      first--;
      if ((froms[first] as number) < left) left = froms[first] as number;
      if ((ends[first] as number) > right) right = ends[first] as number;
    }
    if (last === first + 1) {
      froms[first] = left;
      ends[first] = right;
    } else {
      froms.splice(first, last - first, left);
      ends.splice(first, last - first, right);
    }
    this.noteRecent(from);
  }

  /** Keeps as many as can be reported; the latest segment's range moves to the front. */
  private noteRecent(offset: number): void {
    const { recent } = this;
    const range = this.rangeAt(offset);
    let kept = 0;
    while (kept < recent.length && this.rangeAt(recent[kept] as number) !== range) kept++;
    if (kept === recent.length && kept < MAX_SACK_BLOCKS) recent.push(offset);
    for (let i = Math.min(kept, recent.length - 1); i > 0; i--) recent[i] = recent[i - 1] as number;
    recent[0] = offset;
  }

  private isEarlier(range: number, position: number): boolean {
    for (let i = 0; i < position; i++) if (this.rangeAt(this.recent[i] as number) === range) return true;
    return false;
  }

  /** The range that holds an offset, or -1. */
  private rangeAt(offset: number): number {
    const { froms, ends } = this;
    let low = 0;
    let high = ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[middle] as number) <= offset) low = middle + 1;
      else high = middle;
    }
    return low < froms.length && (froms[low] as number) <= offset ? low : -1;
  }

  /** A retransmitted segment brings its messages again. */
  private keep(entry: StreamMessage): void {
    if (entry.end > this.takenEnd) this.inbox.add(entry);
  }
}
