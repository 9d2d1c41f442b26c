/**
 * Goal: whatever interval, time-out and thresholds an ALB or an NLB has, a fault is found, and found to be over, within the
 * window that they give plus a phase. Method: random timers, faults at random phases.
 */
import fc from 'fast-check';
import { test } from 'vitest';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { albShop } from '../support/alb-shop.ts';
import { parse, run, type Span, spans, type Timers, whyOutside } from '../support/detection-shop.ts';

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
  return parse(
    `vpcsim: 1
title: An NLB with one server
duration: ${DURATION}s
assume: { clb.cluster_nodes: 1 }
vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances: { web-1: { vswitch_id: shop-h } }
nlbs:
  front:
    address_type: Intranet
    vpc_id: shop
    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }, cn-hangzhou-i: { vswitch_id: shop-i } }
    server_groups: { web: { port: 8080, servers: { web-1: 100 }, health_check: { ${check} } } }
    listeners: { web: { listener_protocol: TCP, listener_port: 80, server_group_id: web } }
events:
${EVENTS(how)
  .map((line) => `  ${line}`)
  .join('\n')}
`,
    'test/laws/nlb-any-timers.yaml',
  );
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
