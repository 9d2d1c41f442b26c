/**
 * The tables and the traffic of the FIB benches. `smallTable`: what a VPC has. `fullTable`: as many prefixes of each
 * length as a full Internet table has, thrown at random over the unicast space, which is less kind to caches than the
 * real one, where neighbours have much in common. `asnTable`: real ranges, cut into prefixes, with a next hop for each AS number.
 */
import { readFileSync } from 'node:fs';
import seedrandom from 'seedrandom';
import { cidrSize } from '../src/base/ipv4.ts';
import type { NextHop, Route } from '../src/routing/fib.ts';
import type { Packages } from './packages.ts';

/** Prefixes by length, from /8. */
const FULL_TABLE = [
  16, 13, 38, 103, 299, 581, 1203, 2100, 13490, 8235, 13798, 24870, 42611, 50750, 108623, 96510, 537698, 20,
  3, 11, 18, 17, 3, 3, 886,
];
const SHORTEST = 8;
const UNICAST_START = 0x01000000;
const UNICAST_END = 0xe0000000;
const FULL_TABLE_NEXT_HOPS = 80_000;

const SMALL_TABLE_BASE = 0x0a000000;
/** Distinct destinations of skewed traffic. */
const DESTINATIONS = 65_536;

/** Host routes in a /16, its vSwitches, its own and the default route. */
export function smallTable(routeCount: number): Route[] {
  const random = seedrandom.alea('bench/fib/small');
  const nextHop = () => Math.floor(random() * 64) as NextHop;
  const routes: Route[] = [
    { cidr: { base: 0, length: 0 }, nextHop: nextHop() },
    { cidr: { base: SMALL_TABLE_BASE, length: 16 }, nextHop: nextHop() },
  ];
  for (let i = 0; i < 8; i++)
    routes.push({ cidr: { base: SMALL_TABLE_BASE + i * 0x2000, length: 19 }, nextHop: nextHop() });
  const hosts = new Set<number>();
  while (hosts.size < routeCount - routes.length)
    hosts.add(SMALL_TABLE_BASE + Math.floor(random() * 0x10000));
  for (const base of hosts) routes.push({ cidr: { base, length: 32 }, nextHop: nextHop() });
  return routes;
}

/** In order of address, as a dump of a router's table is. `scale` 1 for the whole of it. */
export function fullTable(scale: number): Route[] {
  const random = seedrandom.alea('bench/fib/full');
  const prefixes: number[] = [];
  FULL_TABLE.forEach((count, i) => {
    const length = SHORTEST + i;
    const size = cidrSize({ base: 0, length });
    const first = Math.ceil(UNICAST_START / size);
    const numbers = new Set<number>();
    while (numbers.size < Math.ceil(count * scale))
      numbers.add(first + Math.floor(random() * (UNICAST_END / size - first)));
    for (const number of numbers) prefixes.push(number * size * 64 + length);
  });
  const inOrder = Float64Array.from(prefixes).sort();
  return Array.from(inOrder, (prefix) => ({
    cidr: { base: Math.floor(prefix / 64), length: prefix % 64 },
    nextHop: Math.floor(random() * FULL_TABLE_NEXT_HOPS) as NextHop,
  }));
}

/** Null when the data is not installed. */
export function asnTable(packages: Packages): Route[] | null {
  const file = packages.file('@ip-location-db/asn', 'asn-ipv4-num.csv');
  if (file === null) return null;
  const routes: Route[] = [];
  const nextHops = new Map<number, NextHop>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [first, last, asn] = line.split(',', 3).map(Number);
    if (!(asn > 0)) continue;
    const nextHop = nextHops.get(asn) ?? (nextHops.size as NextHop);
    nextHops.set(asn, nextHop);
    cutRange(first, last, nextHop, routes);
  }
  return routes;
}

/** The fewest prefixes that make up a range: each time the largest that begins where the last ended. */
function cutRange(first: number, last: number, nextHop: NextHop, routes: Route[]): void {
  for (let base = first; base <= last; ) {
    let length = base === 0 ? 0 : Math.max(0, 32 - trailingZeros(base));
    while (base + cidrSize({ base, length }) - 1 > last) length++;
    routes.push({ cidr: { base, length }, nextHop });
    base += cidrSize({ base, length });
  }
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** Evenly over all that the routes cover together with what lies between them. */
export function uniformAddresses(routes: readonly Route[], count: number, seed: string): Uint32Array {
  const random = seedrandom.alea(`bench/fib/${seed}`);
  const isSmall = routes.some(({ cidr }) => cidr.length === 0);
  const [start, end] = isSmall
    ? [SMALL_TABLE_BASE, SMALL_TABLE_BASE + 0x10000]
    : [UNICAST_START, UNICAST_END];
  return Uint32Array.from({ length: count }, () => start + Math.floor(random() * (end - start)));
}

/** Addresses within routes drawn at random, the k-th destination as often as 1/k (Zipf). */
export function skewedAddresses(routes: readonly Route[], count: number, seed: string): Uint32Array {
  const random = seedrandom.alea(`bench/fib/${seed}`);
  const destinations = Array.from({ length: DESTINATIONS }, () => {
    const { cidr } = routes[Math.floor(random() * routes.length)];
    return cidr.base + Math.floor(random() * cidrSize(cidr));
  });
  const scale = Math.log(DESTINATIONS);
  return Uint32Array.from({ length: count }, () => destinations[Math.floor(Math.exp(random() * scale))]);
}

/** Routes in an order of their own, the same every time. */
export function sampleOf(routes: readonly Route[], count: number): Route[] {
  const random = seedrandom.alea('bench/fib/sample');
  return Array.from({ length: count }, () => routes[Math.floor(random() * routes.length)]);
}
