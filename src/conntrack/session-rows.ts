// hot path
/**
 * The rows of tracked connections: one record of 64 bytes each, in pages that are never moved or copied once full
 * grown. A session is its row number; freed rows are used again, the last one first.
 *
 *   word  0 source address      of packets of the original direction
 *         1 destination address
 *         2 ports: source << 16 | destination
 *         3 protocol | state << 8 | flags (below)
 *         4 5 6                 the same three of the reply direction
 *         7 value               of the owner of the table
 *         8 9 deadline          as a double
 *        10 11 next, previous   in a list of the deadline wheel; next of a free row: the next free one
 *        12 13 next, previous   in the list of its port pool
 *        14 15 count, held      of the port pool, in the row that heads it
 *
 * What a packet reads and writes comes first: buffers begin 16 bytes into a cache line, so the last 16 bytes of a
 * record lie in the line behind. The first page starts with 8 rows and doubles, so a small table is small; from then
 * on a page is PAGE rows, so a table is at most a page larger than it need be.
 */
import { NONE } from '../base/brand.ts';

export const SRC_ADDR = 0;
export const DST_ADDR = 1;
export const PORTS = 2;
export const META = 3;
/** From a word of the original tuple to that of the reply. */
export const TO_REPLY = 4;
export const VALUE = 7;
/** In doubles. */
export const DEADLINE = 4;
export const NEXT = 10;
export const PREVIOUS = 11;
export const POOL_NEXT = 12;
export const POOL_PREVIOUS = 13;
export const POOL_COUNT = 14;
export const POOL_HELD = 15;

/** In META. */
export const PROTOCOL_MASK = 0xff;
export const STATE_SHIFT = 8;
export const STATE_MASK = 0xff00;
/** The reply tuple is the original one reversed. */
export const MIRRORED = 1 << 16;
export const LIVE = 1 << 17;
/** Counted in a port pool. */
export const POOLED = 1 << 18;

/** A row is 2 ** 4 words. */
export const WORDS_SHIFT = 4;
export const PAGE_SHIFT = 11;
export const PAGE_MASK = (1 << PAGE_SHIFT) - 1;
const PAGE = 1 << PAGE_SHIFT;
const ROW_BYTES = 64;
const FIRST_ROWS = 8;

export class SessionRows {
  /** Rows in use. */
  live = 0;
  /** The same bytes as words and as doubles. Re-allocated while there is only the first page. */
  readonly words: Int32Array[] = [];
  readonly doubles: Float64Array[] = [];
  /** Rows ever used: those above hold nothing. */
  used = 0;
  private capacity = 0;
  private firstFree = NONE;

  /** A row with nothing in it that means anything. */
  create(): number {
    this.live++;
    const row = this.firstFree;
    if (row !== NONE) {
      this.firstFree = this.words[row >> PAGE_SHIFT][((row & PAGE_MASK) << WORDS_SHIFT) + NEXT];
      return row;
    }
    if (this.used === this.capacity) this.grow();
    return this.used++;
  }

  free(row: number): void {
    this.live--;
    const page = this.words[row >> PAGE_SHIFT];
    const at = (row & PAGE_MASK) << WORDS_SHIFT;
    page[at + META] = 0;
    page[at + NEXT] = this.firstFree;
    this.firstFree = row;
  }

  clear(): void {
    this.words.length = this.doubles.length = 0;
    this.live = this.used = this.capacity = 0;
    this.firstFree = NONE;
  }

  memoryBytes(): number {
    return this.capacity * ROW_BYTES;
  }

  private grow(): void {
    const isFirst = this.capacity < PAGE;
    const rows = isFirst ? Math.max(FIRST_ROWS, this.capacity * 2) : PAGE;
    const bytes = new ArrayBuffer(rows * ROW_BYTES);
    const words = new Int32Array(bytes);
    const page = isFirst ? 0 : this.words.length;
    if (isFirst && this.capacity > 0) words.set(this.words[0]);
    this.words[page] = words;
    this.doubles[page] = new Float64Array(bytes);
    this.capacity = isFirst ? rows : this.capacity + rows;
  }
}
