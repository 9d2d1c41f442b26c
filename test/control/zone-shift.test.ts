/** Goal: a zone that is shifted away leaves the answers of DNS and nothing else. Method: small scenarios, run whole. */
import { expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { changesOf, parse, run } from '../support/detection-shop.ts';

const GROUPS = {
  albs: '{ port: 8080, servers: { web-1: 100 } }',
  nlbs: '{ port: 8080, servers: { web-1: 100 } }',
};
const LISTENERS = {
  albs: '{ listener_protocol: HTTP, listener_port: 80, server_group_id: web }',
  nlbs: '{ listener_protocol: TCP, listener_port: 80, server_group_id: web }',
};

function shifted(section: 'albs' | 'nlbs', events: readonly string[]): RunResult {
  const text = `vpcsim: 1
title: Zones that are shifted away
duration: 12s
assume: { alb.zone_nodes: 1, clb.cluster_nodes: 1 }
vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances: { web-1: { vswitch_id: shop-h } }
${section}:
  site:
    address_type: Internet
    vpc_id: shop
    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }, cn-hangzhou-i: { vswitch_id: shop-i } }
    server_groups: { web: ${GROUPS[section]} }
    listeners: { web: ${LISTENERS[section]} }
dns_records: { www: { ttl: 1s, policy: all, values: { site: 100 } } }
clients: { shopper: { city: Shanghai } }
traffic: { browse: { kind: http, from: shopper, to: www:80, rate: 10/s } }
events:
${events.map((event) => `  ${event}`).join('\n')}
`;
  return run(parse(text, 'test/control/zone-shift.yaml'), 1);
}

const statesOf = (result: RunResult, subject: string) => changesOf(result, subject).map(({ to }) => to);

test.each(['albs', 'nlbs'] as const)('new connections follow the zones of %s that are left', (section) => {
  const result = shifted(section, [
    'away: { at: 3s, remove: site/cn-hangzhou-h }',
    'back: { at: 8s, add: site/cn-hangzhou-h }',
  ]);
  expect(result.flows.browse?.lost).toBe(0);
  expect(statesOf(result, 'site/cn-hangzhou-h')).toEqual(['shifted', 'in-service']);
  expect(statesOf(result, 'www/site/cn-hangzhou-h')).toEqual(['out', 'in']);
  expect(statesOf(result, 'www/site/cn-hangzhou-i')).toEqual([]);
  expect(result.events.away?.switchedAfterNs).toBe(0);
});

test('what cannot be shifted is refused', () => {
  const { events } = shifted('albs', [
    'early: { at: 1s, add: site/cn-hangzhou-h }',
    'away: { at: 2s, remove: site/cn-hangzhou-h }',
    'again: { at: 3s, remove: site/cn-hangzhou-h }',
    'last: { at: 4s, remove: site/cn-hangzhou-i }',
  ]);
  expect(events.early?.refused).toBe('site/cn-hangzhou-h is not shifted');
  expect(events.away?.refused).toBeNull();
  expect(events.again?.refused).toBe('site/cn-hangzhou-h is shifted already');
  expect(events.last?.refused).toBe('site/cn-hangzhou-i is the last zone in service');
});

test('a server that is added serves once probes have found it, and one that is removed no more', () => {
  const { flows, events, stateChanges } = shifted('albs', [
    'gone: { at: 3s, remove: site/web/web-1 }',
    'twice: { at: 4s, remove: site/web/web-1 }',
    'back: { at: 5s, add: site/web/web-1 }',
  ]);
  expect(events.twice?.refused).toBe('web-1 is no server of web');
  expect(flows.browse?.lostByReason['status-503']).toBe(flows.browse?.lost);
  expect(flows.browse?.lost).toBeGreaterThan(55);
  const shown = stateChanges.filter(({ subject }) => subject === 'site/web/web-1').map(({ to }) => to);
  expect(shown.slice(-3)).toEqual(['removed', 'checking', 'up']);
});
