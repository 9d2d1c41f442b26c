/** What the tests of sessions share: one way to open and find, and a stream of random packets for table and twin. */
import fc from 'fast-check';
import { NONE } from '../../src/base/brand.ts';
import {
  directionOf,
  type SessionId,
  type SessionRef,
  type SessionTable,
  type SessionTimeouts,
  sessionOf,
} from '../../src/conntrack/session-table.ts';
import { ICMP, TCP } from '../../src/conntrack/tcp-states.ts';
import type { PlainSessionTable } from '../support/plain-sessions.ts';

export const UDP = 17;

export const TIMEOUTS: SessionTimeouts = {
  halfOpenNs: 30,
  establishedNs: 900,
  closedNs: 5,
  udpNs: 60,
  icmpNs: 20,
};

export type AnyTable = SessionTable | PlainSessionTable;

export interface Tuple {
  readonly protocol: number;
  readonly srcAddr: number;
  readonly srcPort: number;
  readonly dstAddr: number;
  readonly dstPort: number;
}

export const reversed = (t: Tuple): Tuple => ({
  protocol: t.protocol,
  srcAddr: t.dstAddr,
  srcPort: t.dstPort,
  dstAddr: t.srcAddr,
  dstPort: t.srcPort,
});

export function find(table: AnyTable, t: Tuple, nowNs: number): SessionRef {
  return table.find(t.protocol, t.srcAddr, t.srcPort, t.dstAddr, t.dstPort, nowNs);
}

export function open(
  table: AnyTable,
  t: Tuple,
  flags: number,
  nowNs: number,
  reply: Tuple = reversed(t),
): SessionId {
  return table.open(
    t.protocol,
    t.srcAddr,
    t.srcPort,
    t.dstAddr,
    t.dstPort,
    reply.srcAddr,
    reply.srcPort,
    reply.dstAddr,
    reply.dstPort,
    flags,
    nowNs,
  );
}

/** The header that packets of that direction arrive with. */
export function tupleOf(table: AnyTable, ref: SessionRef): Tuple {
  return {
    protocol: table.protocol(ref),
    srcAddr: table.srcAddr(ref),
    srcPort: table.srcPort(ref),
    dstAddr: table.dstAddr(ref),
    dstPort: table.dstPort(ref),
  };
}

/** All that can be seen of a session by one that found it, but its row number; as text, which compares fast. */
export function seen(table: AnyTable, ref: SessionRef): string {
  if (ref === NONE) return 'none';
  const session = sessionOf(ref);
  const { protocol, srcAddr, srcPort, dstAddr, dstPort } = tupleOf(table, ref);
  const state = `value ${table.value(session)} state ${table.state(session)} until ${table.deadlineNs(session)}`;
  return `${directionOf(ref)} ${protocol} ${srcAddr}:${srcPort} > ${dstAddr}:${dstPort} ${state}`;
}

/** Few of each, so that tuples repeat, mirror one another and clash; one address is beyond 2 ** 31. */
const address = fc.constantFrom(0x0a000001, 0x0a000002, 0xc0a80001);
const port = fc.constantFrom(0, 80, 1025, 65_535);

export const tuple: fc.Arbitrary<Tuple> = fc.record({
  protocol: fc.constantFrom(TCP, UDP, ICMP),
  srcAddr: address,
  srcPort: port,
  dstAddr: address,
  dstPort: port,
});

export interface PacketStep {
  readonly kind: 'packet' | 'open' | 'close' | 'find';
  readonly tuple: Tuple;
  readonly reply: Tuple;
  readonly isTranslated: boolean;
  readonly flags: number;
}

export type Step =
  | PacketStep
  | { readonly kind: 'drain' }
  | { readonly kind: 'clear' }
  | { readonly kind: 'wait'; readonly ns: number };

const packet: fc.Arbitrary<PacketStep> = fc.record({
  kind: fc.constantFrom('packet', 'packet', 'packet', 'open', 'close', 'find'),
  tuple,
  reply: tuple,
  isTranslated: fc.boolean(),
  flags: fc.nat(31),
});
const wait = fc.record({
  kind: fc.constant('wait' as const),
  // Around the time-outs, and far beyond what the lower digits of the wheel hold.
  ns: fc.oneof(
    fc.constantFrom(1, 4, 5, 6, 19, 20, 29, 30, 60, 899, 900),
    fc.nat(100),
    fc.nat(2_000),
    fc.nat(2 ** 36),
  ),
});

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 24, arbitrary: packet },
    { weight: 8, arbitrary: wait },
    { weight: 3, arbitrary: fc.constant({ kind: 'drain' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  ),
  { maxLength: 120 },
);
