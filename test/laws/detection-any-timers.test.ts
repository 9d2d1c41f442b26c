/**
 * Goal: whatever interval, time-out and thresholds an ALB or an NLB has, a fault is found, and found to be over, within the
 * window that they give plus a phase. Method: random timers, faults at random phases.
 */
import fc from 'fast-check';
import { test } from 'vitest';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { albShop } from '../support/alb-shop.ts';
import { run, type Span, spans, type Timers, whyOutside } from '../support/detection-shop.ts';
import { probedNlb } from '../support/nlb-gate.ts';

const TIMERS = fc.record({
  interval: fc.integer({ min: 1, max: 9 }),
  timeout: fc.integer({ min: 1, max: 12 }),
  unhealthy: fc.integer({ min: 2, max: 6 }),
  healthy: fc.integer({ min: 2, max: 6 }),
});

const EVENTS = (how: string): string[] => [
  `goes: { at: { uniform: [10s, 60s] }, fail: web-1, how: ${how} }`,
  'comes: { at: { uniform: [260s, 310s] }, restore: web-1 }',
];
const DURATION = 500;

function alb({ interval, timeout, unhealthy, healthy }: Timers, how: string): Scenario {
  const check = [
    `health_check_interval: ${interval}s`,
    `health_check_timeout: ${timeout}s`,
    `unhealthy_threshold: ${unhealthy}`,
    `healthy_threshold: ${healthy}`,
  ];
  return albShop({ check, servers: '{ web-1: 100 }', events: EVENTS(how), duration: DURATION });
}

function nlb({ interval, timeout, unhealthy, healthy }: Timers, how: string): Scenario {
  const check = `health_check_interval: ${interval}s, health_check_connect_timeout: ${timeout}s, unhealthy_threshold: ${unhealthy}, healthy_threshold: ${healthy}`;
  return probedNlb(check, EVENTS(how), DURATION);
}

/** By each product's own kind of check: silence, and a refusal that comes at once. */
const PRODUCTS = [
  ['ALB', alb, 'hang', 'error'],
  ['NLB', nlb, 'power-off', 'refuse'],
] as const;

test.each(PRODUCTS)('%s: silence and refusal are found within their windows', (_, shop, silence, refusal) => {
  const property = fc.property(TIMERS, fc.boolean(), fc.nat(), (timers, isSilent, seed) => {
    const { events } = run(shop(timers, isSilent ? silence : refusal), seed);
    const expected: readonly (readonly [string, Span])[] = [
      ['goes', isSilent ? spans.silent(timers) : spans.refused(timers)],
      ['comes', isSilent ? spans.backAfterSilence(timers) : spans.backAfterRefusal(timers)],
    ];
    for (const [name, span] of expected) {
      const why = whyOutside(events[name]?.detectedAfterNs, span);
      if (why !== null) throw new Error(`${name} detected after ${why}`);
    }
  });
  fc.assert(property, { numRuns: 8, seed: 6 });
});
