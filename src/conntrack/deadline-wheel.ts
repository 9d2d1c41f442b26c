// hot path
/**
 * Which sessions are due: a timing wheel of levels (Varghese and Lauck) whose lists run through the rows.
 *
 * Time is read as 11 digits of 5 bits. A session hangs in the slot (level, digit), where level is the highest digit in
 * which its deadline differs from the wheel's own time and digit is the deadline's digit there:
 *
 *   wheel      0 0 3 17 4 ...
 *   deadline   0 0 3 21 9 ...     level of the 21, digit 21: due after everything of lower levels and smaller digits
 *
 * So the first slot in time is the lowest digit of the lowest level in use. When its start has come, the wheel's time
 * moves there, and its sessions go through the chain one by one: due ones are handed out, the others are placed again
 * by what their deadline is *now*. That one rule serves both the session that waits for a lower digit and the
 * one whose packets have put its deadline off: a packet only writes the deadline, and the list does not move. Only a
 * deadline that comes nearer (the connection closed) moves its session at once.
 *
 * Exact: after `takeDue(now)` has answered NONE with steps left, the sessions with a deadline > now are the ones that
 * remain. A session is placed again at most once a level and time-out: mostly twice or thrice. Placing and
 * unlinking take constant time and touch the neighbours in the list; nothing is allocated but the wheel, once.
 *
 * A queue in order of deadline for each time-out would place each session only once, but those whose deadline has moved
 * then need a heap beside it: log n rows read for each of them, an array that grows, and two structures to hold right.
 */
import { NONE } from '../base/brand.ts';
import {
  DEADLINE,
  NEXT,
  PAGE_MASK,
  PAGE_SHIFT,
  PREVIOUS,
  type SessionRows,
  WORDS_SHIFT,
} from './session-rows.ts';

/** Time is high * 2 ** 30 + low: six levels of digits in the low part, five in the high one. */
const LOW = 0x40000000;
const LOW_LEVELS = 6;
const LEVELS = 11;
const DIGITS = 32;
/** The list of sessions whose turn has come, behind the slots. */
const CHAIN = LEVELS * DIGITS;
/** Behind it, by level: the digits in use as bits. */
const DIGITS_USED = CHAIN + 1;
/** Of wheels that hold nothing yet. */
const NOTHING = new Int32Array(0);

export class DeadlineWheel {
  /** No deadline is before. */
  quietUntilNs = Number.POSITIVE_INFINITY;
  /** Sessions placed so far, once more for each time again. */
  placements = 0;
  private readonly rows: SessionRows;
  /** First session by slot, the chain, the digits used. A first session's `previous` is ~slot. */
  private heads = NOTHING;
  private levelsUsed = 0;
  private timeNs = 0;
  private timeHigh = 0;
  private timeLow = 0;

  constructor(rows: SessionRows) {
    this.rows = rows;
  }

  /** Hangs a session in by its deadline. It must not hang anywhere. */
  place(session: number): void {
    if (this.heads === NOTHING) this.allocate();
    this.placements++;
    const { rows, heads } = this;
    const words = rows.words[session >> PAGE_SHIFT];
    const at = (session & PAGE_MASK) << WORDS_SHIFT;
    const deadlineNs = rows.doubles[session >> PAGE_SHIFT][(at >> 1) + DEADLINE];
    if (deadlineNs < this.quietUntilNs) this.quietUntilNs = deadlineNs;
    const slot = this.slotOf(deadlineNs);
    const next = heads[slot];
    words[at + NEXT] = next;
    words[at + PREVIOUS] = ~slot;
    if (next !== NONE) {
      rows.words[next >> PAGE_SHIFT][((next & PAGE_MASK) << WORDS_SHIFT) + PREVIOUS] = session;
    }
    heads[slot] = session;
  }

  unlink(session: number): void {
    const { rows, heads } = this;
    const words = rows.words[session >> PAGE_SHIFT];
    const at = (session & PAGE_MASK) << WORDS_SHIFT;
    const next = words[at + NEXT];
    const previous = words[at + PREVIOUS];
    if (next !== NONE) {
      rows.words[next >> PAGE_SHIFT][((next & PAGE_MASK) << WORDS_SHIFT) + PREVIOUS] = previous;
    }
    if (previous >= 0) {
      rows.words[previous >> PAGE_SHIFT][((previous & PAGE_MASK) << WORDS_SHIFT) + NEXT] = next;
      return;
    }
    heads[~previous] = next;
    if (next === NONE && ~previous !== CHAIN) this.markEmpty(~previous);
  }

  /** Unlinks and answers a session that is due; NONE when there is none, or none was found in that many steps. */
  takeDue(nowNs: number, steps: number): number {
    if (nowNs < this.quietUntilNs) return NONE;
    const { rows, heads } = this;
    for (let step = 0; step < steps; step++) {
      const session = heads[CHAIN];
      if (session === NONE) {
        if (!this.advance(nowNs)) return NONE;
        continue;
      }
      this.unlink(session);
      const page = session >> PAGE_SHIFT;
      if (rows.doubles[page][((session & PAGE_MASK) << (WORDS_SHIFT - 1)) + DEADLINE] <= nowNs)
        return session;
      this.place(session);
    }
    return NONE;
  }

  clear(): void {
    this.heads = NOTHING;
    this.levelsUsed = 0;
    this.quietUntilNs = Number.POSITIVE_INFINITY;
  }

  memoryBytes(): number {
    return this.heads.byteLength;
  }

  private allocate(): void {
    this.heads = new Int32Array(DIGITS_USED + LEVELS);
    this.heads.fill(NONE, 0, DIGITS_USED);
  }

  /** Marks the slot used. A deadline that is behind the wheel hangs in the chain. */
  private slotOf(deadlineNs: number): number {
    if (deadlineNs <= this.timeNs) return CHAIN;
    const high = Math.floor(deadlineNs / LOW);
    const low = deadlineNs - high * LOW;
    let level: number;
    let digit: number;
    if (high === this.timeHigh) {
      level = levelOf(low ^ this.timeLow);
      digit = (low >>> (level * 5)) & 31;
    } else {
      const above = levelOf(high ^ this.timeHigh);
      level = LOW_LEVELS + above;
      digit = (high >>> (above * 5)) & 31;
    }
    this.heads[DIGITS_USED + level] |= 1 << digit;
    this.levelsUsed |= 1 << level;
    return level * DIGITS + digit;
  }

  private markEmpty(slot: number): void {
    const level = slot >> 5;
    const used = this.heads[DIGITS_USED + level] & ~(1 << (slot & 31));
    this.heads[DIGITS_USED + level] = used;
    if (used === 0) this.levelsUsed &= ~(1 << level);
  }

  /** With an empty chain: moves the first slot into it, if that starts no later than now. */
  private advance(nowNs: number): boolean {
    if (this.levelsUsed === 0) {
      this.quietUntilNs = Number.POSITIVE_INFINITY;
      return false;
    }
    const level = lowestBit(this.levelsUsed);
    const digit = lowestBit(this.heads[DIGITS_USED + level]);
    const isLow = level < LOW_LEVELS;
    const shift = (isLow ? level : level - LOW_LEVELS) * 5;
    const time = isLow ? this.timeLow : this.timeHigh;
    const start = (time & -(32 << shift)) | (digit << shift);
    const startNs = isLow ? this.timeHigh * LOW + start : start * LOW;
    if (startNs > nowNs) {
      this.quietUntilNs = startNs;
      return false;
    }
    const spanNs = isLow ? 1 << shift : LOW * (1 << shift);
    this.moveTo(Math.min(nowNs, startNs + spanNs - 1));
    this.chain(level * DIGITS + digit);
    return true;
  }

  private moveTo(timeNs: number): void {
    this.timeNs = timeNs;
    this.timeHigh = Math.floor(timeNs / LOW);
    this.timeLow = timeNs - this.timeHigh * LOW;
  }

  private chain(slot: number): void {
    const { rows, heads } = this;
    const first = heads[slot];
    heads[CHAIN] = first;
    heads[slot] = NONE;
    rows.words[first >> PAGE_SHIFT][((first & PAGE_MASK) << WORDS_SHIFT) + PREVIOUS] = ~CHAIN;
    this.markEmpty(slot);
  }
}

/** The digit of 5 bits that holds the highest bit. */
function levelOf(difference: number): number {
  return ((31 - Math.clz32(difference)) * 13) >> 6;
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
