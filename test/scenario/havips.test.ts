/**
 * Goal: floating addresses are read as the provider has them, and what the product refuses is refused where it stands.
 * Method: the shop with one; per problem a text in which `§` marks where it must be reported.
 */
import { describe, expect, test } from 'vitest';
import { formatIpv4 } from '../../src/base/ipv4.ts';
import { problemsOf, SHOP_WITH_TRAFFIC, scenarioOf, unmark } from '../support/scenario-texts.ts';

const HAVIP =
  'vip: { vswitch_id: shop-h, advert_int: 1s, attachments: { web-1: { priority: 150 }, spare: {} } }';
const TEXT: string = [
  ['clbs:\n', `havips:\n  ${HAVIP}\nclbs:\n`],
  ['instances:\n', 'instances:\n  spare: { vswitch_id: shop-h }\n'],
  ['eips:\n', 'eips:\n  vip-ip: { region: cn-hangzhou, instance_id: vip }\n'],
  ['traffic:\n', 'traffic:\n  floating: { kind: http, from: shopper, to: vip-ip:8000, rate: 1/s }\n'],
].reduce((text, [from = '', to = '']) => swap(from, to, text), SHOP_WITH_TRAFFIC);

function swap(from: string, to: string, text = TEXT): string {
  if (!text.includes(from)) throw new Error(`'${from}' is not in the text`);
  return text.replace(from, to);
}

const CASES: readonly (readonly [code: string, what: string, marked: string])[] = [
  ['wrong-vswitch', 'an instance elsewhere', swap('spare: {} }', '§web-2: {} }')],
  ['unknown-reference', 'what is no instance', swap('spare: {} }', '§front: {} }')],
  ['unknown-reference', 'no vSwitch', swap('vip: { vswitch_id: shop-h', 'vip: { vswitch_id: §shop')],
  [
    'address-outside-vswitch',
    'an address elsewhere',
    swap('advert_int', 'ip_address: §10.0.2.9, advert_int'),
  ],
  ['out-of-range', 'a short interval', swap('advert_int: 1s', 'advert_int: §9ms')],
  ['out-of-range', 'a long interval', swap('advert_int: 1s', 'advert_int: §41s')],
  ['out-of-range', "the owner's priority", swap('priority: 150', 'priority: §255')],
  ['unknown-key', 'another key', swap('priority: 150', 'priority: 150, §weight: 1')],
  ['target-taken', 'a second EIP', swap('instance_id: front', 'instance_id: §vip')],
  [
    'wrong-region',
    'an EIP of another region',
    swap(
      'vip-ip: { region: cn-hangzhou, instance_id: vip',
      'vip-ip: { region: cn-shanghai, instance_id: §vip',
    ),
  ],
  ['not-failable', 'the address itself', `${TEXT}events:\n  goes: { at: 1s, fail: §vip }\n`],
];

describe('reports', () => {
  test.each(CASES)('%s: %s', (code, _what, marked) => {
    const { text, line, column } = unmark(marked);
    expect(problemsOf(text)).toContain(`${line}:${column} ${code}`);
  });

  test('the eleventh instance of an address, and the sixth address of an instance', () => {
    const members = (count: number): string => {
      const instances = swap('spare: { vswitch_id: shop-h }', `spare-1..${count}: { vswitch_id: shop-h }`);
      return swap('{ web-1: { priority: 150 }, spare: {} }', `{ spare-1..${count}: {} }`, instances);
    };
    const havips = (count: number): string =>
      swap('clbs:\n', `  vip-1..${count}: { vswitch_id: shop-h, attachments: { spare: {} } }\nclbs:\n`);
    for (const fits of [members(10), havips(4)]) expect(problemsOf(fits)).toEqual([]);
    for (const exceeds of [members(11), havips(5)])
      expect(problemsOf(exceeds).map((shown) => shown.split(' ')[1])).toEqual(['quota-exceeded']);
  });
});

test('has an address of its vSwitch, and is served by whoever may have it', () => {
  const { havips, instances } = scenarioOf(TEXT);
  const [vip] = havips;
  expect(formatIpv4(vip?.address ?? 0)).toMatch(/^10\.0\.1\./);
  expect(vip?.members).toEqual([
    { instance: 'web-1', priority: 150, preempts: true },
    { instance: 'spare', preempts: true },
  ]);
  for (const name of ['web-1', 'spare'])
    expect(instances.find((instance) => instance.name === name)?.listen).toContainEqual({
      protocol: 'tcp',
      port: 8000,
      service: 'http',
    });
});
