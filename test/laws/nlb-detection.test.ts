/**
 * Goal: what an NLB takes out follows from its timers and from what the probes of each zone meet, and from nothing else.
 * Method: UDP servers whose port closes, with each timer changed; then the path of one zone's probes alone is broken,
 * and the path of the clients alone. (TCP servers that fall silent: see the detection of ALBs.)
 */
import { describe, expect, test } from 'vitest';
import { changesOf, run, spans, type Timers, whyOutside } from '../support/detection-shop.ts';
import { nlbGate, ZONES } from '../support/nlb-gate.ts';

const TIMERS: Timers = { interval: 10, timeout: 5, unhealthy: 2, healthy: 2 };
const BROWSE = 'browse: { kind: http, from: shopper, to: gate/cn-hangzhou-h:80, rate: 10/s, timeout: 3s }';

describe('each timer moves the time in which a closed UDP port is found', () => {
  test.each([
    ['as documented', '', {}],
    ['interval', 'health_check_interval: 6s', { interval: 6 }],
    ['timeout', 'health_check_connect_timeout: 8s', { timeout: 8 }],
    ['unhealthy threshold', 'unhealthy_threshold: 4', { unhealthy: 4 }],
    ['healthy threshold', 'healthy_threshold: 3', { healthy: 3 }],
  ])('%s', (_name, check, change) => {
    const timers = { ...TIMERS, ...change };
    const events = [
      'breaks: { at: { uniform: [20s, 35s] }, fail: web-1, how: refuse }',
      'mends: { at: { uniform: [120s, 135s] }, restore: web-1 }',
    ];
    const scenario = nlbGate({ protocol: 'UDP', check: [check], events, duration: 200 });
    for (const seed of ['a', 'b', 'c']) {
      const result = run(scenario, seed);
      for (const zone of ZONES) {
        const [down, up] = changesOf(result, `gate/${zone}/web/web-1`);
        const since = (event: string, atNs = 0): number => atNs - (result.events[event]?.atNs ?? 0);
        expect(whyOutside(since('breaks', down?.atNs), spans.udpRefused(timers))).toBeNull();
        expect(whyOutside(since('mends', up?.atNs), spans.udpBack(timers))).toBeNull();
      }
    }
  });
});

describe('a check that asks for more finds more, after the same timers', () => {
  const strings = 'health_check_req: ping, health_check_exp: pong';
  const http = 'health_check_type: HTTP, http_check_method: HEAD, health_check_url: /health';
  test.each([
    ['HTTP, of a process that hangs', 'TCP', http, 'hang', spans.silent],
    ['HTTP, of one that errs', 'TCP', http, 'error', spans.refused],
    ['strings, of a dead machine', 'UDP', strings, 'power-off', spans.silent],
    ['strings, of a process that errs', 'UDP', strings, 'error', spans.refused],
  ] as const)('%s', (_what, protocol, check, how, spanOf) => {
    const events = [`breaks: { at: { uniform: [20s, 35s] }, fail: web-1, how: ${how} }`];
    const scenario = nlbGate({ protocol, check: [check], events, duration: 75 });
    for (const seed of ['a', 'b']) {
      const result = run(scenario, seed);
      for (const zone of ZONES) {
        const [down] = changesOf(result, `gate/${zone}/web/web-1`);
        const afterNs = (down?.atNs as number) - (result.events.breaks?.atNs as number);
        expect(whyOutside(afterNs, spanOf(TIMERS))).toBeNull();
      }
    }
    const plain = run(nlbGate({ protocol, events, duration: 75 }), 'a');
    expect(plain.events.breaks?.detectedAfterNs).toBeNull();
  });
});

test('a UDP server whose machine is dead is never found out', () => {
  const events = ['dies: { at: 20s, fail: web-1 }'];
  expect(run(nlbGate({ protocol: 'UDP', events, duration: 120 }), 1).events.dies?.detectedAfterNs).toBeNull();
});

const NODE = 'gate/cn-hangzhou-i/node-1';

test('a zone whose probes alone find no way takes healthy servers out, for itself alone', () => {
  // Requests come by zone h to servers in zone j; this is the way of answers from them to zone i.
  const link = 'shop/cn-hangzhou-i~shop/cn-hangzhou-j/link-1';
  const events = [
    `breaks: { at: { uniform: [20s, 35s] }, fail: ${link}, direction: in }`,
    `mends: { at: { uniform: [80s, 95s] }, restore: ${link} }`,
  ];
  const result = run(nlbGate({ traffic: [BROWSE], events, duration: 125 }), 'zone');
  const { breaks, mends } = result.events;
  expect(breaks?.detectedBy).toBe('health-check');
  expect(whyOutside(breaks?.detectedAfterNs, spans.silent(TIMERS))).toBeNull();
  expect(whyOutside(mends?.detectedAfterNs, spans.backAfterSilence(TIMERS))).toBeNull();
  expect(
    changesOf(result, 'gate/cn-hangzhou-i/web/web-1').map(({ to, because }) => ({ to, because })),
  ).toEqual([
    { to: 'down', because: { event: 'breaks', chain: [`${NODE}/web/web-1 down`] } },
    { to: 'up', because: { event: 'mends', chain: [`${NODE}/web/web-1 up`] } },
  ]);
  expect(changesOf(result, 'gate/cn-hangzhou-h/web/web-1')).toEqual([]);
  expect(result.flows.browse?.lost).toBe(0);
});

test('a broken path of the clients goes unnoticed', () => {
  const link = 'shopper~internet/shanghai/link-1';
  const events = [`breaks: { at: 20s, fail: ${link} }`, `mends: { at: 70s, restore: ${link} }`];
  const {
    events: results,
    flows,
    stateChanges,
  } = run(nlbGate({ traffic: [BROWSE], events, duration: 90 }), 'path');
  expect([results.breaks?.detectedAfterNs, results.mends?.detectedAfterNs]).toEqual([null, null]);
  expect(stateChanges.filter(({ subject, from }) => from !== null && subject.startsWith('gate'))).toEqual([]);
  expect(flows.browse?.lost).toBeGreaterThan(450);
});
