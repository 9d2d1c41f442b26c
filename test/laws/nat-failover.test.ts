/**
 * Goal: when a NAT gateway moves to its other zone, and how long that takes, follows from hellos and timers alone. Method:
 * a worker in the zone that survives; each timer is changed, then the way of the hellos is broken alone, then that of the
 * data.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { simulate } from '../../src/simulate.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

const SECOND = 1e9;
const [ACTIVE, STANDBY] = ['out/cn-hangzhou-h', 'out/cn-hangzhou-i'];
const [HELLOS, DATA] = [`cn-hangzhou/management~${ACTIVE}/link-1`, `app/cn-hangzhou-h~${ACTIVE}/link-1`];

interface Timers {
  readonly interval: number;
  readonly misses: number;
  readonly answers: number;
  readonly holdDown: number;
  readonly route: number;
  readonly back?: number;
}

const DEFAULTS: Timers = { interval: 1, misses: 3, answers: 3, holdDown: 3, route: 1 };

function run(events: readonly string[], timers: Timers = DEFAULTS, seed = 'a', seconds = 60): RunResult {
  const { interval, misses, answers, holdDown, route, back = 0 } = timers;
  const assume = `nat.heartbeat_interval: ${interval}s, nat.heartbeat_misses: ${misses}, nat.heartbeat_answers: ${answers}, nat.failover_hold_down: ${holdDown}s, nat.route_delay: ${route}s, nat.switches_back: ${back}`;
  return simulate(
    scenarioOf(`vpcsim: 1
title: A test
seed: ${seed}
duration: ${seconds}s
assume: { ${assume} }
vpcs: { app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches:
  app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  app-i: { vpc_id: app, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances: { worker: { vswitch_id: app-i } }
nat_gateways:
  out: { vpc_id: app, vswitch_id: app-h, snat_entries: { all: { source_cidr: 10.0.0.0/16, snat_ip: ip } } }
eips: { ip: { region: cn-hangzhou, instance_id: out } }
internet_hosts: { partner: { city: Hangzhou } }
traffic:
  ping: { kind: ping, from: worker, to: partner, rate: 10/s, timeout: 100ms }
  kept: { kind: sessions, from: worker, to: partner:9000, connections: 4, heartbeat: 2s, timeout: 1s }
events:
${events.map((event) => `  ${event}\n`).join('')}`),
  );
}

const moves = (result: RunResult): (string | null)[] =>
  result.stateChanges.filter(({ subject, from }) => subject === 'out' && from !== null).map(({ to }) => to);
const outageOf = (result: RunResult, flow: string): number =>
  (result.flows[flow]?.outages ?? []).reduce((sum, { startNs, endNs }) => sum + (endNs ?? 0) - startNs, 0);

/** Seconds from the event; hellos and messages themselves take a few milliseconds. */
function expectTimes(result: RunResult, timers: Timers): number {
  const { goes } = result.events;
  const detected = (goes?.detectedAfterNs as number) / SECOND;
  const switched = (goes?.switchedAfterNs as number) / SECOND;
  expect(goes?.detectedBy).toBe('heartbeat');
  expect(detected).toBeGreaterThanOrEqual(timers.misses * timers.interval - 0.01);
  expect(detected).toBeLessThanOrEqual((timers.misses + 1) * timers.interval);
  expect(switched - detected - timers.holdDown - timers.route).toBeGreaterThanOrEqual(0);
  expect(switched - detected - timers.holdDown - timers.route).toBeLessThan(0.01);
  return detected;
}

const FAILS = 'goes: { at: { uniform: [10s, 20s] }, fail: cn-hangzhou-h }';

describe('a lost zone is left after so many hellos, the hold-down and the delay of routes', () => {
  test.each([
    ['by default', DEFAULTS],
    ['with hellos every 2 s', { ...DEFAULTS, interval: 2 }],
    ['after 5 misses', { ...DEFAULTS, misses: 5 }],
    ['without a hold-down', { ...DEFAULTS, holdDown: 0 }],
    ['with slow routes', { ...DEFAULTS, route: 4 }],
  ] as const)('%s', (_, timers) => {
    const results = ['a', 'b', 'c', 'd', 'e'].map((seed) => run([FAILS], timers, seed, 40));
    const detected = results.map((result) => expectTimes(result, timers));
    // A constant typed in somewhere would not use the span that phases do.
    expect(Math.max(...detected) - Math.min(...detected)).toBeGreaterThan(timers.interval / 4);
    for (const result of results) {
      expect(moves(result)).toEqual(['cn-hangzhou-i']);
      const gap = outageOf(result, 'ping') - (result.events.goes?.switchedAfterNs as number);
      expect(Math.abs(gap)).toBeLessThan(0.2 * SECOND);
      expect(result.flows.kept?.sessions.broken).toBe(4);
    }
  });

  test('with any timers', () => {
    const timers = fc.record({
      interval: fc.integer({ min: 1, max: 3 }),
      misses: fc.integer({ min: 1, max: 5 }),
      answers: fc.integer({ min: 1, max: 5 }),
      holdDown: fc.integer({ min: 0, max: 5 }),
      route: fc.integer({ min: 0, max: 3 }),
    });
    const property = fc.property(timers, fc.nat(), (given, seed) => {
      expectTimes(run([FAILS], given, String(seed), 50), given);
    });
    fc.assert(property, { numRuns: 12, seed: 3 });
  });
});

test('only the way of the hellos is broken: the gateway moves for nothing, and sessions break for it', () => {
  const result = run([`goes: { at: { uniform: [10s, 20s] }, fail: ${HELLOS} }`]);
  expectTimes(result, DEFAULTS);
  expect(moves(result)).toEqual(['cn-hangzhou-i']);
  // Both gateways work all along: new connections hardly notice, sessions do, and the fault is what it is put down to.
  expect(result.flows.ping?.lost).toBeLessThan(3);
  expect(result.flows.kept?.sessions.broken).toBe(4);
  expect(result.events.goes?.flows.kept?.sessionsBroken).toBe(4);
  expect(result.packets.droppedByReason['device-down']).toBeUndefined();
});

test('only the way of the data is broken: nobody notices, and the outage is as long as the fault', () => {
  const result = run([`goes: { at: 10s, fail: ${DATA} }`, `comes: { at: 40s, restore: ${DATA} }`]);
  expect(result.events.goes?.detectedBy).toBe('none');
  expect(moves(result)).toEqual([]);
  expect(Math.abs(outageOf(result, 'ping') - 30 * SECOND)).toBeLessThan(0.2 * SECOND);
});

test('a zone that comes back during the hold-down keeps its gateway', () => {
  const timers = { ...DEFAULTS, holdDown: 10 };
  const result = run([FAILS, 'comes: { at: goes + 5s, restore: cn-hangzhou-h }'], timers);
  expect(result.events.goes?.detectedBy).toBe('heartbeat');
  expect(moves(result)).toEqual([]);
  expect(Math.abs(outageOf(result, 'ping') - 5 * SECOND)).toBeLessThan(0.2 * SECOND);
});

test('a zone that comes back later stands by, and is where the gateway goes when the other one is lost', () => {
  const events = [
    FAILS,
    'comes: { at: goes + 15s, restore: cn-hangzhou-h }',
    `again: { at: goes + 25s, fail: ${STANDBY} }`,
  ];
  expect(moves(run(events))).toEqual(['cn-hangzhou-i', 'cn-hangzhou-h']);
});

test('a gateway that is to return does so, and sessions break once more', () => {
  const timers = { ...DEFAULTS, back: 1 };
  const result = run([FAILS, 'comes: { at: goes + 15s, restore: cn-hangzhou-h }'], timers);
  expect(moves(result)).toEqual(['cn-hangzhou-i', 'cn-hangzhou-h']);
  const { comes } = result.events;
  // Three answers, the hold-down, the delay of routes.
  expect((comes?.switchedAfterNs as number) / SECOND).toBeGreaterThan(2 + 3 + 1 - 0.01);
  expect((comes?.switchedAfterNs as number) / SECOND).toBeLessThan(3 + 3 + 1 + 0.02);
  expect(result.flows.kept?.sessions.broken).toBe(8);
});

test('nothing moves without the controller, nor with no gateway to move to', () => {
  const blind = run(['blind: { at: 5s, fail: cn-hangzhou/nat-controller }', FAILS]);
  expect(moves(blind)).toEqual([]);
  expect(moves(run(['both: { at: 10s, fail: out }']))).toEqual([]);
});
