/**
 * Goal: routers lose a node, and a controller fails a zone over, by what their own packets meet and by nothing else.
 * Method: each timer is varied and the time follows; the path of the detector alone is broken, then that of the data alone.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { changesOf, run, SECOND, type ShopOptions, shop, whyOutside } from '../support/detection-shop.ts';

const NODE = 'front/cn-hangzhou-h/node-1';
const BROWSE = 'browse: { kind: http, from: shopper, to: front-ip:80, rate: 20/s, timeout: 3s }';

const base: ShopOptions = {
  nodesPerZone: 2,
  hasSecondaryZone: true,
  backends: ['j'],
  events: [],
  duration: 30,
};

/** When, after an event, a subject first changed for its sake; null: never. */
function changedAfter(result: RunResult, event: string, subject: string): number | null {
  const atNs = result.events[event]?.atNs as number;
  const change = changesOf(result, subject).find(({ because }) => because?.event === event);
  return change === undefined ? null : change.atNs - atNs;
}

describe('the loss of a node', () => {
  test('is noticed a hold time after its last announcement, and acted on after the delay of a route', () => {
    const timers = fc.record({
      interval: fc.integer({ min: 100, max: 2_000 }),
      holds: fc.integer({ min: 2, max: 5 }),
      delay: fc.integer({ min: 0, max: 3_000 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(timers, ({ interval, holds, delay, seed }) => {
        const hold = interval * holds;
        const assume = `clb.hello_interval: ${interval}ms, clb.hello_hold: ${hold}ms, clb.route_delay: ${delay}ms`;
        const events = [`dies: { at: { uniform: [1s, 3s] }, fail: ${NODE} }`];
        const result = run(shop({ ...base, assume, events, duration: 20 }), seed);
        const span = [(hold - interval) / 1000, hold / 1000] as const;
        expect(result.events.dies?.detectedBy).toBe('hello');
        expect(whyOutside(result.events.dies?.detectedAfterNs, span)).toBeNull();
        for (const router of ['shop/cn-hangzhou-h', 'shop/cn-hangzhou-j', 'cn-hangzhou/internet-gateway']) {
          const lostNs = changedAfter(result, 'dies', `${router}/hello/${NODE}`) as number;
          expect(whyOutside(lostNs, span)).toBeNull();
          const outNs = changedAfter(result, 'dies', `${router}/route/${NODE}`) as number;
          expect(outNs - lostNs).toBe(delay * 1e6);
        }
      }),
      { numRuns: 8 },
    );
  });

  test('is believed by a router whose way to the node alone is broken, and by no other', () => {
    const events = ['cut: { at: 5s, fail: shop/cn-hangzhou-h~shop/cn-hangzhou-j/link-1 }'];
    const options = { ...base, backends: ['h', 'j'], traffic: [BROWSE], events, duration: 15 };
    const result = run(shop(options), 'cut');
    const route = (router: string) => changesOf(result, `${router}/route/${NODE}`).map(({ to }) => to);
    expect(route('shop/cn-hangzhou-j')).toEqual(['out']);
    for (const other of ['shop/cn-hangzhou-h', 'shop/cn-hangzhou-i', 'cn-hangzhou/internet-gateway'])
      expect(route(other)).toEqual([]);
    expect(changesOf(result, 'front')).toEqual([]);
  });

  test('is not noticed where only the clients’ way is broken', () => {
    const events = ['cut: { at: 5s, fail: shopper~internet/shanghai/link-1 }'];
    const result = run(shop({ ...base, traffic: [BROWSE], events, duration: 15 }), 'cut');
    expect(result.flows.browse?.lost).toBeGreaterThan(100);
    expect(
      result.stateChanges.filter(({ subject, from }) => from !== null && subject.includes('/hello/')),
    ).toEqual([]);
  });
});

describe('the loss of a zone', () => {
  test('is acted on after hold time, hold-down and the delay of a route, and undone after its own delay', () => {
    const timers = fc.record({
      interval: fc.integer({ min: 200, max: 3_000 }),
      holds: fc.integer({ min: 2, max: 4 }),
      holdDown: fc.integer({ min: 0, max: 10_000 }),
      switchBack: fc.integer({ min: 1_000, max: 10_000 }),
      delay: fc.integer({ min: 0, max: 3_000 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(timers, ({ interval, holds, holdDown, switchBack, delay, seed }) => {
        const hold = interval * holds;
        const assume = [
          `clb.heartbeat_interval: ${interval}ms, clb.heartbeat_hold: ${hold}ms`,
          `clb.failover_hold_down: ${holdDown}ms, clb.switch_back_delay: ${switchBack}ms`,
          `clb.route_delay: ${delay}ms`,
        ].join(', ');
        const events = [
          'dies: { at: { uniform: [1s, 4s] }, fail: cn-hangzhou-h }',
          'back: { at: 40s, restore: cn-hangzhou-h }',
        ];
        const result = run(shop({ ...base, assume, events, duration: 60 }), seed);
        const over = changedAfter(result, 'dies', 'front');
        expect(whyOutside(over, [(hold - interval + holdDown) / 1000, (hold + holdDown) / 1000])).toBeNull();
        const route = changedAfter(result, 'dies', 'shop/cn-hangzhou-j/route/front/cn-hangzhou-i/node-1');
        expect(whyOutside((route as number) - (over as number), [delay / 1000, delay / 1000])).toBeNull();
        const undone = changedAfter(result, 'back', 'front');
        expect(whyOutside(undone, [switchBack / 1000, (switchBack + interval) / 1000])).toBeNull();
      }),
      { numRuns: 6 },
    );
  });

  const MANAGEMENT = 'cn-hangzhou/management~front/cn-hangzhou-h/node-1..2/link-1';
  test.each([
    ['longer than hold time and hold-down', 28, ['cn-hangzhou-i', 'cn-hangzhou-h']],
    ['shorter', 23, []],
  ] as const)('is believed when only the controller’s way is broken for %s', (_name, seconds, zones) => {
    const events = [
      `cut: { at: 5s, fail: ${MANAGEMENT} }`,
      `mended: { at: ${5 + seconds}s, restore: ${MANAGEMENT} }`,
    ];
    const result = run(shop({ ...base, traffic: [BROWSE], events, duration: 60 }), 'cut');
    expect(changesOf(result, 'front').map(({ to }) => to)).toEqual(zones);
    // But for a request that is under way just when another cluster gets its packets.
    expect(result.flows.browse?.lost).toBeLessThanOrEqual(zones.length);
  });

  test('is not noticed when only the data is cut off: the controller hears every node', () => {
    const events = [
      'cut: { at: 5s, fail: shop/cn-hangzhou-h }',
      'mended: { at: 45s, restore: shop/cn-hangzhou-h }',
    ];
    const result = run(shop({ ...base, traffic: [BROWSE], events, duration: 60 }), 'data');
    expect(changesOf(result, 'front')).toEqual([]);
    const [outage] = result.flows.browse?.outages ?? [];
    const spanNs = (outage?.endNs as number) - (outage?.startNs as number);
    // The nodes have lost sight of their servers too: three answers after a failing probe, 4 to 11 s. A repeated SYN
    // saves the last 2 s.
    expect(whyOutside(spanNs, [42, 51])).toBeNull();
    expect(result.flows.browse?.lostByReason['no-route']).toBeGreaterThan(0);
  });

  test('is left alone by a controller that is itself dead, and seen to once it is back', () => {
    const events = [
      'controller-dies: { at: 2s, fail: cn-hangzhou/clb-controller }',
      'zone-dies: { at: 5s, fail: cn-hangzhou-h }',
      'controller-back: { at: 60s, restore: cn-hangzhou/clb-controller }',
    ];
    const result = run(shop({ ...base, events, duration: 90 }), 'controller');
    const changes = changesOf(result, 'front');
    expect(changes.map(({ to }) => to)).toEqual(['cn-hangzhou-i']);
    // It learns who lives for 10 s, takes the primary for the rightful one, and waits out its hold-down.
    expect(whyOutside((changes[0]?.atNs as number) - 60 * SECOND, [25, 26])).toBeNull();
  });
});
