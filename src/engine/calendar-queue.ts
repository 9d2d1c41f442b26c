// hot path
/**
 * The default event queue: a calendar (R. Brown, "Calendar queues", CACM 31(10), 1988), with a heap for what does not
 * fit on its pages. Time is cut into pages of `pageNs`; the calendar shows one year of them, beginning with the open
 * page, and an index is used again as soon as its page has been turned.
 *
 *      turned                 one year = pages.length pages                     later
 *   ───────────┬─────────┬─────────┬─────────┬─────────┬── ··· ──┬─────────┬───────────────>  time
 *              │  open   │  e e    │         │  e      │         │  e e e  │  e        e
 *   ───────────┴─────────┴─────────┴─────────┴─────────┴── ··· ──┴─────────┴───────────────
 *               a list    chains in no order, `pages[index]` is the head     the spill, a heap
 *               in order
 *                        ^ openUntilNs                                     ^ yearUntilNs
 *
 * Rules:
 * - The open page is a list in order; it takes every event before `openUntilNs`. The chains on the pages of the year
 *   are put in order only when their page is opened. That makes `push` two writes, and ties cost nothing: a chain
 *   comes out backwards, so each of its events goes to the front of the list, or after a new last one to its end.
 * - An event goes to the spill if it is due after the year, or if its place in the open page is more than WALK_LIMIT
 *   steps down the list. It stays there until it is the earliest of all; only a rebuild moves it onto a page.
 * - So the next event is the head of the open page or the top of the spill, and no page is turned past the top's.
 * - The open page may be ahead of the last event popped, for peeking turns pages too. Earlier events then join it.
 *
 * Tuning. Once in an epoch (1024 pops and a quarter of the size) the mean time between pops is compared with the
 * width of a page; if pages hold far too few or too many events, all are filed again under a better width. The year
 * has room for twice the events or more, hence for twice the mean delay or more (Little's law), which leaves the
 * spill few of the pushes. An epoch ends early when it has turned too many empty pages.
 *
 * Cost. Constant in practice. The spill bounds the worst case, whatever the widths: a push or pop costs O(log size),
 * plus the turning of empty pages and the rebuilds, both charged to the epoch. Storage is 32 bytes an event at the
 * most ever waiting (one cache line holds all that is touched of an event) and 4 bytes a page, both in powers of two.
 *
 * Why not the plain heap: see `event-queue` in the benches. Two relatives were measured there as well and left:
 * Brown's own pages, kept in order at each push, are slower from 10,000 events on (each push reads other events); a
 * hierarchical timing wheel needs no tuning but files most events twice or more.
 */
import { assert } from '../base/assert.ts';
import type { EventQueue } from './event-queue.ts';

/** An event is named by the index of its first double. Also the end of every chain and list. */
const NONE = -1;

// An event is four doubles, and the same memory is eight int32. `doubles[event]` is its time.
const EVENT_DOUBLES = 4;
const SEQUENCE = 1;
const HANDLER = 4;
const ARGUMENT = 5;
const NEXT = 6;

const WALK_LIMIT = 32;

const FIRST_EVENTS = 64;
const FIRST_PAGES = 1024;
const FIRST_PAGE_NS = 1024;
const SHORTEST_EPOCH_POPS = 1024;
const STEPS_PER_POP = 8;

// Pages are left alone while they are worth this many mean gaps between pops; a new width is the power of two that
// follows AIM gaps.
const FEWEST_GAPS = 0.8;
const MOST_GAPS = 5;
const AIM_GAPS = 1.5;

/** Above this share of pushes the spill is not the exception it should be. */
const SPILLED_SHARE = 1 / 64;

export class CalendarQueue implements EventQueue {
  timeNs = 0;
  sequence = 0;
  handler = 0;
  argument = 0;

  private doubles = new Float64Array(FIRST_EVENTS * EVENT_DOUBLES);
  private ints = new Int32Array(this.doubles.buffer);
  private freeHead = NONE;
  private freshEvent = 0;

  private pages = new Int32Array(FIRST_PAGES).fill(NONE);
  private pageNs = FIRST_PAGE_NS;
  /** The exact inverse, `pageNs` being a power of two. */
  private pagesPerNs = 1 / FIRST_PAGE_NS;
  private yearUntilNs = FIRST_PAGES * FIRST_PAGE_NS;
  /** Events on the pages of the year, without the open one. */
  private pagedCount = 0;

  private openIndex = 0;
  private openUntilNs = FIRST_PAGE_NS;
  private openHead = NONE;
  private openTail = NONE;

  private spill = new Int32Array(FIRST_EVENTS);
  private spillCount = 0;
  private spillTopNs = Number.POSITIVE_INFINITY;

  // Of this epoch, except that `pushed` begins with the events then waiting.
  private pushed = 0;
  private popped = 0;
  private spilledInEpoch = 0;
  private popsInEpoch = SHORTEST_EPOCH_POPS;
  private stepsLeft = SHORTEST_EPOCH_POPS * STEPS_PER_POP;
  private epochStartNs = 0;

  get size(): number {
    return this.pushed - this.popped;
  }

  push(timeNs: number, sequence: number, handler: number, argument: number): void {
    assert(
      timeNs >= this.timeNs && timeNs <= Number.MAX_SAFE_INTEGER,
      'an event is due from now on, within 2^53 ns',
    );
    let event = this.freeHead;
    if (event === NONE) event = this.takeFreshEvent();
    else this.freeHead = this.ints[(event << 1) | NEXT];
    const { doubles, ints } = this;
    doubles[event] = timeNs;
    doubles[event | SEQUENCE] = sequence;
    ints[(event << 1) | HANDLER] = handler;
    ints[(event << 1) | ARGUMENT] = argument;
    this.pushed++;
    if (timeNs < this.openUntilNs) this.insertOpen(event);
    else if (timeNs < this.yearUntilNs) {
      // As in `file`, which would have to read the time back: 7% of a hold at 100 and 10,000 pending.
      const { pages } = this;
      const index = (timeNs * this.pagesPerNs) & (pages.length - 1);
      ints[(event << 1) | NEXT] = pages[index];
      pages[index] = event;
      this.pagedCount++;
    } else this.pushSpill(event);
  }

  peekTimeNs(): number {
    if (this.openHead === NONE) {
      if (this.pushed === this.popped) return Number.POSITIVE_INFINITY;
      this.turnPage();
      if (this.openHead === NONE) return this.spillTopNs;
    }
    return Math.min(this.doubles[this.openHead], this.spillTopNs);
  }

  pop(): boolean {
    const { doubles, ints } = this;
    let event = this.openHead;
    if (event === NONE || this.spillTopNs <= doubles[event]) {
      if (this.pushed === this.popped) return false;
      this.bringNextForward();
      event = this.openHead;
    }
    this.openHead = ints[(event << 1) | NEXT];
    ints[(event << 1) | NEXT] = this.freeHead;
    this.freeHead = event;
    this.popped++;
    this.timeNs = doubles[event];
    this.sequence = doubles[event | SEQUENCE];
    this.handler = ints[(event << 1) | HANDLER];
    this.argument = ints[(event << 1) | ARGUMENT];
    return true;
  }

  /** Makes the next event the head of the open page. */
  private bringNextForward(): void {
    if (this.popped >= this.popsInEpoch || this.stepsLeft < 0) this.tune();
    if (this.openHead === NONE) this.turnPage();
    const { openHead } = this;
    if (this.spillCount === 0 || (openHead !== NONE && this.isBefore(openHead, this.spill[0]))) return;
    const event = this.popSpill();
    this.ints[(event << 1) | NEXT] = openHead;
    this.openHead = event;
    if (openHead === NONE) this.openTail = event;
  }

  /** Opens the next page that has events, or the one where the spill's top is due if that comes first. */
  private turnPage(): void {
    const { ints, pages } = this;
    const mask = pages.length - 1;
    let furthest = mask;
    if (this.spillCount > 0) {
      if (this.pagedCount === 0 && this.spillTopNs >= this.openUntilNs) {
        this.openAt(this.spillTopNs);
        return;
      }
      const toSpill = Math.floor((this.spillTopNs - this.openUntilNs) * this.pagesPerNs) + 1;
      if (toSpill < mask) furthest = Math.max(toSpill, 0);
    }
    let index = this.openIndex;
    let steps = 0;
    while (steps < furthest) {
      steps++;
      index = (index + 1) & mask;
      if (pages[index] !== NONE) break;
    }
    this.openIndex = index;
    this.openUntilNs += steps * this.pageNs;
    this.yearUntilNs += steps * this.pageNs;
    this.stepsLeft -= steps;

    let event = pages[index];
    if (event === NONE) return;
    pages[index] = NONE;
    this.openHead = event;
    this.openTail = event;
    this.pagedCount--;
    let rest = ints[(event << 1) | NEXT];
    ints[(event << 1) | NEXT] = NONE;
    while (rest !== NONE) {
      event = rest;
      rest = ints[(event << 1) | NEXT];
      this.pagedCount--;
      this.insertOpen(event);
    }
  }

  private insertOpen(event: number): void {
    const { doubles, ints } = this;
    const timeNs = doubles[event];
    const sequence = doubles[event | SEQUENCE];
    let previous = NONE;
    let next = this.openHead;
    if (next !== NONE) {
      const tail = this.openTail;
      const tailNs = doubles[tail];
      if (timeNs > tailNs || (timeNs === tailNs && sequence > doubles[tail | SEQUENCE])) {
        previous = tail;
        next = NONE;
      } else {
        for (let steps = 0; ; steps++) {
          const nextNs = doubles[next];
          if (timeNs < nextNs || (timeNs === nextNs && sequence < doubles[next | SEQUENCE])) break;
          if (steps === WALK_LIMIT) {
            this.pushSpill(event);
            return;
          }
          previous = next;
          next = ints[(next << 1) | NEXT];
        }
      }
    }
    ints[(event << 1) | NEXT] = next;
    if (next === NONE) this.openTail = event;
    if (previous === NONE) this.openHead = event;
    else ints[(previous << 1) | NEXT] = event;
  }

  private takeFreshEvent(): number {
    const event = this.freshEvent;
    if (event === this.doubles.length) {
      const doubles = new Float64Array(event * 2);
      doubles.set(this.doubles);
      this.doubles = doubles;
      this.ints = new Int32Array(doubles.buffer);
    }
    this.freshEvent += EVENT_DOUBLES;
    return event;
  }

  private isBefore(a: number, b: number): boolean {
    const { doubles } = this;
    const aNs = doubles[a];
    const bNs = doubles[b];
    return aNs < bNs || (aNs === bNs && doubles[a | SEQUENCE] < doubles[b | SEQUENCE]);
  }

  /** The spill is a binary heap of events: the children of `spill[i]` are at 2i + 1 and 2i + 2. */
  private pushSpill(event: number): void {
    if (this.spillCount === this.spill.length) {
      const spill = new Int32Array(this.spill.length * 2);
      spill.set(this.spill);
      this.spill = spill;
    }
    const { spill } = this;
    let hole = this.spillCount++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.isBefore(event, spill[parent])) break;
      spill[hole] = spill[parent];
      hole = parent;
    }
    spill[hole] = event;
    this.spilledInEpoch++;
    this.spillTopNs = this.doubles[spill[0]];
  }

  private popSpill(): number {
    const { spill } = this;
    const top = spill[0];
    const count = --this.spillCount;
    const moved = spill[count];
    let hole = 0;
    for (let child = 1; child < count; child = hole * 2 + 1) {
      if (child + 1 < count && this.isBefore(spill[child + 1], spill[child])) child++;
      if (!this.isBefore(spill[child], moved)) break;
      spill[hole] = spill[child];
      hole = child;
    }
    spill[hole] = moved;
    this.spillTopNs = count === 0 ? Number.POSITIVE_INFINITY : this.doubles[spill[0]];
    return top;
  }

  private tune(): void {
    const gapNs = (this.timeNs - this.epochStartNs) / this.popped;
    const isTooWide = this.pageNs > 1 && this.pageNs > gapNs * MOST_GAPS;
    const isTooNarrow = this.pageNs < gapNs * FEWEST_GAPS;
    const pageNs = isTooWide || isTooNarrow ? powerOfTwoFrom(1, gapNs * AIM_GAPS) : this.pageNs;

    const room = powerOfTwoFrom(FIRST_PAGES, this.size * 4);
    const isYearShort = this.pages.length < room && this.spilledInEpoch > this.popped * SPILLED_SHARE;
    const isYearLong = this.pages.length > room * 8;
    const pageCount = isYearShort || isYearLong ? room : this.pages.length;

    const isAhead = this.openUntilNs - this.pageNs > this.timeNs;
    if (pageNs !== this.pageNs || pageCount !== this.pages.length || isAhead) this.rebuild(pageNs, pageCount);

    this.pushed -= this.popped;
    this.popped = 0;
    this.spilledInEpoch = 0;
    this.popsInEpoch = SHORTEST_EPOCH_POPS + (this.size >> 2);
    this.stepsLeft = this.popsInEpoch * STEPS_PER_POP;
    this.epochStartNs = this.timeNs;
  }

  /** Files all events again, from the page of the last one popped. */
  private rebuild(pageNs: number, pageCount: number): void {
    let chain = this.takeAll();
    if (pageCount !== this.pages.length) this.pages = new Int32Array(pageCount).fill(NONE);
    this.pageNs = pageNs;
    this.pagesPerNs = 1 / pageNs;
    this.openAt(this.timeNs);
    while (chain !== NONE) {
      const next = this.ints[(chain << 1) | NEXT];
      this.file(chain);
      chain = next;
    }
  }

  /** Leaves the calendar and the spill empty; answers all events as one chain. */
  private takeAll(): number {
    const { ints, pages, spill } = this;
    let chain = this.openHead;
    for (let index = 0; index < pages.length; index++) {
      for (let event = pages[index]; event !== NONE; ) {
        const next = ints[(event << 1) | NEXT];
        ints[(event << 1) | NEXT] = chain;
        chain = event;
        event = next;
      }
    }
    for (let i = this.spillCount - 1; i >= 0; i--) {
      ints[(spill[i] << 1) | NEXT] = chain;
      chain = spill[i];
    }
    pages.fill(NONE);
    this.pagedCount = 0;
    this.openHead = NONE;
    this.spillCount = 0;
    this.spillTopNs = Number.POSITIVE_INFINITY;
    return chain;
  }

  private file(event: number): void {
    const timeNs = this.doubles[event];
    if (timeNs < this.openUntilNs) this.insertOpen(event);
    else if (timeNs < this.yearUntilNs) {
      const { pages } = this;
      const index = (timeNs * this.pagesPerNs) & (pages.length - 1);
      this.ints[(event << 1) | NEXT] = pages[index];
      pages[index] = event;
      this.pagedCount++;
    } else this.pushSpill(event);
  }

  private openAt(timeNs: number): void {
    const page = Math.floor(timeNs * this.pagesPerNs);
    this.openIndex = page & (this.pages.length - 1);
    this.openUntilNs = (page + 1) * this.pageNs;
    this.yearUntilNs = (page + this.pages.length) * this.pageNs;
  }
}

function powerOfTwoFrom(least: number, size: number): number {
  let power = least;
  while (power < size) power *= 2;
  return power;
}
