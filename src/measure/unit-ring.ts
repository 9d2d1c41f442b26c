// hot path
/**
 * The units of one flow that are not settled yet, in send order. A unit may be resolved at any time but leaves only
 * at the head, so whoever takes from the head sees send order. Memory follows the number kept, which the time-out of
 * the traffic bounds. Columns move when the ring grows: rows are good until the next `push`.
 */
import { assert } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';

export const OUTSTANDING = 0;
export const DELIVERED = 1;
export const LOST = 2;

const FIRST_CAPACITY = 64;

export class UnitRing {
  offeredNs = new Float64Array(FIRST_CAPACITY);
  /** Connection slot, or NONE. */
  slot = new Int32Array(FIRST_CAPACITY);
  state = new Uint8Array(FIRST_CAPACITY);
  /** Reason of the last packet dropped on its behalf, or NONE. */
  reason = new Int16Array(FIRST_CAPACITY);
  /** Event of the last drop that is blamed on one, or NONE. */
  dropEvent = new Int32Array(FIRST_CAPACITY);
  /** Event that last impaired one of its packets, or NONE. */
  impairEvent = new Int32Array(FIRST_CAPACITY);

  /** Number of the oldest unit kept; those before it have left. */
  head = 0;
  /** Number of the next unit. */
  next = 0;
  private mask = FIRST_CAPACITY - 1;

  /** Adds an outstanding unit; returns its number. */
  push(offeredNs: number, slot: number): number {
    if (this.next - this.head > this.mask) this.grow();
    const row = this.next & this.mask;
    this.offeredNs[row] = offeredNs;
    this.slot[row] = slot;
    this.state[row] = OUTSTANDING;
    this.reason[row] = NONE;
    this.dropEvent[row] = NONE;
    this.impairEvent[row] = NONE;
    return this.next++;
  }

  /** The row of an outstanding unit; NONE for one that is resolved, has left or never was. */
  outstandingRow(unit: number): number {
    if (unit < this.head || unit >= this.next) return NONE;
    const row = unit & this.mask;
    return this.state[row] === OUTSTANDING ? row : NONE;
  }

  /** The row of any unit from `head` up to but not including `next`. */
  row(unit: number): number {
    return unit & this.mask;
  }

  private grow(): void {
    const capacity = 2 * (this.mask + 1);
    assert(capacity <= 0x40000000, 'a flow has more outstanding units than a ring can hold');
    const { head, next, mask } = this;
    const offeredNs = new Float64Array(capacity);
    const slot = new Int32Array(capacity);
    const state = new Uint8Array(capacity);
    const reason = new Int16Array(capacity);
    const dropEvent = new Int32Array(capacity);
    const impairEvent = new Int32Array(capacity);
    for (let unit = head; unit < next; unit++) {
      const from = unit & mask;
      const to = unit & (capacity - 1);
      offeredNs[to] = this.offeredNs[from] as number;
      slot[to] = this.slot[from] as number;
      state[to] = this.state[from] as number;
      reason[to] = this.reason[from] as number;
      dropEvent[to] = this.dropEvent[from] as number;
      impairEvent[to] = this.impairEvent[from] as number;
    }
    this.offeredNs = offeredNs;
    this.slot = slot;
    this.state = state;
    this.reason = reason;
    this.dropEvent = dropEvent;
    this.impairEvent = impairEvent;
    this.mask = capacity - 1;
  }
}
