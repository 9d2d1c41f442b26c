/**
 * Goal: route tables are read as the provider has them, and what the product refuses is refused where it stands. Method:
 * the shop with a firewall and a table; per problem a text in which `§` marks where it must be reported.
 */
import { describe, expect, test } from 'vitest';
import { formatCidr } from '../../src/base/ipv4.ts';
import { problemsOf, SHOP_WITH_TRAFFIC, scenarioOf, unmark } from '../support/scenario-texts.ts';

const swapIn = (text: string, from: string, to: string): string => {
  if (!text.includes(from)) throw new Error(`'${from}' is not in the text`);
  return text.replace(from, to);
};
const ROUTE = 'destination_cidrblock: 198.51.100.0/24, nexthop_type: Instance, nexthop_id: wall';
const VPC = 'shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16';
const ROUTED = [
  [VPC, `${VPC}, route_entries: { near: { ${ROUTE} } }`],
  ['vpcs:\n', 'vpcs:\n  other: { region: cn-hangzhou, cidr_block: 10.9.0.0/16 }\n'],
  [
    'vswitches:\n',
    'vswitches:\n  other-h: { vpc_id: other, zone_id: cn-hangzhou-h, cidr_block: 10.9.1.0/24 }\n',
  ],
  [
    'instances:\n',
    'ipv4_gateways:\n  door: { vpc_id: shop, enabled: true }\n  shut: { vpc_id: other, enabled: false }\nroute_tables:\n  own: { vpc_id: shop }\n  alien: { vpc_id: other }\n  inbound: { vpc_id: shop, associate_type: Gateway }\ninstances:\n  wall: { vswitch_id: shop-i, ip_forward: true }\n  far: { vswitch_id: other-h, ip_forward: true }\n',
  ],
].reduce((text, [from = '', to = '']) => swapIn(text, from, to), SHOP_WITH_TRAFFIC);
const swap = (from: string, to: string): string => swapIn(ROUTED, from, to);
const route = (text: string): string => swap(ROUTE, text);
const to = (block: string): string => route(ROUTE.replace('198.51.100.0/24', block));
const event = (text: string): string => `${ROUTED}events:\n  change: { at: 1s, ${text} }\n`;

const CASES: readonly (readonly [code: string, what: string, marked: string])[] = [
  ['bad-route', 'the block of a vSwitch', to('§10.0.1.0/24')],
  ['bad-route', 'a part of a vSwitch', to('§10.0.1.128/25')],
  ['bad-route', 'of the cloud’s own block', to('§100.64.0.0/10')],
  ['cidr-host-bits', 'of a destination', to('§198.51.100.1/24')],
  [
    'duplicate-route',
    'in one table',
    swap(`{ near: { ${ROUTE} }`, `{ near: { ${ROUTE} }, §again: { ${ROUTE} }`),
  ],
  ['wrong-vpc', 'an instance as next hop', route(ROUTE.replace('wall', '§far'))],
  [
    'unknown-reference',
    'an instance as a NAT gateway',
    route(ROUTE.replace('Instance', 'NatGateway').replace('wall', '§wall')),
  ],
  [
    'not-forwarding',
    'an instance that does not',
    swap('shop-i, ip_forward: true', 'shop-i').replace(ROUTE, ROUTE.replace('wall', '§wall')),
  ],
  [
    'not-forwarding',
    'an instance that checks addresses',
    swap('shop-i, ip_forward: true', 'shop-i, ip_forward: true, source_dest_check: true').replace(
      ROUTE,
      ROUTE.replace('wall', '§wall'),
    ),
  ],
  ['reserved-key', 'a next hop of another kind', route(ROUTE.replace('Instance', '§VpcPeer'))],
  [
    'wrong-vpc',
    'the table of a vSwitch',
    swap('cidr_block: 10.0.1.0/24', 'cidr_block: 10.0.1.0/24, route_table_id: §alien'),
  ],
  [
    'unknown-reference',
    'a table',
    swap('cidr_block: 10.0.1.0/24', 'cidr_block: 10.0.1.0/24, route_table_id: §near'),
  ],
  ['bad-name', 'of an entry', swap('{ near: {', '{ §Near: {')],
  [
    'missing-key',
    'an entry added without a next hop',
    event('add: §own/x, destination_cidrblock: 10.8.0.0/16, nexthop_type: Instance'),
  ],
  ['unknown-option', 'a weight of an entry', event(`add: own/x, ${ROUTE}, §weight: 5`)],
  [
    'bad-route',
    'an entry that is added',
    event(`add: own/x, ${ROUTE.replace('198.51.100.0/24', '§10.0.1.0/24')}`),
  ],
  [
    'bad-route',
    'a gateway that is not enabled',
    route(ROUTE.replace('Instance', 'Ipv4Gateway').replace('wall', '§shut')),
  ],
  [
    'quota-exceeded',
    'a second IPv4 gateway',
    swap('  shut: { vpc_id: other, enabled: false }', '  §shut: { vpc_id: shop, enabled: false }'),
  ],
  [
    'not-applicable',
    'a gateway table without a gateway',
    swap('  alien: { vpc_id: other }', '  §alien: { vpc_id: other, associate_type: Gateway }'),
  ],
  [
    'quota-exceeded',
    'a second gateway table',
    swap('  inbound: {', '  inner: { vpc_id: shop, associate_type: Gateway }\n  §inbound: {'),
  ],
  [
    'not-applicable',
    'a gateway table as that of a vSwitch',
    swap('cidr_block: 10.0.1.0/24', 'cidr_block: 10.0.1.0/24, route_table_id: §inbound'),
  ],
  ['bad-route', 'of a gateway, not to a vSwitch', event(`add: inbound/x, ${ROUTE.replace('198', '§198')}`)],
  [
    'bad-route',
    'of a gateway, to another next hop',
    event('add: inbound/x, destination_cidrblock: 10.0.1.0/24, nexthop_type: §Ipv4Gateway, nexthop_id: door'),
  ],
  ['unknown-reference', 'an entry that is removed and never there', event('remove: §shop/x')],
  ['not-failable', 'a table', event('fail: §own')],
];

describe('reports', () => {
  test.each(CASES)('%s: %s', (code, _what, marked) => {
    const { text, line, column } = unmark(marked);
    expect(problemsOf(text)).toContain(`${line}:${column} ${code}`);
  });

  test('the tenth table of a VPC and the entry that is one too many', () => {
    const tables = (count: number): string =>
      swap('  own: { vpc_id: shop }', `  own-1..${count}: { vpc_id: shop }`);
    expect(problemsOf(tables(9))).toEqual([]);
    expect(problemsOf(tables(10)).map((shown) => shown.split(' ')[1])).toEqual(['quota-exceeded']);
    const entries = (count: number): string =>
      swap(
        'own: { vpc_id: shop }',
        `own: { vpc_id: shop, route_entries: { e-1..${count}: { ${ROUTE.replace('198.51.100.0/24', '172.16.$n.0/24')} } } }`,
      );
    expect(problemsOf(entries(200))).toEqual([]);
    expect(problemsOf(entries(201)).map((shown) => shown.split(' ')[1])).toEqual(['quota-exceeded']);
  });
});

test('takes destinations that hold a vSwitch, lie beside all, or hold everything, each once per table', () => {
  for (const block of ['10.0.0.0/8', '10.0.0.0/16', '10.0.99.0/24', '0.0.0.0/0', '100.64.1.0/24'])
    expect(problemsOf(to(block))).toEqual([]);
  expect(
    problemsOf(swap('own: { vpc_id: shop }', `own: { vpc_id: shop, route_entries: { near: { ${ROUTE} } } }`)),
  ).toEqual([]);
});

test('reads entries of system and custom tables, and which vSwitches use which', () => {
  const text = swap('cidr_block: 10.0.1.0/24', 'cidr_block: 10.0.1.0/24, route_table_id: own').replace(
    'cidr_block: 10.0.2.0/24',
    'cidr_block: 10.0.2.0/24, route_table_id: shop',
  );
  const { routeTables, routeEntries } = scenarioOf(text);
  expect(routeTables).toEqual([
    { name: 'own', vpc: 'shop', vswitches: ['shop-h'], isOfGateway: false },
    { name: 'alien', vpc: 'other', vswitches: [], isOfGateway: false },
    { name: 'inbound', vpc: 'shop', vswitches: [], isOfGateway: true },
  ]);
  expect(routeEntries.map(({ destination, ...entry }) => [formatCidr(destination), entry])).toEqual([
    [
      '198.51.100.0/24',
      { name: 'near', table: 'shop', vpc: 'shop', nextHopType: 'Instance', nextHop: 'wall' },
    ],
  ]);
});
