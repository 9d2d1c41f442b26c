/**
 * The forwarding table: `fib/small` with 200 routes, which is what simulations have by the thousand, `fib/full` with
 * 900,000, and `fib/asn` with real ones. Tables are made once and shared by the rows of their size.
 */
import { compileFib, Fib, type Route } from '../src/routing/fib.ts';
import { hashOf, Tables } from './fib-sides.ts';
import {
  asnTable,
  fullTable,
  sampleOf,
  skewedAddresses,
  smallTable,
  uniformAddresses,
} from './fib-tables.ts';
import {
  type Bench,
  type BenchRow,
  type BenchSize,
  bySize,
  compareRates,
  compareTimes,
  limitRow,
} from './harness.ts';
import { weigh } from './memory.ts';
import type { Packages } from './packages.ts';

type Kind = 'small' | 'full' | 'asn';
type Traffic = (routes: readonly Route[], count: number, seed: string) => Uint32Array;

const SMALL_ROUTES = 200;
const EMPTY_TABLES = 10_000;
const EMPTY_LIMIT_BYTES = 512;
const SMALL_LIMIT_BYTES = 8 * 1024;
const LOOKUP_LIMIT_MIB = 40;
const TOTAL_LIMIT_MIB = 64;
const BUILD_LIMIT_MS = 1000;
/** Random lookups in a full table, times those of the best alternative. */
const LOOKUP_TARGET = 30;
const MIB = 1024 * 1024;

export const fibBenches: readonly Bench[] = [
  { name: 'fib/small/build', isFullOnly: false, run: buildSmall },
  lookups('fib/small/random', 'small', uniformAddresses, null),
  lookups('fib/small/skewed', 'small', skewedAddresses, null),
  churn('fib/small/churn', 'small'),
  { name: 'fib/small/memory', isFullOnly: false, run: weighSmall },
  { name: 'fib/small/memory-empty', isFullOnly: false, run: weighEmpty },
  build('fib/full/build', 'full'),
  lookups('fib/full/random', 'full', uniformAddresses, LOOKUP_TARGET),
  lookups('fib/full/skewed', 'full', skewedAddresses, null),
  churn('fib/full/churn', 'full'),
  memory('fib/full/memory-lookup', LOOKUP_LIMIT_MIB, ({ lookup }) => lookup),
  memory('fib/full/memory', TOTAL_LIMIT_MIB, ({ lookup, update }) => lookup + update),
  build('fib/asn/build', 'asn'),
  lookups('fib/asn/random', 'asn', uniformAddresses, LOOKUP_TARGET),
];

const made = new Map<string, Tables>();

function tablesOf(kind: Kind, size: BenchSize, packages: Packages): Tables {
  const key = `${kind}/${size === 'tiny'}`;
  const tables = made.get(key) ?? new Tables(routesOf(kind, size, packages), packages);
  made.set(key, tables);
  return tables;
}

/** Where the data is not installed, a few made-up routes stand in; what is missing has then been told. */
function routesOf(kind: Kind, size: BenchSize, packages: Packages): readonly Route[] {
  if (kind === 'small') return smallTable(SMALL_ROUTES);
  if (kind === 'full') return fullTable(bySize(size, 0.001, 1, 1));
  return (size === 'tiny' ? null : asnTable(packages)) ?? fullTable(0.001);
}

function lookups(name: string, kind: Kind, traffic: Traffic, target: number | null): Bench {
  const run = (size: BenchSize, packages: Packages): BenchRow => {
    const tables = tablesOf(kind, size, packages);
    const addresses = traffic(tables.routes, bySize(size, 1 << 10, 1 << 17, 1 << 20), name);
    const sides = tables.lookupSides(addresses, kind === 'small' ? 1 << 10 : 2);
    const rounds = bySize(size, 2, 7, 15);
    const against = ['arkime-iptrie'];
    return compareRates({ name, unit: 'lookups/s', target, rounds, ...sides, against, isSameWork: true });
  };
  return { name, isFullOnly: kind === 'asn', run };
}

function churn(name: string, kind: Kind): Bench {
  const run = (size: BenchSize, packages: Packages): BenchRow => {
    const tables = tablesOf(kind, size, packages);
    const sides = tables.churnSides(sampleOf(tables.routes, bySize(size, 100, 20_000, 100_000)));
    const rounds = bySize(size, 2, 5, 11);
    return compareRates({ name, unit: 'updates/s', target: null, rounds, ...sides, isSameWork: true });
  };
  return { name, isFullOnly: false, run };
}

function buildSmall(size: BenchSize, packages: Packages): BenchRow {
  const sides = tablesOf('small', size, packages).buildSides(bySize(size, 2, 50, 200));
  const against = ['arkime-iptrie'];
  const rounds = bySize(size, 2, 7, 15);
  return compareTimes({
    name: 'fib/small/build',
    unit: 'us',
    target: null,
    rounds,
    ...sides,
    against,
    isSameWork: true,
  });
}

function build(name: string, kind: Kind): Bench {
  const run = (size: BenchSize, packages: Packages): BenchRow => {
    const { routes, fib } = tablesOf(kind, size, packages);
    const measured = Array.from({ length: bySize(size, 1, 3, 7) }, () => cpuMs(() => compileFib(routes)));
    const hash = hashOf(routes, (address) => fib.lookup(address));
    return limitRow({ name, unit: 'ms', measured, limit: BUILD_LIMIT_MS, hash });
  };
  return { name, isFullOnly: kind === 'asn', run };
}

/** Of the processor, collector included: a limit in ms has no other side that a busy machine would slow down as well. */
function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return Math.max(1, (user + system) / 1000);
}

function memory(
  name: string,
  limit: number,
  bytesOf: (memory: ReturnType<Fib['memoryBytes']>) => number,
): Bench {
  const run = (size: BenchSize, packages: Packages): BenchRow => {
    const { routes, fib } = tablesOf('full', size, packages);
    const hash = hashOf(routes, (address) => fib.lookup(address));
    return limitRow({ name, unit: 'MiB', measured: bytesOf(fib.memoryBytes()) / MIB, limit, hash });
  };
  return { name, isFullOnly: false, run };
}

function weighSmall(size: BenchSize, packages: Packages): BenchRow {
  const { routes } = tablesOf('small', size, packages);
  return weighTables('fib/small/memory', bySize(size, 10, 1_000, 1_000), SMALL_LIMIT_BYTES, () =>
    compileFib(routes),
  );
}

function weighEmpty(size: BenchSize): BenchRow {
  return weighTables(
    'fib/small/memory-empty',
    bySize(size, 10, EMPTY_TABLES, EMPTY_TABLES),
    EMPTY_LIMIT_BYTES,
    () => new Fib(),
  );
}

/** Bytes a table, objects and all. */
function weighTables(name: string, count: number, limit: number, make: () => Fib): BenchRow {
  // Once before, so that what is compiled on the way is not weighed.
  make();
  const measured = weigh(() => Array.from({ length: count }, make)) / count;
  return limitRow({
    name,
    unit: 'bytes',
    measured: Math.max(1, measured),
    limit,
    hash: String(make().routeCount),
  });
}
