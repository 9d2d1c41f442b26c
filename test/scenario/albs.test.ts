/** Goal: what the products refuse of ALBs and NLBs, a scenario refuses, where it stands. Method: one change to a good file. */
import { describe, expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parse.ts';

const GOOD = `vpcsim: 1
title: Balancers
duration: 10s
vpcs:
  shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
  other: { region: cn-hangzhou, cidr_block: 10.1.0.0/16 }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
  other-h: { vpc_id: other, zone_id: cn-hangzhou-h, cidr_block: 10.1.1.0/24 }
instances:
  web-1: { vswitch_id: shop-h }
  web-2: { vswitch_id: shop-i }
  far: { vswitch_id: other-h }
albs:
  site:
    address_type: Internet
    vpc_id: shop
    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }, cn-hangzhou-i: { vswitch_id: shop-i } }
    server_groups:
      web: { port: 8080, servers: { web-1: 100 } }
    listeners:
      http: { listener_protocol: HTTP, listener_port: 80, server_group_id: web }
      more: { listener_protocol: HTTP, listener_port: 81, server_group_id: web }
    rules:
      api: { listener_id: http, priority: 10, path_config: ['/api/*'], server_group_id: web }
      old: { listener_id: http, priority: 11, host_config: [old.example], server_group_id: web }
nlbs:
  gate:
    address_type: Intranet
    vpc_id: shop
    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }, cn-hangzhou-i: { vswitch_id: shop-i } }
    server_groups:
      tcp: { port: 9000, servers: { web-2: 100 } }
    listeners:
      tcp: { listener_protocol: TCP, listener_port: 90, server_group_id: tcp }
dns_records:
  www: { policy: all, values: { site: 100 }, health_check: { port: 80 } }
clients:
  shopper: { city: Shanghai }
traffic:
  browse: { kind: http, from: shopper, to: www:80, rate: 1/s, path: /api/x }
  inside: { kind: http, from: web-1, to: 'gate/cn-hangzhou-h:90', rate: 1/s }
events:
  drain: { at: 1s, set: site/web/web-1, weight: 0 }
  grow: { at: 2s, add: site/web/web-2 }
  shift: { at: 3s, remove: site/cn-hangzhou-h }
  gate-shift: { at: 3s, remove: gate/cn-hangzhou-i }
expect:
  - { resource: gate/cn-hangzhou-h/tcp/web-2, at: end, state: up }
  - { resource: site/web/web-1, at: end, state: up }
`;

const parse = (text: string) => parseScenario(text, { file: 'albs.yaml' });

/** Codes and lines of what is wrong after the change. */
function problems(from: string, to: string): string[] {
  expect(GOOD.split(from)).toHaveLength(2);
  const parsed = parse(GOOD.replace(from, to));
  return parsed.ok ? [] : parsed.diagnostics.map(({ line, code }) => `${line} ${code}`);
}

test('A good file gives every zone an address of its own', () => {
  const parsed = parse(GOOD);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics));
  const { albs, clbs, nameService } = parsed.scenario;
  expect(albs[0]?.zones.map(({ zone }) => zone)).toEqual(['cn-hangzhou-h', 'cn-hangzhou-i']);
  expect(new Set([...(albs[0]?.zones ?? []), ...clbs].map(({ address }) => address)).size).toBe(4);
  expect(clbs.map(({ name }) => name)).toEqual(['gate/cn-hangzhou-h', 'gate/cn-hangzhou-i']);
  expect(nameService?.records[0]?.values.map(({ target }) => target)).toEqual([
    'site/cn-hangzhou-h',
    'site/cn-hangzhou-i',
  ]);
});

describe('reports', () => {
  test.each([
    [
      'one zone alone',
      'site:\n    address_type: Internet\n    vpc_id: shop\n    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }, ',
      'site:\n    address_type: Internet\n    vpc_id: shop\n    zone_mappings: { ',
      '19 out-of-range',
    ],
    [
      'a vSwitch of another VPC',
      'site:\n    address_type: Internet\n    vpc_id: shop\n    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }',
      'site:\n    address_type: Internet\n    vpc_id: shop\n    zone_mappings: { cn-hangzhou-h: { vswitch_id: other-h }',
      '19 wrong-vpc',
    ],
    [
      'a vSwitch of another zone',
      'gate:\n    address_type: Intranet\n    vpc_id: shop\n    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }',
      'gate:\n    address_type: Intranet\n    vpc_id: shop\n    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-i }',
      '32 bad-target',
    ],
    ['a server of another VPC', 'servers: { web-1: 100 }', 'servers: { far: 100 }', '21 wrong-vpc'],
    [
      'a group that is not there',
      'listener_port: 81, server_group_id: web',
      'listener_port: 81, server_group_id: wbe',
      '24 unknown-reference',
    ],
    ['a port taken twice', 'listener_port: 81', 'listener_port: 80', '24 duplicate-listener'],
    ['a priority taken twice', 'priority: 11', 'priority: 10', '27 bad-value'],
    ['a rule without a condition', "path_config: ['/api/*'], ", '', '26 missing-key'],
    [
      'a flow that is not HTTP',
      '{ kind: http, from: shopper, to: www:80, rate: 1/s, path: /api/x }',
      '{ kind: sessions, from: shopper, to: www:80 }',
      '42 no-listener',
    ],
    ['a flow to the ALB without a zone', 'to: www:80', 'to: site:80', '42 unknown-reference'],
    [
      'a path on a flow without one',
      '{ kind: http, from: shopper, to: www:80, rate: 1/s, path: /api/x }',
      '{ kind: udp, from: shopper, to: web-1:99, path: /x }',
      '42 not-applicable',
    ],
    ['a server that is not there', 'set: site/web/web-1', 'set: site/web/far', '45 unknown-reference'],
    [
      'an attribute that servers lack',
      'web-1, weight: 0',
      'web-1, weight: 0, scheduler: wrr',
      '45 unknown-option',
    ],
    [
      'a zone that is not there',
      'remove: site/cn-hangzhou-h',
      'remove: site/cn-hangzhou-b',
      '47 unknown-reference',
    ],
    [
      'a server that an NLB group does not have',
      'set: site/web/web-1, weight: 0',
      'set: gate/tcp/web-1, weight: 0',
      '45 unknown-reference',
    ],
    ['a group of another protocol', 'listener_protocol: TCP', 'listener_protocol: UDP', '36 bad-target'],
    [
      'a time for draining that is off, of an NLB',
      'servers: { web-2: 100 }',
      'servers: { web-2: 100 }, connection_drain_timeout: 10s',
      '34 not-applicable',
    ],
    [
      'a check that is not that of the group',
      'servers: { web-2: 100 }',
      'servers: { web-2: 100 }, health_check: { health_check_type: UDP }',
      '34 not-applicable',
    ],
    [
      'a path for a check of TCP',
      'servers: { web-2: 100 }',
      'servers: { web-2: 100 }, health_check: { health_check_url: /x }',
      '34 not-applicable',
    ],
    [
      'strings for a check over HTTP',
      'servers: { web-2: 100 }',
      'servers: { web-2: 100 }, health_check: { health_check_type: HTTP, health_check_req: a, health_check_exp: b }',
      '34 not-applicable',
    ],
    ['HTTPS', 'HTTP, listener_port: 81', 'HTTPS, listener_port: 81', '24 reserved-key'],
    [
      'slow start of another scheduler',
      'servers: { web-1: 100 }',
      'servers: { web-1: 100 }, scheduler: Sch, slow_start_config: { slow_start_enabled: true }',
      '21 not-applicable',
    ],
    [
      'a slow start that is too short',
      'servers: { web-1: 100 }',
      'servers: { web-1: 100 }, slow_start_config: { slow_start_enabled: true, slow_start_duration: 29s }',
      '21 out-of-range',
    ],
    [
      'a time for draining that is off',
      'servers: { web-1: 100 }',
      'servers: { web-1: 100 }, connection_drain_config: { connection_drain_timeout: 9s }',
      '21 not-applicable',
    ],
    [
      'Uch without a parameter',
      'servers: { web-1: 100 }',
      'servers: { web-1: 100 }, scheduler: Uch',
      '21 missing-key',
    ],
    [
      'a cookie of type Server without a name',
      'servers: { web-1: 100 }',
      'servers: { web-1: 100 }, sticky_session_config: { sticky_session_enabled: true, sticky_session_type: Server }',
      '21 missing-key',
    ],
    [
      'a name for a cookie of type Insert',
      'servers: { web-1: 100 }',
      'servers: { web-1: 100 }, sticky_session_config: { sticky_session_enabled: true, cookie: id }',
      '21 not-applicable',
    ],
    [
      'cookies where cross-zone is off',
      'servers: { web-1: 100 }',
      'servers: { web-1: 100 }, cross_zone_enabled: false, sticky_session_config: { sticky_session_enabled: true }',
      '21 not-applicable',
    ],
    [
      'a parameter without Uch',
      'servers: { web-1: 100 }',
      'servers: { web-1: 100 }, uch_config: { value: user }',
      '21 not-applicable',
    ],
    ['probes of a private address', 'values: { site: 100 }', 'values: { gate: 100 }', '38 not-applicable'],
  ])('%s', (_what, from, to, problem) => {
    expect(problems(from, to)).toContain(problem);
  });
});
