/**
 * Goal: when a name fails over follows from its health check's timers and from what its probes meet, and from nothing
 * else. Method: a name with two values, faults at random phases; each timer is changed; then the path of the probes
 * alone is broken, and the path of the clients alone.
 */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import {
  changesOf,
  parse,
  run,
  SECOND,
  type Span,
  spans,
  type Timers,
  whyOutside,
} from '../support/detection-shop.ts';

const SEEDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const TIMERS: Timers = { interval: 10, timeout: 5, unhealthy: 3, healthy: 2 };
const PROBE_LINK = 'dns/probe~internet/hangzhou/link-1';
/** From the probe node to the first server; clients come by another. */
const PATH_LINK = 'internet/hangzhou~internet/singapore/link-1';
const SHOPPER_LINK = 'shopper~internet/shanghai/link-1';
/** Long enough for threshold after threshold. */
const DURATION = 500;

function named(timers: Timers, breaks: string, mends: string, traffic = ''): string {
  const { interval, timeout, unhealthy, healthy } = timers;
  return `vpcsim: 1
title: A name that fails over
duration: ${DURATION}s
eips: { spare: { region: cn-hangzhou } }
internet_hosts:
  one: { city: Singapore, listen: [80/tcp] }
  two: { city: Tokyo, listen: [80/tcp] }
dns_records:
  www:
    policy: failover
    ttl: 5s
    values: { one: 1, two: 1 }
    health_check: { port: 80, interval: ${interval}s, timeout: ${timeout}s, unhealthy_threshold: ${unhealthy}, healthy_threshold: ${healthy} }
clients: { shopper: { city: Shanghai } }
${traffic}
events:
  goes: { at: { uniform: [20s, 70s] }, ${breaks} }
  comes: { at: { uniform: [300s, 350s] }, ${mends} }
`;
}

const runs = (text: string): RunResult[] => {
  const scenario = parse(text, 'test/laws/name-detection.yaml');
  return SEEDS.map((seed) => run(scenario, seed));
};

function expectWithin(results: readonly RunResult[], event: string, span: Span): void {
  const times = results.map(({ events }) => events[event]?.detectedAfterNs ?? null);
  // A probe whose answer is under way when the fault strikes may fail for it: a round trip of 0.2 s at most.
  const [least, most] = span;
  const outside = times.flatMap((ns) => whyOutside(ns, [least - 0.2, most + 0.2]) ?? []);
  expect(outside).toEqual([]);
  const seconds = times.map((ns) => (ns as number) / SECOND);
  expect(Math.max(...seconds) - Math.min(...seconds)).toBeGreaterThan((most - least) / 4);
}

describe('a server that falls silent leaves the answers after time-outs and intervals, and returns after successes', () => {
  test.each([
    ['the timers as they are', TIMERS],
    ['an interval of 20 s', { ...TIMERS, interval: 20 }],
    ['a time-out of 9 s', { ...TIMERS, timeout: 9 }],
    ['an unhealthy threshold of 5', { ...TIMERS, unhealthy: 5 }],
    ['a healthy threshold of 4', { ...TIMERS, healthy: 4 }],
  ] as const)('%s', (_, timers) => {
    const results = runs(named(timers, 'fail: one', 'restore: one'));
    expectWithin(results, 'goes', spans.silent(timers));
    expectWithin(results, 'comes', spans.backAfterSilence(timers));
    for (const { events } of results) {
      expect(events.goes?.detectedBy).toBe('dns-probe');
      expect(
        (events.goes?.switchedAfterNs as number) - (events.goes?.detectedAfterNs as number),
      ).toBeLessThan(10e6);
    }
  });
});

const BROWSE = `traffic:
  browse: { kind: http, from: shopper, to: www:80, rate: 5/s, timeout: 2s }
  watch: { kind: ping, from: shopper, to: one, rate: 5/s }`;

test('what breaks the way of the probes alone moves a name away from a server that is well', () => {
  for (const result of runs(named(TIMERS, `fail: ${PATH_LINK}`, `restore: ${PATH_LINK}`, BROWSE))) {
    const { goes, comes } = result.events;
    expect([goes?.detectedBy, comes?.detectedBy]).toEqual(['dns-probe', 'dns-probe']);
    expect(
      whyOutside(goes?.detectedAfterNs, [spans.silent(TIMERS)[0] - 0.2, spans.silent(TIMERS)[1]]),
    ).toBeNull();
    expect(changesOf(result, 'www/one').map(({ to, because }) => ({ to, because }))).toEqual([
      { to: 'out', because: { event: 'goes', chain: ['dns/probe/www/one down'] } },
      { to: 'in', because: { event: 'comes', chain: ['dns/probe/www/one up'] } },
    ]);
    expect(result.flows.watch).toMatchObject({ lost: 0 });
    expect(result.flows.browse).toMatchObject({ lost: 0 });
    expect(result.devices.two?.delivered).toBeGreaterThan(1000);
  }
});

test('a probe node that is cut off finds everything down and tells nobody until it is joined again', () => {
  for (const result of runs(named(TIMERS, `fail: ${PROBE_LINK}`, `restore: ${PROBE_LINK}`, BROWSE))) {
    const { goes, comes } = result.events;
    expect(goes?.detectedBy).toBe('dns-probe');
    // Nothing is down for the authoritative server meanwhile; then it hears what was found, and soon better news.
    expect(changesOf(result, 'www/one').filter(({ atNs }) => atNs < (comes?.atNs as number))).toEqual([]);
    expect(changesOf(result, 'www/one').at(-1)?.to ?? 'in').toBe('in');
    expect(result.flows.browse).toMatchObject({ lost: 0 });
  }
});

test('what breaks the clients alone goes unnoticed', () => {
  for (const result of runs(named(TIMERS, `fail: ${SHOPPER_LINK}`, `restore: ${SHOPPER_LINK}`, BROWSE))) {
    expect(result.events.goes).toMatchObject({ detectedAfterNs: null, switchedAfterNs: null });
    expect(changesOf(result, 'www/one')).toEqual([]);
    expect(result.flows.browse?.lost).toBeGreaterThan(1000);
  }
});
