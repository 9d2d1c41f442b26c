/**
 * Goal: what a node of an ALB takes out follows from its timers and from what its own probes meet, and from nothing
 * else. Method: faults at random phases while each timer is changed; then the path of one node's probes alone is broken,
 * and the path of the clients alone.
 */
import { describe, expect, test } from 'vitest';
import { albShop, BROWSE } from '../support/alb-shop.ts';
import { changesOf, run, spans, type Timers, whyOutside } from '../support/detection-shop.ts';
import { probedNlb } from '../support/nlb-gate.ts';

const TIMERS: Timers = { interval: 2, timeout: 5, unhealthy: 3, healthy: 3 };
const SEEDS = ['a', 'b', 'c'];

const checkOf = ({ interval, timeout, unhealthy, healthy }: Timers): string[] => [
  `health_check_interval: ${interval}s`,
  `health_check_timeout: ${timeout}s`,
  `unhealthy_threshold: ${unhealthy}`,
  `healthy_threshold: ${healthy}`,
];

function fault(timers: Timers, how: string): ReturnType<typeof albShop> {
  return albShop({
    check: checkOf(timers),
    events: [
      `breaks: { at: { uniform: [20s, 27s] }, fail: web-1, how: ${how} }`,
      'mends: { at: { uniform: [100s, 107s] }, restore: web-1 }',
    ],
    duration: 160,
  });
}

describe('each timer moves the measured time', () => {
  test.each([
    ['as documented', {}],
    ['interval', { interval: 5 }],
    ['timeout', { timeout: 3 }],
    ['unhealthy threshold', { unhealthy: 5 }],
    ['healthy threshold', { healthy: 6 }],
  ])('%s', (_name, change) => {
    const timers = { ...TIMERS, ...change };
    for (const seed of SEEDS) {
      const hung = run(fault(timers, 'hang'), seed).events;
      expect(whyOutside(hung.breaks?.detectedAfterNs, spans.silent(timers))).toBeNull();
      expect(whyOutside(hung.mends?.detectedAfterNs, spans.backAfterSilence(timers))).toBeNull();
      const failing = run(fault(timers, 'error'), seed).events;
      expect(whyOutside(failing.breaks?.detectedAfterNs, spans.refused(timers))).toBeNull();
      expect(whyOutside(failing.mends?.detectedAfterNs, spans.backAfterRefusal(timers))).toBeNull();
    }
  });
});

/** The whole path of one node; requests of the client come by the other. */
const NODE = 'front/cn-hangzhou-i/node-1';
const PROBES_LINK = `shop/cn-hangzhou-i~${NODE}/link-1`;

test('a node whose own path is broken takes healthy servers out, for itself alone', () => {
  const scenario = albShop({
    traffic: [BROWSE],
    events: [
      `breaks: { at: { uniform: [20s, 27s] }, fail: ${PROBES_LINK} }`,
      `mends: { at: { uniform: [60s, 67s] }, restore: ${PROBES_LINK} }`,
    ],
    duration: 90,
  });
  const result = run(scenario, 'node');
  const { breaks, mends } = result.events;
  expect(breaks?.detectedBy).toBe('health-check');
  expect(whyOutside(breaks?.detectedAfterNs, spans.silent(TIMERS))).toBeNull();
  expect(whyOutside(mends?.detectedAfterNs, spans.backAfterSilence(TIMERS))).toBeNull();
  expect(changesOf(result, `${NODE}/pool/web/web-1`).map(({ to, because }) => ({ to, because }))).toEqual([
    { to: 'out', because: { event: 'breaks', chain: [`${NODE}/web/web-1 down`] } },
    { to: 'in', because: { event: 'mends', chain: [`${NODE}/web/web-1 up`] } },
  ]);
  expect(changesOf(result, 'front/web/web-1')).toEqual([]);
  expect(result.flows.browse?.lost).toBe(0);
});

test('a broken path of the clients goes unnoticed', () => {
  const link = 'shopper~internet/shanghai/link-1';
  const scenario = albShop({
    traffic: [BROWSE],
    events: [`breaks: { at: 20s, fail: ${link} }`, `mends: { at: 60s, restore: ${link} }`],
    duration: 90,
  });
  const { events, flows } = run(scenario, 'path');
  expect(events.breaks?.detectedAfterNs).toBeNull();
  expect(events.mends?.detectedAfterNs).toBeNull();
  expect(flows.browse?.lost).toBeGreaterThan(350);
});

describe('the timers of an NLB are its own', () => {
  const events = [
    'breaks: { at: { uniform: [20s, 30s] }, fail: web-1 }',
    'mends: { at: { uniform: [100s, 110s] }, restore: web-1 }',
  ];

  test.each([
    ['as documented', '', {}],
    ['interval', 'health_check_interval: 4s', { interval: 4 }],
    ['timeout', 'health_check_connect_timeout: 8s', { timeout: 8 }],
    ['unhealthy threshold', 'unhealthy_threshold: 4', { unhealthy: 4 }],
    ['healthy threshold', 'healthy_threshold: 3', { healthy: 3 }],
  ])('%s', (_name, check, change) => {
    const timers = { interval: 10, timeout: 5, unhealthy: 2, healthy: 2, ...change };
    const scenario = probedNlb(check, events, 170);
    for (const seed of SEEDS) {
      const result = run(scenario, seed);
      // Each zone probes for itself: both lie in the span.
      for (const zone of ['cn-hangzhou-h', 'cn-hangzhou-i']) {
        const [down, up] = changesOf(result, `front/${zone}/web/web-1`);
        const since = (event: string, atNs = 0): number => atNs - (result.events[event]?.atNs ?? 0);
        expect(whyOutside(since('breaks', down?.atNs), spans.silent(timers))).toBeNull();
        expect(whyOutside(since('mends', up?.atNs), spans.backAfterSilence(timers))).toBeNull();
      }
    }
  });
});
