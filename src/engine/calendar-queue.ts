// hot path
import { assert } from '../base/assert.ts';
import type { EventQueue } from './event-queue.ts';

const NONE = -1;

/** Steps an insertion may walk along the open page before the event goes to the spill. */
const WALK_LIMIT = 32;

const FIRST_EVENTS = 64;
const FIRST_PAGES = 1024;
const FIRST_PAGE_NS = 1024;
const FIRST_EPOCH = 256;

// Where the fields of an event sit in `doubles` (four to an event) and in `ints` (eight to an event).
const SEQUENCE = 1;
const HANDLER = 4;
const ARGUMENT = 5;
const NEXT = 6;

const LAST_NS = Number.MAX_SAFE_INTEGER;

function refuse(): never {
  assert(false, 'an event is due from now on, within 2^53 ns');
}

export class CalendarQueue implements EventQueue {
  size = 0;
  timeNs = 0;
  sequence = 0;
  handler = 0;
  argument = 0;

  private doubles = new Float64Array(FIRST_EVENTS * 4);
  private ints = new Int32Array(this.doubles.buffer);
  private eventsUsed = 0;
  private freeHead = NONE;

  private pages = new Int32Array(FIRST_PAGES).fill(NONE);
  private pageNs = FIRST_PAGE_NS;
  private pagesPerNs = 1 / FIRST_PAGE_NS;
  private paged = 0;

  private openIndex = 0;
  private openUntilNs = FIRST_PAGE_NS;
  private yearUntilNs = FIRST_PAGES * FIRST_PAGE_NS;
  private openHead = NONE;
  private openTail = NONE;

  private spill = new Int32Array(FIRST_EVENTS);
  private spilled = 0;
  private spillTopNs = Number.POSITIVE_INFINITY;

  private popsLeft = FIRST_EPOCH;
  private epochPops = FIRST_EPOCH;
  private stepsLeft = FIRST_EPOCH * 8;
  private spilledInEpoch = 0;
  private epochStartNs = 0;

  push(timeNs: number, sequence: number, handler: number, argument: number): void {
    assert(
      timeNs >= this.timeNs && timeNs <= Number.MAX_SAFE_INTEGER,
      'an event is due from now on and by 2^53 ns',
    );
    let id = this.freeHead;
    if (id !== NONE) this.freeHead = this.ints[(id << 1) | NEXT];
    else id = this.newEvent();
    const { doubles, ints } = this;
    doubles[id] = timeNs;
    doubles[id | SEQUENCE] = sequence;
    ints[(id << 1) | HANDLER] = handler;
    ints[(id << 1) | ARGUMENT] = argument;
    this.size++;
    if (timeNs < this.openUntilNs) this.insertOpen(id);
    else if (timeNs < this.yearUntilNs) {
      // As in `file`, which would read the time back.
      const { pages } = this;
      const index = (timeNs * this.pagesPerNs) & (pages.length - 1);
      ints[(id << 1) | NEXT] = pages[index];
      pages[index] = id;
      this.paged++;
    } else this.spillOver(id);
  }

  peekTimeNs(): number {
    if (this.openHead === NONE) {
      if (this.size === 0) return Number.POSITIVE_INFINITY;
      this.turnPage();
      if (this.openHead === NONE) return this.spillTopNs;
    }
    const headNs = this.doubles[this.openHead];
    return headNs < this.spillTopNs ? headNs : this.spillTopNs;
  }

  pop(): boolean {
    if (this.openHead === NONE) {
      if (this.size === 0) return false;
      this.turnPage();
    }
    const { doubles, ints } = this;
    let id = this.openHead;
    if (id === NONE || this.spillTopNs <= doubles[id]) {
      this.bringSpillForward();
      id = this.openHead;
    }
    this.openHead = ints[(id << 1) | NEXT];
    ints[(id << 1) | NEXT] = this.freeHead;
    this.freeHead = id;
    this.size--;
    const timeNs = doubles[id];
    this.timeNs = timeNs;
    this.sequence = doubles[id | SEQUENCE];
    this.handler = ints[(id << 1) | HANDLER];
    this.argument = ints[(id << 1) | ARGUMENT];
    if (--this.popsLeft <= 0) this.tune();
    return true;
  }

  private file(id: number): void {
    const timeNs = this.doubles[id];
    if (timeNs < this.yearUntilNs) {
      const { pages } = this;
      const index = (timeNs * this.pagesPerNs) & (pages.length - 1);
      this.ints[(id << 1) | NEXT] = pages[index];
      pages[index] = id;
      this.paged++;
    } else this.spillOver(id);
  }

  private insertOpen(id: number): void {
    const { doubles, ints } = this;
    const timeNs = doubles[id];
    const sequence = doubles[id | SEQUENCE];
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
            this.spillOver(id);
            return;
          }
          previous = next;
          next = ints[(next << 1) | NEXT];
        }
      }
    }
    ints[(id << 1) | NEXT] = next;
    if (next === NONE) this.openTail = id;
    if (previous === NONE) this.openHead = id;
    else ints[(previous << 1) | NEXT] = id;
  }

  private turnPage(): void {
    const { ints, pages } = this;
    const mask = pages.length - 1;
    let furthest = mask;
    if (this.spilled > 0) {
      const toSpill = Math.floor((this.spillTopNs - this.openUntilNs) * this.pagesPerNs) + 1;
      if (this.paged === 0 && toSpill > 0) {
        this.openAt(this.spillTopNs);
        return;
      }
      if (toSpill < mask) furthest = toSpill > 0 ? toSpill | 0 : 0;
    }
    let index = this.openIndex;
    let steps = 0;
    while (steps < furthest) {
      steps++;
      index = (index + 1) & mask;
      if (pages[index] !== NONE) break;
    }
    const turnedNs = steps * this.pageNs;
    this.openIndex = index;
    this.openUntilNs += turnedNs;
    this.yearUntilNs += turnedNs;
    this.stepsLeft -= steps;
    if (this.stepsLeft < 0) this.popsLeft = 1;
    let id = pages[index];
    if (id === NONE) return;
    pages[index] = NONE;
    this.openHead = id;
    this.openTail = id;
    this.paged--;
    let rest = ints[(id << 1) | NEXT];
    ints[(id << 1) | NEXT] = NONE;
    while (rest !== NONE) {
      id = rest;
      rest = ints[(id << 1) | NEXT];
      this.paged--;
      this.insertOpen(id);
    }
  }

  private openAt(timeNs: number): void {
    const page = Math.floor(timeNs * this.pagesPerNs);
    this.openIndex = page & (this.pages.length - 1);
    this.openUntilNs = (page + 1) * this.pageNs;
    this.yearUntilNs = (page + this.pages.length) * this.pageNs;
  }

  private spillOver(id: number): void {
    if (this.spilled === this.spill.length) {
      const spill = new Int32Array(this.spill.length * 2);
      spill.set(this.spill);
      this.spill = spill;
    }
    const { spill } = this;
    let hole = this.spilled++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!this.isBefore(id, spill[parent])) break;
      spill[hole] = spill[parent];
      hole = parent;
    }
    spill[hole] = id;
    this.spilledInEpoch++;
    this.spillTopNs = this.doubles[spill[0]];
  }

  private takeSpillTop(): number {
    const { spill } = this;
    const top = spill[0];
    const count = --this.spilled;
    if (count === 0) {
      this.spillTopNs = Number.POSITIVE_INFINITY;
      return top;
    }
    const moved = spill[count];
    let hole = 0;
    for (let child = 1; child < count; child = hole * 2 + 1) {
      if (child + 1 < count && this.isBefore(spill[child + 1], spill[child])) child++;
      if (!this.isBefore(spill[child], moved)) break;
      spill[hole] = spill[child];
      hole = child;
    }
    spill[hole] = moved;
    this.spillTopNs = this.doubles[spill[0]];
    return top;
  }

  private bringSpillForward(): void {
    const { openHead } = this;
    if (openHead !== NONE && this.isBefore(openHead, this.spill[0])) return;
    const id = this.takeSpillTop();
    this.ints[(id << 1) | NEXT] = openHead;
    this.openHead = id;
    if (openHead === NONE) this.openTail = id;
  }

  private isBefore(a: number, b: number): boolean {
    const { doubles } = this;
    const aNs = doubles[a];
    const bNs = doubles[b];
    return aNs < bNs || (aNs === bNs && doubles[a | SEQUENCE] < doubles[b | SEQUENCE]);
  }

  private newEvent(): number {
    if (this.eventsUsed === this.doubles.length) {
      const doubles = new Float64Array(this.doubles.length * 2);
      doubles.set(this.doubles);
      this.doubles = doubles;
      this.ints = new Int32Array(doubles.buffer);
    }
    this.eventsUsed += 4;
    return this.eventsUsed - 4;
  }

  private tune(): void {
    const pops = this.epochPops - this.popsLeft;
    const gapNs = (this.timeNs - this.epochStartNs) / pops;
    const spilledShare = this.spilledInEpoch / pops;
    let pageNs = this.pageNs;
    if (pageNs > 1 && pageNs > gapNs * NARROW) pageNs = widthFor(gapNs);
    else if (pageNs < gapNs * WIDE) pageNs = widthFor(gapNs);
    let pageCount = this.pages.length;
    const room = roundUp(this.size);
    if (spilledShare > 1 / 64 && pageCount < room) pageCount = room;
    else if (pageCount > room * 8) pageCount = room;
    const isAhead = this.openUntilNs - this.pageNs > this.timeNs;
    if (pageNs !== this.pageNs || pageCount !== this.pages.length || isAhead) this.rebuild(pageNs, pageCount);
    this.epochPops = 1024 + (this.size >> 2);
    this.popsLeft = this.epochPops;
    this.stepsLeft = this.epochPops * 8;
    this.spilledInEpoch = 0;
    this.epochStartNs = this.timeNs;
  }

  private rebuild(pageNs: number, pageCount: number): void {
    const { doubles, ints, pages } = this;
    let all = this.openHead;
    this.openHead = NONE;
    for (let page = 0; page < pages.length; page++) {
      let id = pages[page];
      while (id !== NONE) {
        const next = ints[(id << 1) | NEXT];
        ints[(id << 1) | NEXT] = all;
        all = id;
        id = next;
      }
    }
    for (let i = 0; i < this.spilled; i++) {
      const id = this.spill[i];
      ints[(id << 1) | NEXT] = all;
      all = id;
    }
    this.spilled = 0;
    this.spillTopNs = Number.POSITIVE_INFINITY;
    if (pageCount === pages.length) pages.fill(NONE);
    else this.pages = new Int32Array(pageCount).fill(NONE);
    this.paged = 0;
    this.pageNs = pageNs;
    this.pagesPerNs = 1 / pageNs;
    this.openAt(this.timeNs);
    while (all !== NONE) {
      const next = ints[(all << 1) | NEXT];
      if (doubles[all] < this.openUntilNs) this.insertOpen(all);
      else this.file(all);
      all = next;
    }
  }
}

const NARROW = 5;
const WIDE = 0.8;
const AIM = 1.5;

function widthFor(gapNs: number): number {
  let pageNs = 1;
  while (pageNs < gapNs * AIM) pageNs *= 2;
  return pageNs;
}

function roundUp(size: number): number {
  let count = FIRST_PAGES;
  while (count < size * 4) count *= 2;
  return count;
}
