/** Goal: users wait for one another's server, not for a clock. Method: two hosts; Little's law and the laws of load. */
import { describe, expect, test } from 'vitest';
import { constant, type Distribution, meanOf } from '../../src/base/distribution.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import type { HttpSettings } from '../../src/traffic/http-client.ts';
import { HttpUsers } from '../../src/traffic/http-users.ts';
import type { OpenLoopOptions } from '../../src/traffic/workload.ts';
import { httpSettings, type LoadedHosts, loadedHosts, poolOf } from '../support/workload.ts';

const MS = MILLISECOND_NS;
const usersOf =
  (users: number, thinkTime: Distribution, changes: Partial<HttpSettings> = {}) =>
  (options: OpenLoopOptions) =>
    new HttpUsers(options, { users, thinkTime, failurePauseNs: MS }, httpSettings(options, changes));

/** Requests per second and mean response time of those answered. */
function measure(net: LoadedHosts, spanNs: number): { perSecond: number; responseNs: number } {
  const answered = net.ledger.units.filter(({ deliveredNs }) => deliveredNs !== null);
  const totalNs = answered.reduce(
    (sum, { offeredNs, deliveredNs }) => sum + (deliveredNs as number) - offeredNs,
    0,
  );
  return { perSecond: (answered.length * SECOND_NS) / spanNs, responseNs: totalNs / answered.length };
}

describe('by the law of Little', () => {
  const span = 100 * SECOND_NS;

  test.each([
    ['constant think time, idle server', 20, constant(SECOND_NS), constant(0)],
    ['exponential think time, busy server', 20, { kind: 'exponential', mean: SECOND_NS }, constant(40 * MS)],
    ['no think time, overloaded server', 10, constant(0), { kind: 'exponential', mean: 20 * MS }],
  ] as const)(
    'users are throughput times response and think time: %s',
    (_name, users, thinkTime, serviceTime) => {
      const net = loadedHosts(usersOf(users, thinkTime), {
        net: { latencyNs: 5 * MS },
        timeoutNs: 60 * SECOND_NS,
        spanNs: span,
        service: { serviceTime, concurrency: 1 },
      });
      net.run(span);
      const { perSecond, responseNs } = measure(net, span);
      const inSystem = (perSecond * (responseNs + meanOf(thinkTime))) / SECOND_NS;
      // Edges of the span count for one cycle of about a second in a hundred; think times drawn add 1/sqrt(2000) of noise.
      expect(Math.abs(inSystem / users - 1)).toBeLessThan(0.03);
    },
  );
});

test('a saturated server answers as fast as it can work, whatever the number of users', () => {
  for (const users of [5, 50]) {
    const net = loadedHosts(usersOf(users, constant(0), { pool: poolOf(users) }), {
      net: { latencyNs: MS },
      timeoutNs: 10 * SECOND_NS,
      spanNs: 20 * SECOND_NS,
      service: { serviceTime: constant(40 * MS), concurrency: 4 },
    });
    net.run(20 * SECOND_NS);
    expect(measure(net, 20 * SECOND_NS).perSecond).toBeCloseTo(100, -0.5);
    expect([net.service?.busy, net.service?.waiting]).toEqual([4, users - 4]);
  }
});

test('a user has one request under way at a time', () => {
  const net = loadedHosts(usersOf(3, constant(0)), {
    net: { latencyNs: 5 * MS, impairment: { loss: 0.1 } },
    spanNs: 20 * SECOND_NS,
  });
  net.run(30 * SECOND_NS);
  const { units } = net.ledger;
  expect(units.length).toBeGreaterThan(100);
  for (const { offeredNs } of units) {
    const underWay = units.filter(
      (unit) => unit.offeredNs <= offeredNs && (unit.deliveredNs ?? unit.offeredNs + SECOND_NS) > offeredNs,
    );
    expect(underWay.length).toBeLessThanOrEqual(3);
  }
});

test('users begin within one think time, each at a moment of its own', () => {
  const net = loadedHosts(usersOf(200, constant(10 * SECOND_NS)), { spanNs: 10 * SECOND_NS });
  net.run(10 * SECOND_NS);
  const begunNs = net.ledger.units.map(({ offeredNs }) => offeredNs);
  expect(begunNs).toHaveLength(200);
  expect(new Set(begunNs).size).toBe(200);
  const mean = begunNs.reduce((sum, ns) => sum + ns, 0) / begunNs.length;
  expect(Math.abs(mean / (5 * SECOND_NS) - 1)).toBeLessThan(0.15);
});

test('users whose requests fail at once go on at the pace of the pause', () => {
  const net = loadedHosts(usersOf(20, constant(0)), {
    net: { latencyNs: 100 * MS, tcp: { ephemeralFirst: 40_000, ephemeralLast: 40_009 } },
    spanNs: 50 * MS,
  });
  net.run(5 * SECOND_NS);
  // Ten users have the ten ports for longer than the span; the other ten ask again every millisecond.
  expect(net.ledger.outcomes).toEqual({ delivered: 10, refused: 500 });
});
