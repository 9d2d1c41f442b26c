/** What changes tables of connection tracking: opening, expiry by time-out, and NAT bindings, beside Maps. */
import { NONE } from '../src/base/brand.ts';
import { NatTable } from '../src/conntrack/nat-table.ts';
import { SessionTable } from '../src/conntrack/session-table.ts';
import {
  type MapSession,
  type MapSessions,
  mapSession,
  NestedMapSessions,
  StringMapSessions,
} from './conntrack-maps.ts';
import { IDLE_NS, NESTED, openOurs, STRINGS, TIMEOUTS } from './conntrack-tables.ts';
import { type Connections, drawConnections, PROTOCOL, SYN } from './conntrack-traffic.ts';
import { type Bench, type BenchRow, type BenchSize, bySize, compareRates, type Side } from './harness.ts';

const PORTS = { first: 1025, last: 65_535, perDestination: 55_000 };

export const churnBenches: readonly Bench[] = [
  { name: 'conntrack/insert', isFullOnly: false, run: insertions },
  { name: 'conntrack/expiry', isFullOnly: false, run: expiry },
  { name: 'conntrack/nat-bind', isFullOnly: false, run: natBindings },
];

/** An empty table filled. */
function insertions(size: BenchSize): BenchRow {
  const count = bySize(size, 500, 10_000, 200_000);
  const connections = drawConnections('clients', count);
  const side = (fill: () => number): Side => {
    let filled = 0;
    return {
      run: () => {
        filled = fill();
        return count;
      },
      hash: () => String(filled),
    };
  };
  const fillMaps = (table: MapSessions) => {
    for (let i = 0; i < count; i++) table.add(mapSession(connections, i, IDLE_NS));
    return count;
  };
  return compareRates({
    name: 'conntrack/insert',
    unit: 'connections/s',
    target: null,
    rounds: bySize(size, 2, 3, 15),
    ours: side(() => {
      const table = new SessionTable(TIMEOUTS);
      for (let i = 0; i < count; i++) openOurs(table, connections, i, 0);
      return table.size;
    }),
    alternatives: {
      [STRINGS]: side(() => fillMaps(new StringMapSessions())),
      [NESTED]: side(() => fillMaps(new NestedMapSessions())),
    },
    against: [STRINGS],
    isSameWork: true,
  });
}

/** One connection opens and the oldest ends by time-out, over and over. */
function expiry(size: BenchSize): BenchRow {
  const live = bySize(size, 500, 10_000, 200_000);
  const connections = drawConnections('clients', live * 2);
  const gapNs = IDLE_NS / live;
  const turns = bySize(size, 500, 5_000, 100_000);
  const table = new SessionTable(TIMEOUTS);
  let next = 0;
  const run = () => {
    for (let turn = 0; turn < turns; turn++, next++) {
      openOurs(table, connections, next % connections.count, next * gapNs);
      table.drain(next * gapNs);
    }
    return turns;
  };
  while (next < live * 1.5) run();
  return compareRates({
    name: 'conntrack/expiry',
    unit: 'connections/s',
    target: null,
    rounds: bySize(size, 2, 3, 15),
    ours: { run, hash: () => String(table.size) },
    alternatives: {
      [STRINGS]: mapExpiry(new StringMapSessions(), connections, gapNs, turns),
      [NESTED]: mapExpiry(new NestedMapSessions(), connections, gapNs, turns),
    },
    against: [STRINGS],
    isSameWork: true,
  });
}

/** Sessions in a ring in order of opening, which is that of deadlines while no packet passes: the best case of a Map. */
function mapExpiry(table: MapSessions, connections: Connections, gapNs: number, turns: number): Side {
  const ring: (MapSession | undefined)[] = Array.from({ length: connections.count });
  let next = 0;
  let oldest = 0;
  const run = () => {
    for (let turn = 0; turn < turns; turn++, next++) {
      const nowNs = next * gapNs;
      const session = mapSession(connections, next % connections.count, nowNs + IDLE_NS);
      table.add(session);
      ring[next % connections.count] = session;
      for (;;) {
        const due = ring[oldest % connections.count];
        if (due === undefined || due.deadlineNs > nowNs) break;
        table.remove(due);
        ring[oldest % connections.count] = undefined;
        oldest++;
      }
    }
    return turns;
  };
  while (next < connections.count * 0.75) run();
  return { run, hash: () => String(next - oldest) };
}

/** A new connection through SNAT, port chosen: clients of one port in a row, so that most need another. */
function natBindings(size: BenchSize): BenchRow {
  const live = bySize(size, 200, 20_000, 200_000);
  const turns = bySize(size, 500, 5_000, 100_000);
  const gapNs = IDLE_NS / live;
  const addresses = Array.from({ length: 8 }, (_, i) => 0xc6336400 + i);
  const nat = new NatTable(TIMEOUTS, PORTS);
  let next = 0;
  let bound = 0;
  const run = () => {
    for (let turn = 0; turn < turns; turn++, next++) {
      const session = nat.bindSource(
        PROTOCOL,
        0x0a000000 + (next & 0xfffff),
        32_768 + (next & 255),
        0xcb007100 + (next & 3),
        443,
        addresses,
        next & 7,
        true,
        SYN,
        next * gapNs,
      );
      if (session !== NONE) bound++;
    }
    return turns;
  };
  while (next < live * 1.5) run();
  return compareRates({
    name: 'conntrack/nat-bind',
    unit: 'connections/s',
    target: null,
    rounds: bySize(size, 2, 3, 15),
    ours: { run, hash: () => String(bound - next) },
    alternatives: { [STRINGS]: mapBindings(addresses, gapNs, turns, live) },
    isSameWork: true,
  });
}

/** The port is kept if free, else the next one that is, from where the last search ended. */
function mapBindings(addresses: readonly number[], gapNs: number, turns: number, live: number): Side {
  const table = new StringMapSessions();
  const ring: MapSession[] = [];
  let cursor = PORTS.first;
  let oldest = 0;
  let next = 0;
  const run = () => {
    for (let turn = 0; turn < turns; turn++, next++) {
      const nowNs = next * gapNs;
      for (; oldest < ring.length && ring[oldest].deadlineNs <= nowNs; oldest++) table.remove(ring[oldest]);
      const [src, port, dst] = [
        0x0a000000 + (next & 0xfffff),
        32_768 + (next & 255),
        0xcb007100 + (next & 3),
      ];
      const address = addresses[next & 7];
      let chosen = port;
      while (table.find(PROTOCOL, dst, 443, address, chosen) !== undefined) {
        cursor = cursor === PORTS.last ? PORTS.first : cursor + 1;
        chosen = cursor;
      }
      const tuples = [
        [PROTOCOL, src, port, dst, 443],
        [PROTOCOL, dst, 443, address, chosen],
      ] as const;
      const session = { number: next, tuples, state: 0, deadlineNs: nowNs + IDLE_NS };
      table.add(session);
      ring.push(session);
    }
    return turns;
  };
  while (next < live * 1.5) run();
  return { run, hash: () => '0' };
}
