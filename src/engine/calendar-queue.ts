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
 * - The open page is a list in order; it takes every event before `openUntilNs`. A chain is put in order only when its
 *   page is opened: a push writes two heads and reads no other event. Ties are cheap, for a chain comes out backwards
 *   and each of its events goes to the front of the list.
 * - An event goes to the spill if it is due after the year, or if its place in the open page is more than WALK_LIMIT
 *   steps down the list. There it stays until it is the earliest of all, unless a rebuild finds a page for it.
 * - So the next event is the head of the open page or the top of the spill, and no page is turned past the top's.
 * - The open page may be ahead of the last event popped, for a pop that finds nothing due turns pages too. Earlier
 *   events then join it.
 * - Widths and page counts follow the rhythm of the run, epoch by epoch (`calendar-tuning.ts`). A year has room for
 *   several times the mean delay of an event (Little's law: size times the mean gap), so little is spilled.
 *
 * Cost: constant in practice. Whatever the widths, the spill bounds a push or pop by O(log size), plus empty pages
 * turned and rebuilds, which an epoch limits and spreads. Storage is 32 bytes an event, side by side in one cache
 * line, and 4 to 8 pages of 4 bytes; it grows by doubling, and what events use is not given back.
 *
 * Why not the plain heap: bench `event-queue`. Two relatives lost there: Brown's own pages, in order from the push on,
 * read other events at each push; a hierarchical timing wheel files most events twice or more.
 */
import { epochPops, epochSteps, FEWEST_PAGES, tunePageCount, tunePageNs } from './calendar-tuning.ts';
import type { EventQueue } from './event-queue.ts';
import { SpillHeap } from './spill-heap.ts';

/** The end of every chain and list. */
const NONE = -1;

// An event is four doubles, and the same memory is eight int32. Its name is the index of its first double, the time.
const EVENT_DOUBLES = 4;
const SEQUENCE = 1;
const HANDLER = 4;
const ARGUMENT = 5;
const NEXT = 6;

const WALK_LIMIT = 32;
const FIRST_EVENTS = 64;
const FIRST_PAGE_NS = 1024;

export class CalendarQueue implements EventQueue {
  timeNs = 0;
  sequence = 0;
  handler = 0;
  argument = 0;

  private doubles = new Float64Array(FIRST_EVENTS * EVENT_DOUBLES);
  private ints = new Int32Array(this.doubles.buffer);
  private freeHead = NONE;
  private freshEvent = 0;

  private pages = new Int32Array(FEWEST_PAGES).fill(NONE);
  private pageNs = FIRST_PAGE_NS;
  /** The exact inverse, `pageNs` being a power of two. */
  private pagesPerNs = 1 / FIRST_PAGE_NS;
  private yearUntilNs = FEWEST_PAGES * FIRST_PAGE_NS;
  /** Events on the pages of the year, without the open one. */
  private pagedCount = 0;

  private openIndex = 0;
  private openUntilNs = FIRST_PAGE_NS;
  private openHead = NONE;
  private openTail = NONE;

  private spill = new SpillHeap(this.doubles);

  // Of this epoch, except that `pushed` begins with the events then waiting.
  private pushed = 0;
  private popped = 0;
  private spilledInEpoch = 0;
  private popsInEpoch = epochPops(0);
  private stepsLeft = epochSteps(0);
  private epochStartNs = 0;

  get size(): number {
    return this.pushed - this.popped;
  }

  push(timeNs: number, sequence: number, handler: number, argument: number): void {
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
    } else this.spillOver(event);
  }

  pop(untilNs = Number.POSITIVE_INFINITY): boolean {
    const { doubles, ints } = this;
    let event = this.openHead;
    if (event === NONE || this.spill.topNs <= doubles[event]) {
      if (this.pushed === this.popped) return false;
      event = this.findNext();
    }
    if (doubles[event] >= untilNs) return false;
    if (event === this.openHead) this.openHead = ints[(event << 1) | NEXT];
    else this.spill.pop();
    ints[(event << 1) | NEXT] = this.freeHead;
    this.freeHead = event;
    this.popped++;
    this.timeNs = doubles[event];
    this.sequence = doubles[event | SEQUENCE];
    this.handler = ints[(event << 1) | HANDLER];
    this.argument = ints[(event << 1) | ARGUMENT];
    return true;
  }

  /** The earliest event when that is not the head of the open page, or may not be: turns pages, looks at the spill. */
  private findNext(): number {
    if (this.popped >= this.popsInEpoch || this.stepsLeft < 0) this.tune();
    if (this.openHead === NONE) this.turnPage();
    const { openHead, spill } = this;
    const isSpilled = spill.count > 0 && (openHead === NONE || spill.isTopBefore(openHead));
    return isSpilled ? spill.top : openHead;
  }

  /** Opens the next page that has events, or the one where the spill's top is due if that comes first. */
  private turnPage(): void {
    const { ints, pages } = this;
    const mask = pages.length - 1;
    let furthest = mask;
    if (this.spill.count > 0) {
      if (this.pagedCount === 0 && this.spill.topNs >= this.openUntilNs) {
        this.openAt(this.spill.topNs);
        return;
      }
      const toSpill = Math.floor((this.spill.topNs - this.openUntilNs) * this.pagesPerNs) + 1;
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
            this.spillOver(event);
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
      this.spill.doubles = doubles;
      this.ints = new Int32Array(doubles.buffer);
    }
    this.freshEvent += EVENT_DOUBLES;
    return event;
  }

  private spillOver(event: number): void {
    this.spill.push(event);
    this.spilledInEpoch++;
  }

  private tune(): void {
    const pageNs = tunePageNs(this.pageNs, (this.timeNs - this.epochStartNs) / this.popped);
    const pageCount = tunePageCount(this.pages.length, this.size, this.spilledInEpoch / this.popped);
    const isAhead = this.openUntilNs - this.pageNs > this.timeNs;
    if (pageNs !== this.pageNs || pageCount !== this.pages.length || isAhead) this.rebuild(pageNs, pageCount);
    this.pushed -= this.popped;
    this.popped = 0;
    this.spilledInEpoch = 0;
    this.popsInEpoch = epochPops(this.size);
    this.stepsLeft = epochSteps(this.size);
    this.epochStartNs = this.timeNs;
  }

  /** Files all events again, from the page of the last one popped. */
  private rebuild(pageNs: number, pageCount: number): void {
    const { openHead, pages, spill } = this;
    this.openHead = NONE;
    this.pages = new Int32Array(pageCount).fill(NONE);
    this.pagedCount = 0;
    this.spill = new SpillHeap(this.doubles);
    this.pageNs = pageNs;
    this.pagesPerNs = 1 / pageNs;
    this.openAt(this.timeNs);
    this.fileChain(openHead);
    for (let index = 0; index < pages.length; index++) this.fileChain(pages[index]);
    while (spill.count > 0) this.file(spill.popAny());
  }

  private fileChain(head: number): void {
    for (let event = head; event !== NONE; ) {
      const next = this.ints[(event << 1) | NEXT];
      this.file(event);
      event = next;
    }
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
    } else this.spillOver(event);
  }

  private openAt(timeNs: number): void {
    const page = Math.floor(timeNs * this.pagesPerNs);
    this.openIndex = page & (this.pages.length - 1);
    this.openUntilNs = (page + 1) * this.pageNs;
    this.yearUntilNs = (page + this.pages.length) * this.pageNs;
  }
}
