/**
 * Goal: a CLB takes servers out and back in by what its nodes' packets tell, and by nothing else. Method: the shop
 * under single faults; every time is derived from timers.
 */
import { describe, expect, test } from 'vitest';
import { SECOND_NS } from '../../src/base/units.ts';
import type { RunResult } from '../../src/measure/result.ts';
import { runShop } from '../support/shop.ts';

const detectedSeconds = (result: RunResult, event: string): number | null => {
  const { detectedAfterNs } = result.events[event] as RunResult['events'][string];
  return detectedAfterNs === null ? null : detectedAfterNs / SECOND_NS;
};

/** States that the console showed of web-1, after 0 s. */
const shown = (result: RunResult): string[] =>
  result.stateChanges
    .filter(({ subject, from }) => subject === 'front/web/web-1' && from !== null)
    .map(({ to }) => to);

const DIES = 'dies: { at: 10s, fail: web-1 }';
const LISTENER = 'protocol: tcp, frontend_port: 80';

describe('a server that lost power', () => {
  test.each([
    ['the defaults', '', 19],
    ['a time-out of 3 s', 'health_check_timeout: 3s', 13],
    ['an interval of 4 s', 'health_check_interval: 4s', 23],
    ['a threshold of 5', 'unhealthy_threshold: 5', 33],
  ])('is found out with %s after %s as many seconds as the timers say', (_name, setting, seconds) => {
    const changes = setting === '' ? [] : ([[LISTENER, `${LISTENER}, ${setting}`]] as const);
    const result = runShop({ events: [DIES], changes, traffic: [] });
    // Up to an interval passes before the first probe that fails; with four nodes the earliest tells.
    const interval = setting.includes('interval') ? 4 : 2;
    const detected = detectedSeconds(result, 'dies') as number;
    expect(detected).toBeGreaterThanOrEqual(seconds - 0.01);
    expect(detected).toBeLessThanOrEqual(seconds + interval + 0.01);
    expect(result.events.dies?.detectedBy).toBe('health-check');
    expect(shown(result)).toEqual(['down']);
  });

  test('costs every second request until then and none after', () => {
    const result = runShop({ events: [DIES] });
    const { lost, outages } = result.flows.browse as RunResult['flows'][string];
    const { healedAfterNs, switchedAfterNs } = result.events.dies as RunResult['events'][string];
    expect(outages).toEqual([]);
    expect(lost).toBeGreaterThan(400);
    expect(lost).toBeLessThan(530);
    expect(healedAfterNs as number).toBeLessThanOrEqual(switchedAfterNs as number);
    expect(result.events.dies?.flows.browse?.lost).toBe(lost);
  });

  test('comes back after three answers in a row', () => {
    const events = [DIES, 'back: { at: 40s, restore: web-1 }'];
    const result = runShop({ events, traffic: [] });
    expect(shown(result)).toEqual(['down', 'up']);
    expect(detectedSeconds(result, 'back')).toBeGreaterThanOrEqual(3.9);
    expect(detectedSeconds(result, 'back')).toBeLessThanOrEqual(11.1);
  });
});

test('a server that refuses is found out within 4 to 6 s', () => {
  const result = runShop({ events: ['dies: { at: 10s, fail: web-1, how: refuse }'], traffic: [] });
  expect(detectedSeconds(result, 'dies')).toBeGreaterThanOrEqual(4);
  expect(detectedSeconds(result, 'dies')).toBeLessThanOrEqual(6.1);
});

test('breaking one node’s path alone takes a healthy server out for all nodes', () => {
  const cut = 'cut: { at: 10s, fail: shop/cn-hangzhou-h~front/cn-hangzhou-h/node-1/link-1 }';
  const result = runShop({ events: [cut], traffic: [] });
  expect(shown(result)).toEqual(['down']);
  const pools = result.stateChanges.filter(
    ({ subject, to }) => subject.endsWith('/pool/web/web-1') && to === 'out',
  );
  expect(new Set(pools.map(({ subject }) => subject)).size).toBe(4);
  for (const { because } of pools) expect(because?.event).toBe('cut');
});

test('breaking the data alone goes unnoticed: a server that hangs keeps its place and fails its requests', () => {
  const result = runShop({ events: ['hangs: { at: 10s, fail: web-1, how: hang }'] });
  expect(result.events.hangs).toMatchObject({
    detectedAfterNs: null,
    detectedBy: 'none',
    switchedAfterNs: null,
  });
  expect(result.flows.browse?.lost).toBeGreaterThan(1_000);
  expect(shown(result)).toEqual([]);
});

test('what a dead node said last is forgotten, so that its verdict does not hold a server down for ever', () => {
  const events = [
    'cut: { at: 10s, fail: shop/cn-hangzhou-h~front/cn-hangzhou-h/node-1/link-1 }',
    'node-dies: { at: 35s, fail: front/cn-hangzhou-h/node-1 }',
  ];
  const result = runShop({ events, traffic: [], duration: '80s' });
  expect(shown(result)).toEqual(['down', 'up']);
  const back = result.stateChanges.find(
    ({ subject, to, from }) => subject === 'front/web/web-1' && to === 'up' && from !== null,
  );
  // Lifetime 16 s from its last message, looked at every 5 s.
  expect((back?.atNs as number) / SECOND_NS).toBeGreaterThan(35 + 11);
  expect((back?.atNs as number) / SECOND_NS).toBeLessThanOrEqual(35 + 16 + 5.1);
});

test('lost verdicts heal by repetition once the management network is back', () => {
  const events = [
    'mute: { at: 5s, degrade: cn-hangzhou/management, loss: 100% }',
    DIES,
    'unmute: { at: 45s, restore: cn-hangzhou/management }',
  ];
  const result = runShop({ events, traffic: [] });
  const outs = result.stateChanges.filter(
    ({ subject, to }) => subject.endsWith('/pool/web/web-1') && to === 'out',
  );
  // Every node finds out for itself meanwhile.
  expect(outs).toHaveLength(4);
});

test('with no healthy server left new connections are dropped for the sake of the last event', () => {
  const result = runShop({ events: ['both-die: { at: 10s, fail: [web-1, web-2] }'] });
  expect(result.flows.browse?.lostByReason['no-healthy-backend']).toBeGreaterThan(0);
  expect(result.packets.droppedByReason['no-healthy-backend']).toBeGreaterThan(0);
});
