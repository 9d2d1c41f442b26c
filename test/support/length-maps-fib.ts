/**
 * A forwarding table that is still obviously right with many routes: a map from base to next hop for each length, tried
 * from the longest down. Twin of the compiled one where a linear scan takes too long.
 */
import { type Cidr, prefixMask } from '../../src/base/ipv4.ts';
import { type NextHop, NO_NEXT_HOP } from '../../src/routing/fib.ts';

export class LengthMapsFib {
  private readonly maps = Array.from({ length: 33 }, () => new Map<number, NextHop>());

  get routeCount(): number {
    return this.maps.reduce((sum, { size }) => sum + size, 0);
  }

  set({ base, length }: Cidr, nextHop: NextHop): void {
    this.maps[length].set(base, nextHop);
  }

  withdraw({ base, length }: Cidr): void {
    this.maps[length].delete(base);
  }

  lookup(address: number): NextHop {
    for (let length = 32; length >= 0; length--) {
      const map = this.maps[length];
      if (map.size === 0) continue;
      const nextHop = map.get((address & prefixMask(length)) >>> 0);
      if (nextHop !== undefined) return nextHop;
    }
    return NO_NEXT_HOP;
  }
}
