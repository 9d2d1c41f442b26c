/**
 * Goal: the longest prefix wins, whatever was set and withdrawn before, in tables of every size. Method: one suite for
 * small and large tables and those that become large on the way: random changes against a linear scan (or a map for each
 * length, where there are many routes), looked at at the edges of all that changed.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Cidr, cidrSize, parseCidr, prefixMask } from '../../src/base/ipv4.ts';
import {
  BLACKHOLE,
  compileFib,
  Fib,
  LARGE_ROUTES,
  type NextHop,
  NO_NEXT_HOP,
  type Route,
} from '../../src/routing/fib.ts';
import { LengthMapsFib } from '../support/length-maps-fib.ts';
import { PlainFib } from '../support/plain-fib.ts';

const cidr = (text: string): Cidr => parseCidr(text) as Cidr;
const hop = (n: number): NextHop => n as NextHop;
const within = (address: number): number => Math.max(0, Math.min(0xffffffff, address));

/** First and last address, and their neighbours outside. */
function edgesOf(prefix: Cidr): number[] {
  const last = prefix.base + cidrSize(prefix) - 1;
  return [prefix.base, last, prefix.base - 1, last + 1].map(within);
}

/** Few distinct bits around the places where structures have their seams, so that prefixes nest, touch and repeat. */
const randomCidr = fc
  .record({
    length: fc.integer({ min: 0, max: 32 }),
    top: fc.nat(3),
    middle: fc.constantFrom(0, 1, 31, 32, 33, 255),
    low: fc.constantFrom(0, 1, 31, 32, 127, 128, 254, 255),
    isFilled: fc.boolean(),
  })
  .map(({ length, top, middle, low, isFilled }): Cidr => {
    const address = (top << 30) | (isFilled ? 0x3fff0000 : 0) | (middle << 8) | low;
    return { base: (address & prefixMask(length)) >>> 0, length };
  });

const randomSteps = fc.array(
  fc.record({ cidr: randomCidr, isSet: fc.boolean(), hop: fc.integer({ min: BLACKHOLE + 2, max: 5 }) }),
  { maxLength: 80 },
);

/** Routes one after the other in 100.64.0.0/10, of which some nest. */
function filler(count: number): Route[] {
  return Array.from({ length: count }, (_, i) => ({
    cidr: { base: 0x64400000 + (i >>> 1) * 256, length: i % 2 === 0 ? 24 : 30 },
    nextHop: hop(1_000 + (i % 7)),
  }));
}

interface Kind {
  readonly runs: number;
  readonly routes: number;
  make(): Fib;
}

const KINDS: Record<string, Kind> = {
  small: { runs: 300, routes: 0, make: () => new Fib() },
  large: {
    runs: 40,
    routes: 0,
    make: () => {
      const fib = new Fib();
      fib.reserve(LARGE_ROUTES + 1);
      return fib;
    },
  },
  'growing large': { runs: 12, routes: LARGE_ROUTES - 5, make: () => compileFib(filler(LARGE_ROUTES - 5)) },
};

describe.each(Object.entries(KINDS))('a %s table', (_name, { runs, routes, make }) => {
  test('agrees with its twin after every set, replacement and withdrawal', () => {
    fc.assert(
      fc.property(randomSteps, (steps) => {
        const fib = make();
        const twin = routes === 0 ? new PlainFib() : new LengthMapsFib();
        for (const route of filler(routes)) twin.set(route.cidr, route.nextHop);
        const edges = [0, 0xffffffff];
        steps.forEach((change, i) => {
          const isSet = change.isSet || i % 3 === 0;
          for (const table of [fib, twin]) {
            if (isSet) table.set(change.cidr, hop(change.hop));
            else table.withdraw(change.cidr);
          }
          const here = edgesOf(change.cidr);
          edges.push(...here);
          for (const address of here) expect(fib.lookup(address)).toBe(twin.lookup(address));
        });
        expect(fib.routeCount).toBe(twin.routeCount);
        for (const address of edges) expect(fib.lookup(address)).toBe(twin.lookup(address));
      }),
      { seed: 12, numRuns: runs },
    );
  });

  test('forgets all it was told', () => {
    fc.assert(
      fc.property(randomSteps, (steps) => {
        const fib = make();
        const memory = fib.memoryBytes().lookup;
        for (let repeat = 0; repeat < 3; repeat++) {
          for (const change of steps) fib.set(change.cidr, hop(change.hop));
          for (const change of steps) fib.withdraw(change.cidr);
        }
        expect(fib.routeCount).toBe(routes);
        for (const change of steps)
          for (const address of edgesOf(change.cidr)) expect(fib.lookup(address)).toBe(NO_NEXT_HOP);
        if (memory > 0x1000000) expect(fib.memoryBytes().lookup).toBe(memory);
      }),
      { seed: 13, numRuns: Math.ceil(runs / 4) },
    );
  });

  test('uncovers the next prefix when the longest is withdrawn, and ignores one that covers', () => {
    const fib = make();
    fib.set(cidr('0.0.0.0/0'), hop(1));
    fib.set(cidr('10.0.0.0/8'), hop(2));
    fib.set(cidr('10.0.0.0/23'), hop(3));
    fib.set(cidr('10.0.0.5/32'), hop(4));
    const { base } = cidr('10.0.0.5/32');
    const seen = [fib.lookup(base)];
    for (const text of ['10.0.0.0/8', '10.0.0.5/32', '10.0.0.0/23', '0.0.0.0/0']) {
      fib.withdraw(cidr(text));
      seen.push(fib.lookup(base));
    }
    expect(seen).toEqual([4, 4, 3, 1, NO_NEXT_HOP]);
  });

  test('ignores the withdrawal of a prefix it does not have', () => {
    const fib = make();
    fib.set(cidr('10.0.0.0/8'), hop(2));
    for (const text of ['10.0.0.0/9', '10.0.0.0/7', '10.0.0.1/32', '0.0.0.0/0']) fib.withdraw(cidr(text));
    expect([fib.routeCount, fib.lookup(cidr('10.0.0.1/32').base)]).toEqual([routes + 1, 2]);
  });

  test('tells a blackhole from no route', () => {
    const fib = make();
    fib.set(cidr('10.0.0.0/8'), BLACKHOLE);
    expect([fib.lookup(0x0a000001), fib.lookup(0x0b000001)]).toEqual([BLACKHOLE, NO_NEXT_HOP]);
  });

  test('lists its routes by address, the wider first', () => {
    const fib = make();
    const texts = ['0.0.0.0/0', '10.0.0.0/8', '10.0.0.0/24', '10.0.0.0/32', '10.0.0.2/31', '250.0.0.0/8'];
    [3, 5, 0, 1, 4, 2].forEach((i) => {
      fib.set(cidr(texts[i]), hop(i));
    });
    const listed = fib.routes().filter(({ nextHop }) => nextHop < 1_000);
    expect(listed).toEqual(texts.map((text, i) => ({ cidr: cidr(text), nextHop: hop(i) })));
    const visited: Route[] = [];
    fib.forEach((prefix, nextHop) => {
      visited.push({ cidr: prefix, nextHop });
    });
    expect(visited).toEqual(fib.routes());
    expect(visited).toHaveLength(fib.routeCount);
  });
});

/** A cheap seeded stream of 32-bit words (xorshift). */
function words(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Lengths as in a real table, and more of the rare ones. */
function drawCidr(next: () => number): Cidr {
  const kind = next() % 100;
  const length =
    kind < 50 ? 24 : kind < 90 ? 16 + (next() % 8) : kind < 91 ? 8 + (next() % 8) : 25 + (next() % 8);
  return { base: (next() & prefixMask(length) & 0x0fffffff) >>> 0, length };
}

test('200,000 updates of a table of 60,000 routes leave no wrong answer on the way', () => {
  const next = words(7);
  const routes = Array.from({ length: 60_000 }, () => ({
    cidr: drawCidr(next),
    nextHop: hop(next() % 80_000),
  }));
  const fib = compileFib(routes);
  const twin = new LengthMapsFib();
  for (const route of routes) twin.set(route.cidr, route.nextHop);
  let wrong = 0;
  for (let update = 0; update < 200_000; update++) {
    const { cidr: prefix } = routes[next() % routes.length];
    const nextHop = next() % 3 === 0 ? null : hop(next() % 80_000);
    if (nextHop === null) twin.withdraw(prefix);
    else twin.set(prefix, nextHop);
    if (nextHop === null) fib.withdraw(prefix);
    else fib.set(prefix, nextHop);
    if (fib.lookup(prefix.base) !== twin.lookup(prefix.base)) wrong++;
    if (update % 8 > 0) continue;
    for (const address of edgesOf(prefix)) if (fib.lookup(address) !== twin.lookup(address)) wrong++;
  }
  for (let i = 0; i < 100_000; i++) {
    const address = next() & 0x0fffffff;
    if (fib.lookup(address) !== twin.lookup(address)) wrong++;
  }
  expect(wrong).toBe(0);
  expect(fib.routeCount).toBe(twin.routeCount);
});

describe('A compiled table', () => {
  test('answers as one that was told its routes one by one, in whatever order', () => {
    const next = words(3);
    const routes = Array.from({ length: 2_000 }, () => ({ cidr: drawCidr(next), nextHop: hop(next() % 50) }));
    const compiled = compileFib(routes);
    const lastOf = new Map(routes.map((route) => [`${route.cidr.base}/${route.cidr.length}`, route]));
    const backwards = compileFib([...lastOf.values()].reverse());
    expect(compiled.routes()).toEqual(backwards.routes());
    for (const route of routes)
      for (const address of edgesOf(route.cidr))
        expect(compiled.lookup(address)).toBe(backwards.lookup(address));
  });

  test('of no routes is an empty one', () => {
    expect([compileFib([]).routeCount, compileFib([]).lookup(7)]).toEqual([0, NO_NEXT_HOP]);
  });
});

describe('Memory', () => {
  test('an empty table has no arrays of its own, one of 200 routes at most 8 KiB', () => {
    expect(new Fib().memoryBytes()).toEqual({ lookup: 0, update: 0 });
    const { lookup, update } = compileFib(filler(200)).memoryBytes();
    expect(lookup + update).toBeLessThanOrEqual(8 * 1024);
  });

  test('setting and withdrawing for long takes no more of it', () => {
    const fib = compileFib(filler(LARGE_ROUTES + 100));
    const churn = (): void => {
      for (const { cidr: prefix } of filler(400)) fib.withdraw(prefix);
      for (const { cidr: prefix, nextHop } of filler(400)) fib.set(prefix, nextHop);
    };
    churn();
    const memory = fib.memoryBytes();
    for (let repeat = 0; repeat < 50; repeat++) churn();
    expect(fib.memoryBytes()).toEqual(memory);
  });
});

describe('Bugs that crash', () => {
  test('a route with bits below its prefix', () => {
    expect(() => new Fib().set({ base: 1, length: 24 }, hop(1))).toThrow('vpcsim bug');
  });

  test('a route to nowhere, and a next hop too large for a leaf', () => {
    expect(() => new Fib().set(cidr('10.0.0.0/8'), NO_NEXT_HOP)).toThrow('vpcsim bug');
    expect(() => new Fib().set(cidr('10.0.0.0/8'), hop(0x2000000))).toThrow('vpcsim bug');
  });
});
