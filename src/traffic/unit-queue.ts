// hot path
/** Units of one connection in the order they were offered, with the time of each. A ring that grows. */
import { assert } from '../base/assert.ts';

const FIRST_CAPACITY = 64;

export class UnitQueue {
  private units = new Int32Array(FIRST_CAPACITY);
  private times = new Float64Array(FIRST_CAPACITY);
  private head = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(unit: number, offeredNs: number): void {
    if (this.count === this.units.length) this.grow();
    const row = (this.head + this.count) & (this.units.length - 1);
    this.units[row] = unit;
    this.times[row] = offeredNs;
    this.count++;
  }

  /** The oldest one; there must be one. */
  get firstUnit(): number {
    return this.units[this.head] as number;
  }

  get firstOfferedNs(): number {
    return this.times[this.head] as number;
  }

  shift(): number {
    assert(this.count > 0, 'nothing is in the queue');
    const unit = this.units[this.head] as number;
    this.head = (this.head + 1) & (this.units.length - 1);
    this.count--;
    return unit;
  }

  private grow(): void {
    const capacity = this.units.length;
    const units = new Int32Array(2 * capacity);
    const times = new Float64Array(2 * capacity);
    for (let i = 0; i < this.count; i++) {
      const row = (this.head + i) & (capacity - 1);
      units[i] = this.units[row] as number;
      times[i] = this.times[row] as number;
    }
    this.units = units;
    this.times = times;
    this.head = 0;
  }
}
