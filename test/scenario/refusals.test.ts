/**
 * Goal: what the products refuse is refused with their rule, where it stands and with advice, and what only shows at
 * run time is a refused event. Method: one network; per rule a text in which `§` marks where it must be reported.
 */
import { describe, expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parse.ts';
import { simulate } from '../../src/simulate.ts';
import { scenarioOf, unmark } from '../support/scenario-texts.ts';

interface Sections {
  readonly vswitches?: string;
  readonly instances?: string;
  readonly listeners?: string;
  readonly nat?: string;
  readonly eips?: string;
  readonly routes?: string;
  readonly rest?: string;
}

const WEB = 'web: { protocol: tcp, frontend_port: 80, backend_port: 8080, backend_servers: { web-1: 100 } }';
const dnat = (name: string, ports: string, instance: string, eip = 'out-ip-1'): string =>
  `      ${name}: { external_ip: ${eip}, external_port: ${ports}, ip_protocol: tcp, internal_ip: ${instance}, internal_port: 80/85 }\n`;

function text({ vswitches, instances, listeners, nat, eips, routes, rest }: Sections): string {
  return `vpcsim: 1
title: A test
duration: 10s
vpcs:
  shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
  away: { region: cn-shanghai, cidr_block: 10.1.0.0/16 }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  away-b: { vpc_id: away, zone_id: cn-shanghai-b, cidr_block: 10.1.1.0/24 }
${vswitches ?? ''}instances:
  web-1..2: { vswitch_id: shop-h }
  far: { vswitch_id: away-b }
${instances ?? ''}clbs:
  front:
    vswitch_id: shop-h
    listeners:
      ${listeners ?? WEB}
nat_gateways:
  out:
    vpc_id: shop
    vswitch_id: shop-h
${nat ?? ''}route_tables:
  table:
    vpc_id: shop
    route_entries:
      all: { destination_cidrblock: 0.0.0.0/0, nexthop_type: NatGateway, nexthop_id: out }
${routes ?? ''}eips:
  out-ip-1..2: { region: cn-hangzhou, instance_id: out }
  own-ip: { region: cn-hangzhou, instance_id: web-2 }
  free-ip: { region: cn-hangzhou }
${eips ?? ''}${rest ?? ''}`;
}

const CASES: readonly (readonly [rule: string, what: string, sections: Sections])[] = [
  ['target-taken', 'a second EIP', { eips: '  more-ip: { region: cn-hangzhou, instance_id: §web-2 }\n' }],
  [
    'bad-value',
    'an EIP on two',
    { eips: '  more-ip: { region: cn-hangzhou, instance_id: §[web-1, front] }\n' },
  ],
  [
    'has-own-eip',
    'DNAT to an instance with an EIP',
    { nat: `    forward_entries:\n${dnat('web', '80/85', '§web-2')}` },
  ],
  [
    'has-own-eip',
    'DNAT to an instance with a static public IP',
    {
      instances: '  public: { vswitch_id: shop-h, internet_max_bandwidth_out: 5Mbps }\n',
      nat: `    forward_entries:\n${dnat('web', '80/85', '§public')}`,
    },
  ],
  [
    'duplicate-forward',
    'ranges that share a port',
    { nat: `    forward_entries:\n${dnat('web', '80/85', 'web-1')}${dnat('more', '§85/90', 'web-1')}` },
  ],
  [
    'duplicate-forward',
    'the same range twice',
    { nat: `    forward_entries:\n${dnat('web', '81/86', 'web-1')}${dnat('more', '§81/86', 'web-1')}` },
  ],
  ['out-of-range', 'a port beyond all', { nat: `    forward_entries:\n${dnat('web', '§70000', 'web-1')}` }],
  [
    'quota-exceeded',
    'an SNAT entry too many',
    { nat: '    snat_entries:\n      §s-1..41: { source_cidr: 10.0.1.$n/32, snat_ip: out-ip-2 }\n' },
  ],
  [
    'duplicate-listener',
    'HTTP at a port that TCP has',
    {
      listeners: `${WEB}\n      more: { protocol: http, frontend_port: §80, backend_port: 81, backend_servers: { web-1: 100 } }`,
    },
  ],
  [
    'quota-exceeded',
    'a listener too many',
    { listeners: WEB.replace('web:', '§web-1..51:').replace('port: 80,', 'port: $n,') },
  ],
  [
    'quota-exceeded',
    'a server too many',
    {
      instances: '  many-1..200: { vswitch_id: shop-h }\n',
      listeners: WEB.replace('web-1: 100', 'web-1: 100, §many-1..200: 100'),
    },
  ],
  ['wrong-region', 'a server elsewhere', { listeners: WEB.replace('web-1', '§far') }],
  [
    'wrong-region',
    'a server elsewhere, by an event',
    { rest: 'events: { add: { at: 1s, add: §front/web/far } }\n' },
  ],
  [
    'vswitch-outside-vpc',
    'a vSwitch elsewhere',
    { vswitches: '  odd: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: §10.1.2.0/24 }\n' },
  ],
  [
    'bad-route',
    'a route inside a vSwitch',
    {
      routes:
        '      in: { destination_cidrblock: §10.0.1.128/25, nexthop_type: NatGateway, nexthop_id: out }\n',
    },
  ],
];

describe('a scenario is refused, where it stands and with advice, for', () => {
  test.each(CASES)('%s: %s', (code, _, sections) => {
    const { text: plain, line, column } = unmark(text(sections));
    const parsed = parseScenario(plain, { file: 'test.yaml' });
    const errors = parsed.ok ? [] : parsed.diagnostics.filter(({ severity }) => severity === 'error');
    expect(errors).toMatchObject([{ code, line, column, expected: expect.any(String) }]);
  });
});

test('an EIP on two resources is told that it has one at a time, in a file as in an event', () => {
  for (const sections of [
    { eips: '  more-ip: { region: cn-hangzhou, instance_id: [web-1, front] }\n' },
    { rest: 'events: { both: { at: 1s, associate: free-ip, with: [web-1, front] } }\n' },
  ]) {
    const parsed = parseScenario(text(sections), { file: 'test.yaml' });
    expect(parsed.ok ? [] : parsed.diagnostics.map(({ expected }) => expected)).toEqual([
      expect.stringContaining('associated with one'),
    ]);
  }
});

test('a network ACL without rules is told to deny all, in both directions', () => {
  const parsed = parseScenario(
    text({ rest: 'network_acls:\n  edge: { vpc_id: shop, resources: [shop-h] }\n' }),
    { file: 'test.yaml' },
  );
  expect(parsed.ok && parsed.warnings.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    "denies-all: network ACL 'edge' has no ingress_acl_entries: it denies all inbound traffic",
    "denies-all: network ACL 'edge' has no egress_acl_entries: it denies all outbound traffic",
  ]);
});

test('what only shows at run time is a refused event with its reason', () => {
  const events = {
    held: 'associate: own-ip, with: web-1',
    second: 'associate: free-ip, with: web-2',
    overlap:
      'add: out/more, external_ip: out-ip-1, external_port: 85/90, ip_protocol: tcp, internal_ip: web-1, internal_port: 85/90',
    owned:
      "add: out/owned, external_ip: out-ip-1, external_port: '443', ip_protocol: tcp, internal_ip: web-2, internal_port: '443'",
    quota: 'add: out/s-41, source_cidr: 10.0.1.0/24, snat_ip: out-ip-2',
    crowd: 'add: front/web/web-2',
    route: 'add: table/too, destination_cidrblock: 0.0.0.0/0, nexthop_type: NatGateway, nexthop_id: out',
  };
  const scenario = scenarioOf(
    text({
      instances: '  many-1..199: { vswitch_id: shop-h }\n',
      listeners: WEB.replace('web-1: 100', 'web-1: 100, many-1..199: 100'),
      nat: `    snat_entries:\n      s-1..40: { source_cidr: 10.0.1.$n/32, snat_ip: out-ip-2 }\n    forward_entries:\n${dnat('web', '80/85', 'web-1')}`,
      rest: `events:\n${Object.entries(events)
        .map(([name, verb]) => `  ${name}: { at: 0s, ${verb} }\n`)
        .join('')}`,
    }).replace('duration: 10s', 'settle: 0s\nduration: 10ms'),
  );
  const refused = Object.entries(simulate(scenario).events).map(([name, event]) => [name, event.refused]);
  expect(Object.fromEntries(refused)).toEqual({
    held: 'own-ip is associated with web-2; disassociate it first',
    second: 'web-2 has an EIP already: own-ip',
    overlap: 'web has tcp port 80/85 of out-ip-1',
    owned: 'web-2 has EIP own-ip of its own',
    quota: 'out has 40 SNAT entries, which is the most',
    crowd: 'front has 200 servers, which is the most',
    route: 'all of table already leads to 0.0.0.0/0',
  });
});
