// hot path
/**
 * A leaf: what a part of the address space maps to, in one signed word that says who owns it as well:
 *
 *   31                               6 5        0
 *  +----------------------------------+----------+
 *  |         next hop, signed         |   rank   |     rank: 0 no route, length + 1 of the prefix that owns it
 *  +----------------------------------+----------+           63 no leaf but a pointer (bitmap-table.ts)
 *
 * A longer prefix outranks a shorter one. So a new route of length L takes over just those leaves below it whose rank
 * is at most L + 1, and a withdrawn one gives back just those of rank L + 1: prefixes of one length are disjoint, so
 * nobody else's leaf in its block has that rank. No tree of routes is needed to know what lies between.
 */
import { type Id, NONE } from '../base/brand.ts';

/** What a table answers: a number its owner gave a meaning to; NO_NEXT_HOP when nothing matches. */
export type NextHop = Id<'next-hop'>;

/** No route matched. */
export const NO_NEXT_HOP = NONE as NextHop;

/** A route matched, and it says to drop. */
export const BLACKHOLE = -2 as NextHop;

/** Next hops are below this: 26 signed bits. */
export const NEXT_HOP_LIMIT = 0x2000000;

const RANK_BITS = 6;
const RANK_MASK = 63;

export const NO_LEAF = NO_NEXT_HOP << RANK_BITS;

export const POINTER_RANK = RANK_MASK;

/** Pointers are below this. */
export const POINTER_LIMIT = 0x4000000;

export function packLeaf(nextHop: NextHop, length: number): number {
  return (nextHop << RANK_BITS) | (length + 1);
}

export function leafNextHop(leaf: number): NextHop {
  return (leaf >> RANK_BITS) as NextHop;
}

export function leafRank(leaf: number): number {
  return leaf & RANK_MASK;
}

export function packPointer(index: number): number {
  return (index << RANK_BITS) | POINTER_RANK;
}

export function pointerIndex(leaf: number): number {
  return leaf >>> RANK_BITS;
}
