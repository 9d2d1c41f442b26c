/**
 * Finds outages and impairments in the units of a flow, told one by one in send order.
 *
 *   outage: at least three lost units in a row, from the first lost to the next delivered, for the flow and for each
 *           of its connection slots;
 *   impairment: lost units less than `quiet` apart, whatever was delivered between them, from the first to the last;
 *           groups of fewer than three are stray losses.
 *
 * Memory is that of what it found: nothing is kept per unit.
 */
import type { Impairment, Outage } from './result.ts';

/** Fewer lost units than this are neither an outage nor an impairment. */
export const FEWEST_LOST = 3;

/** Lost units grouped by `quiet`; only the longest and the current group are kept, the others are handed on. */
export class LossGroups {
  /** The current group; it is empty when `lost` is 0. */
  startNs = 0;
  lastNs = 0;
  lost = 0;
  firstUnit = 0;
  lastUnit = 0;
  private readonly quietNs: number;

  constructor(quietNs: number) {
    this.quietNs = quietNs;
  }

  /** Whether a unit lost then would begin a new group while one is open. */
  isOver(offeredNs: number): boolean {
    return this.lost > 0 && offeredNs - this.lastNs >= this.quietNs;
  }

  addLost(unit: number, offeredNs: number): void {
    if (this.lost === 0) {
      this.startNs = offeredNs;
      this.firstUnit = unit;
    }
    this.lastNs = offeredNs;
    this.lastUnit = unit;
    this.lost += 1;
  }

  clone(): LossGroups {
    return Object.assign(new LossGroups(this.quietNs), this);
  }
}

/** Outages of every connection slot: the current run and the longest so far. */
class SlotRuns {
  private lost: Int32Array;
  private startNs: Float64Array;
  private longestNs: Float64Array;

  constructor(slots: number) {
    this.lost = new Int32Array(slots);
    this.startNs = new Float64Array(slots);
    this.longestNs = new Float64Array(slots);
  }

  add(slot: number, offeredNs: number, isLost: boolean): void {
    if (slot < 0 || slot >= this.lost.length) return;
    const lost = this.lost[slot] as number;
    if (isLost) {
      if (lost === 0) this.startNs[slot] = offeredNs;
      this.lost[slot] = lost + 1;
    } else if (lost > 0) {
      if (lost >= FEWEST_LOST) this.lengthen(slot, offeredNs);
      this.lost[slot] = 0;
    }
  }

  /** The longest outage of each slot, 0 for none; those still open last until `endNs`. */
  longest(endNs: number): Float64Array {
    for (let slot = 0; slot < this.lost.length; slot++) {
      if ((this.lost[slot] as number) >= FEWEST_LOST) this.lengthen(slot, endNs);
    }
    return this.longestNs;
  }

  clone(): SlotRuns {
    const copy = new SlotRuns(0);
    copy.lost = this.lost.slice();
    copy.startNs = this.startNs.slice();
    copy.longestNs = this.longestNs.slice();
    return copy;
  }

  private lengthen(slot: number, endNs: number): void {
    const lengthNs = endNs - (this.startNs[slot] as number);
    if (lengthNs > (this.longestNs[slot] as number)) this.longestNs[slot] = lengthNs;
  }
}

export class LossRuns {
  outages: Outage[] = [];
  impairments: Impairment[] = [];
  strayLost = 0;
  /** The lost units since the last delivered one. */
  runLost = 0;
  runStartNs = 0;
  /** Counts runs, so that others can tell which one a unit was in. */
  runNumber = 0;
  private groups: LossGroups;
  private slots: SlotRuns;

  constructor(quietNs: number, slots: number) {
    this.groups = new LossGroups(quietNs);
    this.slots = new SlotRuns(slots);
  }

  addDelivered(offeredNs: number, slot: number): void {
    this.slots.add(slot, offeredNs, false);
    if (this.runLost === 0) return;
    this.endRun(offeredNs);
    this.runLost = 0;
  }

  addLost(unit: number, offeredNs: number, slot: number): void {
    this.slots.add(slot, offeredNs, true);
    if (this.runLost === 0) {
      this.runStartNs = offeredNs;
      this.runNumber += 1;
    }
    this.runLost += 1;
    if (this.groups.isOver(offeredNs)) this.endGroup();
    this.groups.addLost(unit, offeredNs);
  }

  /** Ends what is open, after the last unit. Nothing may be added afterwards. */
  close(): void {
    this.endRun(null);
    this.endGroup();
  }

  /** Of each slot the longest outage, 0 for none. */
  longestOutageBySlot(endNs: number): Float64Array {
    return this.slots.longest(endNs);
  }

  clone(): LossRuns {
    const copy: LossRuns = Object.assign(new LossRuns(0, 0), this);
    copy.outages = this.outages.slice();
    copy.impairments = this.impairments.slice();
    copy.groups = this.groups.clone();
    copy.slots = this.slots.clone();
    return copy;
  }

  private endRun(endNs: number | null): void {
    if (this.runLost < FEWEST_LOST) return;
    this.outages.push({ startNs: this.runStartNs, endNs, lost: this.runLost });
  }

  private endGroup(): void {
    const { lost, startNs, lastNs, firstUnit, lastUnit } = this.groups;
    if (lost >= FEWEST_LOST) {
      this.impairments.push({ startNs, endNs: lastNs, lost, offered: lastUnit - firstUnit + 1 });
    } else {
      this.strayLost += lost;
    }
    this.groups.lost = 0;
  }
}
