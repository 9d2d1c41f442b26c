/**
 * What befell each connection of a stream last since it last delivered. Its packets are billed to the oldest unit
 * under way; when that one fails, those behind it fail for the same reason, though no packet was dropped on theirs.
 */
import { NONE } from '../base/brand.ts';
import type { UnitRing } from './unit-ring.ts';

export class StreamStalls {
  private readonly reason: Int16Array;
  private readonly dropEvent: Int32Array;
  private readonly impairEvent: Int32Array;

  constructor(slots: number) {
    this.reason = new Int16Array(slots).fill(NONE);
    this.dropEvent = new Int32Array(slots).fill(NONE);
    this.impairEvent = new Int32Array(slots).fill(NONE);
  }

  /** The unit in this row has just been told of something. */
  note(ring: UnitRing, row: number): void {
    const slot = ring.slot[row] as number;
    this.reason[slot] = ring.reason[row] as number;
    this.dropEvent[slot] = ring.dropEvent[row] as number;
    this.impairEvent[slot] = ring.impairEvent[row] as number;
  }

  clear(slot: number): void {
    this.reason[slot] = NONE;
    this.dropEvent[slot] = NONE;
    this.impairEvent[slot] = NONE;
  }

  /** A unit that fails without a reason of its own takes that of its connection. */
  passOn(ring: UnitRing, row: number): void {
    const slot = ring.slot[row] as number;
    if (ring.reason[row] !== NONE || ring.impairEvent[row] !== NONE) return;
    ring.reason[row] = this.reason[slot] as number;
    ring.dropEvent[row] = this.dropEvent[slot] as number;
    ring.impairEvent[row] = this.impairEvent[slot] as number;
  }
}
