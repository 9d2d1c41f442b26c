// hot path
/**
 * The routes of a table by prefix: an open-addressed hash with linear probing, 8 bytes a slot. A slot is the prefix's
 * base and its leaf, and the leaf's rank tells the length, so that no third word is needed:
 *
 *   slots  | base | leaf | base | leaf |  0   |  0   | ...     rank 0: the slot is free
 *
 * Lookups never come here: it says which route covers the hole that a withdrawn one leaves, by one probe for each
 * shorter length that occurs. Deletion moves later entries of the cluster back, so there are no tombstones. A base is
 * a signed word here.
 */
import { mix32 } from '../base/mix.ts';
import { leafRank, NO_LEAF } from './leaf.ts';

/** Shared by all empty tables, of which there are many; never written, since the first route makes it grow. */
const NO_SLOTS = new Int32Array(2);
const FIRST_CAPACITY = 8;
/** Load at which it doubles. */
const MAX_LOAD = 0.8;

export class RouteHash {
  private slots = NO_SLOTS;
  private mask = 0;
  /** Bit `length - 1` of each length that has occurred; length 0 is always probed. */
  private lengthsSeen = 0;
  count = 0;

  get sizeBytes(): number {
    return this.slots === NO_SLOTS ? 0 : this.slots.byteLength;
  }

  /** Makes room for that many routes. */
  reserve(count: number): void {
    let capacity = Math.max(FIRST_CAPACITY, this.mask + 1);
    while (count > capacity * MAX_LOAD) capacity *= 2;
    if (capacity > this.mask + 1) this.resize(capacity);
  }

  /** Adds or replaces the route of the leaf's length at `base`. */
  set(base: number, leaf: number): void {
    if (this.count + 1 > (this.mask + 1) * MAX_LOAD) this.reserve(this.count + 1);
    const rank = leafRank(leaf);
    const slot = this.find(base, rank);
    const { slots } = this;
    if (slots[2 * slot + 1] === 0) {
      this.count++;
      if (rank > 1) this.lengthsSeen |= 1 << (rank - 2);
    }
    slots[2 * slot] = base;
    slots[2 * slot + 1] = leaf;
  }

  /** Whether there was such a route. */
  delete(base: number, length: number): boolean {
    const { slots, mask } = this;
    let hole = this.find(base, length + 1);
    if (slots[2 * hole + 1] === 0) return false;
    // An entry may fill the hole unless its own place in the hash lies behind the hole.
    for (let slot = (hole + 1) & mask; slots[2 * slot + 1] !== 0; slot = (slot + 1) & mask) {
      const home = hashOf(slots[2 * slot], leafRank(slots[2 * slot + 1])) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[2 * hole] = slots[2 * slot];
      slots[2 * hole + 1] = slots[2 * slot + 1];
      hole = slot;
    }
    slots[2 * hole] = 0;
    slots[2 * hole + 1] = 0;
    this.count--;
    return true;
  }

  /** The leaf of the longest prefix that is shorter than `length` and holds `base`; NO_LEAF when there is none. */
  coveringLeaf(base: number, length: number): number {
    const { slots, lengthsSeen } = this;
    for (let shorter = length - 1; shorter > 0; shorter--) {
      if ((lengthsSeen & (1 << (shorter - 1))) === 0) continue;
      const leaf = slots[2 * this.find(base & (-1 << (32 - shorter)), shorter + 1) + 1];
      if (leaf !== 0) return leaf;
    }
    const leaf = length > 0 ? slots[2 * this.find(0, 1) + 1] : 0;
    return leaf === 0 ? NO_LEAF : leaf;
  }

  /** In no order that means anything. */
  forEach(visit: (base: number, leaf: number) => void): void {
    const { slots } = this;
    for (let at = 0; at < slots.length; at += 2) {
      if (slots[at + 1] !== 0) visit(slots[at], slots[at + 1]);
    }
  }

  /** The slot of a prefix, or the free one where it would go. */
  private find(base: number, rank: number): number {
    const { slots, mask } = this;
    let slot = hashOf(base, rank) & mask;
    for (;;) {
      const leaf = slots[2 * slot + 1];
      if (leaf === 0 || (slots[2 * slot] === base && leafRank(leaf) === rank)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private resize(capacity: number): void {
    const old = this.slots;
    this.slots = new Int32Array(2 * capacity);
    this.mask = capacity - 1;
    const { slots } = this;
    for (let at = 0; at < old.length; at += 2) {
      const leaf = old[at + 1];
      if (leaf === 0) continue;
      const slot = this.find(old[at], leafRank(leaf));
      slots[2 * slot] = old[at];
      slots[2 * slot + 1] = leaf;
    }
  }
}

function hashOf(base: number, rank: number): number {
  return mix32(base ^ Math.imul(rank, 0x9e3779b1));
}
