/**
 * Goal: static public IPs and secondary ENIs are read as the provider has them, and what the product refuses is refused
 * where it stands. Method: the shop with both; per problem a text in which `§` marks where it must be reported.
 */
import { describe, expect, test } from 'vitest';
import { formatIpv4 } from '../../src/base/ipv4.ts';
import { problemsOf, SHOP_WITH_TRAFFIC, scenarioOf, unmark } from '../support/scenario-texts.ts';

const swap = (from: string, to: string, text = SHOP_WITH_TRAFFIC): string => {
  if (!text.includes(from)) throw new Error(`'${from}' is not in the text`);
  return text.replace(from, to);
};
/** web-1 with a public address of its own and a second ENI. */
const TEXT = swap(
  'clbs:\n',
  'network_interfaces:\n  eni: { vswitch_id: shop-h, instance_id: web-1 }\nclbs:\n',
  swap('web-1: { vswitch_id', 'web-1: { internet_max_bandwidth_out: 5Mbps, vswitch_id'),
);
const events = (...lines: string[]): string =>
  `${TEXT}events:\n${lines.map((line) => `  ${line}\n`).join('')}`;

const WITH_PLAN = swap(
  'eips:\n',
  'common_bandwidth_packages:\n  plan: { region: cn-hangzhou, bandwidth: 20Mbps }\neips:\n',
  TEXT,
);
const inPlan = (keys: string): string => swap('instance_id: front', `instance_id: front, ${keys}`, WITH_PLAN);
const planEvent = (verb: string): string => `${WITH_PLAN}events:\n  change: { at: 1s, ${verb} }\n`;

const CASES: readonly (readonly [code: string, what: string, marked: string])[] = [
  ['out-of-range', 'more than an instance can buy', swap('5Mbps', '§101Mbps', TEXT)],
  [
    'missing-key',
    'an address without bandwidth',
    swap('web-2: { vswitch_id', 'web-2: { public_ip: §203.0.113.9, vswitch_id', TEXT),
  ],
  [
    'target-taken',
    'an EIP beside a static public IP',
    swap('instance_id: front', 'instance_id: §web-1', TEXT),
  ],
  ['static-address', 'what stays is taken away', events('take: { at: 1s, disassociate: §web-1/public-ip }')],
  [
    'static-address',
    'what stays is given away',
    events('give: { at: 1s, associate: §web-1/public-ip, with: web-2 }'),
  ],
  ['bad-target', 'there is nothing to convert', events('turn: { at: 1s, convert: §web-2 }')],
  ['unknown-reference', 'what is converted is no instance', events('turn: { at: 1s, convert: §front }')],
  [
    'unknown-reference',
    'a public IP that is none',
    events('take: { at: 1s, disassociate: §web-2/public-ip }'),
  ],
  [
    'bad-value',
    'a flow to its own public IP',
    swap('from: shopper, to: front-ip:80', 'from: web-1, to: §web-1/public-ip:80', TEXT),
  ],
  [
    'wrong-zone',
    'an ENI in another zone',
    swap('eni: { vswitch_id: shop-h', 'eni: { vswitch_id: §shop-i', TEXT),
  ],
  [
    'wrong-vpc',
    'an ENI in another VPC',
    swap(
      'vswitches:\n',
      'vswitches:\n  other-h: { vpc_id: other, zone_id: cn-hangzhou-h, cidr_block: 10.9.1.0/24 }\n',
      swap(
        'vpcs:\n',
        'vpcs:\n  other: { region: cn-hangzhou, cidr_block: 10.9.0.0/16 }\n',
        swap('eni: { vswitch_id: shop-h', 'eni: { vswitch_id: §other-h', TEXT),
      ),
    ),
  ],
  ['missing-key', 'a cap within no plan', inPlan('bandwidth_package_bandwidth: §5Mbps')],
  [
    'no-effect',
    'a cap that the plan never lets it reach',
    inPlan('bandwidth_package_id: plan, bandwidth_package_bandwidth: §900Mbps'),
  ],
  ['unknown-reference', 'a plan that does not exist', inPlan('bandwidth_package_id: §plane')],
  [
    'wrong-region',
    'a plan of another region',
    swap('plan: { region: cn-hangzhou', 'plan: { region: cn-beijing', inPlan('bandwidth_package_id: §plan')),
  ],
  ['static-address', 'a static public IP in a plan', planEvent('add: §plan/web-1/public-ip')],
  ['unknown-reference', 'a plan without an EIP', planEvent('add: §plan')],
  ['unknown-reference', 'no EIP in a plan', planEvent('remove: §plan/web-1')],
  ['unknown-option', 'a weight in a plan', planEvent('add: plan/front-ip, §weight: 5')],
  [
    'unknown-option',
    'a cap of a server',
    planEvent('add: front/web/web-1, §bandwidth_package_bandwidth: 5Mbps'),
  ],
  ['unknown-option', 'a cap of the plan', planEvent('set: plan, §bandwidth_package_bandwidth: 5Mbps')],
  [
    'quota-exceeded',
    'one EIP too many in a plan',
    swap(
      'eips:\n',
      `eips:\n  more-1..100: { region: cn-hangzhou, bandwidth_package_id: plan }\n  last: { region: cn-hangzhou, bandwidth_package_id: §plan }\n`,
      WITH_PLAN,
    ),
  ],
  ['unknown-price', 'nothing of that name', `${TEXT}prices: { eip/hours: 1, §eip/trafic: 2 }\n`],
  ['out-of-range', 'a price below nothing', `${TEXT}prices: { eip/hours: §-1 }\n`],
  ['unknown-reference', 'a volume of no flow', `${TEXT}usage: { §brows: 1TB }\n`],
  [
    'unknown-reference',
    'a cost of nothing',
    `${TEXT}prices: {}\nexpect:\n  - { cost: §front-ip/trafic, amount: 1 }\n`,
  ],
  [
    'out-of-range',
    'more than is sold by traffic',
    swap('bandwidth: 100Mbps', 'internet_charge_type: PayByTraffic, bandwidth: §201Mbps', TEXT),
  ],
  [
    'missing-key',
    'a way to pay for no bandwidth',
    swap('web-2: { vswitch_id', 'web-2: { internet_charge_type: §PayByTraffic, vswitch_id', TEXT),
  ],
  [
    'not-applicable',
    'cut through to a CLB',
    swap('instance_id: front', 'instance_id: front, mode: §BINDED', TEXT),
  ],
  [
    'not-applicable',
    'several on a CLB',
    swap('instance_id: front', 'instance_id: front, mode: §MULTI_BINDED', TEXT),
  ],
  [
    'target-taken',
    'one of another mode beside it',
    swap(
      'eips:\n',
      'eips:\n  first-ip: { region: cn-hangzhou, instance_id: eni, mode: MULTI_BINDED }\n',
      swap('instance_id: front', 'instance_id: §eni', TEXT),
    ),
  ],
  [
    'quota-exceeded',
    'the eleventh on an ENI',
    swap(
      'eips:\n',
      'eips:\n  first-ip-1..10: { region: cn-hangzhou, instance_id: eni, mode: MULTI_BINDED }\n',
      swap('instance_id: front', 'instance_id: §eni, mode: MULTI_BINDED', TEXT),
    ),
  ],
  [
    'reserved-key',
    'what is cut through is moved',
    swap(
      'instance_id: front',
      'instance_id: eni, mode: BINDED',
      events('take: { at: 1s, disassociate: §front-ip }'),
    ),
  ],
];

describe('reports', () => {
  test.each(CASES)('%s: %s', (code, _what, marked) => {
    const { text, line, column } = unmark(marked);
    expect(problemsOf(text)).toEqual([`${line}:${column} ${code}`]);
  });
});

test('a static public IP is an EIP of its instance, named after it, with an address of its own', () => {
  const { eips } = scenarioOf(TEXT);
  const [, own] = eips;
  expect(own).toMatchObject({ name: 'web-1/public-ip', target: 'web-1', bandwidthBps: 5e6, isStatic: true });
  expect(eips.map(({ address }) => formatIpv4(address))).toEqual(['198.19.0.1', '198.19.0.2']);
});

test('what an event converts may be moved by others', () => {
  const text = events(
    'turn: { at: 1s, convert: web-1 }',
    'take: { at: 2s, disassociate: web-1/public-ip }',
    'give: { at: 3s, associate: web-1/public-ip, with: eni }',
    'grow: { at: 4s, set: web-1/public-ip, bandwidth: 10Mbps }',
  );
  expect(problemsOf(text)).toEqual([]);
});

test('an ENI serves what its instance serves, and fails with it', () => {
  const text = `${swap('web-1: { internet', 'web-1: { listen: [22/tcp], internet', TEXT)}events:\n  dies: { at: 1s, fail: web-1 }\n`;
  const { instances, events: lowered } = scenarioOf(text);
  const [web, eni] = ['web-1', 'eni'].map((name) => instances.find((instance) => instance.name === name));
  expect(eni).toMatchObject({ eniOf: 'web-1', listen: web?.listen });
  expect(eni?.privateAddress).not.toBe(web?.privateAddress);
  expect(lowered[0]?.action).toMatchObject({ targets: [{ devices: ['web-1', 'eni'] }] });
});
