/**
 * Goal: security groups are read as the provider has them, and what the product refuses is refused where it stands.
 * Method: the shop with two groups; per problem a text in which `§` marks where it must be reported.
 */
import { describe, expect, test } from 'vitest';
import { parseIpv4 } from '../../src/base/ipv4.ts';
import { formatDiagnostic, parseScenario } from '../../src/scenario/parse.ts';
import { simulate } from '../../src/simulate.ts';
import { problemsOf, SHOP_WITH_TRAFFIC, scenarioOf, unmark } from '../support/scenario-texts.ts';

const RULE = 'type: ingress, ip_protocol: tcp, port_range: 80/80, cidr_ip: 0.0.0.0/0';
const GROUPED = SHOP_WITH_TRAFFIC.replace(
  'instances:\n',
  `security_groups:
  web: { vpc_id: shop, rules: { http: { ${RULE} } } }
  data: { vpc_id: shop, rules: {} }
  locked: { vpc_id: shop, security_group_type: enterprise }
instances:
`,
).replace('web-1: { vswitch_id: shop-h', 'web-1: { vswitch_id: shop-h, security_groups: [web, data]');

const swap = (from: string, to: string): string => {
  if (!GROUPED.includes(from)) throw new Error(`'${from}' is not in the text`);
  return GROUPED.replace(from, to);
};
/** The rule `http` with something else in it. */
const rule = (text: string): string => swap(`{ ${RULE} }`, `{ ${text} }`);
const member = (groups: string): string => swap('[web, data]', groups);
const event = (text: string): string => `${GROUPED}events:\n  change: { at: 1s, ${text} }\n`;
const elsewhere = (text: string): string =>
  text
    .replace('vpcs:\n', 'vpcs:\n  other: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }\n')
    .replace('instances:\n', '  alien: { vpc_id: other }\ninstances:\n');

const CASES: readonly (readonly [code: string, what: string, marked: string])[] = [
  ['missing-key', 'a group without VPC', swap('data: { vpc_id: shop, rules: {} }', '§data: {}')],
  [
    'missing-key',
    'TCP without ports',
    rule('type: ingress, ip_protocol: tcp, cidr_ip: 10.0.0.0/8').replace('http:', '§http:'),
  ],
  ['missing-key', 'no direction', rule('ip_protocol: all, cidr_ip: 10.0.0.0/8').replace('http:', '§http:')],
  ['bad-value', 'a type', swap('type: enterprise', 'type: §advanced')],
  [
    'bad-value',
    'an inner policy in lower case',
    swap('data: { vpc_id: shop', 'data: { vpc_id: shop, inner_access_policy: §drop'),
  ],
  ['bad-value', 'a policy', rule(`${RULE}, policy: §allow`)],
  ['bad-value', 'a protocol', rule('type: ingress, ip_protocol: §sctp, cidr_ip: 10.0.0.0/8')],
  ['bad-value', 'no group', member('§[]')],
  ['out-of-range', 'a priority', rule(`${RULE}, priority: §101`)],
  ['bad-port-range', 'one port', rule(RULE.replace('80/80', "§'80'"))],
  ['bad-port-range', 'a falling range', rule(RULE.replace('80/80', '§81/80'))],
  ['bad-port-range', 'a port beyond', rule(RULE.replace('80/80', '§80/65536'))],
  ['bad-port-range', 'all ports of TCP as -1', rule(RULE.replace('80/80', '§-1/-1'))],
  ['bad-port-range', 'ports of ICMP', rule(RULE.replace('tcp', 'icmp').replace('80/80', '§80/80'))],
  ['bad-port-range', 'ports of all protocols', rule(RULE.replace('tcp', 'all').replace('80/80', '§1/65535'))],
  ['exactly-one', 'no peer', rule('type: ingress, ip_protocol: all').replace('http:', '§http:')],
  ['exactly-one', 'two peers', rule(`${RULE}, §source_security_group_id: data`)],
  ['bad-cidr', 'no block', rule(RULE.replace('0.0.0.0/0', '§anywhere'))],
  ['bad-cidr', 'a prefix', rule(RULE.replace('0.0.0.0/0', '§10.0.0.0/33'))],
  ['bad-address', 'an address', rule(RULE.replace('0.0.0.0/0', '§10.0.0.256'))],
  ['cidr-host-bits', 'of a block', rule(RULE.replace('0.0.0.0/0', '§10.0.0.1/8'))],
  ['bad-name', 'of a rule', swap('http:', '§Http:')],
  ['unknown-reference', 'the VPC of a group', swap('data: { vpc_id: shop', 'data: { vpc_id: §shup')],
  ['unknown-reference', 'a group of an instance', member('[web, §date]')],
  ['unknown-reference', 'an instance as a group', member('[web, §web-2]')],
  [
    'unknown-reference',
    'a group as the peer',
    rule('type: ingress, ip_protocol: all, source_security_group_id: §date'),
  ],
  ['wrong-vpc', 'a group of an instance', elsewhere(member('[web, §alien]'))],
  [
    'wrong-vpc',
    'a group as the peer',
    elsewhere(rule('type: ingress, ip_protocol: all, source_security_group_id: §alien')),
  ],
  [
    'not-applicable',
    'an enterprise group as the peer',
    rule('type: ingress, ip_protocol: all, source_security_group_id: §locked'),
  ],
  [
    'not-applicable',
    'the inner policy of an enterprise group',
    swap('type: enterprise', 'type: enterprise, inner_access_policy: §Accept'),
  ],
  ['mixed-group-types', 'on one instance', member('[web, §locked]')],
  ['not-failable', 'a group', event('fail: §web')],
  ['reserved-key', 'a prefix list', rule(RULE.replace('cidr_ip: 0.0.0.0/0', '§prefix_list_id: cloud'))],
  ['reserved-key', 'GRE', rule('type: ingress, ip_protocol: §gre, cidr_ip: 10.0.0.0/8')],
  [
    'missing-key',
    'a rule added without a protocol',
    event('add: §web/ssh, type: ingress, cidr_ip: 10.0.0.0/8'),
  ],
  ['exactly-one', 'a rule added without a peer', event('add: §web/ssh, type: ingress, ip_protocol: all')],
  ['unknown-option', 'a weight of a rule', event(`add: web/ssh, ${RULE}, §weight: 5`)],
  ['unknown-option', 'a rule of a server', event('add: front/web/web-2, §cidr_ip: 10.0.0.0/8')],
  ['unknown-reference', 'a rule that is removed and never there', event('remove: §web/ssh')],
  ['unknown-reference', 'a group that is added', event(`add: §web, ${RULE}`)],
  ['unknown-option', 'ports of a rule that is there', event('set: web/http, §cidr_ip: 10.0.0.0/8')],
  ['bad-value', 'a policy of DNS records', event('set: web/http, policy: §weighted')],
  [
    'bad-value',
    'a policy of rules for a record',
    event('set: www, policy: §accept').replace(
      'vpcs:',
      'dns_records: { www: { values: { front: 1 } } }\nvpcs:',
    ),
  ],
  [
    'not-applicable',
    'the inner policy of an enterprise group',
    event('set: locked, inner_access_policy: §Accept'),
  ],
  ['mixed-group-types', 'groups set while running', event('set: web-1, security_groups: [web, §locked]')],
  [
    'not-applicable',
    'groups of an instance that is not filtered',
    event('set: §web-2, security_groups: [data]'),
  ],
];

describe('reports', () => {
  test.each(CASES)('%s: %s', (code, _what, marked) => {
    const { text, line, column } = unmark(marked);
    expect(problemsOf(text)).toContain(`${line}:${column} ${code}`);
  });

  test('the group that is one too many for an ENI, with the quota', () => {
    const groups = (count: number): string =>
      swap('instances:\n', `  more-1..${count}: { vpc_id: shop }\ninstances:\n`).replace(
        '[web, data]',
        `[web, data, more-1..${count}]`,
      );
    expect(problemsOf(groups(8))).toEqual([]);
    const result = parseScenario(groups(12), { file: 'a.yaml' });
    expect(result.ok ? [] : result.diagnostics.map(formatDiagnostic)).toEqual([
      expect.stringMatching(/quota-exceeded\]: 'more-9' is one security group too many[\s\S]*at most 10/),
    ]);
  });

  test('a peer of a kind to come once', () => {
    expect(problemsOf(rule(RULE.replace('cidr_ip: 0.0.0.0/0', 'prefix_list_id: cloud')))).toHaveLength(1);
  });
});

describe('reads', () => {
  test('groups with the defaults of the provider', () => {
    expect(scenarioOf(GROUPED).securityGroups).toEqual([
      {
        name: 'web',
        vpc: 'shop',
        type: 'normal',
        innerAccessPolicy: 'Accept',
        rules: [
          {
            name: 'http',
            type: 'ingress',
            protocol: 'tcp',
            firstPort: 80,
            lastPort: 80,
            policy: 'accept',
            priority: 1,
            peer: { kind: 'cidr', cidr: { base: 0, length: 0 } },
          },
        ],
      },
      { name: 'data', vpc: 'shop', type: 'normal', innerAccessPolicy: 'Accept', rules: [] },
      { name: 'locked', vpc: 'shop', type: 'enterprise', innerAccessPolicy: 'Drop', rules: [] },
    ]);
    expect(scenarioOf(GROUPED).instances.map(({ securityGroups }) => securityGroups)).toEqual([
      ['web', 'data'],
      [],
    ]);
  });

  test('an address as a block of one, a group as a peer, rules without ports', () => {
    const rules = (text: string): unknown => scenarioOf(rule(text)).securityGroups[0]?.rules[0];
    expect(rules('type: egress, ip_protocol: icmp, cidr_ip: 10.0.1.9, policy: drop')).toMatchObject({
      type: 'egress',
      policy: 'drop',
      firstPort: 0,
      lastPort: 65535,
      peer: { kind: 'cidr', cidr: { base: parseIpv4('10.0.1.9'), length: 32 } },
    });
    expect(
      rules('type: ingress, ip_protocol: all, port_range: -1/-1, source_security_group_id: web'),
    ).toMatchObject({ peer: { kind: 'group', group: 'web' } });
  });

  test('a group that is named twice as one', () => {
    expect(scenarioOf(member('[web, web]')).instances[0]?.securityGroups).toEqual(['web']);
  });
});

describe('an instance in no group', () => {
  const run = (text: string) => simulate(scenarioOf(text.replace('duration: 2m', 'duration: 1s')));
  const inPlay = (text: string): boolean => run(text).parameters.some(({ id }) => id === 'ecs.unfiltered');

  test('is an assumption of the result, without a word where there are no groups at all', () => {
    expect(run(SHOP_WITH_TRAFFIC).warnings).toEqual([]);
    expect(inPlay(SHOP_WITH_TRAFFIC)).toBe(true);
  });

  test('is named where others are filtered', () => {
    expect(run(GROUPED).warnings).toEqual(['in no security group, so not filtered (assumed): web-2']);
    const all = GROUPED.replace('vswitch_id: shop-i }', 'vswitch_id: shop-i, security_groups: [data] }');
    expect(run(all).warnings).toEqual([]);
    expect(inPlay(all)).toBe(false);
  });

  test('lets nothing in when that is not assumed', () => {
    const text = `${SHOP_WITH_TRAFFIC}assume: { ecs.unfiltered: 0 }\n`;
    const { flows, warnings } = run(text.replace('duration: 2m', 'duration: 8s'));
    expect(warnings).toEqual([]);
    expect(flows.browse?.delivered).toBe(0);
    expect(Object.keys(flows.browse?.lostByReason ?? {})).toEqual(['security-group']);
  });
});
