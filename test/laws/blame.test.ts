/** Goal: every cost is charged to the event behind it, and to no other. Method: the shop under overlapping faults. */
import { describe, expect, test } from 'vitest';
import type { EventResult, FlowResult, RunResult } from '../../src/measure/result.ts';
import { BROWSE, runShop } from '../support/shop.ts';

const WEB_1_LINK = 'shop/cn-hangzhou-h~web-1/link-1';
const SHOPPER_LINK = 'shopper~internet/shanghai/link-1';
const SECOND = 1e9;

const event = (result: RunResult, name: string): EventResult => result.events[name] as EventResult;
const flow = (result: RunResult, name: string): FlowResult => result.flows[name] as FlowResult;
const lostFor = (result: RunResult, name: string, of: string): number =>
  event(result, name).flows[of]?.lost ?? 0;

describe('detections', () => {
  test('are charged to what dropped the probes, not to what merely delayed them', () => {
    const events = [
      'dies: { at: 20s, fail: web-1 }',
      `slower: { at: 21s, degrade: ${WEB_1_LINK}, latency: 1ms }`,
    ];
    const result = runShop({ duration: '50s', events });
    expect(event(result, 'dies').detectedAfterNs).toBeGreaterThan(18.9 * SECOND);
    expect(event(result, 'slower').detectedAfterNs).toBeNull();
  });

  test('of a delay longer than the time-out are charged to the delay', () => {
    const events = [`slower: { at: 20s, degrade: ${WEB_1_LINK}, latency: 6s }`];
    expect(event(runShop({ duration: '60s', events }), 'slower').detectedBy).toBe('health-check');
  });
});

describe('losses', () => {
  test('are charged to the fault that still holds when another has been mended', () => {
    const events = [
      'zone-fails: { at: 10s, fail: cn-hangzhou-i }',
      'web-fails: { at: 12s, fail: web-2 }',
      'zone-returns: { at: 15s, restore: cn-hangzhou-i }',
      'web-returns: { at: 40s, restore: web-2 }',
    ];
    const traffic = ['ping: { kind: ping, from: web-1, to: web-2, rate: 10/s }'];
    const result = runShop({ duration: '50s', events, traffic });
    expect(lostFor(result, 'zone-fails', 'ping')).toBeGreaterThanOrEqual(49);
    expect(lostFor(result, 'zone-fails', 'ping')).toBeLessThanOrEqual(51);
    expect(lostFor(result, 'web-fails', 'ping')).toBeGreaterThanOrEqual(249);
    expect(flow(result, 'ping').lost).toBe(
      lostFor(result, 'zone-fails', 'ping') + lostFor(result, 'web-fails', 'ping'),
    );
  });

  test('of one degradation are not those of a later one on the same link, nor of its end', () => {
    const events = [
      `lossy: { at: 5s, degrade: ${SHOPPER_LINK}, loss: 30% }`,
      'slow: { at: 15s, degrade: shopper, latency: 10ms }',
      'slow-ends: { at: 25s, restore: shopper }',
    ];
    const traffic = ['ping: { kind: ping, from: shopper, to: front-ip, rate: 20/s }'];
    const result = runShop({ duration: '40s', events, traffic });
    expect(lostFor(result, 'lossy', 'ping')).toBe(flow(result, 'ping').lost);
    expect(flow(result, 'ping').lost).toBeGreaterThan(200);
  });

  test('by congestion are nobody’s, though an event delays the packets', () => {
    const events = [`slow: { at: 2s, degrade: ${SHOPPER_LINK}, latency: 1ms }`];
    const traffic = ['flood: { kind: udp, from: shopper, to: web-ip:9000, rate: 20Mbps }'];
    const changes = [
      ['front-ip: {', 'web-ip: { region: cn-hangzhou, bandwidth: 5Mbps, instance_id: web-1 }\n  front-ip: {'],
    ] as const;
    const result = runShop({ duration: '5s', events, traffic, changes });
    expect(flow(result, 'flood').lostByReason['rate-limit']).toBeGreaterThan(3000);
    expect(lostFor(result, 'slow', 'flood')).toBe(0);
  });

  test('to the reset connections of a machine that was off for a moment are charged to its return', () => {
    const events = ['off: { at: 10s, fail: web-1 }', 'on: { at: 10100ms, restore: web-1 }'];
    const traffic = [
      'keep: { kind: http, from: shopper, to: front-ip:80, rate: 10/s, keep_alive: true, connections: 20 }',
    ];
    const result = runShop({ duration: '20s', events, traffic });
    expect(flow(result, 'keep').lostByReason.reset).toBeGreaterThan(3);
    expect(lostFor(result, 'on', 'keep') + lostFor(result, 'off', 'keep')).toBe(flow(result, 'keep').lost);
  });

  test('for want of a server are charged to who took the last one away', () => {
    const events = [
      'first: { at: 5s, set: front/web/web-1, weight: 0 }',
      'last: { at: 10s, remove: front/web/web-2 }',
    ];
    const result = runShop({ duration: '20s', events });
    expect(flow(result, 'browse').lostByReason['no-healthy-backend']).toBeGreaterThan(300);
    expect(lostFor(result, 'first', 'browse')).toBe(0);
    expect(lostFor(result, 'last', 'browse')).toBe(flow(result, 'browse').lost);
  });
});

describe('healing', () => {
  test('is not claimed while requests that the fault has met are still waiting', () => {
    const events = ['dies: { at: 10s, fail: [web-1, web-2], how: hang }'];
    const result = runShop({ duration: '30s', events, traffic: [BROWSE] });
    expect(flow(result, 'browse').pending).toBeGreaterThan(100);
    expect(event(result, 'dies').healedAfterNs).toBeNull();
  });

  test('is claimed once everything waiting belongs to nobody', () => {
    const events = [
      'dies: { at: 10s, fail: [web-1, web-2], how: hang }',
      'mends: { at: 12s, restore: [web-1, web-2] }',
    ];
    const result = runShop({ duration: '30s', events, traffic: [BROWSE] });
    expect(event(result, 'dies').healedAfterNs).toBeGreaterThan(1.9 * SECOND);
    expect(event(result, 'dies').healedAfterNs).toBeLessThan(2.1 * SECOND);
  });
});

test('a node that loses power forgets what it knew, and learns it again for the sake of its return', () => {
  const node = 'front/cn-hangzhou-i/node-1';
  const events = [`off: { at: 5s, fail: ${node} }`, `on: { at: 10s, restore: ${node} }`];
  const { stateChanges } = runShop({ duration: '20s', events });
  const seen = stateChanges.filter(
    ({ subject, from }) => subject === `${node}/pool/web/web-1` && from !== null,
  );
  expect(seen.map(({ from, to, because }) => [from, to, because?.event])).toEqual([
    ['in', 'out', 'off'],
    ['out', 'in', 'on'],
  ]);
  const subjects = new Map<string, string>();
  for (const { subject, from, to } of stateChanges) {
    if (from !== null) expect(subjects.get(subject), subject).toBe(from);
    subjects.set(subject, to);
  }
});

describe('what a scenario says', () => {
  test('of bursts of loss is the share of a Gilbert-Elliott channel', () => {
    const burst = 'loss: { loss: 50%, mean_burst: 10, mean_gap: 190 }';
    const events = [`storm: { at: 0s, degrade: ${SHOPPER_LINK}, ${burst}, direction: out }`];
    const traffic = ['ping: { kind: ping, from: shopper, to: front-ip, rate: 1000/s }'];
    const { lost, sent } = flow(runShop({ duration: '40s', events, traffic }), 'ping');
    // In a burst one packet in twenty, half of them lost: 2.5 %; bursts are few, so the spread is wide.
    expect(lost / sent).toBeGreaterThan(0.019);
    expect(lost / sent).toBeLessThan(0.031);
  });

  test('of a public balancer is not reachable from inside a VPC that has no way out', () => {
    const changes = [
      ['    vswitch_id: shop-h\n    slave', '    address_type: internet\n    vswitch_id: shop-h\n    slave'],
      ['front-ip: {', 'web-ip: {'],
      ['instance_id: front', 'instance_id: web-2'],
    ] as const;
    const traffic = [
      'inside: { kind: http, from: web-1, to: front:80, rate: 5/s, timeout: 1s }',
      'around: { kind: http, from: web-2, to: front:80, rate: 5/s, timeout: 1s }',
      'outside: { kind: http, from: shopper, to: front:80, rate: 5/s, timeout: 1s }',
    ];
    const result = runShop({ duration: '10s', traffic, changes });
    expect(flow(result, 'inside').delivered).toBe(0);
    expect(flow(result, 'inside').lostByReason).toEqual({ 'slb-no-egress': flow(result, 'inside').lost });
    expect(flow(result, 'outside').lost).toBe(0);
    // By its EIP and the Internet; where the balancer picks the caller itself, that fails as it should.
    expect(flow(result, 'around').delivered).toBeGreaterThan(20);
  });

  test('of UDP leaves a server that is out of the pool', () => {
    const changes = [
      [
        'protocol: tcp, frontend_port: 80, backend_port: 8080,',
        'protocol: udp, frontend_port: 53, backend_port: 53, health_check_interval: 1s, health_check_timeout: 1s,',
      ],
    ] as const;
    const traffic = ['names: { kind: udp, from: shopper, to: front-ip:53, rate: 40/s, connections: 20 }'];
    const events = ['dies: { at: 5s, fail: web-1, how: refuse }'];
    const result = runShop({ duration: '30s', events, traffic, changes });
    const { switchedAfterNs, healedAfterNs } = event(result, 'dies');
    expect(switchedAfterNs).toBeGreaterThan(SECOND);
    expect(healedAfterNs).toBeLessThanOrEqual(switchedAfterNs as number);
  });
});
