// hot path
/**
 * Open-addressed index from a 32-bit hash to numbers (rows, references). It holds no keys: it offers every entry of
 * the same hash, and the owner looks at its row to see whether it is the one.
 *
 *   slots   | hash entry+1 | hash entry+1 | 0 0 | ...      8 bytes a slot, 8 slots a cache line; 0: empty
 *   home of a hash: hash & mask; then the next slots in turn (linear probing), at most 3/4 full
 *
 * A look-up compares hashes only, so entries of others cost no look at their rows. Removal shifts later entries of
 * the cluster back instead of leaving a tombstone, so nothing builds up however many come and go.
 *
 * Growth makes no stall. A full index gets a new array of twice the size and keeps the old one beside it; every
 * `add` and `remove` then moves the entries of STEP old slots over. Meanwhile a look-up tries the new array, then the
 * old. New entries go into the new one only; what is moved or removed leaves a mark in the old one, which is
 * dropped before it matters. After capacity / STEP operations all is moved, long before the new array is full.
 *
 * Cost: 10.7 to 21.3 bytes an entry, 32 at most while it grows. One cache line a look-up, mostly.
 */
import { assert } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';

/** Old slots emptied by one operation while the index grows. */
export const STEP = 16;

const FIRST_CAPACITY = 16;
/** In the old array: an entry was here, look further. */
const GONE = -1;
/** Of indexes that hold nothing yet; never written to. */
const NOTHING = new Int32Array(2);

export class TupleIndex {
  /** Entries. */
  count = 0;
  /** Slots emptied by growth so far. */
  movedSlots = 0;
  private slots = NOTHING;
  /** Of positions, which are twice the number of the slot. */
  private mask = 0;
  private limit = 0;
  /** While growing: the array before, and the position up to which it is moved. */
  private old: Int32Array | null = null;
  private oldMask = 0;
  private oldDone = 0;
  /** Of the look-up under way. */
  private hash = 0;
  private at = 0;
  private isInOld = false;

  /** The first entry of that hash, NONE without. */
  seek(hash: number): number {
    const { slots, mask } = this;
    let at = (hash << 1) & mask;
    for (let entry = slots[at + 1]; entry !== 0; entry = slots[at + 1]) {
      if (slots[at] === hash) {
        this.hash = hash;
        this.at = at;
        this.isInOld = false;
        return entry - 1;
      }
      at = (at + 2) & mask;
    }
    return this.old === null ? NONE : this.seekOld(this.old, hash, (hash << 1) & this.oldMask);
  }

  /** The next entry of the hash last sought; nothing may have been added or removed since. */
  seekNext(): number {
    const { slots, mask, hash } = this;
    const from = this.at + 2;
    if (this.isInOld) return this.seekOld(this.old as Int32Array, hash, from & this.oldMask);
    let at = from & mask;
    for (let entry = slots[at + 1]; entry !== 0; entry = slots[at + 1]) {
      if (slots[at] === hash) {
        this.at = at;
        return entry - 1;
      }
      at = (at + 2) & mask;
    }
    return this.old === null ? NONE : this.seekOld(this.old, hash, (hash << 1) & this.oldMask);
  }

  /** The caller sees to it that it is not there already. */
  add(hash: number, entry: number): void {
    if (this.old !== null) this.moveStep(this.old);
    if (this.count === this.limit) this.grow();
    this.count++;
    this.put(hash, entry);
  }

  /** The entry must be there. */
  remove(hash: number, entry: number): void {
    this.count--;
    if (this.old !== null) this.moveStep(this.old);
    const at = this.positionOf(hash, entry);
    if (at === NONE) this.removeOld(hash, entry);
    else this.closeGap(at);
  }

  /** Puts another number into the place of one that must be there. */
  replace(hash: number, entry: number, other: number): void {
    const at = this.positionOf(hash, entry);
    if (at !== NONE) this.slots[at + 1] = other + 1;
    else (this.old as Int32Array)[this.oldPositionOf(hash, entry) + 1] = other + 1;
  }

  clear(): void {
    this.slots = NOTHING;
    this.old = null;
    this.mask = this.limit = this.count = 0;
  }

  memoryBytes(): number {
    return (this.slots === NOTHING ? 0 : this.slots.byteLength) + (this.old?.byteLength ?? 0);
  }

  private seekOld(old: Int32Array, hash: number, from: number): number {
    let at = from;
    for (let entry = old[at + 1]; entry !== 0; entry = old[at + 1]) {
      if (old[at] === hash && entry !== GONE) {
        this.hash = hash;
        this.at = at;
        this.isInOld = true;
        return entry - 1;
      }
      at = (at + 2) & this.oldMask;
    }
    return NONE;
  }

  private put(hash: number, entry: number): void {
    const { slots, mask } = this;
    let at = (hash << 1) & mask;
    while (slots[at + 1] !== 0) at = (at + 2) & mask;
    slots[at] = hash;
    slots[at + 1] = entry + 1;
  }

  private positionOf(hash: number, entry: number): number {
    const { slots, mask } = this;
    let at = (hash << 1) & mask;
    for (let found = slots[at + 1]; found !== 0; found = slots[at + 1]) {
      if (found === entry + 1) return at;
      at = (at + 2) & mask;
    }
    return NONE;
  }

  private oldPositionOf(hash: number, entry: number): number {
    const old = this.old as Int32Array;
    let at = (hash << 1) & this.oldMask;
    while (old[at + 1] !== entry + 1) {
      assert(old[at + 1] !== 0, 'an entry of the index is where its hash says');
      at = (at + 2) & this.oldMask;
    }
    return at;
  }

  private removeOld(hash: number, entry: number): void {
    assert(this.old !== null, 'what is removed from the index is in it');
    this.old[this.oldPositionOf(hash, entry) + 1] = GONE;
  }

  /** Empties a slot: each later entry of the cluster moves into the gap unless that lies before its home. */
  private closeGap(from: number): void {
    const { slots, mask } = this;
    let gap = from;
    for (let at = (gap + 2) & mask; slots[at + 1] !== 0; at = (at + 2) & mask) {
      const home = (slots[at] << 1) & mask;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      slots[gap] = slots[at];
      slots[gap + 1] = slots[at + 1];
      gap = at;
    }
    slots[gap + 1] = 0;
  }

  private grow(): void {
    assert(this.old === null, 'an index has moved before it is full again');
    const capacity = this.slots === NOTHING ? FIRST_CAPACITY : this.slots.length;
    if (this.slots !== NOTHING) {
      this.old = this.slots;
      this.oldMask = this.mask;
      this.oldDone = 0;
    }
    this.slots = new Int32Array(capacity * 2);
    this.mask = capacity * 2 - 1;
    this.limit = (capacity >> 2) * 3;
  }

  /** Positions are even, so that the odd last bit of a mask does no harm. */
  private moveStep(old: Int32Array): void {
    const end = Math.min(this.oldDone + STEP * 2, old.length);
    for (let at = this.oldDone; at < end; at += 2) {
      const entry = old[at + 1];
      if (entry === 0 || entry === GONE) continue;
      this.put(old[at], entry - 1);
      old[at + 1] = GONE;
    }
    this.movedSlots += (end - this.oldDone) >> 1;
    this.oldDone = end;
    if (end === old.length) this.old = null;
  }
}
