/** Goal: attempts are repeated as often and as soon as their policy says. Method: two hosts, a service that fails. */
import { describe, expect, test } from 'vitest';
import { constant } from '../../src/base/distribution.ts';
import { RandomStreams } from '../../src/base/random.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { HttpWorkload } from '../../src/traffic/http.ts';
import type { HttpSettings } from '../../src/traffic/http-client.ts';
import { retryPauseNs } from '../../src/traffic/http-retries.ts';
import type { OpenLoopOptions } from '../../src/traffic/workload.ts';
import { httpSettings, loadedHosts, poolOf, retriesOf } from '../support/workload.ts';

const MS = MILLISECOND_NS;
const http = (changes: Partial<HttpSettings>) => (options: OpenLoopOptions) =>
  new HttpWorkload(options, httpSettings(options, changes));
const load = { net: { latencyNs: 5 * MS } };

test('without a policy a request has one attempt', () => {
  const net = loadedHosts(http({}), load);
  net.b.stack.setServiceFault('error', 0);
  net.run(20 * SECOND_NS);
  expect(net.ledger.outcomes).toEqual({ 'status-5xx': 100 });
  expect(net.ledger.connections).toBe(100);
});

test.each([
  ['refuse', 'refused'],
  ['error', 'status-5xx'],
  ['hang', 'response-timeout'],
] as const)(
  'a server under %s is asked as often as the limit says, and the last attempt says why',
  (fault, reason) => {
    const net = loadedHosts(http({ retries: retriesOf(2, { perTryTimeoutNs: 100 * MS }) }), load);
    net.b.stack.setServiceFault(fault, 0);
    net.run(20 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual({ [reason]: 100 });
    expect(net.ledger.connections).toBe(300);
    expect(net.ledger.units.every(({ retries }) => retries === 2)).toBe(true);
  },
);

test('one attempt that succeeds is enough', () => {
  const net = loadedHosts(
    http({ retries: retriesOf(1, { baseIntervalNs: 50 * MS, maxIntervalNs: 50 * MS }) }),
    {
      ...load,
      ratePerSecond: 1,
    },
  );
  // Every request meets a failing server first, and a sound one when it is tried again.
  net.b.stack.serveTcp(80, (socket) => {
    isFailing = !isFailing;
    const status = isFailing ? 503 : 200;
    return { onMessage: () => socket.send(100, { kind: 'http-response', status }) };
  });
  let isFailing = false;
  net.run(20 * SECOND_NS);
  expect(net.ledger.outcomes).toEqual({ delivered: 10 });
  expect(net.ledger.units.every(({ retries }) => retries === 1)).toBe(true);
});

test('the time-out of the request ends all attempts, also between two of them', () => {
  const retries = retriesOf(100, {
    perTryTimeoutNs: 300 * MS,
    baseIntervalNs: 400 * MS,
    maxIntervalNs: 400 * MS,
  });
  const net = loadedHosts(http({ retries }), { ...load, spanNs: SECOND_NS });
  net.b.stack.setServiceFault('hang', 0);
  net.run(1_999 * MS);
  const last = net.ledger.units.at(-1)?.offeredNs as number;
  expect(last).toBeGreaterThan(899 * MS);
  net.run(last + SECOND_NS + 1);
  expect(net.ledger.outcomes).toEqual({ 'response-timeout': 10 });
  // Each attempt takes 300 ms and a pause of up to 400 ms: two to four of them fit into a second.
  for (const { retries: made } of net.ledger.units) expect([1, 2, 3]).toContain(made);
});

test('a connection that does not open in its own time fails as connect-timeout, and is tried again', () => {
  const net = loadedHosts(http({ connectTimeoutNs: 200 * MS, retries: retriesOf(1) }), load);
  net.network.setPower(net.idB, false, 0);
  net.run(20 * SECOND_NS);
  expect(net.ledger.outcomes).toEqual({ 'connect-timeout': 100 });
  expect(net.ledger.connections).toBe(200);
});

test('a connection that opens in time leaves the answer the rest of the request time-out', () => {
  const net = loadedHosts(http({ connectTimeoutNs: 50 * MS }), {
    ...load,
    service: { serviceTime: constant(500 * MS) },
  });
  net.run(20 * SECOND_NS);
  expect(net.ledger.outcomes).toEqual({ delivered: 100 });
});

test('an attempt in line for a connection is given up after its time, and another takes the place in line', () => {
  const net = loadedHosts(http({ pool: poolOf(1), retries: retriesOf(1, { perTryTimeoutNs: 400 * MS }) }), {
    ...load,
    spanNs: 300 * MS,
    timeoutNs: 5 * SECOND_NS,
    service: { serviceTime: constant(350 * MS) },
  });
  net.run(20 * SECOND_NS);
  // The second request gets its turn after 250 ms and would need 360 ms of the 150 ms left: its retry is alone in line.
  expect(net.ledger.units.map(({ retries }) => retries)).toEqual([0, 1, 1]);
  expect(net.ledger.outcomes.pending).toBeUndefined();
});

describe('the pause before a retry', () => {
  const policy = retriesOf(10, { baseIntervalNs: 25 * MS, maxIntervalNs: 250 * MS });

  test.each([
    [1, 25],
    [2, 50],
    [3, 100],
    [4, 200],
    [5, 250],
    [9, 250],
  ])('number %d is drawn evenly from 0 to %d ms', (attempts, limitMs) => {
    const random = new RandomStreams('pause', 0).stream('flow', 'back-off');
    const draws = Array.from({ length: 4000 }, () => retryPauseNs(policy, attempts, random));
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    expect(Math.max(...draws)).toBeLessThan(limitMs * MS);
    expect(Math.max(...draws)).toBeGreaterThan(limitMs * MS * 0.98);
    // The standard error of the mean of 4,000 uniform draws is 0.9 % of it.
    expect(Math.abs(mean / ((limitMs * MS) / 2) - 1)).toBeLessThan(0.04);
  });
});
