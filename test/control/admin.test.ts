/** Goal: the admin verbs act on the running network, or refuse with the product's rule. Method: the shop. */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { BROWSE, runShop } from '../support/shop.ts';

const refusal = (result: RunResult, event: string): string | null | undefined =>
  result.events[event]?.refused;
/** Segments and datagrams that each server accepted for traffic. */
const heard = (result: RunResult): number[] =>
  ['web-1', 'web-2', 'web-3'].map((name) => result.devices[name]?.delivered ?? 0);
const THIRD = [
  '  web-2: { vswitch_id: shop-i }\n',
  '  web-2: { vswitch_id: shop-i }\n  web-3: { vswitch_id: shop-h, listen: [8080/tcp] }\n',
] as const;

describe('servers of a listener', () => {
  test('share connections by weight, and a change of weight acts at once', () => {
    const even = heard(runShop({ duration: '20s' }));
    expect(Math.abs((even[0] as number) / (even[1] as number) - 1)).toBeLessThan(0.05);
    const skewed = heard(
      runShop({ duration: '20s', events: ['weigh: { at: 0s, set: front/web/web-2, weight: 0 }'] }),
    );
    expect(skewed[0]).toBeGreaterThan(0);
    expect(skewed[1]).toBe(0);
  });

  test('that are added get connections once they are healthy', () => {
    const events = ['add: { at: 1s, add: front/web/web-3, weight: 100 }'];
    const result = runShop({ duration: '30s', events, changes: [THIRD] });
    expect(refusal(result, 'add')).toBeNull();
    expect(heard(result)[2]).toBeGreaterThan(0);
    expect(result.flows.browse?.lost).toBe(0);
  });

  test('that are removed get no new connections, and those they have go on', () => {
    const events = ['remove: { at: 10s, remove: front/web/web-1 }'];
    const result = runShop({ duration: '20s', events });
    expect(result.flows.browse?.lost).toBe(0);
    const [first, second] = heard(result) as [number, number];
    expect(first / second).toBeLessThan(0.45);
  });

  test('are neither added twice nor removed when they are not there', () => {
    const events = [
      'again: { at: 1s, add: front/web/web-1 }',
      'gone: { at: 2s, remove: front/web/web-1 }',
      'gone-twice: { at: 3s, remove: front/web/web-1 }',
      'weigh: { at: 4s, set: front/web/web-1, weight: 3 }',
    ];
    const result = runShop({ duration: '10s', events, traffic: [] });
    expect(refusal(result, 'again')).toContain('already');
    expect(refusal(result, 'gone')).toBeNull();
    expect(refusal(result, 'gone-twice')).toContain('no server');
    expect(refusal(result, 'weigh')).toContain('no server');
  });
});

describe('EIPs', () => {
  const WITH_SPARE = [
    'eips:\n',
    'eips:\n  spare: { region: cn-hangzhou, ip_address: 203.0.113.77 }\n',
  ] as const;
  const FLOW = 'knock: { kind: ping, from: shopper, to: spare, rate: 10/s }';

  test('lead nowhere, then to what they are associated with, then nowhere again', () => {
    const events = [
      'bind: { at: 10s, associate: spare, with: web-1 }',
      'free: { at: 20s, disassociate: spare }',
    ];
    const result = runShop({ duration: '30s', events, changes: [WITH_SPARE], traffic: [FLOW] });
    expect([refusal(result, 'bind'), refusal(result, 'free')]).toEqual([null, null]);
    expect(result.flows.knock?.lostByReason).toEqual({ 'nat-no-binding': result.flows.knock?.lost });
    expect(Math.abs((result.flows.knock?.delivered ?? 0) - 100)).toBeLessThanOrEqual(1);
    expect(result.events.free?.flows.knock?.lost).toBeGreaterThan(90);
  });

  test('are refused what the product refuses', () => {
    const events = [
      'taken: { at: 1s, associate: front-ip, with: web-1 }',
      'second: { at: 2s, associate: spare, with: front }',
      'loose: { at: 4s, disassociate: spare }',
    ];
    const result = runShop({ duration: '10s', events, changes: [WITH_SPARE], traffic: [] });
    expect(refusal(result, 'taken')).toContain('disassociate');
    expect(refusal(result, 'second')).toContain('front-ip');
    expect(refusal(result, 'loose')).toContain('not associated');
  });

  test('pass the bandwidth set, outbound from then on', () => {
    const events = ['shrink: { at: 10s, set: front-ip, bandwidth: 1Mbps }'];
    const traffic = [
      'browse: { kind: http, from: shopper, to: front-ip:80, rate: 50/s, size: 20kB, timeout: 3s }',
    ];
    const result = runShop({ duration: '20s', events, traffic });
    expect(result.packets.droppedByReason['rate-limit']).toBeGreaterThan(100);
    expect(result.events.shrink?.flows.browse?.lost).toBeGreaterThan(100);
    const before = runShop({ duration: '10s', traffic });
    expect(before.packets.droppedByReason['rate-limit']).toBeUndefined();
  });
});

test('a changed scheduler acts on the next connection', () => {
  const events = ['sticky: { at: 0s, set: front/web, scheduler: sch }'];
  const delivered = heard(runShop({ duration: '10s', events, traffic: [BROWSE] }));
  // One client: all of its connections go to one server.
  expect([...delivered].sort((a, b) => a - b).slice(0, 2)).toEqual([0, 0]);
});

test('changed health checks act from the next probe on', () => {
  const events = [
    'tune: { at: 1s, set: front/web, health_check_timeout: 1s, health_check_interval: 1s, unhealthy_threshold: 2 }',
    'dies: { at: 10s, fail: web-1 }',
  ];
  const { detectedAfterNs } = runShop({ duration: '30s', events, traffic: [] }).events
    .dies as RunResult['events'][string];
  expect(detectedAfterNs).toBeGreaterThanOrEqual(2.99e9);
  expect(detectedAfterNs).toBeLessThanOrEqual(4.01e9);
});

describe('an administrator’s change', () => {
  const changesOf = (
    result: RunResult,
    subject: string,
  ): (readonly [string | null, string, string | null])[] =>
    result.stateChanges
      .filter((change) => change.subject === subject)
      .map(({ from, to, because }) => [from, to, because?.event ?? null] as const);

  test('is a change of state at once, with what was there before', () => {
    const events = [
      'widen: { at: 1s, set: front-ip, bandwidth: 200Mbps }',
      'weigh: { at: 2s, set: front/web/web-1, weight: 30 }',
      'drop: { at: 3s, remove: front/web/web-2 }',
      'take: { at: 4s, disassociate: front-ip }',
    ];
    const result = runShop({ duration: '5s', events });
    expect(changesOf(result, 'front-ip/bandwidth')).toEqual([
      [null, '100Mbps', null],
      ['100Mbps', '200Mbps', 'widen'],
    ]);
    expect(changesOf(result, 'front-ip')).toEqual([
      [null, 'front', null],
      ['front', 'available', 'take'],
    ]);
    expect(changesOf(result, 'front/web/web-1/weight')).toEqual([[null, '30', 'weigh']]);
    expect(changesOf(result, 'front/web/web-2')).toEqual([
      [null, 'up', null],
      ['up', 'removed', 'drop'],
    ]);
    for (const name of ['widen', 'weigh', 'drop', 'take'])
      expect(result.events[name]?.switchedAfterNs).toBe(0);
  });

  test('that brings a removed server back leaves no hole in its history', () => {
    const events = [
      'drop: { at: 3s, remove: front/web/web-2 }',
      'back: { at: 5s, add: front/web/web-2, weight: 100 }',
    ];
    const history = changesOf(runShop({ duration: '20s', events }), 'front/web/web-2');
    expect(history.map(([from, to]) => [from, to])).toEqual([
      [null, 'up'],
      ['up', 'removed'],
      ['removed', 'checking'],
      ['checking', 'up'],
    ]);
  });

  test('that adds a server is detected and switched by its health checks', () => {
    const events = ['add: { at: 5s, add: front/web/web-3, weight: 100 }'];
    const { add } = runShop({ duration: '30s', events, changes: [THIRD] }).events;
    expect(add?.detectedBy).toBe('health-check');
    // Three answers 2 s apart, the first at a random phase within 2 s: 4 to 6 s, and the slowest node decides.
    expect(add?.detectedAfterNs).toBeGreaterThan(4e9);
    expect(add?.detectedAfterNs).toBeLessThan(6.1e9);
    expect(add?.switchedAfterNs).toBeGreaterThanOrEqual(add?.detectedAfterNs as number);
  });

  test('of the probed port to a closed one takes every server out', () => {
    const events = ['mistake: { at: 5s, set: front/web, health_check_connect_port: 9999 }'];
    const result = runShop({ duration: '30s', events });
    expect(result.events.mistake?.detectedBy).toBe('health-check');
    // RST at once: two more intervals of 2 s after the first probe.
    expect(result.events.mistake?.detectedAfterNs).toBeGreaterThan(4e9);
    expect(result.events.mistake?.detectedAfterNs).toBeLessThan(6.1e9);
    expect(result.flows.browse?.lostByReason['no-healthy-backend']).toBeGreaterThan(500);
  });
});

test('every machine and link has a state at 0 s, and its failures show', () => {
  const result = runShop({
    duration: '5s',
    events: ['cut: { at: 1s, fail: shopper~internet/shanghai/link-1, direction: in }'],
  });
  const at0 = new Map(
    result.stateChanges.filter(({ from }) => from === null).map(({ subject, to }) => [subject, to]),
  );
  for (const { name } of result.topology.nodes) expect(at0.get(name)).toBe('on');
  for (const { name } of result.topology.links) expect(at0.get(name)).toBe('up');
  const cut = result.stateChanges.filter(
    ({ from, subject }) => from !== null && subject.startsWith('shopper~'),
  );
  expect(cut.map(({ from, to, because }) => [from, to, because?.event])).toEqual([['up', 'one-way', 'cut']]);
});
