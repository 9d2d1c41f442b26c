/**
 * Goal: editors and the command agree. Method: ajv reads the exported JSON Schema and judges the same samples as the
 * zod schema it is made from; the committed file is compared with what would be exported now.
 */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseQuantity } from '../../src/base/units.ts';
import { exportJsonSchema, scenarioSchema } from '../../src/scenario/schema.ts';
import { QUANTITY_PATTERNS } from '../../src/scenario/schema-leaves.ts';
import {
  CLB_EXAMPLE,
  HEAD,
  problemsOf,
  RICH_EXAMPLE,
  SHOP,
  SHOP_WITH_TRAFFIC,
} from '../support/scenario-texts.ts';

const validate = new Ajv({ strict: false, allowUnionTypes: true }).compile(exportJsonSchema());

const ACCEPTED = [
  CLB_EXAMPLE,
  SHOP_WITH_TRAFFIC,
  HEAD,
  `${HEAD}seed: text\n`,
  `${HEAD}assume: { tcp.retries: 3 }\n`,
];

const REJECTED = [
  'vpcsim: 2\ntitle: A test\nduration: 2m\n',
  'vpcsim: 1\nduration: 2m\n',
  'vpcsim: 1\ntitle: A test\nduration: 120\n',
  'vpcsim: 1\ntitle: A test\nduration: 2 minutes\n',
  `${HEAD}sags: {}\n`,
  `${HEAD}nat_gateways: { out: { vpc_id: a, vswitch_id: b, nat_type: Normal } }\n`,
  `${HEAD}replications: 0\n`,
  `${HEAD}covers: [I-8]\n`,
  `${HEAD}vpcs: { a: { region: cn-hangzhou } }\n`,
  `${HEAD}vpcs: { a: { region: cn-hangzhou, cidr_block: 10.0.0.0 } }\n`,
  `${HEAD}${SHOP}`.replace('frontend_port: 80', 'frontend_port: 0'),
  `${HEAD}${SHOP}`.replace('frontend_port: 80', "frontend_port: '80'"),
  `${HEAD}${SHOP}`.replace('web-1: 100', 'web-1: 101'),
  `${HEAD}${SHOP}`.replace('protocol: tcp', 'protocol: sctp'),
  `${HEAD}events: { cut: { fail: web-1 } }\n`,
  `${HEAD}events: { cut: { at: { uniform: [1s] }, fail: web-1 } }\n`,
  `${HEAD}events: { cut: { at: 1s, fail: [] } }\n`,
  `${HEAD}expect: [{ flow: browse, outtage: 1s }]\n`,
  `${HEAD}expect: [{ flow: browse, lost: { mn: 1 } }]\n`,
];

describe('the exported schema and the checker agree on', () => {
  test.each(ACCEPTED.map((text, i) => [i, text] as const))('accepted sample %d', (_i, text) => {
    const value: unknown = parse(text);
    expect([scenarioSchema.safeParse(value).success, validate(value)]).toEqual([true, true]);
  });

  test.each(REJECTED.map((text, i) => [i, text] as const))('rejected sample %d', (_i, text) => {
    const value: unknown = parse(text);
    expect([scenarioSchema.safeParse(value).success, validate(value)]).toEqual([false, false]);
  });
});

test.each([
  'events: { cut: { at: 1s } }',
  'events: { cut: { at: 1s, fail: web-1, restore: web-1 } }',
  'expect: [{ lost: 0 }]',
  'security_groups: { web: { vpc_id: shop, rules: { any: { type: ingress, ip_protocol: all } } } }',
  'expect: [{ flow: browse, event: cut, lost: 0 }]',
])(
  'an editor wants exactly one verb, one subject and one peer of a rule, as the checker does: %s',
  (line) => {
    const text = `${SHOP_WITH_TRAFFIC}${line}\n`;
    expect(validate(parse(text))).toBe(false);
    expect(validate.errors?.some(({ keyword }) => keyword === 'oneOf')).toBe(true);
    expect(problemsOf(text).join('\n')).toContain('exactly-one');
  },
);

test('the exported schema takes variables and ranges as they are written', () => {
  expect(validate(parse(RICH_EXAMPLE)), JSON.stringify(validate.errors)).toBe(true);
});

test('the exported schema names the Terraform type of each section, and what is ours', () => {
  const { properties } = exportJsonSchema() as { properties: Record<string, { description?: string }> };
  expect(properties.vpcs?.description).toContain('alicloud_vpc');
  expect(properties.traffic?.description).toMatch(/^ours/);
});

test('the committed schema is what the code exports', () => {
  const file = new URL('../../schema/vpcsim-1.schema.json', import.meta.url);
  expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(exportJsonSchema(), null, 2)}\n`);
});

test.each(Object.entries(QUANTITY_PATTERNS))(
  'the pattern for %s takes what the reader takes',
  (kind, pattern) => {
    const numbers = ['1', '1.5', '.5', '+2', '1e3', '1.', '', '-1', 'x'];
    const units = [
      '',
      's',
      'ms',
      'm',
      'bps',
      'Mbps',
      'mbps',
      'B',
      'kB',
      'KiB',
      '/s',
      '/min',
      '%',
      ' s',
      'sec',
    ];
    for (const text of numbers.flatMap((number) => units.map((unit) => `${number}${unit}`))) {
      const isNegative = text.startsWith('-');
      const isRead =
        parseQuantity(text, kind as keyof typeof QUANTITY_PATTERNS).ok || (isNegative && pattern.test(text));
      expect([text, pattern.test(text)]).toEqual([text, isRead]);
    }
  },
);
