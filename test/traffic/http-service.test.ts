/** Goal: what a declared service does to its requests. Method: two hosts, one request at a time or too many at once. */
import { describe, expect, test } from 'vitest';
import { constant } from '../../src/base/distribution.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { HttpWorkload } from '../../src/traffic/http.ts';
import type { OpenLoopOptions } from '../../src/traffic/workload.ts';
import { httpSettings, type LoadedHosts, loadedHosts, poolOf } from '../support/workload.ts';

const MS = MILLISECOND_NS;
const each = (options: OpenLoopOptions) => new HttpWorkload(options, httpSettings(options));
const near = { latencyNs: 5 * MS };
const tookMs = (net: LoadedHosts): (number | null)[] =>
  net.ledger.units.map(({ offeredNs, deliveredNs }) =>
    deliveredNs === null ? null : (deliveredNs - offeredNs) / MS,
  );

test('the work of a request is added to its time on the way', () => {
  const net = loadedHosts(each, { net: near, service: { serviceTime: constant(30 * MS) } });
  net.run(20 * SECOND_NS);
  expect(new Set(tookMs(net))).toEqual(new Set([50]));
});

test('requests beyond the concurrency wait, which shows in their time', () => {
  const net = loadedHosts(each, {
    net: near,
    spanNs: 300 * MS,
    timeoutNs: 5 * SECOND_NS,
    service: { serviceTime: constant(150 * MS), concurrency: 1 },
  });
  net.run(20 * SECOND_NS);
  expect(tookMs(net)).toEqual([170, 220, 270]);
});

test('the share of time that workers are busy is rate times work over their number', () => {
  const net = loadedHosts(each, {
    net: near,
    arrivals: 'poisson',
    ratePerSecond: 120,
    spanNs: 50 * SECOND_NS,
    timeoutNs: 10 * SECOND_NS,
    service: { serviceTime: { kind: 'exponential', mean: 20 * MS }, concurrency: 4 },
  });
  let busy = 0;
  const samples = 5000;
  for (let i = 1; i <= samples; i++) net.engine.call(i * 10 * MS, () => (busy += net.service?.busy ?? 0));
  net.run(50 * SECOND_NS);
  // 120/s x 20 ms / 4 = 0.6; the standard error of 50 s of Poisson arrivals with exponential work is about 0.011.
  expect(Math.abs(busy / samples / 4 - 0.6)).toBeLessThan(0.04);
});

test('a request for which there is no room, or no time, is answered 503', () => {
  // Four requests, 100 ms apart: the worker is free at 250 ms and 500 ms. The third finds the place taken; the third and
  // the fourth would have to wait for 300 ms and 200 ms.
  for (const [limits, refused] of [
    [{ queue: 1 }, 1],
    [{ queueTimeoutNs: 180 * MS }, 2],
  ] as const) {
    const net = loadedHosts(each, {
      net: near,
      spanNs: 400 * MS,
      timeoutNs: 5 * SECOND_NS,
      service: { serviceTime: constant(250 * MS), concurrency: 1, ...limits },
    });
    net.run(20 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual({ delivered: 4 - refused, 'status-5xx': refused });
  }
});

test('work that was begun is finished, though its client has gone', () => {
  const net = loadedHosts(each, {
    net: near,
    spanNs: 200 * MS,
    timeoutNs: 150 * MS,
    service: { serviceTime: constant(400 * MS), concurrency: 1 },
  });
  net.run(390 * MS);
  expect(net.ledger.outcomes).toEqual({ 'response-timeout': 2 });
  expect([net.service?.busy, net.service?.waiting]).toEqual([1, 1]);
  net.run(20 * SECOND_NS);
  expect([net.service?.busy, net.service?.waiting]).toEqual([0, 0]);
});

describe('under a fault', () => {
  const service = { serviceTime: constant(30 * MS), concurrency: 1 };

  test.each([
    ['error', { 'status-5xx': 100 }],
    ['hang', { 'response-timeout': 100 }],
    ['refuse', { refused: 100 }],
  ] as const)('%s: no request is worked on', (fault, outcomes) => {
    const net = loadedHosts(each, { net: near, service });
    net.b.stack.setServiceFault(fault, 0);
    net.run(5 * SECOND_NS);
    expect(net.service?.busy).toBe(0);
    net.run(20 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual(outcomes);
  });

  test('slow: the delay comes on top of the work, and the queue grows', () => {
    const net = loadedHosts(each, { net: near, service, timeoutNs: 60 * SECOND_NS, spanNs: 300 * MS });
    net.b.stack.setServiceFault('slow', 0);
    net.run(60 * SECOND_NS);
    expect(tookMs(net)).toEqual([10_050, 19_980, 29_910]);
  });

  test.each(['refuse', 'power-off'] as const)('%s: the queue dies with the process', (fault) => {
    const net = loadedHosts(each, {
      net: near,
      spanNs: 400 * MS,
      timeoutNs: 20 * SECOND_NS,
      service: { serviceTime: constant(SECOND_NS), concurrency: 1 },
    });
    net.engine.call(500 * MS, () => {
      expect([net.service?.busy, net.service?.waiting]).toEqual([1, 3]);
      if (fault === 'refuse') net.b.stack.setServiceFault('refuse', 0);
      else net.network.setPower(net.idB, false, 0);
      expect([net.service?.busy, net.service?.waiting]).toEqual([0, 0]);
    });
    net.run(30 * SECOND_NS);
    expect(net.ledger.outcomes.delivered).toBeUndefined();
  });
});

test('a connection that was opened and never used is closed as well', () => {
  const net = loadedHosts(each, { net: near, spanNs: 0, service: { idleTimeoutNs: 300 * MS } });
  const closed: number[] = [];
  net.a.stack.tcp.connect(net.a.stack.address, net.b.stack.address, 80, net.billing(), {
    onPeerClosed: (socket) => {
      closed.push(net.engine.nowNs);
      socket.close();
    },
  });
  net.run(SECOND_NS);
  expect(closed).toEqual([310 * MS]);
});

test('a pool and a service are done with one another after any number of restarts', () => {
  const net = loadedHosts(
    (options) => new HttpWorkload(options, httpSettings(options, { pool: poolOf(3) })),
    {
      net: near,
      ratePerSecond: 50,
      service: { serviceTime: constant(20 * MS), concurrency: 2, idleTimeoutNs: 40 * MS },
    },
  );
  for (let i = 1; i < 10; i++) {
    net.engine.call(i * SECOND_NS, () => net.network.setPower(net.idB, false, 0));
    net.engine.call(i * SECOND_NS + 100 * MS, () => net.network.setPower(net.idB, true, 0));
  }
  net.run(20 * SECOND_NS);
  expect(net.ledger.outcomes.pending).toBeUndefined();
  expect(net.ledger.outcomes.delivered).toBeGreaterThan(300);
  expect([net.service?.busy, net.service?.waiting]).toEqual([0, 0]);
});
