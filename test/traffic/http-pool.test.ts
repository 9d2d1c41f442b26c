/** Goal: a pool holds its connections, no more, and wastes none. Method: two hosts; the open connections are counted. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constant } from '../../src/base/distribution.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { HttpWorkload } from '../../src/traffic/http.ts';
import type { PoolSettings } from '../../src/traffic/http-pool.ts';
import type { OpenLoopOptions } from '../../src/traffic/workload.ts';
import { httpSettings, type LoadedHosts, loadedHosts, poolOf, retriesOf } from '../support/workload.ts';

const MS = MILLISECOND_NS;
const pooled =
  (connections: number, changes: Partial<PoolSettings> = {}) =>
  (options: OpenLoopOptions) =>
    new HttpWorkload(options, httpSettings(options, { pool: poolOf(connections, changes) }));

/** Local ports that the server has connections with, closing ones left out. */
function watchOpen(net: LoadedHosts): { most: number } {
  const open = new Set<unknown>();
  const seen = { most: 0 };
  const { tcp } = net.a.stack;
  const connect = tcp.connect.bind(tcp);
  tcp.connect = (...args) => {
    const socket = connect(...args);
    if (socket !== null) open.add(socket);
    for (const each of open) {
      const { state } = each as { state: string };
      if (state !== 'syn-sent' && state !== 'established') open.delete(each);
    }
    seen.most = Math.max(seen.most, open.size);
    return socket;
  };
  return seen;
}

test('a pool never has more connections than its size, whatever befalls them, and every request ends once', () => {
  const scenario = fc.record({
    connections: fc.integer({ min: 1, max: 6 }),
    reuse: fc.constantFrom('rotate' as const, 'recent' as const),
    idleTimeoutNs: fc.constantFrom(Number.POSITIVE_INFINITY, 30 * MS),
    loss: fc.constantFrom(0, 0.05),
    retries: fc.integer({ min: 0, max: 2 }),
    fault: fc.constantFrom('none' as const, 'refuse' as const, 'hang' as const, 'error' as const),
  });
  fc.assert(
    fc.property(scenario, ({ connections, retries, loss, fault, ...settings }) => {
      const net = loadedHosts(
        (options) =>
          new HttpWorkload(
            options,
            httpSettings(options, {
              pool: poolOf(connections, settings),
              retries: retriesOf(retries, {
                perTryTimeoutNs: 300 * MS,
                baseIntervalNs: 20 * MS,
                maxIntervalNs: 40 * MS,
              }),
            }),
          ),
        {
          ratePerSecond: 40,
          spanNs: 3 * SECOND_NS,
          net: { latencyNs: 20 * MS, impairment: { loss } },
          service: { serviceTime: constant(30 * MS), concurrency: 2, queue: 3, idleTimeoutNs: 50 * MS },
        },
      );
      const seen = watchOpen(net);
      net.engine.call(SECOND_NS, () => net.b.stack.setServiceFault(fault, 0));
      net.engine.call(2 * SECOND_NS, () => net.b.stack.setServiceFault('none', 1));
      net.run(10 * SECOND_NS);
      expect(seen.most).toBeLessThanOrEqual(connections);
      expect(net.ledger.outcomes.pending).toBeUndefined();
      for (const unit of net.ledger.units) {
        expect(unit.repeats).toBe(0);
        expect(unit.retries).toBeLessThanOrEqual(retries);
        expect(unit.slot).toBeLessThan(connections);
      }
    }),
    { numRuns: 40 },
  );
});

describe('a pool that is larger than it needs to be', () => {
  const load = { net: { latencyNs: 5 * MS }, ratePerSecond: 10 };

  test('opens all its connections and uses them in turn', () => {
    const net = loadedHosts(pooled(4), load);
    net.run(20 * SECOND_NS);
    expect(net.ledger.connections).toBe(4);
    expect(net.ledger.units.slice(0, 6).map(({ slot }) => slot)).toEqual([0, 1, 2, 3, 0, 1]);
  });

  test('opens as few as it can where the most recent one is used again', () => {
    const net = loadedHosts(pooled(4, { reuse: 'recent' }), load);
    net.run(20 * SECOND_NS);
    expect(net.ledger.connections).toBe(1);
    expect(net.ledger.outcomes).toEqual({ delivered: 100 });
  });
});

test('a request takes whichever connection is free, and waits in line only when all are busy', () => {
  const net = loadedHosts(pooled(2), {
    net: { latencyNs: 5 * MS },
    ratePerSecond: 1000,
    spanNs: 4 * MS,
    service: { serviceTime: constant(100 * MS) },
  });
  net.run(5 * SECOND_NS);
  const tookMs = net.ledger.units.map(
    ({ offeredNs, deliveredNs }) => ((deliveredNs as number) - offeredNs) / MS,
  );
  expect(tookMs).toEqual([120, 120, 228, 228]);
});

test('a connection that nobody uses is closed by its client, and the next request opens another', () => {
  const net = loadedHosts(pooled(1, { idleTimeoutNs: 400 * MS }), {
    net: { latencyNs: 5 * MS },
    ratePerSecond: 2,
  });
  net.run(20 * SECOND_NS);
  expect(net.ledger.outcomes).toEqual({ delivered: 20 });
  expect(net.ledger.connections).toBe(20);
});

test('a connection is not closed while a request waits for its answer', () => {
  const net = loadedHosts(pooled(1, { idleTimeoutNs: 100 * MS }), {
    net: { latencyNs: 5 * MS },
    ratePerSecond: 2,
    service: { serviceTime: constant(300 * MS) },
  });
  net.run(20 * SECOND_NS);
  expect(net.ledger.outcomes).toEqual({ delivered: 20 });
});

describe('a server that closes idle connections', () => {
  test('makes the client open another for its next request', () => {
    const net = loadedHosts(pooled(1), {
      net: { latencyNs: 5 * MS },
      ratePerSecond: 2,
      service: { idleTimeoutNs: 300 * MS },
    });
    net.run(20 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual({ delivered: 20 });
    expect(net.ledger.connections).toBe(20);
  });

  // A request every 500 ms; the answer leaves the server 100 ms after it was sent, and 395 ms later the server closes:
  // 5 ms before the next request is sent, which its close has not reached by then.
  const racing = {
    net: { latencyNs: 100 * MS },
    ratePerSecond: 2,
    service: { idleTimeoutNs: 495 * MS },
  };

  test('resets a request that crosses its close', () => {
    const net = loadedHosts(pooled(1), racing);
    net.run(20 * SECOND_NS);
    expect(net.ledger.outcomes.reset).toBeGreaterThan(5);
    expect(net.ledger.outcomes.pending).toBeUndefined();
  });

  test('costs nothing but time where requests are tried again', () => {
    const net = loadedHosts(
      (options) =>
        new HttpWorkload(options, httpSettings(options, { pool: poolOf(1), retries: retriesOf(1) })),
      racing,
    );
    net.run(20 * SECOND_NS);
    expect(net.ledger.outcomes).toEqual({ delivered: 20 });
    expect(net.ledger.units.filter(({ retries }) => retries === 1).length).toBeGreaterThan(5);
  });
});
