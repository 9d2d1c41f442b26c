// hot path
/**
 * Forwarding table: longest-prefix match from an address to a next-hop number, with routes added, replaced and
 * withdrawn while it is in use. Every change is made at once and in place, so no lookup ever waits for a rebuild.
 *
 *   set, withdraw --> RouteHash: base, length -> leaf       what there is, and what covers a withdrawn route
 *                         |
 *                         v repaint
 *   lookup -------> RangeTable: sorted ranges               up to LARGE_ROUTES; 16 bytes a route
 *              or   BitmapTable: one cache line a lookup    above, for good; 16 MiB and little more
 *
 * Both structures map every address to a *leaf*, which names the next hop and the length of the route it comes from
 * (leaf.ts); that is what makes updates simple: a change of a /L repaints the leaves in its block that it outranks.
 *
 * Two structures because neither serves both: thousands of tables of a VPC's size must cost a few KiB each, and are
 * searched quickly since all of one is in cache; in a full Internet table a binary search is twenty dependent steps, and
 * a change moves megabytes. Between the two sizes a change costs at most some 10 us in either, so the boundary is soft.
 *
 * Cost: lookup log2 of twice the routes, or one line of memory; set and withdraw below a microsecond for common
 * lengths; some 20 ms once, when a table that was not compiled as a large one becomes large; an empty table a few
 * hundred bytes, since it has no arrays of its own.
 */
import { assert } from '../base/assert.ts';
import { type Cidr, prefixMask } from '../base/ipv4.ts';
import { BitmapTable, lookupBitmaps } from './bitmap-table.ts';
import {
  BLACKHOLE,
  leafNextHop,
  leafRank,
  NEXT_HOP_LIMIT,
  type NextHop,
  NO_NEXT_HOP,
  packLeaf,
} from './leaf.ts';
import { RangeTable } from './range-table.ts';
import { RouteHash } from './route-hash.ts';

export { BLACKHOLE, type NextHop, NO_NEXT_HOP } from './leaf.ts';

export interface Route {
  readonly cidr: Cidr;
  readonly nextHop: NextHop;
}

/** With more routes than this a table is a large one, and stays one. */
export const LARGE_ROUTES = 16_384;

export class Fib {
  private readonly hash = new RouteHash();
  private readonly ranges = new RangeTable();
  private bitmaps: BitmapTable | null = null;
  /** Those of `bitmaps`. */
  private words: Int32Array | null = null;

  get routeCount(): number {
    return this.hash.count;
  }

  /** The next hop of the longest prefix that holds the address; NO_NEXT_HOP when none does. As a signed word it is never boxed. */
  lookup(address: number): NextHop {
    const { words } = this;
    return leafNextHop(words === null ? this.ranges.lookup(address) : lookupBitmaps(words, address));
  }

  /** Adds a route, or replaces the next hop of the same prefix. */
  set({ base, length }: Cidr, nextHop: NextHop): void {
    assert((base & prefixMask(length)) >>> 0 === base, 'a route has host bits');
    assert(
      nextHop >= BLACKHOLE && nextHop < NEXT_HOP_LIMIT && nextHop !== NO_NEXT_HOP,
      'a route leads to a next hop or into a blackhole',
    );
    // Below here a base is signed: half of all others would be boxed on every call (bench `fib/full/build`).
    const start = base | 0;
    const leaf = packLeaf(nextHop, length);
    this.hash.set(start, leaf);
    this.repaint(start, length, 0, leaf);
    if (this.words === null && this.hash.count > LARGE_ROUTES) this.becomeLarge();
  }

  /** Takes the route of just this prefix away, if there is one. */
  withdraw({ base, length }: Cidr): void {
    const start = base | 0;
    if (!this.hash.delete(start, length)) return;
    this.repaint(start, length, length + 1, this.hash.coveringLeaf(start, length));
  }

  /** Visits all routes by base, a covering one before what it covers. */
  forEach(visit: (cidr: Cidr, nextHop: NextHop) => void): void {
    for (const { cidr, nextHop } of this.routes()) visit(cidr, nextHop);
  }

  /** All routes by base, a covering one before what it covers. */
  routes(): Route[] {
    const routes: Route[] = [];
    this.hash.forEach((base, leaf) => {
      routes.push({ cidr: { base: base >>> 0, length: leafRank(leaf) - 1 }, nextHop: leafNextHop(leaf) });
    });
    return routes.sort((a, b) => a.cidr.base - b.cidr.base || a.cidr.length - b.cidr.length);
  }

  /** Of the arrays: what lookups touch, and what only updates need besides. */
  memoryBytes(): { readonly lookup: number; readonly update: number } {
    const lookup = this.bitmaps === null ? this.ranges.sizeBytes : this.bitmaps.sizeBytes;
    return { lookup, update: this.hash.sizeBytes };
  }

  /** Room for so many routes, known beforehand, so that nothing has to grow or be converted on the way. */
  reserve(routeCount: number): void {
    this.hash.reserve(routeCount);
    if (routeCount > LARGE_ROUTES) this.becomeLarge();
  }

  private repaint(base: number, length: number, lowestRank: number, leaf: number): void {
    const { bitmaps } = this;
    if (bitmaps === null) {
      this.ranges.repaint(base, length, lowestRank, leaf);
    } else {
      bitmaps.repaint(base, length, lowestRank, leaf);
      this.words = bitmaps.words;
    }
  }

  private becomeLarge(): void {
    if (this.bitmaps !== null) return;
    this.bitmaps = new BitmapTable();
    this.words = this.bitmaps.words;
    this.ranges.clear();
    this.hash.forEach((base, leaf) => {
      this.repaint(base, leafRank(leaf) - 1, 0, leaf);
    });
  }
}

/**
 * Builds a table from routes that are known together; of several routes of one prefix the last counts. It takes them in
 * the order given, since to visit them in a better one (short ones first, or by address) costs more than it saves.
 */
export function compileFib(routes: readonly Route[]): Fib {
  const fib = new Fib();
  fib.reserve(routes.length);
  for (const { cidr, nextHop } of routes) fib.set(cidr, nextHop);
  return fib;
}
