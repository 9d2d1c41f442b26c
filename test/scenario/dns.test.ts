/**
 * Goal: records and resolvers are read as written, and what cannot be is refused where it stands. Method: the shop with
 * a record; per problem a text in which `§` marks where it must be reported.
 */
import { describe, expect, test } from 'vitest';
import { listNames } from '../../src/cli/check.ts';
import { problemsOf, SHOP_WITH_TRAFFIC, scenarioOf, unmark } from '../support/scenario-texts.ts';

const RECORD = '  www: { domain_name: shop.example, ttl: 1m, values: { front-ip: 100, partner: 50 } }\n';
const FLOW = '  visit: { kind: http, from: shopper, to: www:80, rate: 1/s }\n';
const shop = (record = RECORD, flow = FLOW, events = ''): string =>
  `${SHOP_WITH_TRAFFIC}${flow}dns_records:\n${record}internet_hosts:\n  partner: { city: Singapore }\n${events}`;
const record = (text: string): string => shop(`  www: { ${text} }\n`);
const flow = (text: string): string => shop(RECORD, `  visit: { ${text} }\n`);
const event = (text: string): string => shop(RECORD, FLOW, `events:\n  change: { at: 1s, ${text} }\n`);
const many = Array.from({ length: 40 }, (_, i) => `p-${i + 1}: 1`).join(', ');

const CASES: readonly (readonly [code: string, what: string, marked: string])[] = [
  ['missing-key', 'no values', shop('  §www: { ttl: 1m }\n')],
  ['bad-value', 'empty values', record('values: §{}')],
  ['bad-value', 'nothing but weights of 0', record('values: §{ front-ip: 0, partner: 0 }')],
  ['out-of-range', 'a weight over 100', record('values: { front-ip: §101 }')],
  ['bad-value', 'a policy that there is none of', record('policy: §nearest, values: { front-ip: 1 }')],
  ['unknown-reference', 'a value that does not exist', record('values: { §back-ip: 1 }')],
  ['unknown-reference', 'a client as a value', record('values: { §shopper: 1 }')],
  ['out-of-range', 'a TTL of 0', record('ttl: §0s, values: { front-ip: 1 }')],
  ['out-of-range', 'a TTL beyond a day', record('ttl: §25h, values: { front-ip: 1 }')],
  ['out-of-range', 'a TTL of parts of a second', record('ttl: §1500ms, values: { front-ip: 1 }')],
  ['bad-value', 'a malformed domain', record('domain_name: §shop_example, values: { front-ip: 1 }')],
  [
    'missing-key',
    'a check without a port',
    record('§health_check: { interval: 10s }, values: { front-ip: 1 }'),
  ],
  [
    'out-of-range',
    'a check every millisecond',
    record('health_check: { port: 80, interval: §1ms }, values: { front-ip: 1 }'),
  ],
  [
    'not-applicable',
    'a check of a private address',
    record('health_check: { port: 80 }, values: { front-ip: 1, §web-1: 1 }'),
  ],
  [
    'duplicate-name',
    'two records of one name',
    shop(`${RECORD}  §also: { rr: www, domain_name: shop.example, values: { partner: 1 } }\n`),
  ],
  [
    'limit-exceeded',
    'more values than an answer holds',
    `${record(`values: §{ ${many} }`)}  p-1..40: { city: Tokyo }\n`,
  ],
  ['bad-name', 'a name with a meaning of its own', shop(RECORD.replace('www', '§dns'), '')],
  [
    'no-listener',
    'a port that is not served behind a value',
    flow('kind: http, from: shopper, to: §www:81, rate: 1/s'),
  ],
  ['bad-value', 'a flow without a port', flow('kind: http, from: shopper, to: §www, rate: 1/s')],
  [
    'not-applicable',
    'dns of a flow to an address',
    flow('kind: http, from: shopper, to: front-ip:80, rate: 1/s, §dns: pin'),
  ],
  [
    'not-applicable',
    'dns_cache without ignore',
    flow('kind: http, from: shopper, to: www:80, rate: 1/s, §dns_cache: 1m'),
  ],
  [
    'out-of-range',
    'dns_cache of 0',
    flow('kind: http, from: shopper, to: www:80, rate: 1/s, dns: ignore, dns_cache: §0s'),
  ],
  ['bad-value', 'another behaviour', flow('kind: http, from: shopper, to: www:80, rate: 1/s, dns: §cache')],
  [
    'unknown-reference',
    'queries for what is no record',
    flow('kind: dns, from: shopper, to: §front-ip, rate: 1/s'),
  ],
  ['not-applicable', 'dns of queries', flow('kind: dns, from: shopper, to: www, rate: 1/s, §dns: pin')],
  [
    'missing-key',
    'queries without a rate',
    shop(RECORD, '  §visit: { kind: dns, from: shopper, to: www }\n'),
  ],
  [
    'unknown-reference',
    'a resolver that does not exist',
    shop().replace('{ city: Shanghai }', '{ city: Shanghai, resolver: §isp }'),
  ],
  [
    'out-of-range',
    'TTL limits upside down',
    `${shop()}resolvers:\n  isp: { city: Beijing, min_ttl: §2m, max_ttl: 1m }\n`,
  ],
  ['unknown-city', 'a resolver nowhere', `${shop()}resolvers:\n  isp: { city: §Atlantis }\n`],
  ['unknown-option', 'an attribute of something else', event('set: www, §bandwidth: 5Mbps')],
  ['missing-key', 'a change of nothing', event('§set: www')],
  ['bad-value', 'a change to nothing', event('set: www, values: §{}')],
  ['unknown-reference', 'a value that was never there', event('remove: §www/web-1')],
  ['unknown-reference', 'an addition of nothing', event('add: §www')],
  ['not-failable', 'a record', event('fail: §www')],
];

describe('reports', () => {
  test.each(CASES)('%s: %s', (code, _what, marked) => {
    const { text, line, column } = unmark(marked);
    expect(problemsOf(text)[0]).toBe(`${line}:${column} ${code}`);
  });
});

test('reads a record with its name, values in order and check', () => {
  const text = shop(
    '  www: { rr: "@", domain_name: Shop.Example, policy: failover, ttl: 5m, values: { partner: 3, front-ip: 0 }, health_check: { port: 443, interval: 20s, unhealthy_threshold: 2 } }\n',
    '',
  );
  expect(problemsOf(text)).toEqual([]);
  expect(scenarioOf(text).nameService?.records).toEqual([
    {
      name: 'www',
      domain: 'shop.example',
      ttlSeconds: 300,
      policy: 'failover',
      values: [
        { target: 'partner', weight: 3 },
        { target: 'front-ip', weight: 0 },
      ],
      healthCheck: { port: 443, intervalNs: 20e9, unhealthyThreshold: 2 },
    },
  ]);
});

test('gives a record its own name in the domain example, weighted, unless told otherwise', () => {
  const [record] = scenarioOf(shop('  www: { values: { front-ip: 1 } }\n')).nameService?.records ?? [];
  expect(record).toEqual({
    name: 'www',
    domain: 'www.example',
    policy: 'weighted',
    values: [{ target: 'front-ip', weight: 1 }],
    healthCheck: null,
  });
});

test('gives resolvers to those who need one: their own, that of their region, or that of their city', () => {
  const text = `${shop(
    RECORD,
    `  visit: { kind: http, from: [shopper, second, web-1, web-2], to: www:80, rate: 1/s }
  other: { kind: ping, from: idle, to: front-ip }
`,
  ).replace(
    'clients:\n',
    'clients:\n  second: { city: Beijing, resolver: isp }\n  idle: { city: London }\n',
  )}resolvers:\n  isp: { city: Tokyo, min_ttl: 30s, attempts: 3 }\n`;
  const { nameService } = scenarioOf(text);
  expect(nameService?.resolverOf).toEqual({
    shopper: 'resolver/shanghai',
    second: 'isp',
    'web-1': 'cn-hangzhou/resolver',
    'web-2': 'cn-hangzhou/resolver',
  });
  expect(nameService?.resolvers.map(({ name, region, vpcs }) => [name, region, vpcs])).toEqual([
    ['isp', null, []],
    ['resolver/shanghai', null, []],
    ['cn-hangzhou/resolver', 'cn-hangzhou', ['shop']],
  ]);
  expect(nameService?.place.city).toBe('Hangzhou');
});

test('serves the port of a flow behind every value, those that events bring included', () => {
  const text = shop(
    '  www: { values: { front-ip: 1 } }\n',
    FLOW,
    'events:\n  move: { at: 1s, add: www/partner }\n',
  );
  const { instances, internetHosts } = scenarioOf(text);
  expect(instances.map(({ listen }) => listen.map(({ port }) => port))).toEqual([[8080], [8080]]);
  expect(internetHosts.find(({ name }) => name === 'partner')?.listen).toEqual([
    { protocol: 'tcp', port: 80, service: 'http' },
  ]);
});

test('a file without names has no part of DNS', () => {
  expect(scenarioOf(SHOP_WITH_TRAFFIC).nameService).toBeNull();
});

test('the parts that serve names are listed, and can fail', () => {
  const text = shop(
    '  www: { values: { front-ip: 1 }, health_check: { port: 80 } }\n',
    '  visit: { kind: http, from: [shopper, web-1], to: www:80, rate: 1/s }\n',
  );
  const listed = listNames(scenarioOf(text));
  const parts = ['dns/authoritative', 'dns/probe', 'resolver/shanghai', 'cn-hangzhou/resolver'];
  const links = [
    'dns/probe~internet/hangzhou/link-1',
    'cn-hangzhou/resolver~internet/hangzhou/link-1',
    'shop/cn-hangzhou-h~cn-hangzhou/resolver/link-1',
  ];
  for (const part of [...parts, ...links, 'www', 'www/front-ip']) expect(listed).toContain(`  ${part}`);
  const events = `events:\n  cut: { at: 1s, fail: [${[...parts, ...links].join(', ')}] }\n`;
  expect(problemsOf(`${text}${events}`)).toEqual([]);
});
