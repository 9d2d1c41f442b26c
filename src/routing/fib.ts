// hot path
/**
 * Forwarding table: longest-prefix match from an address to a next-hop number. Routes are kept by prefix; from them
 * a sorted array of disjoint address ranges is compiled, each with the next hop of its longest covering prefix:
 *
 *   routes    10.0.0.0/16 -> 1             10.0.1.0/24 -> 2
 *   starts    0.0.0.0  10.0.0.0  10.0.1.0  10.0.2.0  10.1.0.0
 *   nextHops  NONE     1         2         1         NONE
 *
 * A lookup is a binary search (log2 of twice the routes); a change recompiles before the next lookup, O(n log n).
 * Right for the hundreds of routes of a VPC; a full Internet table wants another structure behind this interface.
 */
import { assert } from '../base/assert.ts';
import { type Id, NONE } from '../base/brand.ts';
import { type Cidr, prefixMask } from '../base/ipv4.ts';

/** What a table answers: a number its owner gave a meaning to; NONE when nothing matches. */
export type NextHop = Id<'next-hop'>;

/** No route matched. */
export const NO_NEXT_HOP = NONE as NextHop;

export class Fib {
  private readonly routes = new Map<number, { readonly cidr: Cidr; nextHop: NextHop }>();
  private starts = new Uint32Array(1);
  private nextHops = new Int32Array([NO_NEXT_HOP]);
  private isStale = false;

  get routeCount(): number {
    return this.routes.size;
  }

  /** Adds a route, or replaces the next hop of the same prefix. */
  set(cidr: Cidr, nextHop: NextHop): void {
    assert((cidr.base & prefixMask(cidr.length)) >>> 0 === cidr.base, 'a route has host bits');
    this.routes.set(prefixKey(cidr), { cidr, nextHop });
    this.isStale = true;
  }

  withdraw(cidr: Cidr): void {
    this.routes.delete(prefixKey(cidr));
    this.isStale = true;
  }

  /** The next hop of the longest prefix that holds the address. */
  lookup(address: number): NextHop {
    if (this.isStale) this.compile();
    const { starts } = this;
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] as number) <= address) low = middle;
      else high = middle;
    }
    return this.nextHops[low] as NextHop;
  }

  private compile(): void {
    // Shorter prefixes first: a longer one then cuts its range out of what covers it.
    const routes = [...this.routes.values()].sort(
      (a, b) => a.cidr.base - b.cidr.base || a.cidr.length - b.cidr.length,
    );
    const starts: number[] = [0];
    const nextHops: number[] = [NO_NEXT_HOP];
    const open: { readonly endsAt: number; readonly nextHop: NextHop }[] = [];
    const begin = (at: number, nextHop: NextHop): void => {
      if (starts[starts.length - 1] === at) nextHops[nextHops.length - 1] = nextHop;
      else {
        starts.push(at);
        nextHops.push(nextHop);
      }
    };
    const closeUntil = (address: number): void => {
      for (let top = open.at(-1); top !== undefined && top.endsAt <= address; top = open.at(-1)) {
        open.pop();
        if (top.endsAt <= 0xffffffff) begin(top.endsAt, open.at(-1)?.nextHop ?? NO_NEXT_HOP);
      }
    };
    for (const { cidr, nextHop } of routes) {
      closeUntil(cidr.base);
      begin(cidr.base, nextHop);
      open.push({ endsAt: cidr.base + (0x100000000 - prefixMask(cidr.length)), nextHop });
    }
    closeUntil(0x100000000);
    this.starts = Uint32Array.from(starts);
    this.nextHops = Int32Array.from(nextHops);
    this.isStale = false;
  }
}

/** Base and length as one exact integer. */
function prefixKey(cidr: Cidr): number {
  return cidr.base * 64 + cidr.length;
}
