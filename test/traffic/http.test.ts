/** Goal: every request ends once, in the way its connection ended. Method: two hosts, faults at exact times. */
import { describe, expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { HttpWorkload } from '../../src/traffic/http.ts';
import type { OpenLoopOptions } from '../../src/traffic/workload.ts';
import { httpSettings, loadedHosts, poolOf } from '../support/workload.ts';

const MS = MILLISECOND_NS;
const each = (options: OpenLoopOptions) => new HttpWorkload(options, httpSettings(options));
const kept = (connections: number) => (options: OpenLoopOptions) =>
  new HttpWorkload(options, httpSettings(options, { pool: poolOf(connections) }));

test('a request takes a round trip to connect and one to answer, on a connection of its own', () => {
  const net = loadedHosts(each, { net: { latencyNs: 5 * MS } });
  net.run(20 * SECOND_NS);
  expect(net.ledger.outcomes).toEqual({ delivered: 100 });
  expect(net.ledger.connections).toBe(100);
  for (const { offeredNs, deliveredNs, bytes } of net.ledger.units) {
    expect([(deliveredNs as number) - offeredNs, bytes]).toEqual([20 * MS, 1_000]);
  }
});

test('kept-alive requests take turns on their connections and save the handshake', () => {
  const net = loadedHosts(kept(3), { net: { latencyNs: 5 * MS } });
  net.run(20 * SECOND_NS);
  expect(net.ledger.outcomes).toEqual({ delivered: 100 });
  expect(net.ledger.connections).toBe(3);
  const took = net.ledger.units.map(
    ({ offeredNs, deliveredNs }) => ((deliveredNs as number) - offeredNs) / MS,
  );
  expect(took.slice(0, 4)).toEqual([20, 20, 20, 10]);
  expect(new Set(took.slice(3))).toEqual(new Set([10]));
});

test('a request for a busy connection waits in line', () => {
  const net = loadedHosts(kept(1), {
    net: { latencyNs: 100 * MS },
    ratePerSecond: 10,
    spanNs: SECOND_NS,
    timeoutNs: 5 * SECOND_NS,
  });
  net.run(20 * SECOND_NS);
  const done = net.ledger.units.map(({ deliveredNs }) => deliveredNs as number);
  expect(done.slice(1).map((ns, i) => ns - (done[i] as number))).toEqual(new Array<number>(9).fill(200 * MS));
});

test('a request that waits in line longer than its time-out fails without harming the one before it', () => {
  const net = loadedHosts(kept(1), {
    net: { latencyNs: 400 * MS },
    ratePerSecond: 10,
    spanNs: SECOND_NS,
    timeoutNs: 1_700 * MS,
  });
  net.run(20 * SECOND_NS);
  expect(net.ledger.units[0]?.deliveredNs).not.toBeNull();
  expect(net.ledger.outcomes['response-timeout']).toBeGreaterThan(0);
  expect(net.ledger.outcomes.pending).toBeUndefined();
  expect(net.ledger.connections).toBeGreaterThan(0);
});

describe('a server', () => {
  test.each([
    ['refuse', 'refused'],
    ['hang', 'response-timeout'],
    ['error', 'status-5xx'],
    ['slow', 'response-timeout'],
  ] as const)('under fault %s makes requests fail as %s', (fault, failure) => {
    const net = loadedHosts(each, { net: { latencyNs: 5 * MS } });
    net.b.stack.setServiceFault(fault, 0);
    net.run(30 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual({ [failure]: 100 });
  });

  test('that is slow still answers those who wait', () => {
    const net = loadedHosts(each, { net: { latencyNs: 5 * MS }, timeoutNs: 15 * SECOND_NS });
    net.b.stack.setServiceFault('slow', 0);
    net.run(30 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual({ delivered: 100 });
    expect((net.ledger.units[0]?.deliveredNs as number) - (net.ledger.units[0]?.offeredNs as number)).toBe(
      10_020 * MS,
    );
  });

  test('that is gone makes requests fail as connect-timeout, when their time is up', () => {
    const net = loadedHosts(each);
    net.network.setPower(net.idB, false, 0);
    net.run(30 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual({ 'connect-timeout': 100 });
  });

  test('that restarts resets a kept connection once, and the next request opens another', () => {
    const net = loadedHosts(kept(1), { net: { latencyNs: 5 * MS } });
    net.engine.call(5 * SECOND_NS, () => net.network.setPower(net.idB, false, 0));
    net.engine.call(5 * SECOND_NS + 20 * MS, () => net.network.setPower(net.idB, true, 1));
    net.run(30 * SECOND_NS);
    expect(net.ledger.connections).toBe(2);
    expect(net.ledger.outcomes).toEqual({ delivered: 99, reset: 1 });
  });
});

test.each([
  ['each', each],
  ['kept', kept(2)],
] as const)('a client that restarts goes on at once with new connections (%s)', (_name, make) => {
  const net = loadedHosts(make, { net: { latencyNs: 5 * MS } });
  net.engine.call(5 * SECOND_NS, () => net.network.setPower(net.idA, false, 0));
  net.engine.call(5 * SECOND_NS + 1, () => net.network.setPower(net.idA, true, 1));
  net.run(30 * SECOND_NS);
  for (const { offeredNs, deliveredNs } of net.ledger.units) {
    const isUnderWay = offeredNs > 4_980 * MS && offeredNs <= 5 * SECOND_NS;
    if (!isUnderWay) expect(deliveredNs, `offered at ${offeredNs}`).not.toBeNull();
  }
  expect(net.ledger.outcomes.pending).toBeUndefined();
});

test('without a free port the host itself refuses', () => {
  const net = loadedHosts(each, {
    ratePerSecond: 100,
    net: { latencyNs: 100 * MS, tcp: { ephemeralFirst: 40_000, ephemeralLast: 40_009 } },
    spanNs: 300 * MS,
  });
  net.run(10 * SECOND_NS);
  expect(net.ledger.outcomes).toEqual({ delivered: 10, refused: 20 });
});

test('large responses arrive whole over a bad link, or not at all', () => {
  const net = loadedHosts(each, {
    sizeBytes: 100_000,
    ratePerSecond: 2,
    timeoutNs: 60 * SECOND_NS,
    net: { latencyNs: 5 * MS, impairment: { loss: 0.02, reorder: 0.1 } },
  });
  net.run(100 * SECOND_NS);
  expect(net.ledger.outcomes).toEqual({ delivered: 20 });
  expect(net.ledger.units.every(({ bytes }) => bytes === 100_000)).toBe(true);
});
