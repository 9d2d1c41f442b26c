/**
 * Goal: a session is found from both sides until exactly its deadline, whatever else comes, goes and grows. Method: one
 * suite over the table and its plain twin, and random packets and times to both at once.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import {
  ORIGINAL,
  REPLY,
  refOf,
  type SessionId,
  SessionTable,
  type SessionTimeouts,
  sessionOf,
} from '../../src/conntrack/session-table.ts';
import {
  ACK,
  CLOSED,
  ESTABLISHED,
  FIN,
  HALF_OPEN,
  ICMP,
  RST,
  SYN,
  TCP,
} from '../../src/conntrack/tcp-states.ts';
import { PlainSessionTable } from '../support/plain-sessions.ts';
import {
  type AnyTable,
  find,
  open,
  reversed,
  type Step,
  seen,
  steps,
  TIMEOUTS,
  type Tuple,
  tupleOf,
  UDP,
} from './session-suite.ts';

const A = 0x0a000001;
const B = 0xc0a80002;
const TO_WEB: Tuple = { protocol: TCP, srcAddr: A, srcPort: 40_000, dstAddr: B, dstPort: 80 };
const TO_DNS: Tuple = { protocol: UDP, srcAddr: A, srcPort: 40_000, dstAddr: B, dstPort: 53 };

const tables: readonly (readonly [
  string,
  (timeouts: SessionTimeouts, onClose?: (session: SessionId) => void) => AnyTable,
])[] = [
  ['The session table', (timeouts, onClose) => new SessionTable(timeouts, onClose)],
  ['Its plain twin', (timeouts, onClose) => new PlainSessionTable(timeouts, onClose)],
];

describe.each(tables)('%s', (_, create) => {
  test('finds a session from both sides, each with its direction', () => {
    const table = create(TIMEOUTS);
    const session = open(table, TO_DNS, 0, 0);
    expect(find(table, TO_DNS, 1)).toBe(refOf(session, ORIGINAL));
    expect(find(table, reversed(TO_DNS), 1)).toBe(refOf(session, REPLY));
    expect(find(table, { ...TO_DNS, protocol: TCP }, 1)).toBe(NONE);
    expect(find(table, { ...TO_DNS, srcPort: 40_001 }, 1)).toBe(NONE);
    expect(find(table, { ...TO_DNS, srcPort: 53, dstPort: 40_000 }, 1)).toBe(NONE);
  });

  test('finds a translated session by the header of its replies, and by no mirror image', () => {
    const table = create(TIMEOUTS);
    const reply = { ...reversed(TO_WEB), dstAddr: 0xcb007101, dstPort: 1025 };
    const session = open(table, TO_WEB, SYN, 0, reply);
    expect(find(table, reply, 1)).toBe(refOf(session, REPLY));
    expect(tupleOf(table, refOf(session, REPLY))).toEqual(reply);
    expect(tupleOf(table, refOf(session, ORIGINAL))).toEqual(TO_WEB);
    expect(find(table, reversed(TO_WEB), 1)).toBe(NONE);
    expect(find(table, reversed(reply), 1)).toBe(NONE);
  });

  test('a connection of an address and port to itself is one session, found as the original direction', () => {
    const table = create(TIMEOUTS);
    const self = { ...TO_WEB, dstAddr: A, dstPort: 40_000 };
    const session = open(table, self, SYN, 0);
    expect(find(table, self, 0)).toBe(refOf(session, ORIGINAL));
    table.close(session);
    expect([find(table, self, 0), table.size]).toEqual([NONE, 0]);
  });

  test('an echo is found by its identifier on the side that asks', () => {
    const table = create(TIMEOUTS);
    const ask: Tuple = { protocol: ICMP, srcAddr: A, srcPort: 7, dstAddr: B, dstPort: 0 };
    const session = open(table, ask, 0, 0);
    expect(find(table, { ...ask, srcAddr: B, srcPort: 0, dstAddr: A, dstPort: 7 }, 19)).toBe(
      refOf(session, REPLY),
    );
    expect(find(table, ask, 20)).toBe(NONE);
  });

  test('a session is due at its deadline and not before; a packet puts that off', () => {
    const table = create(TIMEOUTS);
    const session = open(table, TO_DNS, 0, 0);
    table.touch(refOf(session, REPLY), 0, 59);
    expect(find(table, TO_DNS, 118)).toBe(refOf(session, ORIGINAL));
    expect([table.size, find(table, TO_DNS, 119), table.size]).toEqual([1, NONE, 0]);
  });

  test('a due session makes room for another of the same tuple', () => {
    const table = create(TIMEOUTS);
    open(table, TO_DNS, 0, 0);
    expect(open(table, TO_DNS, 0, 59)).toBe(NONE);
    expect(open(table, TO_DNS, 0, 60)).not.toBe(NONE);
    expect(table.size).toBe(1);
  });

  test('opens nothing where a tuple is taken, be it by the reply side', () => {
    const table = create(TIMEOUTS);
    open(table, TO_WEB, SYN, 0);
    expect(open(table, reversed(TO_WEB), SYN, 1)).toBe(NONE);
    expect(open(table, { ...TO_WEB, dstAddr: 5 }, SYN, 1, reversed(TO_WEB))).toBe(NONE);
    expect(table.size).toBe(1);
  });

  test('a draining closes what is due, tells the owner, and leaves the rest', () => {
    const closed: number[] = [];
    const table: AnyTable = create(TIMEOUTS, (session) => closed.push(table.value(session)));
    const opened = [0, 10, 20, 30].map((nowNs) => open(table, { ...TO_DNS, srcPort: nowNs }, 0, nowNs));
    opened.forEach((session, i) => void table.setValue(session, i + 100));
    table.touch(refOf(opened[0], ORIGINAL), 0, 25);
    table.drain(80);
    expect(closed.toSorted()).toEqual([101, 102]);
    table.drain(85);
    expect([closed.at(-1), table.size]).toEqual([100, 1]);
    table.drain(90);
    expect([closed.at(-1), table.size]).toEqual([103, 0]);
  });

  test('a connection that closes is due by the shorter time-out, and a new SYN starts it over', () => {
    const table = create(TIMEOUTS);
    const session = open(table, TO_WEB, SYN, 0);
    const [out, back] = [refOf(session, ORIGINAL), refOf(session, REPLY)];
    expect(table.state(session)).toBe(HALF_OPEN);
    table.touch(back, SYN | ACK, 1);
    expect(table.deadlineNs(session)).toBe(31);
    table.touch(out, ACK, 2);
    expect([table.state(session), table.deadlineNs(session)]).toEqual([ESTABLISHED, 902]);
    table.touch(out, FIN | ACK, 3);
    expect(table.deadlineNs(session)).toBe(903);
    table.touch(back, FIN | ACK, 4);
    expect([table.state(session), table.deadlineNs(session)]).toEqual([CLOSED, 9]);
    table.touch(back, FIN | ACK, 6);
    expect([table.state(session), table.deadlineNs(session)]).toEqual([CLOSED, 11]);
    table.touch(out, SYN, 10);
    expect([table.state(session), table.deadlineNs(session)]).toEqual([HALF_OPEN, 40]);
    table.touch(out, RST, 12);
    table.drain(16);
    expect(table.size).toBe(1);
    table.drain(17);
    expect(table.size).toBe(0);
  });

  test('forgets everything at a power-off, without a word, and works on', () => {
    let closed = 0;
    const table = create(TIMEOUTS, () => closed++);
    for (let i = 0; i < 100; i++) open(table, { ...TO_DNS, srcPort: i }, 0, 0);
    table.clear();
    expect([table.size, closed, find(table, { ...TO_DNS, srcPort: 5 }, 0)]).toEqual([0, 0, NONE]);
    table.drain(1_000);
    expect([open(table, TO_DNS, 0, 1_000) !== NONE, table.size, closed]).toEqual([true, 1, 0]);
  });

  test('can be walked', () => {
    const table = create(TIMEOUTS);
    const opened = [1, 2, 3].map((srcPort) => open(table, { ...TO_DNS, srcPort }, 0, 0));
    table.close(opened[1] as SessionId);
    const walked: number[] = [];
    for (let at = table.next(NONE as SessionId); at !== NONE; at = table.next(at)) walked.push(at);
    expect(walked).toEqual([opened[0], opened[2]]);
  });
});

/** Does one step to both and compares what can be seen. */
function compareStep(
  step: Step,
  table: SessionTable,
  twin: PlainSessionTable,
  serial: number,
  nowNs: number,
): void {
  if (step.kind === 'wait') return;
  if (step.kind === 'drain' || step.kind === 'clear') {
    // What is due may have been closed by any look at the table, which counts for `onClose`.
    for (const side of [table, twin]) side.drain(nowNs);
    if (step.kind === 'clear') for (const side of [table, twin]) side.clear();
    expect(table.size).toBe(twin.size);
    return;
  }
  const refs = [table, twin].map((side) => find(side, step.tuple, nowNs));
  expect(seen(table, refs[0])).toBe(seen(twin, refs[1]));
  [table, twin].forEach((side, i) => {
    const ref = refs[i];
    if (ref === NONE) {
      if (step.kind === 'find' || step.kind === 'close') return;
      const session = open(side, step.tuple, step.flags, nowNs, step.isTranslated ? step.reply : undefined);
      if (session !== NONE) side.setValue(session, serial);
    } else if (step.kind === 'close') side.close(sessionOf(ref));
    else if (step.kind === 'packet') side.touch(ref, step.flags, nowNs);
  });
  expect(seen(table, find(table, step.tuple, nowNs))).toBe(seen(twin, find(twin, step.tuple, nowNs)));
}

test('is at one with its twin over random packets, pauses, closings and power-offs', () => {
  fc.assert(
    fc.property(steps, (run) => {
      const closed: number[][] = [[], []];
      const table: SessionTable = new SessionTable(TIMEOUTS, (session) =>
        closed[0].push(table.value(session)),
      );
      const twin: PlainSessionTable = new PlainSessionTable(TIMEOUTS, (session) =>
        closed[1].push(twin.value(session)),
      );
      let nowNs = 0;
      run.forEach((step, i) => {
        if (step.kind === 'wait') nowNs += step.ns;
        compareStep(step, table, twin, i, nowNs);
      });
      for (const side of [table, twin]) side.drain(nowNs);
      expect(closed[0].toSorted()).toEqual(closed[1].toSorted());
      expect(table.size).toBe(twin.size);
      expect(table.index.count).toBeLessThanOrEqual(table.size * 2);
    }),
    { seed: 41, numRuns: 400 },
  );
});

test('is at one with its twin while it grows to thousands and shrinks, time-outs running', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), (seed) => {
      const timeouts = { ...TIMEOUTS, udpNs: 2_000, halfOpenNs: 700 };
      const table = new SessionTable(timeouts);
      const twin = new PlainSessionTable(timeouts);
      let state = seed;
      const random = (below: number) => {
        state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
        return (state >>> 8) % below;
      };
      for (let nowNs = 0; nowNs < 5_000; nowNs++) {
        const isTcp = random(2) === 0;
        const t: Tuple = {
          protocol: isTcp ? TCP : UDP,
          srcAddr: A + random(4),
          srcPort: 1025 + random(1500),
          dstAddr: B,
          dstPort: 80 + random(2),
        };
        const reply = isTcp
          ? { ...reversed(t), dstAddr: 77, dstPort: (t.srcAddr & 7) * 8000 + t.srcPort }
          : reversed(t);
        for (const looked of [t, reply]) {
          const [ref, twinRef] = [find(table, looked, nowNs), find(twin, looked, nowNs)];
          expect(seen(table, ref)).toBe(seen(twin, twinRef));
          if (ref === NONE || twinRef === NONE) continue;
          const flags = random(16) === 0 ? RST : ACK;
          table.touch(ref, flags, nowNs);
          twin.touch(twinRef, flags, nowNs);
        }
        const sessions = [table, twin].map((side) => open(side, t, SYN, nowNs, reply));
        expect(sessions[0] === NONE).toBe(sessions[1] === NONE);
        if (random(500) > 0) continue;
        for (const side of [table, twin]) side.drain(nowNs);
        expect(table.size).toBe(twin.size);
      }
    }),
    { seed: 42, numRuns: 3 },
  );
});
