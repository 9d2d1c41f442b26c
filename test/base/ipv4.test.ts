/** Goal: addresses and blocks are read strictly and compared right. Method: laws on random blocks, and misspellings. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Cidr,
  cidrContains,
  cidrCovers,
  cidrSize,
  cidrsOverlap,
  formatCidr,
  formatIpv4,
  parseCidr,
  parseIpv4,
  prefixMask,
} from '../../src/base/ipv4.ts';

const address = fc.integer({ min: 0, max: 0xffffffff });
const block = fc
  .tuple(address, fc.integer({ min: 0, max: 32 }))
  .map(([base, length]): Cidr => ({ base: (base & prefixMask(length)) >>> 0, length }));
const lastOf = (cidr: Cidr): number => cidr.base + cidrSize(cidr) - 1;

test('an address printed reads as itself', () => {
  fc.assert(
    fc.property(address, (value) => void expect(parseIpv4(formatIpv4(value))).toBe(value)),
    { seed: 20 },
  );
  expect([formatIpv4(0), formatIpv4(0xffffffff), formatIpv4(0x0a000105)]).toEqual([
    '0.0.0.0',
    '255.255.255.255',
    '10.0.1.5',
  ]);
});

test('a block printed reads as itself', () => {
  fc.assert(
    fc.property(block, (cidr) => void expect(parseCidr(formatCidr(cidr))).toEqual(cidr)),
    { seed: 21 },
  );
});

test.each(['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '1.2.3.-4', 'a.b.c.d', '1.2.3.4/8', '::1', '1,2,3,4'])(
  "'%s' is no address",
  (text) => expect(parseIpv4(text)).toBeNull(),
);

test.each([
  '',
  '10.0.0.0',
  '10.0.0.0/',
  '10.0.0.0/33',
  '10.0.0/8',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '/8',
  '10.0.0.0/1e1',
])("'%s' is no block", (text) => expect(parseCidr(text)).toBe('malformed'));

test('a block with bits below its prefix is told apart from a malformed one', () => {
  expect(parseCidr('10.0.0.1/24')).toBe('host-bits');
  expect(parseCidr('10.0.0.1/32')).toEqual({ base: 0x0a000001, length: 32 });
  expect(parseCidr('0.0.0.0/0')).toEqual({ base: 0, length: 0 });
});

describe('for any two blocks', () => {
  const check = (property: (a: Cidr, b: Cidr) => void): void =>
    fc.assert(fc.property(block, block, property), { seed: 22, numRuns: 500 });

  test('containing is lying between first and last', () => {
    fc.assert(
      fc.property(block, address, (cidr, value) => {
        expect(cidrContains(cidr, value)).toBe(value >= cidr.base && value <= lastOf(cidr));
      }),
      { seed: 23 },
    );
  });

  test('covering is containing both ends', () => {
    check((a, b) => {
      expect(cidrCovers(a, b)).toBe(a.base <= b.base && lastOf(b) <= lastOf(a));
    });
  });

  test('overlapping is sharing an address, and is mutual', () => {
    check((a, b) => {
      const overlap = a.base <= lastOf(b) && b.base <= lastOf(a);
      expect([cidrsOverlap(a, b), cidrsOverlap(b, a)]).toEqual([overlap, overlap]);
    });
  });
});
