// hot path
/**
 * The large forwarding structure, for tables up to the whole Internet's. The address space is cut into cells of 32
 * slots, a cell being half a cache line: a bitmap of the slots where a run of equal leaves begins, then those leaves.
 * The 2^19 cells of the root have slots of a /24 and are found by the address alone:
 *
 *   address   19 bits: root cell | 5 bits: slot | 8 bits        e.g. slots 0..8   a a a b b a c c c
 *
 *   a cell    | bitmap | leaf | leaf | ... 7 of them |               bitmap, 0 left   0 0 0 1 0 1 1 0 0
 *   spilled   | bitmap with bit 0 | place of its leaves |            leaves           a b a c
 *
 * The leaf of a slot is as many further as bits are set from 1 up to the slot's own. A /24 with longer prefixes in it
 * has as its leaf a pointer to a chunk: 8 more cells further back, with slots of one address each.
 *
 * Invariants: neighbouring runs of a cell differ; a cell is spilled just when it has more than 7 runs; the addresses
 * of a chunk do not all have one leaf. So what a table holds does not depend on how it came to hold it.
 *
 * Why so: a random lookup in a table this large waits for memory and for little else, and here it touches one line (a
 * spilled cell or a chunk costs another), with no branch that is hard to foretell. Measured beside it as plain loops:
 * leaves in an array apart from the bitmaps, 0.8 times its speed in two thirds of the memory; the same below a root of
 * 2^16, no better; sorted ranges below a root of 2^16, searched without branches (DXR), 0.5. Bench `fib/full` shows
 * that a plain loop over the array is hardly quicker than the classes: the rest is the memory's.
 *
 * Cost: 16 MiB for the root, 256 bytes a chunk, 32 to 128 a spilled cell; a full table takes 18 MiB. A change rewrites
 * each cell it touches, some 50 ns: one if the prefix is longer than /19, 2^(19 - L) for a shorter one. A cell's
 * spilled leaves are in a block whose size follows from its bitmap; free blocks are in a list for each size.
 */
import { assert } from '../base/assert.ts';
import { leafRank, NO_LEAF, POINTER_LIMIT, POINTER_RANK, packPointer, pointerIndex } from './leaf.ts';

const SLOTS = 32;
const CELL_WORDS = 8;
const INLINE_RUNS = CELL_WORDS - 1;
/** Bit 0 of a bitmap: free for this since a run always begins there. */
const SPILLED = 1;
/** Large arrays begin 16 bytes into a page with glibc; this much further on, no cell crosses a line (bench `fib/full`). */
const ROOT = 12;
const ROOT_CELLS = 1 << 19;
const ROOT_END = ROOT + ROOT_CELLS * CELL_WORDS;
const CHUNK_WORDS = 8 * CELL_WORDS;
/** Words beyond the root that a table begins with. */
const FIRST_POOL = 0x10000;

/** Sizes of blocks, and by number of runs the smallest that holds them. */
const BLOCK_SIZES = [8, 10, 12, 14, 16, 20, 24, 28, 32];
const SIZE_CLASS = new Uint8Array(SLOTS + 1);
for (let runs = 0; runs <= SLOTS; runs++) SIZE_CLASS[runs] = BLOCK_SIZES.findIndex((size) => size >= runs);
/** Of a cell that is not spilled. */
const INLINE_CLASS = -1;

/** The leaf of an address. It takes the words alone, since each object less on the way there counts (bench `fib/full`). */
export function lookupBitmaps(words: Int32Array, address: number): number {
  const leaf = leafOf(words, rootCell(address), (address >>> 8) & 31);
  if (leafRank(leaf) !== POINTER_RANK) return leaf;
  return leafOf(words, chunkCell(pointerIndex(leaf), address), address & 31);
}

function leafOf(words: Int32Array, cell: number, slot: number): number {
  const bitmap = words[cell];
  // Bits 1 to `slot`.
  const run = bitCount(bitmap & ((2 << slot) - 2));
  return (bitmap & SPILLED) === 0 ? words[cell + 1 + run] : words[words[cell + 1] + run];
}

export class BitmapTable {
  /** Another array after a change that needed more room. */
  words = new Int32Array(ROOT_END + FIRST_POOL);
  private end = ROOT_END;
  /** By size class, the first of the free blocks, each holding the place of the next; 0 ends the list. */
  private readonly freeBlocks = new Int32Array(BLOCK_SIZES.length);
  private freeChunk = 0;
  /** The leaves of the cell being painted. */
  private readonly rewritten = new Int32Array(SLOTS);

  constructor() {
    for (let cell = ROOT; cell < ROOT_END; cell += CELL_WORDS) this.words[cell + 1] = NO_LEAF;
  }

  get sizeBytes(): number {
    return this.words.byteLength;
  }

  /** Gives `leaf` to those parts of a prefix whose rank is from `lowestRank` to that of the prefix's own length. */
  repaint(base: number, length: number, lowestRank: number, leaf: number): void {
    const cell = rootCell(base);
    if (length > 24) {
      this.repaintInChunk(base, length, lowestRank, leaf);
    } else if (length > 19) {
      const slot = (base >>> 8) & 31;
      const lastSlot = slot + (1 << (24 - length)) - 1;
      this.repaintCell(cell, slot, lastSlot, lowestRank, length + 1, leaf);
    } else {
      const end = cell + (CELL_WORDS << (19 - length));
      for (let at = cell; at < end; at += CELL_WORDS)
        this.repaintCell(at, 0, SLOTS - 1, lowestRank, length + 1, leaf);
    }
  }

  /** A prefix longer than /24: its /24 gets a chunk if it has none, and loses it when one leaf would do again. */
  private repaintInChunk(base: number, length: number, lowestRank: number, leaf: number): void {
    const root = rootCell(base);
    const slot = (base >>> 8) & 31;
    const old = leafOf(this.words, root, slot);
    const hadChunk = leafRank(old) === POINTER_RANK;
    const chunk = hadChunk ? pointerIndex(old) : this.allocateChunk(old);
    const first = chunkCell(chunk, base);
    if (length > 27) {
      const lastSlot = (base & 31) + (1 << (32 - length)) - 1;
      this.paint(first, base & 31, lastSlot, lowestRank, length + 1, leaf);
    } else {
      const end = first + (CELL_WORDS << (27 - length));
      for (let cell = first; cell < end; cell += CELL_WORDS)
        this.paint(cell, 0, SLOTS - 1, lowestRank, length + 1, leaf);
    }
    if (this.isUniform(chunk)) this.paint(root, slot, slot, 0, POINTER_RANK, this.releaseChunk(chunk));
    else if (!hadChunk) this.paint(root, slot, slot, 0, POINTER_RANK, packPointer(chunk));
  }

  /** Repaints the slots from `first` to `last` of a cell of the root, and what lies in chunks below them. */
  private repaintCell(
    cell: number,
    first: number,
    last: number,
    lowestRank: number,
    highestRank: number,
    leaf: number,
  ): void {
    if (!this.paint(cell, first, last, lowestRank, highestRank, leaf)) return;
    if (this.repaintChunks(cell, first, last, lowestRank, highestRank, leaf))
      this.paint(cell, first, last, lowestRank, highestRank, leaf);
  }

  /** Answers whether one leaf does for a chunk now, which then has the place of its pointer and may join others. */
  private repaintChunks(
    cell: number,
    first: number,
    last: number,
    lowestRank: number,
    highestRank: number,
    leaf: number,
  ): boolean {
    let hasReleased = false;
    let place = this.leavesOf(cell);
    let bits = this.words[cell] & ~SPILLED;
    for (let start = 0; start <= last; place++) {
      const pointer = this.words[place];
      if (start >= first && leafRank(pointer) === POINTER_RANK) {
        const chunk = pointerIndex(pointer);
        for (let below = chunk; below < chunk + CHUNK_WORDS; below += CELL_WORDS)
          this.paint(below, 0, SLOTS - 1, lowestRank, highestRank, leaf);
        if (this.isUniform(chunk)) {
          this.words[place] = this.releaseChunk(chunk);
          hasReleased = true;
        }
      }
      start = firstBit(bits);
      bits &= bits - 1;
    }
    return hasReleased;
  }

  /**
   * Gives `leaf` to those runs of a cell, or parts of runs, that are within the slots and the ranks. Answers whether
   * there are chunks below these slots.
   */
  private paint(
    cell: number,
    first: number,
    last: number,
    lowestRank: number,
    highestRank: number,
    leaf: number,
  ): boolean {
    const { words, rewritten } = this;
    const old = words[cell] & ~SPILLED;
    let hasChunk = false;
    let place = this.leavesOf(cell);
    let runLeaf = words[place];
    let count = 0;
    let bitmap = 0;
    // From edge to edge: where runs begin, and where the painted slots begin and end.
    let edges = (old | (1 << first) | (2 << last)) & ~1;
    for (let slot = 0; slot < SLOTS; ) {
      const rank = leafRank(runLeaf);
      let now = runLeaf;
      if (slot >= first && slot <= last) {
        if (rank === POINTER_RANK) hasChunk = true;
        if (rank >= lowestRank && rank <= highestRank) now = leaf;
      }
      if (count === 0 || rewritten[count - 1] !== now) {
        rewritten[count++] = now;
        bitmap |= 1 << slot;
      }
      slot = firstBit(edges);
      edges &= edges - 1;
      if (((old >>> slot) & 1) === 1) runLeaf = words[++place];
    }
    this.store(cell, bitmap & ~1, count);
    return hasChunk;
  }

  /** Writes the runs in `rewritten` into a cell. */
  private store(cell: number, bitmap: number, count: number): void {
    const { rewritten } = this;
    const old = this.words[cell];
    // The mark of a spilled cell counts for its first run.
    const oldClass = (old & SPILLED) === 0 ? INLINE_CLASS : SIZE_CLASS[bitCount(old)];
    const newClass = count <= INLINE_RUNS ? INLINE_CLASS : SIZE_CLASS[count];
    let leaves = this.leavesOf(cell);
    if (oldClass !== newClass) {
      if (oldClass !== INLINE_CLASS) this.releaseBlock(leaves, oldClass);
      leaves = newClass === INLINE_CLASS ? cell + 1 : this.allocateBlock(newClass);
    }
    const { words } = this;
    words[cell] = newClass === INLINE_CLASS ? bitmap : bitmap | SPILLED;
    if (newClass !== INLINE_CLASS) words[cell + 1] = leaves;
    for (let run = 0; run < count; run++) words[leaves + run] = rewritten[run];
  }

  private leavesOf(cell: number): number {
    return (this.words[cell] & SPILLED) === 0 ? cell + 1 : this.words[cell + 1];
  }

  private allocateBlock(sizeClass: number): number {
    const free = this.freeBlocks[sizeClass];
    if (free === 0) return this.extend(BLOCK_SIZES[sizeClass]);
    this.freeBlocks[sizeClass] = this.words[free];
    return free;
  }

  private releaseBlock(place: number, sizeClass: number): void {
    this.words[place] = this.freeBlocks[sizeClass];
    this.freeBlocks[sizeClass] = place;
  }

  /** New words at the end. The root never grows, so it does not count towards how much is added. */
  private extend(count: number): number {
    const place = this.end;
    this.end += count;
    assert(this.end <= POINTER_LIMIT, 'a pointer reaches every word of a table');
    if (this.end > this.words.length) {
      const { words } = this;
      this.words = new Int32Array(words.length + Math.max(FIRST_POOL, (words.length - ROOT_END) >> 1));
      this.words.set(words);
    }
    return place;
  }

  /** A chunk all of whose addresses have one leaf, for the moment. */
  private allocateChunk(leaf: number): number {
    const chunk = this.freeChunk === 0 ? this.extend(CHUNK_WORDS) : this.freeChunk;
    const { words } = this;
    if (chunk === this.freeChunk) this.freeChunk = words[chunk];
    for (let cell = chunk; cell < chunk + CHUNK_WORDS; cell += CELL_WORDS) {
      words[cell] = 0;
      words[cell + 1] = leaf;
    }
    return chunk;
  }

  private isUniform(chunk: number): boolean {
    const { words } = this;
    for (let cell = chunk; cell < chunk + CHUNK_WORDS; cell += CELL_WORDS) {
      if (words[cell] !== 0 || words[cell + 1] !== words[chunk + 1]) return false;
    }
    return true;
  }

  /** Frees a uniform chunk, and answers its leaf. */
  private releaseChunk(chunk: number): number {
    this.words[chunk] = this.freeChunk;
    this.freeChunk = chunk;
    return this.words[chunk + 1];
  }
}

/** The place of the root's cell that an address falls into. */
function rootCell(address: number): number {
  return ROOT + ((address >>> 10) & -CELL_WORDS);
}

/** The place of a chunk's cell that an address falls into. */
function chunkCell(chunk: number, address: number): number {
  return chunk + ((address >>> 5) & 7) * CELL_WORDS;
}

/** The number of the lowest bit set; 32 when there is none. */
function firstBit(bits: number): number {
  return bits === 0 ? SLOTS : 31 - Math.clz32(bits & -bits);
}

/** How many bits are set: sums of pairs, of nibbles, of bytes. */
function bitCount(word: number): number {
  let sums = word - ((word >>> 1) & 0x55555555);
  sums = (sums & 0x33333333) + ((sums >>> 2) & 0x33333333);
  sums = (sums + (sums >>> 4)) & 0x0f0f0f0f;
  return Math.imul(sums, 0x01010101) >>> 24;
}
