/** Goal: a session talks, breaks, comes back and ends as its settings say. Method: two hosts, faults at exact times. */
import { describe, expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { lasting, sessionHosts } from '../support/connected.ts';

const MS = MILLISECOND_NS;
const S = SECOND_NS;

describe('messages', () => {
  test('begin with the session and follow at the heartbeat from its establishment', () => {
    const net = sessionHosts({}, { net: { latencyNs: 5 * MS } });
    net.run(3500 * MS);
    const [first, ...others] = net.ledger.units;
    const openedNs = (first?.offeredNs as number) + 10 * MS;
    // The first one waits for the handshake, the others do not.
    expect(first?.deliveredNs).toBe(openedNs + 10 * MS);
    expect(others.map(({ offeredNs }) => offeredNs - openedNs)).toEqual([S, 2 * S, 3 * S]);
    for (const { offeredNs, deliveredNs, bytes } of others)
      expect([(deliveredNs as number) - offeredNs, bytes]).toEqual([10 * MS, 200]);
    expect(net.ledger.sessions).toEqual({ opened: 1, used: 4, completed: 0, broken: 0 });
  });

  test('of a silent session are the first one alone', () => {
    const net = sessionHosts({ heartbeatNs: Number.POSITIVE_INFINITY });
    net.run(900 * S);
    expect(net.ledger.outcomes).toEqual({ delivered: 1 });
    expect(net.ledger.alive.size).toBe(1);
  });

  test('wait for the one before: a heartbeat due meanwhile is left out', () => {
    const net = sessionHosts({}, { net: { latencyNs: 700 * MS }, timeoutNs: 10 * S });
    net.run(20 * S);
    const offered = net.ledger.units.map(({ offeredNs }) => offeredNs);
    // An answer takes 1.4 s, so every second heartbeat finds one under way.
    expect(offered.slice(2).map((ns, i) => ns - (offered[i + 1] as number))).toContain(2 * S);
    expect(net.ledger.outcomes.delivered).toBe(net.ledger.units.filter((u) => u.deliveredNs !== null).length);
    for (const [i, { deliveredNs }] of net.ledger.units.entries()) {
      const next = offered[i + 1];
      if (next !== undefined) expect(next).toBeGreaterThanOrEqual(deliveredNs as number);
    }
  });
});

test('sessions are opened at their rate, spread over the time and held', () => {
  const net = sessionHosts({ held: 50, openRatePerSecond: 100 });
  net.run(250 * MS);
  expect(net.ledger.sessions.opened).toBe(25);
  net.run(5 * S);
  expect(net.ledger.sessions.opened).toBe(50);
  expect(net.ledger.connections).toBe(50);
});

test('a session at the end of its life is closed in order, after the answer under way, and another one takes its place', () => {
  const net = sessionHosts({ life: lasting(2500 * MS), held: 2 }, { net: { latencyNs: 5 * MS } });
  net.run(26 * S);
  const { sessions, alive, outcomes } = net.ledger;
  expect(sessions.broken).toBe(0);
  expect(sessions.completed).toBe(2 * 10);
  expect(alive.size).toBe(2);
  expect(Object.keys(outcomes)).toEqual(['delivered']);
});

test('sessions without limit come at their rate and leave, and rows are used again', () => {
  const net = sessionHosts({ held: null, openRatePerSecond: 10, arrivals: 'poisson', life: lasting(2 * S) });
  net.run(200 * S);
  const { opened, completed } = net.ledger.sessions;
  // Poisson: 2000 give or take five standard deviations.
  expect(Math.abs(opened - 2000)).toBeLessThan(5 * Math.sqrt(2000));
  expect(opened - completed).toBe(net.ledger.alive.size);
  expect(net.ledger.alive.size).toBeLessThan(50);
});

describe('a session breaks', () => {
  test('when an answer is later than the time-out, and the client comes back', () => {
    const net = sessionHosts({}, { timeoutNs: 2 * S });
    net.run(4500 * MS);
    net.b.stack.setServiceFault('hang', 0);
    net.run(12 * S);
    net.b.stack.setServiceFault('none', 0);
    net.run(40 * S);
    const { sessions, alive, outcomes } = net.ledger;
    expect(sessions.broken).toBeGreaterThanOrEqual(2);
    expect(sessions.opened).toBe(sessions.broken + 1);
    expect(alive.size).toBe(1);
    expect(outcomes['response-timeout']).toBe(sessions.broken);
  });

  test('when the server process dies, at once', () => {
    const net = sessionHosts();
    net.run(4500 * MS);
    net.b.stack.setServiceFault('refuse', 0);
    net.run(4510 * MS);
    expect(net.ledger.sessions.broken).toBe(1);
    net.run(30 * S);
    // Attempts in between are lost units, but no sessions.
    expect(net.ledger.sessions).toMatchObject({ opened: 1, broken: 1 });
    expect(net.ledger.outcomes.refused).toBeGreaterThan(2);
  });

  test('when its own machine has restarted, at the next write', () => {
    const net = sessionHosts();
    net.run(4500 * MS);
    net.a.stack.vanish();
    net.run(4900 * MS);
    expect(net.ledger.sessions.broken).toBe(0);
    net.run(8 * S);
    expect(net.ledger.sessions).toMatchObject({ opened: 2, broken: 1 });
    expect(net.ledger.outcomes.reset).toBe(1);
  });

  test('and stays so when it is never to come back', () => {
    const net = sessionHosts({ reconnect: null, held: 3 });
    net.run(4500 * MS);
    net.b.stack.setServiceFault('refuse', 0);
    net.run(5 * S);
    net.b.stack.setServiceFault('none', 0);
    net.run(60 * S);
    expect(net.ledger.sessions).toMatchObject({ opened: 3, broken: 3 });
    expect(net.ledger.alive.size).toBe(0);
  });
});

test('an error is an answer: the message is lost, the session lives', () => {
  const net = sessionHosts();
  net.b.stack.setServiceFault('error', 0);
  net.run(5500 * MS);
  expect(net.ledger.outcomes).toEqual({ 'status-5xx': 6 });
  expect(net.ledger.sessions).toMatchObject({ opened: 1, broken: 0 });
});

test('a client waits twice as long after each failure, half of it drawn, up to the longest wait', () => {
  const net = sessionHosts({}, { net: { latencyNs: MS } });
  net.b.stack.setServiceFault('refuse', 0);
  net.run(200 * S);
  const offered = net.ledger.units.map(({ offeredNs }) => offeredNs);
  const waits = offered.slice(1).map((ns, i) => ns - (offered[i] as number) - 2 * MS);
  for (const [i, wait] of waits.entries()) {
    const full = Math.min(2 ** i, 8) * S;
    expect(wait).toBeGreaterThanOrEqual(full / 2);
    expect(wait).toBeLessThanOrEqual(full);
  }
  expect(new Set(waits).size).toBe(waits.length);
});

test('without a free port of its host an attempt is refused', () => {
  const net = sessionHosts(
    { held: 8, reconnect: null },
    { net: { tcp: { ephemeralFirst: 50_000, ephemeralLast: 50_004 } } },
  );
  net.run(2 * S);
  expect(net.ledger.sessions.opened).toBe(5);
  expect(net.ledger.outcomes.refused).toBe(3);
});

test('a dead peer is found by keepalive where no message would tell', () => {
  const keepalive = { idleNs: 5 * S, intervalNs: S, probes: 3 };
  const quiet = { heartbeatNs: Number.POSITIVE_INFINITY, reconnect: null };
  const [kept, plain] = [sessionHosts({ ...quiet, socket: { keepalive } }), sessionHosts(quiet)];
  for (const net of [kept, plain]) {
    net.run(2 * S);
    net.network.setPower(net.idB, false, 0);
    net.run(60 * S);
  }
  expect([kept.ledger.sessions.broken, plain.ledger.sessions.broken]).toEqual([1, 0]);
});

test('times beyond the clock never come', () => {
  const longest = Number.MAX_SAFE_INTEGER;
  const net = sessionHosts({ heartbeatNs: longest, life: lasting(longest) }, { timeoutNs: longest });
  net.run(900 * S);
  expect(net.ledger.outcomes).toEqual({ delivered: 1 });
});
