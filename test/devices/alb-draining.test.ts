/** Goal: requests under way at a server that leaves end in time, or are cut off. Method: whole runs with long requests. */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { albShop } from '../support/alb-shop.ts';
import { run } from '../support/detection-shop.ts';

const REPORTS = 'reports: { kind: http, from: shopper, to: front/cn-hangzhou-h:80, rate: 1/s, timeout: 60s }';
const INSTANCES = ['web-3: { vswitch_id: shop-h, services: { web: { port: 8080, service_time: 20s } } }'];
/** Probes have a port of their own, which answers at once. */
const CHECK = [
  'health_check_connect_port: 8090',
  'health_check_interval: 1s',
  'unhealthy_threshold: 2',
  'healthy_threshold: 2',
];

function drained(seconds: number | null, events: readonly string[], duration = 80): RunResult {
  const drain = `connection_drain_config: { connection_drain_enabled: true, connection_drain_timeout: ${seconds}s }`;
  const group = seconds === null ? [] : [drain];
  const options = { servers: '{ web-3: 100 }', check: CHECK, instances: INSTANCES, group };
  return run(albShop({ ...options, traffic: [REPORTS], events, duration }), 'drain');
}

describe('Requests under way at a server that is removed', () => {
  // Of 20 that are under way those younger than what the time leaves of 20 s are cut off.
  test.each([
    ['for 12 s', 12, 8],
    ['for 5 s', 5, 15],
    ['for no time', 0, 20],
    ['for longer than they take', 30, 0],
    ['without draining', null, 0],
  ])('%s', (_what, seconds, cut) => {
    const { flows, events } = drained(seconds, ['gone: { at: 30s, remove: front/web/web-3 }']);
    const lost = flows.reports?.lostByReason ?? {};
    expect(Math.abs((lost['status-502'] ?? 0) - cut)).toBeLessThanOrEqual(1);
    // What comes later finds nobody.
    expect(lost['status-503']).toBeGreaterThan(45);
    expect(events.gone?.flows.reports?.lost).toBe(flows.reports?.lost);
  });
});

test('Requests at a server that is found down are cut off too, unless it is back before', () => {
  // Two probes of 5 s, 1 s apart, find it down by 42 s; what is under way would wait for 60 s.
  const hung = (backAt: number): RunResult =>
    drained(12, ['breaks: { at: 30s, fail: web-3, how: hang }', `mends: { at: ${backAt}s, restore: web-3 }`]);
  const cut = ({ flows }: RunResult): number => flows.reports?.lostByReason['status-502'] ?? 0;
  const late = hung(60);
  expect(cut(late)).toBeGreaterThan(10);
  expect(late.events.breaks?.flows.reports?.lost).toBe(late.flows.reports?.lost);
  expect(cut(hung(46))).toBe(0);
});
