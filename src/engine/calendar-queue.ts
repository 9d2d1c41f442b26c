// hot path
import { Heap } from 'heap-js';
import { assert } from '../base/assert.ts';
import type { EventQueue } from './event-queue.ts';

const NONE = -1;

/** Steps an insertion may walk along the open page before the event goes to the spill. */
const WALK_LIMIT = 32;

const FIRST_EVENTS = 64;
const FIRST_PAGES = 256;
const FIRST_PAGE_NS = 1024;
const FIRST_EPOCH = 256;

// Where the fields of an event sit in `doubles` (four to an event) and in `ints` (eight to an event).
const TIME = 0;
const SEQUENCE = 1;
const HANDLER = 4;
const ARGUMENT = 5;
const NEXT = 6;

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

  private openPage = 0;
  private openUntilNs = FIRST_PAGE_NS;
  private openHead = NONE;
  private openTail = NONE;

  private spill = new Heap<number>((a, b) => this.compare(a, b));
  private spillTopNs = Number.POSITIVE_INFINITY;

  private popsLeft = FIRST_EPOCH;
  private epochPops = FIRST_EPOCH;
  private stepsLeft = FIRST_EPOCH * 8;
  private spilledInEpoch = 0;
  private epochStartNs = 0;

  push(timeNs: number, sequence: number, handler: number, argument: number): void {
    assert(timeNs >= this.timeNs && timeNs <= Number.MAX_SAFE_INTEGER, 'an event is due from now on and by 2^53 ns');
    let id = this.freeHead;
    if (id !== NONE) this.freeHead = this.ints[id * 8 + NEXT];
    else id = this.newEvent();
    const { doubles, ints } = this;
    doubles[id * 4 + TIME] = timeNs;
    doubles[id * 4 + SEQUENCE] = sequence;
    ints[id * 8 + HANDLER] = handler;
    ints[id * 8 + ARGUMENT] = argument;
    this.size++;
    if (timeNs < this.openUntilNs) this.insertOpen(id);
    else this.file(id);
  }

  peekTimeNs(): number {
    if (this.openHead === NONE) {
      if (this.size === 0) return Number.POSITIVE_INFINITY;
      this.turnPage();
      if (this.openHead === NONE) return this.spillTopNs;
    }
    const headNs = this.doubles[this.openHead * 4 + TIME];
    return headNs < this.spillTopNs ? headNs : this.spillTopNs;
  }

  pop(): boolean {
    if (this.openHead === NONE) {
      if (this.size === 0) return false;
      this.turnPage();
    }
    const { doubles, ints } = this;
    let id = this.openHead;
    if (id === NONE || this.spillTopNs <= doubles[id * 4 + TIME]) {
      this.bringSpillForward();
      id = this.openHead;
    }
    this.openHead = ints[id * 8 + NEXT];
    ints[id * 8 + NEXT] = this.freeHead;
    this.freeHead = id;
    this.size--;
    const timeNs = doubles[id * 4 + TIME];
    this.timeNs = timeNs;
    this.sequence = doubles[id * 4 + SEQUENCE];
    this.handler = ints[id * 8 + HANDLER];
    this.argument = ints[id * 8 + ARGUMENT];
    if (--this.popsLeft <= 0) this.tune();
    return true;
  }

  private file(id: number): void {
    const timeNs = this.doubles[id * 4 + TIME];
    const page = Math.floor(timeNs * this.pagesPerNs);
    const { pages } = this;
    if (page - this.openPage < pages.length) {
      const index = page & (pages.length - 1);
      this.ints[id * 8 + NEXT] = pages[index];
      pages[index] = id;
      this.paged++;
    } else this.spillOver(id);
  }

  private insertOpen(id: number): void {
    const { doubles, ints } = this;
    const timeNs = doubles[id * 4 + TIME];
    const sequence = doubles[id * 4 + SEQUENCE];
    let previous = NONE;
    let next = this.openHead;
    if (next !== NONE) {
      const tail = this.openTail;
      const tailNs = doubles[tail * 4 + TIME];
      if (timeNs > tailNs || (timeNs === tailNs && sequence > doubles[tail * 4 + SEQUENCE])) {
        previous = tail;
        next = NONE;
      } else {
        for (let steps = 0; ; steps++) {
          const nextNs = doubles[next * 4 + TIME];
          if (timeNs < nextNs || (timeNs === nextNs && sequence < doubles[next * 4 + SEQUENCE])) break;
          if (steps === WALK_LIMIT) {
            this.spillOver(id);
            return;
          }
          previous = next;
          next = ints[next * 8 + NEXT];
        }
      }
    }
    ints[id * 8 + NEXT] = next;
    if (next === NONE) this.openTail = id;
    if (previous === NONE) this.openHead = id;
    else ints[previous * 8 + NEXT] = id;
  }

  private turnPage(): void {
    const { ints, pages } = this;
    const mask = pages.length - 1;
    const spillPage = Math.floor(this.spillTopNs * this.pagesPerNs);
    let page = this.openPage;
    if (this.paged === 0) {
      if (spillPage > page) page = spillPage;
    } else {
      while (page < spillPage) {
        page++;
        if (pages[page & mask] !== NONE) break;
      }
      this.stepsLeft -= page - this.openPage;
      if (this.stepsLeft < 0) this.popsLeft = 1;
    }
    this.openPage = page;
    this.openUntilNs = (page + 1) * this.pageNs;
    let id = pages[page & mask];
    pages[page & mask] = NONE;
    while (id !== NONE) {
      const next = ints[id * 8 + NEXT];
      this.paged--;
      this.insertOpen(id);
      id = next;
    }
  }

  private spillOver(id: number): void {
    const timeNs = this.doubles[id * 4 + TIME];
    this.spill.push(id);
    this.spilledInEpoch++;
    if (timeNs < this.spillTopNs) this.spillTopNs = timeNs;
  }

  private bringSpillForward(): void {
    const { doubles, ints, openHead } = this;
    const id = this.spill.peek() as number;
    if (openHead !== NONE && this.compare(openHead, id) < 0) return;
    this.spill.pop();
    const top = this.spill.peek();
    this.spillTopNs = top === undefined ? Number.POSITIVE_INFINITY : doubles[top * 4 + TIME];
    ints[id * 8 + NEXT] = openHead;
    this.openHead = id;
    if (openHead === NONE) this.openTail = id;
  }

  private compare(a: number, b: number): number {
    const { doubles } = this;
    return doubles[a * 4 + TIME] - doubles[b * 4 + TIME] || doubles[a * 4 + SEQUENCE] - doubles[b * 4 + SEQUENCE];
  }

  private newEvent(): number {
    if (this.eventsUsed * 4 === this.doubles.length) {
      const doubles = new Float64Array(this.doubles.length * 2);
      doubles.set(this.doubles);
      this.doubles = doubles;
      this.ints = new Int32Array(doubles.buffer);
    }
    return this.eventsUsed++;
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
    if (spilledShare > 1 / 16 && pageCount < room) pageCount = room;
    else if (pageCount > room * 8) pageCount = room;
    const isAhead = this.openPage * this.pageNs > this.timeNs;
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
        const next = ints[id * 8 + NEXT];
        ints[id * 8 + NEXT] = all;
        all = id;
        id = next;
      }
    }
    for (const id of this.spill.heapArray) {
      ints[id * 8 + NEXT] = all;
      all = id;
    }
    this.spill.clear();
    this.spillTopNs = Number.POSITIVE_INFINITY;
    if (pageCount === pages.length) pages.fill(NONE);
    else this.pages = new Int32Array(pageCount).fill(NONE);
    this.paged = 0;
    this.pageNs = pageNs;
    this.pagesPerNs = 1 / pageNs;
    this.openPage = Math.floor(this.timeNs * this.pagesPerNs);
    this.openUntilNs = (this.openPage + 1) * pageNs;
    while (all !== NONE) {
      const next = ints[all * 8 + NEXT];
      if (doubles[all * 4 + TIME] < this.openUntilNs) this.insertOpen(all);
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
  while (count < size * 2) count *= 2;
  return count;
}
