/**
 * Goal: names behave as a system: open connections stay where they are, whoever asks needs a living resolver, and the
 * cloud's own resolver answers where nothing else can be reached. Method: small scenarios.
 */
import { expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { parse, run } from '../support/detection-shop.ts';

const HOSTS = `internet_hosts:
  one: { city: Singapore }
  two: { city: Tokyo }
resolvers:
  isp: { city: Shanghai }
clients:
  shopper: { city: Shanghai, resolver: isp }
`;

function resultOf(text: string): RunResult {
  return run(parse(`vpcsim: 1\ntitle: Names\nduration: 60s\n${text}`, 'test/laws/names.yaml'), 1);
}

test('an open connection does not move when its name does', () => {
  const result = resultOf(`${HOSTS}dns_records:
  www: { ttl: 1s, values: { one: 1 } }
traffic:
  kept: { kind: http, from: shopper, to: www:80, rate: 10/s, keep_alive: true }
events:
  move: { at: 20s, set: www, values: { two: 1 } }
`);
  expect(result.flows.kept).toMatchObject({ lost: 0 });
  expect(result.flows.kept?.connections.opened).toBe(1);
  expect(result.devices.two?.delivered ?? 0).toBe(0);
});

test('new connections wait for a dead resolver and fail for its sake, what is known goes on', () => {
  const result = resultOf(`${HOSTS}dns_records:
  www: { ttl: 10s, values: { one: 1 } }
traffic:
  browse: { kind: http, from: shopper, to: www:80, rate: 10/s, timeout: 2s }
events:
  isp-dies: { at: 15s, fail: isp }
  isp-returns: { at: 40s, restore: isp }
`);
  // Answers are asked for at 0 to 0.3 s and 10 to 10.6 s, so the last one ends at 20 to 20.6 s: 194 to 200 units.
  const { lost = 0, lostByReason = {} } = result.flows.browse ?? {};
  expect(lost).toBeGreaterThanOrEqual(192);
  expect(lost).toBeLessThanOrEqual(200);
  expect(lostByReason).toEqual({ 'device-down': lost });
  expect(result.events['isp-dies']?.flows.browse?.lost).toBe(lost);
});

test('an instance of an isolated VPC finds its names by the resolver of its region', () => {
  const result = resultOf(`vpcs:
  shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
  twin: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
  twin-h: { vpc_id: twin, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
instances:
  app: { vswitch_id: shop-h }
  data: { vswitch_id: shop-i }
  app-twin: { vswitch_id: twin-h }
  data-twin: { vswitch_id: twin-h }
dns_records:
  db: { rr: db, domain_name: shop.internal, ttl: 1s, values: { data: 1 } }
  db-twin: { rr: db, domain_name: twin.internal, ttl: 1s, values: { data-twin: 1 } }
traffic:
  asks: { kind: http, from: app, to: db:80, rate: 5/s }
  asks-too: { kind: http, from: app-twin, to: db-twin:80, rate: 5/s }
  pings: { kind: ping, from: app, to: db }
  sends: { kind: udp, from: app, to: db:9000, rate: 5/s }
  queries: { kind: dns, from: app, to: db, rate: 2/s }
`);
  for (const flow of ['asks', 'asks-too', 'pings', 'sends', 'queries'])
    expect(result.flows[flow], flow).toMatchObject({ lost: 0 });
  expect(result.devices['cn-hangzhou/resolver']?.gauges).toMatchObject({ lookups: 0 });
});

test('an instance that is told to ask on the Internet needs a way there', () => {
  const result = resultOf(`vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches: { shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }
instances:
  app: { vswitch_id: shop-h, resolver: isp }
  data: { vswitch_id: shop-h }
resolvers: { isp: { city: Hangzhou } }
dns_records: { db: { values: { data: 1 } } }
traffic:
  asks: { kind: http, from: app, to: db:80, rate: 5/s }
`);
  expect(result.flows.asks).toMatchObject({ delivered: 0 });
  expect(result.flows.asks?.lostByReason).toHaveProperty('isolated');
});

test('a host that serves the port which names are asked from asks from another one', () => {
  const result = resultOf(`${HOSTS}dns_records: { www: { ttl: 1s, values: { one: 1 } } }
traffic:
  asks: { kind: http, from: shopper, to: www:80, rate: 5/s }
  tells: { kind: udp, from: two, to: shopper:60999, rate: 5/s }
`);
  expect(result.flows.asks).toMatchObject({ lost: 0 });
  expect(result.flows.tells).toMatchObject({ lost: 0 });
});
