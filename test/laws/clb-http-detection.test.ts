/**
 * Goal: what a CLB at layer 7 takes out follows from its timers and from what its probes meet, and from nothing else;
 * so with what its layer-4 nodes take out of its proxies. Method: faults at random phases while each timer is changed;
 * then the path of one node alone is broken, and the path of the clients alone.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changesOf, run, spans, type Timers, whyOutside } from '../support/detection-shop.ts';
import { BROWSE, type HttpClbShopOptions, httpClbShop } from '../support/http-clb-shop.ts';

const TIMERS: Timers = { interval: 2, timeout: 5, unhealthy: 3, healthy: 3 };

const checkOf = ({ interval, timeout, unhealthy, healthy }: Timers): string[] => [
  `health_check_interval: ${interval}s`,
  `health_check_timeout: ${timeout}s`,
  `unhealthy_threshold: ${unhealthy}`,
  `healthy_threshold: ${healthy}`,
];

const fault = (timers: Timers, how: string, options: Partial<HttpClbShopOptions> = {}) =>
  httpClbShop({
    listener: checkOf(timers),
    events: [
      `breaks: { at: { uniform: [20s, 27s] }, fail: web-1, how: ${how} }`,
      'mends: { at: { uniform: [250s, 257s] }, restore: web-1 }',
    ],
    duration: 330,
    ...options,
  });

describe('each timer moves the measured time', () => {
  test.each([
    ['as documented', {}],
    ['interval', { interval: 4 }],
    ['timeout', { timeout: 3 }],
    ['unhealthy threshold', { unhealthy: 5 }],
    ['healthy threshold', { healthy: 6 }],
  ])('%s', (_name, change) => {
    const timers = { ...TIMERS, ...change };
    const hung = run(fault(timers, 'hang'), 'a').events;
    expect(whyOutside(hung.breaks?.detectedAfterNs, spans.silent(timers))).toBeNull();
    expect(whyOutside(hung.mends?.detectedAfterNs, spans.backAfterSilence(timers))).toBeNull();
    const failing = run(fault(timers, 'error'), 'b').events;
    expect(whyOutside(failing.breaks?.detectedAfterNs, spans.refused(timers))).toBeNull();
    expect(whyOutside(failing.mends?.detectedAfterNs, spans.backAfterRefusal(timers))).toBeNull();
  });

  test('a time-out below the interval counts as the interval', () => {
    const timers = { ...TIMERS, interval: 6 };
    const { breaks } = run(fault({ ...timers, timeout: 2 }, 'hang'), 'raised').events;
    expect(whyOutside(breaks?.detectedAfterNs, spans.silent({ ...timers, timeout: 6 }))).toBeNull();
  });

  test('whatever the timers, a silent server is found out within their window and a phase', () => {
    const timers = fc.record({
      interval: fc.integer({ min: 1, max: 8 }),
      timeout: fc.integer({ min: 8, max: 20 }),
      unhealthy: fc.integer({ min: 2, max: 6 }),
      healthy: fc.integer({ min: 2, max: 6 }),
    });
    const property = fc.property(timers, fc.nat(), (drawn, seed) => {
      const { breaks } = run(fault(drawn, 'hang', { proxies: 2, duration: 200 }), seed).events;
      expect(whyOutside(breaks?.detectedAfterNs, spans.silent(drawn))).toBeNull();
    });
    fc.assert(property, { numRuns: 8, seed: 5 });
  });
});

const NODE = 'front/cn-hangzhou-h/node-1';
const PROXY = 'front/cn-hangzhou-h/proxy-1';

describe('layer 4 checks the proxy nodes', () => {
  test.each([
    ['as assumed', '', {}],
    ['interval', 'clb.proxy_check_interval: 4s', { interval: 4 }],
    ['timeout', 'clb.proxy_check_timeout: 3s', { timeout: 3 }],
    ['threshold', 'clb.proxy_check_threshold: 5', { unhealthy: 5, healthy: 5 }],
  ])('%s', (_name, assumed, change) => {
    const timers = { ...TIMERS, ...change };
    const scenario = httpClbShop({
      assume: assumed === '' ? [] : [assumed],
      events: [
        `breaks: { at: { uniform: [20s, 27s] }, fail: ${PROXY} }`,
        `mends: { at: { uniform: [80s, 87s] }, restore: ${PROXY} }`,
      ],
      duration: 130,
    });
    const result = run(scenario, 'proxy');
    const [out, into] = changesOf(result, `${NODE}/pool/web/cn-hangzhou-h/proxy-1`);
    const since = (event: string, atNs = 0): number => atNs - (result.events[event]?.atNs ?? 0);
    expect(whyOutside(since('breaks', out?.atNs), spans.silent(timers))).toBeNull();
    expect(whyOutside(since('mends', into?.atNs), spans.backAfterSilence(timers))).toBeNull();
  });
});

test('a proxy node whose own path is broken takes healthy servers out, for all nodes', () => {
  const link = `shop/cn-hangzhou-h~${PROXY}/link-1`;
  const scenario = httpClbShop({
    proxies: 2,
    traffic: [BROWSE],
    events: [
      `breaks: { at: { uniform: [20s, 27s] }, fail: ${link} }`,
      `mends: { at: { uniform: [60s, 67s] }, restore: ${link} }`,
    ],
    duration: 90,
  });
  const result = run(scenario, 'node');
  const { breaks, mends } = result.events;
  expect(breaks?.detectedBy).toBe('health-check');
  expect(whyOutside(breaks?.detectedAfterNs, spans.silent(TIMERS))).toBeNull();
  expect(whyOutside(mends?.detectedAfterNs, spans.backAfterSilence(TIMERS))).toBeNull();
  for (const server of ['web-1', 'web-2']) {
    const [out, into, ...more] = changesOf(result, `front/web/${server}`);
    expect([out?.to, out?.because?.event, into?.to, into?.because?.event]).toEqual([
      'down',
      'breaks',
      'up',
      'mends',
    ]);
    expect(more).toEqual([]);
  }
  // The other proxy works, and layer 4 goes by it; it has nobody to ask.
  expect(result.flows.browse?.lostByReason['status-503']).toBeGreaterThan(250);
  expect(breaks?.flows.browse?.lost).toBe(result.flows.browse?.lost);
});

test('a layer-4 node whose own path is broken takes proxies out for itself alone', () => {
  const link = `shop/cn-hangzhou-h~${NODE}/link-1`;
  const scenario = httpClbShop({
    nodes: 2,
    traffic: [BROWSE],
    events: [`breaks: { at: 20s, fail: ${link} }`],
    duration: 60,
  });
  const result = run(scenario, 'layer 4');
  expect(changesOf(result, `${NODE}/pool/web/cn-hangzhou-h/proxy-1`).map(({ to }) => to)).toEqual(['out']);
  expect(changesOf(result, 'front/cn-hangzhou-h/node-2/pool/web/cn-hangzhou-h/proxy-1')).toEqual([]);
  expect(changesOf(result, 'front/web/web-1')).toEqual([]);
});

test('a broken path of the clients goes unnoticed', () => {
  const link = 'shopper~internet/shanghai/link-1';
  const scenario = httpClbShop({
    traffic: [BROWSE],
    events: [`breaks: { at: 20s, fail: ${link} }`, `mends: { at: 60s, restore: ${link} }`],
    duration: 90,
  });
  const { events, flows } = run(scenario, 'path');
  expect(events.breaks?.detectedAfterNs).toBeNull();
  expect(events.mends?.detectedAfterNs).toBeNull();
  expect(flows.browse?.lost).toBeGreaterThan(350);
});
