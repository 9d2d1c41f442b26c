/**
 * Goal: an address of an ALB leaves its name by what the probes of the name meet, and by nothing else. Method: a zone
 * goes down at random phases while each timer is changed; then the way of those probes alone is broken, and that of the
 * requests alone, in front of the ALB and behind it.
 */
import { describe, expect, test } from 'vitest';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { changesOf, parse, run, spans, type Timers, whyOutside } from '../support/detection-shop.ts';

const TIMERS: Timers = { interval: 10, timeout: 5, unhealthy: 3, healthy: 2 };
/** The name, its probes and their first region are in Beijing; who asks it is in Shanghai, the ALB in Hangzhou. */
const PROBES_LINK = 'internet/beijing~internet/hangzhou/link-1';
const REQUESTS_LINK = 'internet/hangzhou~internet/shanghai/link-1';

function named(
  { interval, timeout, unhealthy, healthy }: Timers,
  goes: string,
  comes: string,
  traffic = '',
): Scenario {
  const text = `vpcsim: 1
title: The name of an ALB
duration: 240s
assume: { alb.zone_nodes: 1 }
vpcs:
  far: { region: cn-beijing, cidr_block: 10.9.0.0/16 }
  shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances: { web-1: { vswitch_id: shop-i } }
albs:
  front:
    address_type: Internet
    vpc_id: shop
    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }, cn-hangzhou-i: { vswitch_id: shop-i } }
    server_groups: { web: { port: 8080, servers: { web-1: 100 } } }
    listeners: { http: { listener_protocol: HTTP, listener_port: 80, server_group_id: web } }
internet_hosts: { spare: { city: Tokyo, listen: [80/tcp] } }
dns_records:
  www:
    policy: failover
    ttl: 5s
    values: { front: 100, spare: 100 }
    health_check: { port: 80, interval: ${interval}s, timeout: ${timeout}s, unhealthy_threshold: ${unhealthy}, healthy_threshold: ${healthy} }
clients: { shopper: { city: Shanghai } }
${traffic}
events:
  goes: { at: { uniform: [20s, 35s] }, ${goes} }
  comes: { at: { uniform: [130s, 145s] }, ${comes} }
`;
  return parse(text, 'test/laws/alb-names.yaml');
}

const TRAFFIC = `traffic:
  browse: { kind: http, from: shopper, to: www:80, rate: 2/s, timeout: 2s }
  watch: { kind: http, from: shopper, to: 'front/cn-hangzhou-h:80', rate: 2/s, timeout: 2s }`;
const ADDRESSES = ['www/front/cn-hangzhou-h', 'www/front/cn-hangzhou-i'];
/** Round trips to Hangzhou. */
const within = (ns: number | null | undefined, [least, most]: readonly [number, number]): string | null =>
  whyOutside(ns, [least - 0.1, most + 0.1]);

describe('each timer moves the time in which a zone leaves the name and returns', () => {
  test.each([
    ['as written', {}],
    ['interval', { interval: 14 }],
    ['timeout', { timeout: 9 }],
    ['unhealthy threshold', { unhealthy: 4 }],
    ['healthy threshold', { healthy: 4 }],
  ])('%s', (_what, change) => {
    const timers = { ...TIMERS, ...change };
    const scenario = named(timers, 'fail: cn-hangzhou-h', 'restore: cn-hangzhou-h');
    for (const seed of ['a', 'b', 'c']) {
      const result = run(scenario, seed);
      const { goes, comes } = result.events;
      const [out, back] = changesOf(result, 'www/front/cn-hangzhou-h');
      expect([out?.to, back?.to]).toEqual(['out', 'in']);
      expect(within((out?.atNs as number) - (goes?.atNs as number), spans.silent(timers))).toBeNull();
      expect(
        within((back?.atNs as number) - (comes?.atNs as number), spans.backAfterSilence(timers)),
      ).toBeNull();
      expect(changesOf(result, 'www/front/cn-hangzhou-i')).toEqual([]);
    }
  });
});

test('what breaks the way of the probes alone moves the name away from an ALB that serves', () => {
  const result = run(named(TIMERS, `fail: ${PROBES_LINK}`, `restore: ${PROBES_LINK}`, TRAFFIC), 'probes');
  const { goes, comes } = result.events;
  expect([goes?.detectedBy, comes?.detectedBy]).toEqual(['dns-probe', 'dns-probe']);
  expect(within(goes?.detectedAfterNs, spans.silent(TIMERS))).toBeNull();
  for (const address of ADDRESSES)
    expect(changesOf(result, address).map(({ to, because }) => [to, because?.event])).toEqual([
      ['out', 'goes'],
      ['in', 'comes'],
    ]);
  expect(result.devices.spare?.delivered).toBeGreaterThan(400);
  expect(result.flows.browse?.lost).toBe(0);
  expect(result.flows.watch?.lost).toBe(0);
});

test.each([
  ['in front of the ALB', REQUESTS_LINK],
  ['behind it', 'shop/cn-hangzhou-i~web-1/link-1'],
])('what breaks the way of requests alone, %s, leaves the name as it is', (_where, link) => {
  const result = run(named(TIMERS, `fail: ${link}`, `restore: ${link}`, TRAFFIC), 'requests');
  for (const address of ADDRESSES) expect(changesOf(result, address)).toEqual([]);
  expect(result.flows.browse?.lost).toBeGreaterThan(170);
  expect(result.devices.spare?.delivered ?? 0).toBe(0);
});
