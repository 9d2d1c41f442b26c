/**
 * Goal: how long a CLB takes to see a backend fail follows from its timers and from nothing else. Method: one prober,
 * faults at random phases; each timer is changed, and the measured time must move as arithmetic says.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import {
  changesOf,
  run,
  SECOND,
  type ShopOptions,
  type Span,
  shop,
  spans,
  TCP_TIMERS,
  type Timers,
  UDP_TIMERS,
  whyOutside,
} from '../support/detection-shop.ts';

const SEEDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];

/** web-1 fails at any moment of 100 s, which hits every phase, and returns at another moment, well after. */
function failing(how: string, options: Omit<ShopOptions, 'events' | 'duration'> = {}): ShopOptions {
  return {
    ...options,
    events: [
      `goes: { at: { uniform: [10s, 110s] }, fail: web-1, how: ${how} }`,
      'comes: { at: { uniform: [400s, 500s] }, restore: web-1 }',
    ],
    duration: 800,
  };
}

const detected = (result: RunResult, event: string): number | null =>
  result.events[event]?.detectedAfterNs ?? null;

/** Runs under every seed; each detection must lie within its span, and together they must make use of it. */
function expectSpans(options: ShopOptions, expected: Readonly<Record<string, Span>>): void {
  const scenario = shop(options);
  const runs = SEEDS.map((seed) => run(scenario, seed));
  for (const [event, span] of Object.entries(expected)) {
    const times = runs.map((result) => detected(result, event));
    const outside = times.flatMap((ns, i) => {
      const why = whyOutside(ns, span);
      return why === null ? [] : [`seed ${SEEDS[i]}: ${event} detected after ${why}`];
    });
    expect(outside).toEqual([]);
    const seconds = times.map((ns) => (ns as number) / SECOND);
    const [least, most] = span;
    // A constant typed in somewhere would pass for a span; random phases use at least half of it.
    expect(Math.max(...seconds) - Math.min(...seconds)).toBeGreaterThan((most - least) / 2);
  }
}

/** The defaults, and each timer moved alone. */
const VARIANTS: readonly (readonly [string, Timers])[] = [
  ['the defaults', TCP_TIMERS],
  ['an interval of 1 s', { ...TCP_TIMERS, interval: 1 }],
  ['a time-out of 3 s', { ...TCP_TIMERS, timeout: 3 }],
  ['an unhealthy threshold of 2', { ...TCP_TIMERS, unhealthy: 2 }],
  ['a healthy threshold of 5', { ...TCP_TIMERS, healthy: 5 }],
];

describe('a TCP check', () => {
  test.each(VARIANTS)('finds a silent host after time-outs and intervals: %s', (_, timers) => {
    expectSpans(failing('power-off', { timers }), {
      goes: spans.silent(timers),
      comes: spans.backAfterSilence(timers),
    });
  });

  test.each(VARIANTS)('finds a refused port after intervals alone: %s', (_, timers) => {
    expectSpans(failing('refuse', { timers }), {
      goes: spans.refused(timers),
      comes: spans.backAfterRefusal(timers),
    });
  });

  test('has the published defaults', () => {
    expect(spans.silent(TCP_TIMERS)).toEqual([19, 21]);
    expect(spans.refused(TCP_TIMERS)).toEqual([4, 6]);
    expect(spans.backAfterSilence(TCP_TIMERS)).toEqual([4, 11]);
    expectSpans(failing('power-off'), { goes: [19, 21], comes: [4, 11] });
    expectSpans(failing('refuse'), { goes: [4, 6], comes: [4, 6] });
  });

  test.each(['hang', 'error', 'slow'])('passes a server that connects and fails later: %s', (how) => {
    const result = run(shop(failing(how)), 'a');
    expect(detected(result, 'goes')).toBeNull();
    expect(result.events.goes?.detectedBy).toBe('none');
    expect(changesOf(result, 'front/web/web-1')).toEqual([]);
  });

  test('follows timers that change while it runs', () => {
    const options = failing('power-off', { timers: TCP_TIMERS });
    const retuned = 'retune: { at: 5s, set: front/web, health_check_timeout: 8s, unhealthy_threshold: 2 }';
    const timers = { ...TCP_TIMERS, timeout: 8, unhealthy: 2 };
    expectSpans({ ...options, events: [retuned, ...options.events] }, { goes: spans.silent(timers) });
  });
});

describe('a UDP check', () => {
  const slower = { ...UDP_TIMERS, interval: 7, unhealthy: 2, healthy: 2 };

  test('has the published defaults', () => {
    expect(spans.udpRefused(UDP_TIMERS)).toEqual([10, 25]);
    expectSpans(failing('refuse', { protocol: 'udp' }), { goes: [10, 25], comes: [40, 45] });
  });

  test('finds a closed port by its ICMP error, late when a probe already waits for silence', () => {
    expectSpans(failing('refuse', { protocol: 'udp', timers: slower }), {
      goes: spans.udpRefused(slower),
      comes: spans.udpBack(slower),
    });
  });

  test('never finds a silent host', () => {
    const result = run(shop(failing('power-off', { protocol: 'udp' })), 'a');
    expect(detected(result, 'goes')).toBeNull();
    const states = result.stateChanges.filter(({ subject }) => subject === 'front/web/web-1');
    expect(states.map(({ to }) => to)).toEqual(['up']);
    expect(result.packets.droppedByReason['device-down']).toBeGreaterThan(15);
  });
});

test('any timers, any phase: a silent host or a refused port is found and found well again as predicted', () => {
  const timers = fc.record({
    interval: fc.integer({ min: 1, max: 9 }),
    timeout: fc.integer({ min: 1, max: 12 }),
    unhealthy: fc.integer({ min: 2, max: 6 }),
    healthy: fc.integer({ min: 2, max: 6 }),
  });
  const property = fc.property(timers, fc.boolean(), fc.nat(), (check, isSilent, seed) => {
    const result = run(shop(failing(isSilent ? 'power-off' : 'refuse', { timers: check })), seed);
    const goes = (isSilent ? spans.silent : spans.refused)(check);
    const comes = (isSilent ? spans.backAfterSilence : spans.backAfterRefusal)(check);
    expect(whyOutside(detected(result, 'goes'), goes)).toBeNull();
    expect(whyOutside(detected(result, 'comes'), comes)).toBeNull();
  });
  fc.assert(property, { numRuns: 60, seed: 8 });
});

test('of several nodes the first takes a server out everywhere, and the last one brings it back', () => {
  const result = run(shop(failing('power-off', { nodesPerZone: 4, hasSecondaryZone: true })), 'a');
  const { goes, comes } = result.events;
  const verdicts = result.stateChanges.filter(({ subject }) => /node-\d\/web\/web-1$/.test(subject));
  const times = (to: string): number[] =>
    verdicts.flatMap((change) => (change.to === to && change.from !== null ? [change.atNs] : []));
  expect(times('down')).toHaveLength(8);
  expect(times('up')).toHaveLength(8);
  const [down, up] = changesOf(result, 'front/web/web-1');
  expect(goes?.detectedAfterNs).toBe(Math.min(...times('down')) - (goes?.atNs as number));
  expect(comes?.detectedAfterNs).toBe(Math.min(...times('up')) - (comes?.atNs as number));
  const spread: Span = [0, 0];
  expect(whyOutside((down?.atNs as number) - Math.min(...times('down')), spread)).toBeNull();
  expect(whyOutside((up?.atNs as number) - Math.max(...times('up')), spread)).toBeNull();
  expect(Math.max(...times('up')) - Math.min(...times('up'))).toBeGreaterThan(SECOND / 10);
});
