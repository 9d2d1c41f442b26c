// hot path
/**
 * The small forwarding structure: one sorted array of disjoint ranges of addresses, each up to the next one's start.
 *
 *   routes   10.0.0.0/16 -> 1             10.0.1.0/24 -> 2
 *   starts   0.0.0.0  10.0.0.0  10.0.1.0  10.0.2.0  10.1.0.0
 *   leaves   none     1 (/16)   2 (/24)   1 (/16)   none
 *
 * The first start is 0, and no two neighbours have the same leaf. A lookup is a binary search; a change splits at most
 * two ranges, repaints those between, and joins equal neighbours, all in place: log n and a move of what lies behind.
 */
import { prefixMask } from '../base/ipv4.ts';
import { leafRank, NO_LEAF } from './leaf.ts';

/** Added to addresses, so that they compare as signed words, which are never boxed and never become doubles. */
const BIAS = 0x80000000 | 0;

/** Shared by all empty tables, of which there are many; never written, since the first route makes them grow. */
const NO_STARTS = new Int32Array([BIAS]);
const NO_LEAVES = new Int32Array([NO_LEAF]);
const FIRST_CAPACITY = 8;

export class RangeTable {
  /** Biased. */
  private starts = NO_STARTS;
  private leaves = NO_LEAVES;
  private count = 1;

  get sizeBytes(): number {
    return this.starts === NO_STARTS ? 0 : this.starts.byteLength + this.leaves.byteLength;
  }

  lookup(address: number): number {
    const { starts } = this;
    const biased = address ^ BIAS;
    let low = 0;
    let high = this.count;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle] <= biased) low = middle;
      else high = middle;
    }
    return this.leaves[low];
  }

  /** Gives `leaf` to those parts of a prefix whose rank is from `lowestRank` to that of the prefix's own length. */
  repaint(base: number, length: number, lowestRank: number, leaf: number): void {
    this.reserve(this.count + 2);
    const start = base >>> 0;
    const first = this.split(start);
    const behind = start - prefixMask(length) + 0x100000000;
    const end = behind > 0xffffffff ? this.count : this.split(behind);
    const { leaves } = this;
    for (let range = first; range < end; range++) {
      const rank = leafRank(leaves[range]);
      if (rank >= lowestRank && rank <= length + 1) leaves[range] = leaf;
    }
    this.join(Math.max(0, first - 1), Math.min(end + 1, this.count));
  }

  /** Back to nothing, arrays and all. */
  clear(): void {
    this.starts = NO_STARTS;
    this.leaves = NO_LEAVES;
    this.count = 1;
  }

  /** Makes room for that many ranges. */
  private reserve(count: number): void {
    if (count <= this.starts.length && this.starts !== NO_STARTS) return;
    const { starts, leaves } = this;
    const capacity = Math.max(FIRST_CAPACITY, count, this.count + (this.count >> 1));
    this.starts = new Int32Array(capacity);
    this.leaves = new Int32Array(capacity);
    this.starts.set(starts);
    this.leaves.set(leaves);
  }

  /** Makes a range start at an address, and answers its number. */
  private split(address: number): number {
    const { starts, leaves } = this;
    const biased = address ^ BIAS;
    let low = 0;
    let high = this.count;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (starts[middle] <= biased) low = middle;
      else high = middle;
    }
    if (starts[low] === biased) return low;
    starts.copyWithin(high + 1, high, this.count);
    leaves.copyWithin(high + 1, high, this.count);
    starts[high] = biased;
    leaves[high] = leaves[low];
    this.count++;
    return high;
  }

  /** Joins neighbours with the same leaf among the ranges from `first` to before `end`. */
  private join(first: number, end: number): void {
    const { starts, leaves } = this;
    let kept = first;
    for (let range = first + 1; range < end; range++) {
      if (leaves[range] === leaves[kept]) continue;
      kept++;
      starts[kept] = starts[range];
      leaves[kept] = leaves[range];
    }
    if (kept + 1 === end) return;
    starts.copyWithin(kept + 1, end, this.count);
    leaves.copyWithin(kept + 1, end, this.count);
    this.count -= end - kept - 1;
  }
}
