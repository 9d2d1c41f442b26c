/** Goal: servers of an NLB's groups change in every zone at once, drain, and serve as they can when all are down. Method: whole runs. */
import { describe, expect, test } from 'vitest';
import type { FlowResult, RunResult } from '../../src/measure/result.ts';
import { changesOf, run } from '../support/detection-shop.ts';
import { nlbGate, ZONES } from '../support/nlb-gate.ts';

const BROWSE = ZONES.map(
  (zone, i) => `browse-${i}: { kind: http, from: shopper, to: gate/${zone}:80, rate: 10/s, timeout: 2s }`,
);
const SESSIONS =
  'talk: { kind: sessions, from: shopper, to: gate/cn-hangzhou-h:80, connections: 10, open_rate: 10/s, heartbeat: 1s, timeout: 3s }';

const flow = (result: RunResult, name: string): FlowResult => result.flows[name] as FlowResult;
const delivered = (result: RunResult, host: string): number => result.devices[host]?.delivered ?? 0;

describe('A change of a server', () => {
  test('by weight acts in every zone', () => {
    const events = ['rest: { at: 0s, set: gate/web/web-1, weight: 0 }'];
    const result = run(nlbGate({ traffic: BROWSE, events, duration: 5 }), 1);
    expect(delivered(result, 'web-1')).toBe(0);
    expect(flow(result, 'browse-0').lost + flow(result, 'browse-1').lost).toBe(0);
    for (const zone of ZONES)
      expect(result.stateChanges).toContainEqual(
        expect.objectContaining({ subject: `gate/${zone}/web/web-1/weight`, to: '0' }),
      );
  });

  test('takes effect at once for UDP too, and what comes serves once its probes are answered', () => {
    const traffic = [
      'moves: { kind: udp, from: shopper, to: gate/cn-hangzhou-h:80, rate: 50/s, connections: 50 }',
    ];
    const events = [
      'comes: { at: 0s, add: gate/web/web-2 }',
      'goes: { at: 40s, remove: gate/web/web-1 }',
      'twice: { at: 41s, remove: gate/web/web-1 }',
    ];
    const options = { protocol: 'UDP', servers: '{ web-1: 100 }', traffic, events } as const;
    const result = run(nlbGate({ ...options, duration: 50 }), 1);
    for (const zone of ZONES)
      expect(changesOf(result, `gate/${zone}/web/web-2`).map(({ to }) => to)).toEqual(['up']);
    expect(result.events.twice?.refused).toBe('web-1 is no server of web');
    expect(flow(result, 'moves').lost).toBe(0);
  });
});

test('Wlc gives connections to the server that has the fewest for its weight', () => {
  const slow = 'slow: { vswitch_id: shop-j, services: { web: { port: 8080, service_time: 900ms } } }';
  const shared = (scheduler: string): number => {
    const options = {
      group: [`scheduler: ${scheduler}`],
      instances: [slow],
      servers: '{ web-1: 100, slow: 100 }',
    };
    const result = run(nlbGate({ ...options, traffic: BROWSE.slice(0, 1), duration: 20 }), 1);
    return delivered(result, 'web-1') / delivered(result, 'slow');
  };
  expect(shared('Wrr')).toBeLessThan(1.3);
  expect(shared('Wlc')).toBeGreaterThan(4);
});

test('Where cross-zone is off, a zone gives connections to servers in it alone', () => {
  const instances = [
    'near: { vswitch_id: shop-h }',
    'next: { vswitch_id: shop-h }',
    'far: { vswitch_id: shop-i }',
  ];
  const events = ['comes: { at: 1s, add: gate/web/next }', 'goes: { at: 30s, remove: gate/web/near }'];
  const servers = '{ web-1: 100, near: 100 }';
  const options = { more: ['cross_zone_enabled: false'], instances, servers, traffic: BROWSE, events };
  const result = run(nlbGate({ ...options, duration: 40 }), 1);
  expect([...Object.values(result.events)].map(({ refused }) => refused)).toEqual([null, null]);
  expect(flow(result, 'browse-0').lost).toBe(0);
  expect(delivered(result, 'next')).toBeGreaterThan(300);
  // web-1 is in a zone without an address, and zone i has no server.
  expect(delivered(result, 'web-1')).toBe(0);
  expect(flow(result, 'browse-1').delivered).toBe(0);
  expect(Object.keys(flow(result, 'browse-1').lostByReason)).toEqual(['no-healthy-backend']);
});

describe('Connections of a server that is removed', () => {
  const removed = (group: readonly string[]): FlowResult => {
    const events = ['goes: { at: 5s, remove: gate/web/web-1 }'];
    return flow(run(nlbGate({ group, traffic: [SESSIONS], events, duration: 40 }), 1), 'talk');
  };
  test.each([
    ['go on where nothing drains', [], 0],
    ['end after the time given', ['connection_drain_enabled: true', 'connection_drain_timeout: 20s'], 5],
    ['go on until then', ['connection_drain_enabled: true', 'connection_drain_timeout: 60s'], 0],
    ['go on for 5 minutes where no time is given', ['connection_drain_enabled: true'], 0],
  ])('%s', (_what, group, broken) => {
    expect(removed(group).sessions).toMatchObject({ broken });
  });
});

describe('When every server is down', () => {
  const link = 'shop/cn-hangzhou-h~shop/cn-hangzhou-j/link-1';
  const check = ['health_check_interval: 2s', 'health_check_connect_timeout: 1s'];

  test('all of them go on serving', () => {
    // Probes go to a port that nobody serves; requests do not.
    const dead = ['health_check_connect_port: 9999', ...check];
    const result = run(nlbGate({ check: dead, traffic: BROWSE, duration: 10 }), 1);
    expect(flow(result, 'browse-0').lost).toBe(0);
    expect(delivered(result, 'web-1')).toBeGreaterThan(100);
    expect(Math.abs(delivered(result, 'web-1') - delivered(result, 'web-2'))).toBeLessThan(30);
    expect(changesOf(result, 'gate/cn-hangzhou-h/web/web-1')).toEqual([]);
  });

  test('the event that cut them off has the losses', () => {
    const events = [`cut: { at: 1s, fail: ${link} }`];
    const result = run(nlbGate({ check, traffic: BROWSE.slice(0, 1), events, duration: 20 }), 1);
    const { lost, lostByReason } = flow(result, 'browse-0');
    expect(lost).toBeGreaterThan(160);
    expect(Object.keys(lostByReason)).toEqual(['link-down']);
    expect(result.events.cut?.flows['browse-0']?.lost).toBe(lost);
  });
});
