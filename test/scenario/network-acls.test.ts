/**
 * Goal: network ACLs are read as the provider has them, and what is wrong is reported where it stands. Method: the shop
 * with an ACL; per problem a text in which `§` marks where it must be reported.
 */
import { describe, expect, test } from 'vitest';
import { simulate } from '../../src/simulate.ts';
import { problemsOf, SHOP_WITH_TRAFFIC, scenarioOf, unmark } from '../support/scenario-texts.ts';

const HTTP = 'protocol: tcp, port: 80/80, policy: accept, source_cidr_ip: 0.0.0.0/0';
const OUT = 'protocol: all, policy: accept, destination_cidr_ip: 0.0.0.0/0';
const GUARDED = SHOP_WITH_TRAFFIC.replace(
  'instances:\n',
  `network_acls:
  edge:
    vpc_id: shop
    resources: [shop-h]
    ingress_acl_entries: { http: { ${HTTP} } }
    egress_acl_entries: { out: { ${OUT} } }
instances:
`,
);
const swap = (from: string, to: string): string => {
  if (!GUARDED.includes(from)) throw new Error(`'${from}' is not in the text`);
  return GUARDED.replace(from, to);
};
const entry = (text: string): string => swap(HTTP, text);
const event = (text: string): string => `${GUARDED}events:\n  change: { at: 1s, ${text} }\n`;

const CASES: readonly (readonly [code: string, what: string, marked: string])[] = [
  ['missing-key', 'TCP without ports', entry(HTTP.replace('port: 80/80, ', '')).replace('http:', '§http:')],
  [
    'missing-key',
    'an entry without a block',
    entry('protocol: all, policy: drop').replace('http:', '§http:'),
  ],
  ['bad-port-range', 'upside down', entry(HTTP.replace('80/80', '§90/80'))],
  ['bad-port-range', 'of icmp', entry(HTTP.replace('tcp, port: 80/80', 'icmp, port: §80/80'))],
  ['unknown-key', 'the block of the other direction', entry(HTTP.replace('source', '§destination'))],
  ['cidr-host-bits', 'of a block', entry(HTTP.replace('0.0.0.0/0', '§10.0.0.1/8'))],
  ['reserved-key', 'GRE', entry(HTTP.replace('protocol: tcp, port: 80/80', 'protocol: §gre'))],
  ['duplicate-name', 'an entry of both directions', swap('{ out:', '{ §http:')],
  ['unknown-reference', 'a vSwitch', swap('resources: [shop-h]', 'resources: [§shop-x]')],
  [
    'already-attached',
    'a vSwitch of two ACLs',
    swap('instances:\n', '  more: { vpc_id: shop, resources: [§shop-h] }\ninstances:\n'),
  ],
  [
    'wrong-vpc',
    'a vSwitch',
    swap('resources: [shop-h]', 'resources: [§shop-h]')
      .replace('vpcs:\n', 'vpcs:\n  other: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }\n')
      .replace('edge:\n    vpc_id: shop', 'edge:\n    vpc_id: other'),
  ],
  [
    'denies-all',
    'no outbound entries',
    swap(`    egress_acl_entries: { out: { ${OUT} } }\n`, '').replace('edge:', '§edge:'),
  ],
  ['exactly-one', 'an entry added for no direction', event('add: §edge/ssh, protocol: all, policy: drop')],
  [
    'missing-key',
    'an entry added without a policy',
    event('add: §edge/ssh, protocol: all, source_cidr_ip: 10.0.0.0/8'),
  ],
  ['unknown-option', 'a priority of an entry', event(`add: edge/ssh, ${HTTP}, §priority: 5`)],
  ['unknown-reference', 'an entry that is removed and never there', event('remove: §edge/ssh')],
  ['unknown-option', 'a priority set on an entry', event('set: edge/http, §priority: 2')],
  ['unknown-reference', 'a vSwitch set while running', event('set: edge, resources: [§shop-x]')],
];

describe('reports', () => {
  test.each(CASES)('%s: %s', (code, _what, marked) => {
    const { text, line, column } = unmark(marked);
    expect(problemsOf(text)).toContain(`${line}:${column} ${code}`);
  });
});

test('reads entries in the order of the file with their ports, and blocks of one address', () => {
  const text = entry(`${HTTP} }, all: { protocol: icmp, policy: drop, source_cidr_ip: 10.0.1.9`);
  expect(scenarioOf(text).networkAcls).toMatchObject([
    {
      name: 'edge',
      vswitches: ['shop-h'],
      ingress: [
        { name: 'http', protocol: 'tcp', firstPort: 80, lastPort: 80, policy: 'accept' },
        {
          name: 'all',
          protocol: 'icmp',
          firstPort: 0,
          lastPort: 65535,
          policy: 'drop',
          peer: { length: 32 },
        },
      ],
      egress: [{ name: 'out', protocol: 'all' }],
    },
  ]);
});

test('a policy that nothing has is said to be wrong once', () => {
  const text = `${GUARDED}events:\n  e: { at: 1s, set: edge/http, policy: maybe }\n`;
  expect(problemsOf(text).map((shown) => shown.split(' ')[1])).toEqual(['bad-value']);
});

describe('while running', () => {
  const run = (events: string) =>
    simulate(scenarioOf(`${GUARDED.replace('duration: 2m', 'duration: 5s')}events:\n${events}`));

  test('an entry that is there already, and one of the other direction, are refused', () => {
    const { events } = run(
      `  again: { at: 1s, add: edge/out, ${HTTP} }
  other: { at: 2s, set: edge, ingress_acl_entries: { out: { ${HTTP} } } }
  gone: { at: 3s, remove: edge/http }
  twice: { at: 4s, remove: edge/http }
`,
    );
    expect(Object.values(events).map(({ refused }) => refused)).toEqual([
      'out is an entry of edge already',
      'out would be an entry of both directions of edge',
      null,
      'http is no entry of edge',
    ]);
  });

  test('vSwitches are attached and detached, which is that event’s doing; one that another ACL has is refused', () => {
    const text = GUARDED.replace('resources: [shop-h]', 'resources: [shop-i]')
      .replace('instances:\n', '  shut: { vpc_id: shop }\ninstances:\n')
      .replace('duration: 2m', 'duration: 5s')
      .replace('rate: 50/s', 'rate: 50/s, timeout: 500ms');
    const { events, flows, packets, stateChanges } = simulate(
      scenarioOf(`${text}events:
  taken: { at: 1s, set: shut, resources: [shop-h, shop-i] }
  close: { at: 2s, set: shut, resources: [shop-h] }
  open: { at: 3s, set: shut, resources: [] }
`),
    );
    expect(events.taken?.refused).toBe('shop-i is attached to edge');
    const resources = stateChanges.filter(({ subject }) => subject === 'shut/resources');
    expect(resources.map(({ atNs, to }) => [atNs, to])).toEqual([
      [0, ''],
      [2e9, 'shop-h'],
      [3e9, ''],
    ]);
    expect(packets.droppedByReason['network-acl']).toBeGreaterThan(0);
    // Every second request meets the closed vSwitch, less those of the last time-out, which it opens again for.
    expect(flows.browse?.lost).toBeGreaterThanOrEqual(20);
    expect(events.close?.flows.browse?.lost).toBe(flows.browse?.lost);
  });

  test('lists are replaced as a whole, and the state names their entries in order', () => {
    const { stateChanges } = run(
      `  swap: { at: 1s, set: edge, ingress_acl_entries: { none: { protocol: all, policy: drop, source_cidr_ip: 0.0.0.0/0 }, http: { ${HTTP} } } }\n`,
    );
    expect(stateChanges.filter(({ subject }) => subject === 'edge/ingress').map(({ to }) => to)).toEqual([
      'http accept',
      'none drop, http accept',
    ]);
  });
});
