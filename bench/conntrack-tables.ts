/** Tables of a size, ours and the alternatives, filled with the same connections; every single insertion is timed. */
import { assert } from '../src/base/assert.ts';
import { NONE } from '../src/base/brand.ts';
import { SessionTable, type SessionTimeouts } from '../src/conntrack/session-table.ts';
import { mapSession, NestedMapSessions, StringMapSessions } from './conntrack-maps.ts';
import { ACK, type Connections, drawConnections, type Ends, PROTOCOL } from './conntrack-traffic.ts';

export const STRINGS = 'Map of strings';
export const NESTED = 'nested Maps';
export const IDLE_NS = 900e9;
export const TIMEOUTS: SessionTimeouts = {
  halfOpenNs: IDLE_NS,
  establishedNs: IDLE_NS,
  closedNs: IDLE_NS,
  udpNs: IDLE_NS,
  icmpNs: IDLE_NS,
};

export interface Tables {
  readonly key: string;
  readonly connections: Connections;
  readonly ours: SessionTable;
  readonly strings: StringMapSessions;
  readonly nested: NestedMapSessions | null;
  /** Longest single insertion. */
  readonly longestUs: { readonly ours: number; readonly strings: number };
}

/** The last ones are kept and no others: a million texts fill some hundreds of megabytes. */
let last: Tables | null = null;

export function tablesOf(ends: Ends, count: number, hasNested: boolean): Tables {
  const key = `${ends}/${count}/${hasNested}`;
  if (last?.key === key) return last;
  last = null;
  const connections = drawConnections(ends, count);
  // Ours first and twice, before there are a million objects for the collector to walk. Both times every insertion
  // does the same, so the shorter of the two times is its own and the rest is the machine's.
  const times = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const fill = (): SessionTable => {
    const table = new SessionTable(TIMEOUTS);
    timeEach(times, (i) => openOurs(table, connections, i, 0));
    return table;
  };
  fill();
  const ours = fill();
  const longestOfOurs = longestOf(times);
  const sessions = Array.from({ length: count }, (_, i) => mapSession(connections, i, IDLE_NS));
  const strings = new StringMapSessions();
  timeEach(times.fill(Number.POSITIVE_INFINITY), (i) => strings.add(sessions[i]));
  const nested = hasNested ? new NestedMapSessions() : null;
  if (nested !== null) for (const session of sessions) nested.add(session);
  const longestUs = { ours: longestOfOurs, strings: longestOf(times) };
  last = { key, connections, ours, strings, nested, longestUs };
  return last;
}

export function forgetTables(): void {
  last = null;
}

/** Keeps the shorter time of each, in us. */
function timeEach(times: Float64Array, insert: (i: number) => void): void {
  let before = performance.now();
  for (let i = 0; i < times.length; i++) {
    insert(i);
    const after = performance.now();
    times[i] = Math.min(times[i], (after - before) * 1000);
    before = after;
  }
}

function longestOf(times: Float64Array): number {
  return times.reduce((longest, time) => Math.max(longest, time), 0);
}

export function openOurs(
  table: SessionTable,
  { original, reply }: Connections,
  i: number,
  nowNs: number,
): void {
  const session = table.open(
    PROTOCOL,
    original.srcAddr[i],
    original.srcPort[i],
    original.dstAddr[i],
    original.dstPort[i],
    reply.srcAddr[i],
    reply.srcPort[i],
    reply.dstAddr[i],
    reply.dstPort[i],
    ACK,
    nowNs,
  );
  assert(session !== NONE, 'connections of the bench are distinct');
  table.setValue(session, i);
}
