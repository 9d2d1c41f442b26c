/** Goal: the longest prefix wins, whatever was set and withdrawn before. Method: random changes against a linear scan. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cidr, cidrSize, parseCidr, prefixMask } from '../../src/base/ipv4.ts';
import { Fib, type NextHop, NO_NEXT_HOP } from '../../src/routing/fib.ts';
import { PlainFib } from '../support/plain-fib.ts';

const cidr = (text: string): Cidr => parseCidr(text) as Cidr;
const hop = (n: number): NextHop => n as NextHop;

/** Few distinct high and low bits, so that prefixes nest, touch and repeat; all lengths occur. */
const randomCidr = fc
  .record({ length: fc.integer({ min: 0, max: 32 }), high: fc.nat(3), low: fc.nat(7), filler: fc.boolean() })
  .map(({ length, high, low, filler }): Cidr => {
    const address = ((high << 30) | (filler ? 0x3ffffff8 : 0) | low) >>> 0;
    return { base: (address & prefixMask(length)) >>> 0, length };
  });

test('agrees with a linear scan after any sets, replacements and withdrawals', () => {
  const step = fc.record({ cidr: randomCidr, isSet: fc.boolean(), hop: fc.nat(20) });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 80 }),
      fc.array(fc.integer({ min: 0, max: 0xffffffff })),
      (steps, addresses) => {
        const fib = new Fib();
        const twin = new PlainFib();
        const edges: number[] = [0, 0xffffffff];
        steps.forEach((change, i) => {
          if (change.isSet || i % 3 === 0)
            for (const table of [fib, twin]) table.set(change.cidr, hop(change.hop));
          else for (const table of [fib, twin]) table.withdraw(change.cidr);
          const { base } = change.cidr;
          const last = base + cidrSize(change.cidr) - 1;
          edges.push(base, last, Math.max(0, base - 1), Math.min(0xffffffff, last + 1));
          if (i % 10 === 9) expect(fib.lookup(base)).toBe(twin.lookup(base));
        });
        expect(fib.routeCount).toBe(twin.routeCount);
        for (const address of [...edges, ...addresses])
          expect(fib.lookup(address)).toBe(twin.lookup(address));
      },
    ),
    { seed: 12, numRuns: 300 },
  );
});

test('an empty table knows no next hop', () => {
  expect(new Fib().lookup(0)).toBe(NO_NEXT_HOP);
  expect(new Fib().lookup(0xffffffff)).toBe(NO_NEXT_HOP);
});

test('withdrawing the longest prefix uncovers the next one', () => {
  const fib = new Fib();
  fib.set(cidr('0.0.0.0/0'), hop(1));
  fib.set(cidr('10.0.0.0/8'), hop(2));
  fib.set(cidr('10.0.0.5/32'), hop(3));
  const address = cidr('10.0.0.5/32').base;
  const seen = [fib.lookup(address)];
  for (const text of ['10.0.0.5/32', '10.0.0.0/8', '0.0.0.0/0']) {
    fib.withdraw(cidr(text));
    seen.push(fib.lookup(address));
  }
  expect(seen).toEqual([3, 2, 1, NO_NEXT_HOP]);
});

test('withdrawing what is not there changes nothing', () => {
  const fib = new Fib();
  fib.set(cidr('10.0.0.0/8'), hop(2));
  fib.withdraw(cidr('10.0.0.0/9'));
  expect([fib.routeCount, fib.lookup(cidr('10.0.0.1/32').base)]).toEqual([1, 2]);
});

test('a route with bits below its prefix is a bug that crashes', () => {
  expect(() => new Fib().set({ base: 1, length: 24 }, hop(1))).toThrow('vpcsim bug');
});
