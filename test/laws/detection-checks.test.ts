/**
 * Goal: checks that ask for more than a protocol has to offer, HTTP behind TCP listeners and strings behind UDP ones, find
 * what their timers and the answers of the server make of it. Method: one prober, faults at random phases, any timers;
 * then the path of one node's probes alone is broken, and that of the clients alone.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import {
  changesOf,
  run,
  type ShopOptions,
  type Span,
  shop,
  spans,
  whyOutside,
} from '../support/detection-shop.ts';

const HTTP: Partial<ShopOptions> = { listener: ['health_check_type: http'] };
const STRINGS: Partial<ShopOptions> = {
  protocol: 'udp',
  listener: ['health_check_req: hello', 'health_check_exp: ok'],
};

/** web-1 fails at any moment of 100 s, which hits every phase, and returns at another moment, well after. */
function failing(how: string, options: Partial<ShopOptions>): ShopOptions {
  return {
    ...options,
    events: [
      `goes: { at: { uniform: [10s, 110s] }, fail: web-1, how: ${how} }`,
      'comes: { at: { uniform: [400s, 500s] }, restore: web-1 }',
    ],
    duration: 800,
  };
}

function expectSpans({ events }: RunResult, goes: Span, comes: Span): void {
  expect(whyOutside(events.goes?.detectedAfterNs, goes)).toBeNull();
  expect(whyOutside(events.comes?.detectedAfterNs, comes)).toBeNull();
}

const TIMERS = fc.record({
  interval: fc.integer({ min: 1, max: 9 }),
  timeout: fc.integer({ min: 2, max: 12 }),
  unhealthy: fc.integer({ min: 2, max: 6 }),
  healthy: fc.integer({ min: 2, max: 6 }),
});

/** Who is silent, and who says no. */
const SILENT = ['power-off', 'hang'];
const REFUSED = ['refuse', 'error'];

test.each([
  ['HTTP', HTTP],
  ['UDP with strings', STRINGS],
] as const)(
  '%s, any timers, any phase: silence and refusal are found, and found to be over, as predicted',
  (_, options) => {
    const property = fc.property(
      TIMERS,
      fc.constantFrom(...SILENT, ...REFUSED),
      fc.nat(),
      (timers, how, seed) => {
        const result = run(shop(failing(how, { ...options, timers })), seed);
        if (SILENT.includes(how)) expectSpans(result, spans.silent(timers), spans.backAfterSilence(timers));
        else expectSpans(result, spans.refused(timers), spans.backAfterRefusal(timers));
      },
    );
    fc.assert(property, { numRuns: 25, seed: 5 });
  },
);

describe('the published defaults', () => {
  test('are 40 to 45 s for a silent UDP server that owes an answer, and 10 to 15 s for a closed port', () => {
    for (const seed of ['a', 'b', 'c', 'd']) {
      expectSpans(run(shop(failing('power-off', STRINGS)), seed), [40, 45], [10, 25]);
      expectSpans(run(shop(failing('refuse', STRINGS)), seed), [10, 15], [10, 15]);
    }
  });

  test('are 19 to 21 s for a hung HTTP server, and 4 to 6 s for one that answers errors', () => {
    for (const seed of ['a', 'b', 'c', 'd']) {
      expectSpans(run(shop(failing('hang', HTTP)), seed), [19, 21], [4, 11]);
      expectSpans(run(shop(failing('error', HTTP)), seed), [4, 6], [4, 6]);
    }
  });
});

test.each([
  ['HTTP', HTTP],
  ['UDP with strings', STRINGS],
] as const)('%s: a server that answers later than the time-out counts as silent', (_, options) => {
  const late = { ...options, assume: 'fault.slow_response: 11s' };
  const early = { ...options, assume: 'fault.slow_response: 900ms' };
  expect(run(shop(failing('slow', late)), 'a').events.goes?.detectedBy).toBe('health-check');
  expect(run(shop(failing('slow', early)), 'a').events.goes?.detectedBy).toBe('none');
});

test('status classes that count as healthy are those listed', () => {
  const lenient = { listener: [...(HTTP.listener ?? []), 'health_check_http_code: "http_2xx,http_5xx"'] };
  expect(run(shop(failing('error', lenient)), 'a').events.goes?.detectedAfterNs).toBeNull();
  const strict = { listener: [...(HTTP.listener ?? []), 'health_check_http_code: http_3xx'] };
  const { stateChanges } = run(shop(failing('error', strict)), 'a');
  const verdicts = stateChanges.filter(({ subject }) => subject === 'front/cn-hangzhou-h/node-1/web/web-1');
  expect(verdicts.map(({ to }) => to)).toEqual(['down']);
});

/** Of the secondary zone, so that no client comes by it. */
const NODE_LINK = 'shop/cn-hangzhou-i~front/cn-hangzhou-i/node-1/link-1';
const CLIENT_LINK = 'shopper~internet/shanghai/link-1';

describe.each([
  ['HTTP', HTTP, spans.silent({ interval: 2, timeout: 5, unhealthy: 3, healthy: 3 })],
  ['UDP with strings', STRINGS, [40, 45]],
] as const)('%s', (_, options, silent) => {
  const broken = (link: string): RunResult =>
    run(
      shop({
        ...options,
        hasSecondaryZone: true,
        backends: ['h', 'h'],
        events: [
          `breaks: { at: { uniform: [20s, 27s] }, fail: ${link} }`,
          `mends: { at: breaks + 60s, restore: ${link} }`,
        ],
        duration: 130,
      }),
      'path',
    );

  test('one node that has lost its path takes healthy servers out everywhere', () => {
    const result = broken(NODE_LINK);
    expect(result.events.breaks?.detectedBy).toBe('health-check');
    expect(whyOutside(result.events.breaks?.detectedAfterNs, silent)).toBeNull();
    for (const server of ['web-1', 'web-2'])
      expect(changesOf(result, `front/web/${server}`).map(({ to }) => to)).toEqual(['down', 'up']);
  });

  test('a broken path of the clients goes unnoticed', () => {
    const { events, stateChanges } = broken(CLIENT_LINK);
    expect([events.breaks?.detectedAfterNs, events.mends?.detectedAfterNs]).toEqual([null, null]);
    expect(stateChanges.filter(({ from, subject }) => from !== null && subject !== CLIENT_LINK)).toEqual([]);
  });
});
