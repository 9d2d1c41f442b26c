/**
 * Connection tracking beside Maps by text and nested Maps by number. Connections are translated, so that each is found by
 * two unlike tuples. The target of look-ups is set for `busy` traffic at a million connections. `scattered` shows the worst
 * case beside `bare reads`: one slot and, by what stands there, one row of arrays as large, and nothing else.
 */
import { NONE } from '../src/base/brand.ts';
import { SessionTable, sessionOf } from '../src/conntrack/session-table.ts';
import { tupleHash } from '../src/conntrack/tuple-hash.ts';
import { churnBenches } from './conntrack-churn.ts';
import {
  type MapSession,
  type MapSessions,
  mapSession,
  NestedMapSessions,
  StringMapSessions,
} from './conntrack-maps.ts';
import {
  forgetTables,
  IDLE_NS,
  NESTED,
  openOurs,
  STRINGS,
  type Tables,
  TIMEOUTS,
  tablesOf,
} from './conntrack-tables.ts';
import {
  ACK,
  drawConnections,
  drawPackets,
  type Ends,
  type Headers,
  type Order,
  PROTOCOL,
} from './conntrack-traffic.ts';
import {
  type Bench,
  type BenchRow,
  type BenchSize,
  bySize,
  compareRates,
  limitRow,
  type Side,
} from './harness.ts';
import { weigh } from './memory.ts';

const TARGET = 10;
const LIMIT_BYTES = 128;
const SMALL = 10_000;
const LARGE = 1_000_000;
const BARE = 'bare reads';
/** Turns ports of the bench into others. */
const NO_ONES = 0x2000;

/** Those of the large tables come last, one after the other, and leave nothing for the collector to walk. */
export const conntrackBenches: readonly Bench[] = [
  ...churnBenches,
  { name: 'conntrack/memory/10000', isFullOnly: false, run: (size) => memory(size, SMALL) },
  { name: 'conntrack/memory/1000000', isFullOnly: false, run: (size) => memory(size, LARGE) },
  hitBench(SMALL, 'clients', 'busy', null),
  missBench(SMALL),
  hitBench(LARGE, 'clients', 'busy', TARGET),
  hitBench(LARGE, 'clients', 'scattered', null),
  missBench(LARGE),
  lastOfItsTables({ name: 'conntrack/longest-insert', isFullOnly: false, run: longestInsertion }),
  lastOfItsTables(hitBench(LARGE, 'random', 'busy', TARGET)),
];

function lastOfItsTables({ name, isFullOnly, run }: Bench): Bench {
  const runAndForget: Bench['run'] = (size, packages) => {
    const row = run(size, packages);
    forgetTables();
    return row;
  };
  return { name, isFullOnly, run: runAndForget };
}

function hitBench(count: number, ends: Ends, order: Order, target: number | null): Bench {
  const name = `conntrack/hit/${count}/${ends}/${order}`;
  const run = (size: BenchSize) => hits(name, size, tables(size, ends, count), order, target);
  return { name, isFullOnly: ends === 'random' || order === 'scattered', run };
}

function missBench(count: number): Bench {
  const name = `conntrack/miss/${count}`;
  return { name, isFullOnly: false, run: (size) => misses(name, size, tables(size, 'clients', count)) };
}

function tables(size: BenchSize, ends: Ends, count: number): Tables {
  return tablesOf(ends, size === 'tiny' ? 1000 : count, size === 'full' || count === SMALL);
}

/** A packet of a session that is there: find it, note the packet. */
function hits(name: string, size: BenchSize, tables: Tables, order: Order, target: number | null): BenchRow {
  const lookUps = bySize(size, 500, 40_000, 200_000);
  const packets = drawPackets(tables.connections, order, lookUps * bySize(size, 1, 2, 4));
  const inMaps = (table: MapSessions) =>
    lookUpSide(packets, lookUps, (from, to, sum) => hitMaps(table, packets, from, to, sum));
  const { ours, strings, nested, connections } = tables;
  const alternatives: Record<string, Side> = { [STRINGS]: inMaps(strings) };
  if (nested !== null) alternatives[NESTED] = inMaps(nested);
  if (order === 'scattered') alternatives[BARE] = bareSide(packets, lookUps, connections.count);
  return compareRates({
    name,
    unit: 'packets/s',
    target,
    rounds: bySize(size, 2, 7, 15),
    ours: lookUpSide(packets, lookUps, (from, to, sum) => hitOurs(ours, packets, from, to, sum)),
    alternatives,
    against: [STRINGS],
    isSameWork: order === 'busy',
  });
}

/** Packets that belong to no session: those there are, from a port that nobody has. */
function misses(name: string, size: BenchSize, tables: Tables): BenchRow {
  const lookUps = bySize(size, 500, 30_000, 200_000);
  const packets = drawPackets(tables.connections, 'busy', lookUps);
  const inMaps = (table: MapSessions) =>
    lookUpSide(packets, lookUps, (from, to, sum) => missMaps(table, packets, from, to, sum));
  const alternatives: Record<string, Side> = { [STRINGS]: inMaps(tables.strings) };
  if (tables.nested !== null) alternatives[NESTED] = inMaps(tables.nested);
  return compareRates({
    name,
    unit: 'packets/s',
    target: null,
    rounds: bySize(size, 2, 3, 15),
    ours: lookUpSide(packets, lookUps, (from, to, sum) => missOurs(tables.ours, packets, from, to, sum)),
    alternatives,
    against: [STRINGS],
    isSameWork: true,
  });
}

/** Goes on through the packets from round to round. */
function lookUpSide(
  packets: Headers,
  lookUps: number,
  loop: (from: number, to: number, checksum: number) => number,
): Side {
  let checksum = 0;
  let from = 0;
  return {
    run: () => {
      checksum = loop(from, from + lookUps, checksum);
      from = (from + lookUps) % packets.srcAddr.length;
      return lookUps;
    },
    hash: () => (checksum >>> 0).toString(16),
  };
}

function hitOurs(table: SessionTable, packets: Headers, from: number, to: number, sum: number): number {
  const { srcAddr, srcPort, dstAddr, dstPort } = packets;
  let checksum = sum;
  for (let i = from; i < to; i++) {
    const ref = table.find(PROTOCOL, srcAddr[i], srcPort[i], dstAddr[i], dstPort[i], i);
    table.touch(ref, ACK, i);
    checksum = (Math.imul(checksum, 31) + table.value(sessionOf(ref))) | 0;
  }
  return checksum;
}

function hitMaps(table: MapSessions, packets: Headers, from: number, to: number, sum: number): number {
  const { srcAddr, srcPort, dstAddr, dstPort } = packets;
  let checksum = sum;
  for (let i = from; i < to; i++) {
    const session = table.find(PROTOCOL, srcAddr[i], srcPort[i], dstAddr[i], dstPort[i]) as MapSession;
    if (session.deadlineNs <= i) continue;
    session.deadlineNs = i + IDLE_NS;
    session.state |= ACK;
    checksum = (Math.imul(checksum, 31) + session.number) | 0;
  }
  return checksum;
}

function missOurs(table: SessionTable, packets: Headers, from: number, to: number, sum: number): number {
  const { srcAddr, srcPort, dstAddr, dstPort } = packets;
  let found = sum;
  for (let i = from; i < to; i++) {
    if (table.find(PROTOCOL, srcAddr[i], srcPort[i] ^ NO_ONES, dstAddr[i], dstPort[i], i) !== NONE) found++;
  }
  return found;
}

function missMaps(table: MapSessions, packets: Headers, from: number, to: number, sum: number): number {
  const { srcAddr, srcPort, dstAddr, dstPort } = packets;
  let found = sum;
  for (let i = from; i < to; i++) {
    if (table.find(PROTOCOL, srcAddr[i], srcPort[i] ^ NO_ONES, dstAddr[i], dstPort[i]) !== undefined) found++;
  }
  return found;
}

/** What memory alone costs: two slots and a row of 64 bytes for each connection. */
function bareSide(packets: Headers, lookUps: number, connections: number): Side {
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(connections * 2.7)) * 2);
  const rows = new Int32Array(connections * 16).fill(1);
  const { srcAddr, srcPort, dstAddr, dstPort } = packets;
  return lookUpSide(packets, lookUps, (from, to, sum) => {
    let checksum = sum;
    for (let i = from; i < to; i++) {
      const hash = tupleHash(PROTOCOL, srcAddr[i], dstAddr[i], (srcPort[i] << 16) | dstPort[i]);
      const found = slots[(hash << 1) & (slots.length - 1)];
      const row = ((hash >>> 0) + found) % connections;
      checksum += rows[row << 4]++;
    }
    return checksum | 0;
  });
}

/** Taken while the tables were filled from 0. */
function longestInsertion(size: BenchSize): BenchRow {
  const { longestUs, connections } = tables(size, 'clients', LARGE);
  return limitRow({
    name: 'conntrack/longest-insert',
    unit: 'us',
    measured: longestUs.ours,
    limit: null,
    alternatives: { [STRINGS]: longestUs.strings },
    hash: String(connections.count),
  });
}

function memory(size: BenchSize, of: number): BenchRow {
  const count = size === 'tiny' ? 2000 : of;
  const connections = drawConnections('clients', count);
  const ours = () => {
    const table = new SessionTable(TIMEOUTS);
    for (let i = 0; i < count; i++) openOurs(table, connections, i, 0);
    return table;
  };
  const maps = (table: MapSessions) => {
    for (let i = 0; i < count; i++) table.add(mapSession(connections, i, IDLE_NS));
    return table;
  };
  const alternatives: Record<string, number> = {};
  if (size === 'full') {
    alternatives[STRINGS] = weigh(() => maps(new StringMapSessions())) / count;
    alternatives[NESTED] = weigh(() => maps(new NestedMapSessions())) / count;
  }
  return limitRow({
    name: `conntrack/memory/${of}`,
    unit: 'bytes/connection',
    measured: weigh(ours) / count,
    limit: LIMIT_BYTES,
    alternatives,
    hash: String(count),
  });
}
