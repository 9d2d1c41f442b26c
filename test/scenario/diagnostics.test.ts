/**
 * Goal: every diagnostic code is produced, at the right place. Method: per code at least one text in which `§` marks
 * where the problem must be reported; a last test compares the codes seen here with the table of codes.
 */
import { describe, expect, test } from 'vitest';
import { DIAGNOSTIC_CODES } from '../../src/scenario/diagnostic-codes.ts';
import { formatDiagnostic, parseScenario } from '../../src/scenario/parse.ts';
import { HEAD, problemsOf, SHOP, SHOP_WITH_TRAFFIC, unmark } from '../support/scenario-texts.ts';

const shop = (rest: string): string => `${HEAD}${SHOP}${rest}`;
const event = (text: string): string => `${SHOP_WITH_TRAFFIC}events:\n  cut: ${text}\n`;
const events = (...lines: string[]): string =>
  `${SHOP_WITH_TRAFFIC}events:\n${lines.map((line) => `  ${line}\n`).join('')}`;
const expectation = (text: string): string =>
  `${SHOP_WITH_TRAFFIC}events:\n  cut: { at: 10s, fail: web-1 }\nexpect:\n  - ${text}\n`;
const flow = (text: string): string => shop(`traffic:\n  browse: ${text}\n`);
const swap = (from: string, to: string): string => {
  if (!SHOP_WITH_TRAFFIC.includes(from)) throw new Error(`'${from}' is not in the text`);
  return SHOP_WITH_TRAFFIC.replace(from, to);
};

const CASES: readonly (readonly [code: string, what: string, marked: string])[] = [
  ['empty-file', 'no text', '§'],
  ['empty-file', 'comments alone', '§# nothing\n'],
  ['file-too-large', 'more than 4 MiB', `§${HEAD}#${'x'.repeat(4 * 1024 * 1024)}`],
  ['file-too-large', 'too many elements', `§${HEAD}covers: [${'a,'.repeat(1_000_000)}]`],
  ['binary-file', 'a NUL byte', 'vpcsim: §\0'],
  ['binary-file', 'a replaced byte', `${HEAD}description: caf§\ufffd`],
  ['yaml-syntax', 'an unclosed list', `${HEAD}covers: [I8\n§`],
  ['yaml-syntax', 'a second document', `${HEAD}§---\n${HEAD}`],
  ['yaml-syntax', 'an unknown tag', `${HEAD}seed: §!thing 7\n`],
  ['yaml-syntax', 'another version of YAML', `§%YAML 1.1\n---\n${HEAD}`],
  ['too-deep', 'nested lists', `${HEAD}vars: ${'['.repeat(63)}§[]${']'.repeat(63)}\n`],
  ['bad-key', 'a number as key', `${HEAD}assume: { §7: 1 }\n`],
  ['bad-key', 'a merge key', `${HEAD}vars: &v { a: 1 }\nassume: { §<<: *v }\n`],
  ['duplicate-key', 'a section given twice', `${HEAD}§title: Again\n`],
  [
    'duplicate-key',
    'a range and one of its members',
    `${HEAD}vpcs:\n  a-1..2: { region: cn-hangzhou, cidr_block: 10.$n.0.0/16 }\n  §a-2: { region: cn-hangzhou, cidr_block: 10.9.0.0/16 }\n`,
  ],
  ['unknown-alias', 'an alias without anchor', `${HEAD}seed: §*seed\n`],
  [
    'alias-bomb',
    'aliases of aliases',
    `${HEAD}vars:\n  a: &a [${'x,'.repeat(99)}x]\n  b: &b [${'*a,'.repeat(99)}*a]\n  c: [${'*b,'.repeat(8)}§*b]\n`,
  ],
  [
    'too-many-problems',
    'a thousand unknown keys',
    `${HEAD}${Array.from({ length: 1000 }, (_, i) => `no${i}: 1\n`).join('')}§no1000: 1\n`,
  ],
  ['unknown-variable', 'a variable that is not defined', `${HEAD}vars: { rate: 7 }\nseed: §\${rat}\n`],
  [
    'bad-range',
    'a falling range',
    `${HEAD}vpcs:\n  §a-4..1: { region: cn-hangzhou, cidr_block: 10.$n.0.0/16 }\n`,
  ],
  ['bad-range', 'a range without numbers', flow('{ kind: ping, from: §web-..4, to: shopper }')],
  [
    'range-too-large',
    'ten thousand and one members',
    `${HEAD}vpcs:\n  §a-1..10001: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }\n`,
  ],
  ['unknown-key', 'a key at the top', `${HEAD}§vpc: {}\n`],
  [
    'unknown-key',
    'a key of a resource',
    swap('vpc_id: shop, zone_id: cn-hangzhou-h', '§vpcid: shop, vpc_id: shop, zone_id: cn-hangzhou-h'),
  ],
  ['unknown-key', 'a key of Object.prototype', `${HEAD}§constructor: 1\n`],
  ['unknown-key', 'a key in a bound', expectation('{ flow: browse, outage: { §mx: 1s } }')],
  ['reserved-key', 'a section', `${HEAD}§sags: {}\n`],
  ['reserved-key', 'an attribute', swap('web-1: { vswitch_id', 'web-1: { §user_data: x, vswitch_id')],
  ['missing-key', 'at the top', '§vpcsim: 1\ntitle: A test\n'],
  ['missing-key', 'of a resource', `${HEAD}vpcs:\n  §shop: { region: cn-hangzhou }\n`],
  [
    'missing-key',
    'the vSwitch of an intranet CLB',
    `${HEAD}${SHOP}  \n`.replace('clbs:\n', 'clbs:\n  §inner: { master_zone_id: cn-hangzhou-h }\n'),
  ],
  [
    'missing-key',
    'the rate of a flow',
    shop('traffic:\n  §browse: { kind: http, from: shopper, to: front-ip:80 }\n'),
  ],
  ['missing-key', 'the times of a flapping link', event('{ at: 1s, §flap: web-1, down: 1s, up: 1s }')],
  [
    'missing-key',
    'replications for a share of runs',
    expectation('{ flow: browse, §in: 95% of runs, lost: 0 }'),
  ],
  ['exactly-one', 'no verb', events('§cut: { at: 1s }')],
  ['exactly-one', 'two verbs', event('{ at: 1s, fail: web-1, §restore: web-1 }')],
  ['exactly-one', 'no subject', expectation('{ §lost: 0 }')],
  ['exactly-one', 'two scopes', expectation('{ flow: browse, at: 5s, §before: 6s, lost: 0 }')],
  ['bad-value', 'another version', 'vpcsim: §2\ntitle: A test\nduration: 2m\n'],
  ['bad-value', 'an empty section', `${HEAD}vpcs: §\n`],
  ['bad-value', 'a word that is none', flow('{ kind: §pong, from: shopper, to: front-ip:80, rate: 1/s }')],
  ['bad-value', 'a flow to itself', flow('{ kind: udp, from: web-1, to: §web-1:80, rate: 1/s }')],
  ['bad-value', 'a flow without port', flow('{ kind: udp, from: web-1, to: §web-2, rate: 1/s }')],
  ['bad-unit', 'no unit', 'vpcsim: 1\ntitle: A test\nduration: §120\n'],
  ['bad-unit', 'an unknown unit', 'vpcsim: 1\ntitle: A test\nduration: §2 minutes\n'],
  ['bad-unit', 'in a list', event('{ at: { uniform: [§1, 2s] }, fail: web-1 }')],
  ['bad-unit', 'a bit rate for http', flow('{ kind: http, from: shopper, to: front-ip:80, rate: §20Mbps }')],
  ['bad-unit', 'a bound', expectation('{ flow: browse, outage: { max: §3 } }')],
  ['bad-unit', 'a parameter', `${HEAD}assume: { tcp.min_rto: §200 }\n`],
  ['out-of-range', 'no duration', 'vpcsim: 1\ntitle: A test\nduration: §0s\n'],
  ['out-of-range', 'a port', swap('frontend_port: 80', 'frontend_port: §65536')],
  [
    'out-of-range',
    'a health check',
    swap('backend_port: 8080,', 'backend_port: 8080, health_check_interval: §51s,'),
  ],
  ['out-of-range', 'a bandwidth', swap('bandwidth: 100Mbps', 'bandwidth: §1001Mbps')],
  [
    'out-of-range',
    'a packet longer than IPv4 allows',
    flow('{ kind: udp, from: shopper, to: web-1:9, rate: 1/s, size: §65536B }'),
  ],
  [
    'duplicate-path',
    'between two places',
    swap(
      'clients:',
      'internet_paths: { one: { between: [Hangzhou, Shanghai] }, §two: { between: [Shanghai, cn-hangzhou] } }\nclients:',
    ),
  ],
  ['out-of-range', 'a rate', flow('{ kind: udp, from: shopper, to: web-1:9, rate: §10000001/s }')],
  ['out-of-range', 'a parameter', `${HEAD}assume: { clb.cluster_nodes: §17 }\n`],
  [
    'limit-exceeded',
    'cities',
    `${HEAD}clients:\n  c-0..199: { city: town-$n, latitude: 1, longitude: 1 }\n  d: { city: §Shanghai }\n`,
  ],
  ['bad-name', 'capitals', `${HEAD}vpcs:\n  §Shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }\n`],
  [
    'bad-name',
    'a region',
    `${HEAD}vpcs:\n  §cn-hangzhou: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }\n`,
  ],
  [
    'bad-name',
    'a zone in use',
    swap('clients:\n  shopper', 'clients:\n  §cn-hangzhou-h: { city: Paris }\n  shopper'),
  ],
  [
    'bad-name',
    'a zone of a CLB',
    swap('slave_zone_id: cn-hangzhou-i', 'slave_zone_id: cn-hangzhou-k').replace(
      'browse:',
      '§cn-hangzhou-k:',
    ),
  ],
  ['bad-name', 'an event like a region', events('§cn-beijing: { at: 1s, fail: web-1 }')],
  [
    'bad-name',
    'a shared-risk group like a zone',
    swap('web-1: { vswitch_id: shop-h', 'web-1: { vswitch_id: shop-h, risks: [§cn-hangzhou-i]'),
  ],
  [
    'bad-name',
    'a shared-risk group like a region',
    swap('10.0.1.0/24', '10.0.1.0/24, risks: [§cn-hangzhou]'),
  ],
  [
    'bad-name',
    'a prototype',
    `${HEAD}vpcs:\n  §__proto__: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }\n`,
  ],
  [
    'duplicate-name',
    'two kinds of things',
    swap('clients:\n  shopper', 'clients:\n  §web-1: { city: Paris }\n  shopper'),
  ],
  [
    'duplicate-name',
    'a shared-risk group',
    swap('web-1: { vswitch_id: shop-h', 'web-1: { vswitch_id: shop-h, risks: [§front]'),
  ],
  [
    'unknown-reference',
    'nothing of the name',
    swap('web-1: { vswitch_id: shop-h', 'web-1: { vswitch_id: §shop-g'),
  ],
  ['unknown-reference', 'another kind', swap('web-1: { vswitch_id: shop-h', 'web-1: { vswitch_id: §shop')],
  ['unknown-reference', 'a backend', swap('web-2: 100 }', '§web-3: 100 }')],
  ['unknown-reference', 'an event', event('{ at: §cat + 5s, fail: web-1 }')],
  ['unknown-reference', 'a target', event('{ at: 5s, fail: [web-2, §web-11] }')],
  ['unknown-reference', 'a path', event('{ at: 5s, set: §front/wob, scheduler: rr }')],
  ['unknown-reference', 'a server', event('{ at: 5s, remove: §front/web/web-3 }')],
  ['unknown-reference', 'a device', expectation('{ packets: §web-3, dropped: 0 }')],
  ['unknown-parameter', 'under assume', `${HEAD}assume: { §tcp.min_rtoo: 200ms }\n`],
  ['unknown-region', 'of a VPC', `${HEAD}vpcs:\n  shop: { region: §cn-hangzhu, cidr_block: 10.0.0.0/16 }\n`],
  ['unknown-city', 'of a client', `${HEAD}clients:\n  shopper: { city: §Shangai }\n`],
  [
    'place-conflict',
    'of two clients',
    `${HEAD}clients:\n  a: { city: Town, latitude: 1, longitude: 1 }\n  b: { city: §town, latitude: 1, longitude: 2 }\n`,
  ],
  ['bad-cidr', 'no block', swap('10.0.0.0/16', '§10.0.0.0')],
  ['bad-cidr', 'an octet', swap('10.0.0.0/16', '§10.0.256.0/16')],
  ['bad-cidr', 'a reserved block', swap('10.0.0.0/16', '§100.64.0.0/16')],
  ['cidr-host-bits', 'of a vSwitch', swap('10.0.1.0/24', '§10.0.1.5/24')],
  ['prefix-length', 'of a VPC', `${HEAD}vpcs:\n  shop: { region: cn-hangzhou, cidr_block: §8.0.0.0/7 }\n`],
  ['vswitch-outside-vpc', 'of a vSwitch', swap('10.0.2.0/24', '§10.1.2.0/24')],
  ['vswitch-overlap', 'of two vSwitches', swap('10.0.2.0/24', '§10.0.0.0/22')],
  ['wrong-region', 'a zone', swap('zone_id: cn-hangzhou-i', 'zone_id: §cn-shanghai-i')],
  [
    'wrong-region',
    'an EIP',
    swap(
      'front-ip: { region: cn-hangzhou, bandwidth: 100Mbps, instance_id: front',
      'front-ip: { region: cn-shanghai, instance_id: §front',
    ),
  ],
  [
    'wrong-vpc',
    'a backend',
    swap('vpcs:\n', 'vpcs:\n  other: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }\n')
      .replace(
        'instances:\n',
        '  alone: { vpc_id: other, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }\ninstances:\n  web-3: { vswitch_id: alone }\n',
      )
      .replace('web-2: 100 }', '§web-3: 100 }'),
  ],
  ['same-zone', 'of a CLB', swap('slave_zone_id: cn-hangzhou-i', 'slave_zone_id: §cn-hangzhou-h')],
  [
    'bad-address',
    'of an instance',
    swap('web-1: { vswitch_id: shop-h', 'web-1: { vswitch_id: shop-h, private_ip: §10.0.1.300'),
  ],
  [
    'address-outside-vswitch',
    'of an instance',
    swap('web-1: { vswitch_id: shop-h', 'web-1: { vswitch_id: shop-h, private_ip: §10.0.2.7'),
  ],
  [
    'reserved-address',
    'of an instance',
    swap('web-1: { vswitch_id: shop-h', 'web-1: { vswitch_id: shop-h, private_ip: §10.0.1.253'),
  ],
  ['not-public', 'of a client', swap('city: Shanghai', 'city: Shanghai, ip_address: §192.168.1.1')],
  [
    'duplicate-address',
    'of a client and an EIP',
    swap('city: Shanghai', 'city: Shanghai, ip_address: §203.0.113.7')
      .replace('instance_id: front', 'instance_id: front, ip_address: 203.0.113.7')
      .replace('§203.0.113.7', '§203.0.113.7'),
  ],
  [
    'vswitch-full',
    'of a small vSwitch',
    `${HEAD}vpcs:\n  a: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }\nvswitches:\n  b: { vpc_id: a, zone_id: cn-hangzhou-h, cidr_block: 10.0.0.0/29 }\ninstances:\n  c: { vswitch_id: b }\n  §d: { vswitch_id: b }\n`,
  ],
  [
    'vswitch-full',
    'of a small vSwitch, told once however many find no place',
    `${HEAD}vpcs:\n  a: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }\nvswitches:\n  b: { vpc_id: a, zone_id: cn-hangzhou-h, cidr_block: 10.0.0.0/29 }\ninstances:\n  §c-1..9: { vswitch_id: b }\n`,
  ],
  [
    'duplicate-listener',
    'of a CLB',
    swap(
      '      web:',
      '      old: { protocol: tcp, frontend_port: 80, backend_port: 1 }\n      web:',
    ).replace('tcp, frontend_port: 80, backend_port: 8080', 'tcp, frontend_port: §80, backend_port: 8080'),
  ],
  [
    'target-taken',
    'of two EIPs',
    swap('clients:', '  second: { region: cn-hangzhou, instance_id: §front }\nclients:'),
  ],
  [
    'bad-target',
    'a public CLB',
    swap('  front:\n', '  front:\n    address_type: internet\n').replace(
      'instance_id: front',
      'instance_id: §front',
    ),
  ],
  [
    'out-of-range',
    'connections per sender',
    flow('{ kind: udp, from: web-1..2, to: shopper:9, rate: 1/s, connections: §56001 }'),
  ],
  ['no-listener', 'of a flow to a CLB', flow('{ kind: http, from: web-1, to: §front:81, rate: 1/s }')],
  [
    'no-listener',
    'of a flow to an EIP of a CLB',
    flow('{ kind: udp, from: shopper, to: §front-ip:80, rate: 1/s }'),
  ],
  ['not-applicable', 'a port of ping', flow('{ kind: ping, from: shopper, to: §front-ip:80 }')],
  [
    'not-served',
    'of a host that lists others',
    `${flow('{ kind: http, from: web-1, to: §partner:80, rate: 1/s }')}internet_hosts:
  partner: { city: Shanghai, listen: [443/tcp, 80/udp] }
`,
  ],
  [
    'not-applicable',
    'connections',
    flow('{ kind: http, from: shopper, to: front-ip:80, rate: 1/s, connections: §3 }'),
  ],
  ['not-applicable', 'a direction of machines', event('{ at: 1s, fail: web-1, direction: §in }')],
  ['unknown-option', 'of another verb', event('{ at: 1s, fail: web-1, §down: 3s }')],
  ['unknown-option', 'of another path', event('{ at: 1s, set: front-ip, §weight: 3 }')],
  ['bad-fault', 'of a link on a machine', event('{ at: 1s, fail: web-1, how: §silent }')],
  ['bad-fault', 'of a host on a CLB', event('{ at: 1s, fail: front, how: §refuse }')],
  ['not-failable', 'an EIP', event('{ at: 1s, fail: §front-ip }')],
  [
    'event-cycle',
    'of two events',
    events('a: { at: §b + 1s, fail: web-1 }', 'b: { at: a + 1s, fail: web-2 }'),
  ],
  [
    'negative-time',
    'before another event',
    events('a: { at: 2s, fail: web-1 }', 'b: { at: §a - 3s, fail: web-2 }'),
  ],
  ['after-end', 'an event', event('{ at: §3m, fail: web-1 }')],
  ['after-end', 'an event at the end', event('{ at: §2m, fail: web-1 }')],
  ['after-end', 'an event drawn from the end on', event('{ at: §{ uniform: [2m, 3m] }, fail: web-1 }')],
  ['after-end', 'a scope', expectation('{ flow: browse, at: §3m, lost: 0 }')],
  ['never-broken', 'by any event', event('{ at: 3s, restore: §web-1 }')],
  [
    'few-connections',
    'of two senders',
    flow('{ kind: udp, from: web-1..2, to: shopper:9, rate: 1/s, connections: §1 }'),
  ],
  ['unknown-measure', 'of a flow', expectation('{ flow: browse, §outtage: 0s }')],
  ['unknown-measure', 'below a measure', expectation('{ flow: browse, latency: { §p95: 3ms } }')],
  ['unknown-measure', 'a reason', expectation('{ flow: browse, lost_by: { §no-rout: 0 } }')],
  ['unknown-measure', 'of another subject', expectation('{ event: cut, §latency: { p50: 3ms } }')],
  ['no-measure', 'of a flow', expectation('{ §flow: browse }')],
  ['bad-bound', 'min above max', expectation('{ flow: browse, lost: { min: §3, max: 2 } }')],
  ['bad-bound', 'a word for a count', expectation('{ flow: browse, lost: §none }')],
  ['bad-bound', 'a range of words', expectation('{ event: cut, detected_by: §{ min: 1 } }')],
  ['no-percentage', 'of what is sent', expectation('{ flow: browse, sent: { min: §5% } }')],
  ['bad-scope', 'of an event', expectation('{ event: cut, §at: 5s, detect: 3s }')],
  ['bad-scope', 'a direction', expectation('{ flow: browse, §direction: in, lost: 0 }')],
  ['bad-scope', 'a reversed one', expectation('{ flow: browse, during: §[7s, 5s], lost: 0 }')],
  ['ambiguous-bound', 'below max', expectation('{ flow: browse, latency: { §max: 20ms } }')],
  ['measures-nothing', 'of sessions', expectation('{ flow: browse, sessions: { §broken: 0 } }')],
];

describe('reports', () => {
  test.each(CASES)('%s: %s', (code, _what, marked) => {
    const { text, line, column } = unmark(marked);
    expect(problemsOf(text)).toContain(`${line}:${column} ${code}`);
  });
});

test('every code is produced by a case above', () => {
  const tested = new Set(CASES.map(([code]) => code));
  // Tested apart, since it takes a long text.
  tested.add('addresses-exhausted');
  // Tested in data-files.test.ts.
  tested.add('data-file');
  // Tested in http.test.ts.
  for (const code of ['port-taken', 'no-effect']) tested.add(code);
  // Tested in security-groups.test.ts.
  for (const code of ['bad-port-range', 'mixed-group-types', 'quota-exceeded']) tested.add(code);
  // Tested in network-acls.test.ts.
  for (const code of ['already-attached', 'denies-all']) tested.add(code);
  // Tested in route-tables.test.ts.
  for (const code of ['bad-route', 'duplicate-route', 'not-forwarding']) tested.add(code);
  // Tested in nat-gateways.test.ts.
  // In public-addresses.test.ts.
  for (const code of ['wrong-zone', 'static-address', 'unknown-price']) tested.add(code);
  // In havips.test.ts.
  tested.add('wrong-vswitch');
  for (const code of ['source-outside-vpc', 'duplicate-source', 'not-associated', 'quota-exceeded'])
    tested.add(code);
  for (const code of ['duplicate-forward', 'eip-taken', 'needs-port-break', 'has-own-eip']) tested.add(code);
  expect(Object.keys(DIAGNOSTIC_CODES).filter((code) => !tested.has(code))).toEqual([]);
});

test('a diagnostic shows the line, underlines the part, says what was expected and names the nearest', () => {
  const result = parseScenario(swap('web-1: { vswitch_id: shop-h', 'web-1: { vswitch_id: shop-g'), {
    file: 'a.yaml',
  });
  expect(result.ok).toBe(false);
  if (result.ok) return;
  expect(result.diagnostics.map(formatDiagnostic).join('\n')).toMatchInlineSnapshot(`
    "a.yaml:10:24 error[unknown-reference]: 'shop-g' does not exist
      10 |   web-1: { vswitch_id: shop-g }
         |                        ^^^^^^
      expected the name of a vSwitch
      did you mean 'shop-h'?"
  `);
});

test('a list that is too short is told how many entries it needs', () => {
  const result = parseScenario(
    swap('{ vswitch_id: shop-h }', '{ vswitch_id: shop-h, security_groups: [] }'),
    {
      file: 'a.yaml',
    },
  );
  const told = result.ok ? [] : result.diagnostics.map(({ code, expected }) => `${code}: ${expected}`);
  expect(told).toEqual(['bad-value: a list of at least 1']);
});

test('all problems of a file are reported at once, in the order of the text', () => {
  const text = swap('10.0.1.0/24', '10.0.1.5/24')
    .replace('clients:\n', 'client: {}\nclients:\n')
    .replace('50/s', '50');
  expect(problemsOf(text)).toEqual(['7:63 cidr-host-bits', '20:1 unknown-key', '24:63 bad-unit']);
});

test('public addresses run out', () => {
  // The range for EIPs has 32,766 addresses.
  const more = Array.from({ length: 32_766 }, (_, i) => `  e${i}: *e\n`).join('');
  expect(problemsOf(`${HEAD}eips:\n  first: &e { region: cn-hangzhou }\n${more}`)).toEqual([
    '32771:3 addresses-exhausted',
  ]);
});

test('what is incomplete causes no second error where it is referred to', () => {
  expect(problemsOf(swap('web-1: { vswitch_id: shop-h }', 'web-1: {}'))).toEqual(['10:3 missing-key']);
});

test('a zone that does not exist is wrong, and no name is wrong because of it', () => {
  expect(problemsOf(swap('zone_id: cn-hangzhou-i', 'zone_id: shopper'))).toEqual(['8:36 unknown-region']);
});

test('a scope may end with the run', () => {
  for (const scope of ['at: 2m', 'at: end', 'during: [1m, 2m]', 'by: cut + 110s'])
    expect(problemsOf(expectation(`{ flow: browse, ${scope}, lost: 0 }`)), scope).toEqual([]);
});

test.each([
  ['set: §spare-1..2, bandwidth: 5Mbps', 'spare-1..2'],
  ['set: §front-1..2/web, scheduler: rr', 'front-1..2/web'],
  ['set: §front/web/web-1..2, weight: 5', 'web-1..2'],
  ['associate: §spare-1..2, with: web-1', 'spare-1..2'],
  ['associate: spare-1, with: §web-1..2', 'web-1..2'],
  ['disassociate: §spare-1..2', 'spare-1..2'],
  ['add: §front/web/web-1..2', 'web-1..2'],
  ['remove: §front/web/web-1..2', 'web-1..2'],
])('a range is told to be one where one name is expected: %s', (verb, range) => {
  const spares = swap('clients:', '  spare-1..2: { region: cn-hangzhou }\nclients:');
  const { text, line, column } = unmark(`${spares}events:\n  change: { at: 1s, ${verb} }\n`);
  const result = parseScenario(text, { file: 'test.yaml' });
  expect(result.ok ? [] : result.diagnostics).toMatchObject([
    {
      code: 'unknown-reference',
      line,
      column,
      message: `'${range}' is a range, but one name is expected here`,
    },
  ]);
});

test('control characters of the text reach no terminal', () => {
  const found = parseScenario('vpcsim: 1\ntitle: "a\\e[31mb"\nduration: 1s\n', { file: 'escape.yaml' });
  const shown = found.ok ? [] : found.diagnostics.map(formatDiagnostic);
  expect(shown).toHaveLength(1);
  expect(shown[0]).toContain("'a\\u001b[31mb' does not fit here");
  expect(shown[0]).not.toContain('\u001b');
});
