/**
 * Goal: a health check knows only what its own packets meet. Method: break the probers' path alone and a healthy
 * server is taken out; break the clients' path alone and nobody notices. What a CLB's secondary zone sends is probes
 * and nothing else, so what is broken there touches no request.
 */
import { describe, expect, test } from 'vitest';
import type { FlowResult, RunResult } from '../../src/measure/result.ts';
import {
  changesOf,
  run,
  runWithRequests,
  SECOND,
  type ShopOptions,
  shop,
  spans,
  TCP_TIMERS,
  whyOutside,
} from '../support/detection-shop.ts';

const PROBER = 'front/cn-hangzhou-i/node-1';
const PROBES_LINK = `shop/cn-hangzhou-i~${PROBER}/link-1`;
/** The way from zone i to a server in zone j; requests go from zone h to zone j. */
const ZONE_LINK = 'shop/cn-hangzhou-i~shop/cn-hangzhou-j/link-1';
const SHOPPER_LINK = 'shopper~internet/shanghai/link-1';

const BREAK_AT = 20;
const MEND_AT = 80;

const TRAFFIC = [
  'browse: { kind: http, from: shopper, to: front-ip:80, rate: 10/s, timeout: 3s }',
  'watch: { kind: ping, from: watcher, to: web-1, rate: 10/s }',
];

/** `breaks` fails a link at a random phase from 20 s on, `mends` restores it from 80 s on. */
function broken(link: string, direction: string, options: Partial<ShopOptions> = {}): ShopOptions {
  return {
    timers: TCP_TIMERS,
    hasSecondaryZone: true,
    traffic: TRAFFIC,
    ...options,
    events: [
      `breaks: { at: { uniform: [${BREAK_AT}s, ${BREAK_AT + 7}s] }, fail: ${link}, direction: ${direction} }`,
      `mends: { at: { uniform: [${MEND_AT}s, ${MEND_AT + 7}s] }, restore: ${link} }`,
    ],
    duration: 110,
  };
}

/** The span [from, to] of the whole run in which web-1 was down; asserts that there was exactly one. */
function downSpan(result: RunResult): readonly [number, number] {
  const changes = changesOf(result, 'front/web/web-1');
  expect(changes.map(({ from, to }) => `${from} to ${to}`)).toEqual(['up to down', 'down to up']);
  return [changes[0]?.atNs as number, changes[1]?.atNs as number];
}

const flow = (result: RunResult, name: string): FlowResult => result.flows[name] as FlowResult;

/** web-1 was found down and up again by the prober of the secondary zone alone, and each for the right reason. */
function expectFalseAlarm(result: RunResult): void {
  const { breaks, mends } = result.events;
  expect(breaks?.detectedBy).toBe('health-check');
  expect(whyOutside(breaks?.detectedAfterNs, spans.silent(TCP_TIMERS))).toBeNull();
  expect(mends?.detectedBy).toBe('health-check');
  expect(whyOutside(mends?.detectedAfterNs, spans.backAfterSilence(TCP_TIMERS))).toBeNull();
  // Who says so, and whose fault it is, along the whole chain.
  expect(changesOf(result, `${PROBER}/web/web-1`).map(({ to, because }) => ({ to, because }))).toEqual([
    { to: 'down', because: { event: 'breaks', chain: [] } },
    { to: 'up', because: { event: 'mends', chain: [] } },
  ]);
  for (const subject of ['front/cn-hangzhou-h/node-1/pool/web/web-1', 'front/web/web-1']) {
    expect(changesOf(result, subject).map(({ because }) => because)).toEqual([
      { event: 'breaks', chain: [`${PROBER}/web/web-1 down`] },
      { event: 'mends', chain: [`${PROBER}/web/web-1 up`] },
    ]);
  }
  expect(changesOf(result, 'front/cn-hangzhou-h/node-1/web/web-1')).toEqual([]);
  // Yet the server answered all along.
  expect(flow(result, 'watch').lost).toBe(0);
  expect(flow(result, 'watch').delivered).toBeGreaterThan(1000);
}

describe('only the path of the probes is broken', () => {
  test.each(['in', 'out', 'both'])('a healthy server is taken out and there is no other: %s', (direction) => {
    const result = run(shop(broken(PROBES_LINK, direction)), direction);
    expectFalseAlarm(result);
    const [downNs, upNs] = downSpan(result);
    const { outages, lost, lostByReason, sent } = flow(result, 'browse');
    // One outage, and it begins with the verdict, not with the fault; repeated SYNs shorten its end by up to 2 s.
    expect(outages).toHaveLength(1);
    expect(lostByReason).toEqual({ 'no-healthy-backend': lost });
    const [outage] = outages;
    expect(whyOutside((outage?.startNs as number) - downNs, [0, 0.1])).toBeNull();
    expect(whyOutside(upNs - (outage?.endNs as number), [1.9, 2])).toBeNull();
    expect(lost).toBeLessThan(sent / 2);
    // The fault touched no request; the verdict it caused did, and so the fault is what it is put down to.
    expect(result.events.breaks?.flows.browse?.lost).toBe(lost);
    expect(result.events.mends?.healedAfterNs).toBe(0);
  });

  test('a healthy server is taken out and the other one serves every request', () => {
    const scenario = shop(broken(ZONE_LINK, 'both', { backends: ['j', 'h'] }));
    const { result, requests } = runWithRequests(scenario, 'other');
    expectFalseAlarm(result);
    expect(changesOf(result, 'front/web/web-2')).toEqual([]);
    expect(flow(result, 'browse').lost).toBe(0);
    const [downNs, upNs] = downSpan(result);
    const served = (server: string, fromNs: number, toNs: number): number =>
      requests.filter((r) => r.server === server && r.atNs >= fromNs && r.atNs < toNs).length;
    // 10/s, by turns while both are in the pool; a SYN under way at the verdict may go either way.
    const halves = [
      [0, downNs],
      [upNs + SECOND / 10, result.simulatedNs],
    ] as const;
    for (const [fromNs, toNs] of halves) {
      const turns = (5 * (toNs - fromNs)) / SECOND;
      expect(Math.abs(served('web-1', fromNs, toNs) - turns)).toBeLessThan(2);
      expect(Math.abs(served('web-2', fromNs, toNs) - turns)).toBeLessThan(2);
    }
    expect(served('web-1', downNs, upNs - SECOND / 10)).toBe(0);
    expect(served('web-2', downNs, upNs - SECOND / 10)).toBeGreaterThan(400);
  });

  // The third probe in a row leaves 14 s after the first, which leaves within 2 s of the fault.
  test.each([
    ['unnoticed when mended before the third probe leaves', '13.9s', 0],
    ['noticed when mended after it has left', '16.1s', 2],
  ] as const)('a broken path goes %s', (_, lasts, changes) => {
    const events = [
      `breaks: { at: { uniform: [20s, 27s] }, fail: ${PROBES_LINK} }`,
      `mends: { at: breaks + ${lasts}, restore: ${PROBES_LINK} }`,
    ];
    for (const seed of ['a', 'b', 'c', 'd']) {
      const result = run(shop({ ...broken(PROBES_LINK, 'both'), events, traffic: [], duration: 60 }), seed);
      expect(result.packets.droppedByReason['link-down']).toBeGreaterThan(1);
      expect(changesOf(result, 'front/web/web-1')).toHaveLength(changes);
      expect(result.events.breaks?.detectedBy).toBe(changes === 0 ? 'none' : 'health-check');
    }
  });
});

describe('only the path of the clients is broken', () => {
  const LASTS = 20;
  const events = [
    `breaks: { at: { uniform: [20s, 21s] }, fail: ${SHOPPER_LINK} }`,
    `mends: { at: breaks + ${LASTS}s, restore: ${SHOPPER_LINK} }`,
  ];
  const reach = 'reach: { kind: ping, from: shopper, to: front-ip, rate: 10/s }';
  const options: ShopOptions = { ...broken('', 'both'), traffic: [...TRAFFIC, reach], events, duration: 60 };

  test('nobody notices, and the outage is as long as the fault', () => {
    const result = run(shop(options), 'clients');
    const { breaks, mends } = result.events;
    expect([breaks?.detectedAfterNs, breaks?.detectedBy, breaks?.switchedAfterNs]).toEqual([
      null,
      'none',
      null,
    ]);
    expect([mends?.detectedAfterNs, mends?.detectedBy]).toEqual([null, 'none']);
    // The link itself changes state; nothing that watches anything does.
    const others = result.stateChanges.filter(
      ({ from, subject }) => from !== null && subject !== SHOPPER_LINK,
    );
    expect(others).toEqual([]);
    expect(flow(result, 'watch').lost).toBe(0);
    const outageOf = (name: string): number => {
      const { outages, lost, lostByReason } = flow(result, name);
      expect(outages).toHaveLength(1);
      expect(lostByReason).toEqual({ 'link-down': lost });
      expect(breaks?.flows[name]?.lost).toBe(lost);
      return (outages[0]?.endNs as number) - (outages[0]?.startNs as number);
    };
    expect(whyOutside(outageOf('reach'), [LASTS - 0.1, LASTS + 0.1])).toBeNull();
    // A request of the last 2 s is saved by a repeated SYN.
    expect(whyOutside(outageOf('browse'), [LASTS - 2.1, LASTS - 1.9])).toBeNull();
    expect(whyOutside(breaks?.healedAfterNs, [LASTS - 0.1, LASTS])).toBeNull();
  });
});
