/**
 * Goal: NAT gateways are read as the provider has them, and what the product refuses is refused where it stands.
 * Method: the shop with a gateway; per problem a text in which `§` marks where it must be reported.
 */
import { describe, expect, test } from 'vitest';
import { formatCidr } from '../../src/base/ipv4.ts';
import { formatDiagnostic, parseScenario } from '../../src/scenario/parse.ts';
import { problemsOf, SHOP_WITH_TRAFFIC, scenarioOf, unmark } from '../support/scenario-texts.ts';

/** The shop with a NAT gateway, two EIPs of it and one SNAT entry, and another VPC beside it. */
const NAT_SHOP = SHOP_WITH_TRAFFIC.replace(
  'vpcs:\n',
  'vpcs:\n  other: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }\n',
)
  .replace(
    'vswitches:\n',
    'vswitches:\n  other-h: { vpc_id: other, zone_id: cn-hangzhou-h, cidr_block: 10.0.9.0/24 }\n',
  )
  .replace(
    'eips:\n',
    `nat_gateways:
  out:
    vpc_id: shop
    vswitch_id: shop-h
    snat_entries:
      all: { source_cidr: 10.0.0.0/16, snat_ip: [out-ip-1..2] }
eips:
  out-ip-1..2: { region: cn-hangzhou, instance_id: out }
  free-ip: { region: cn-hangzhou }
`,
  );
const nat = (from: string, to: string): string => {
  if (!NAT_SHOP.includes(from)) throw new Error(`'${from}' is not in the text`);
  return NAT_SHOP.replace(from, to);
};
const natEvent = (text: string): string => `${NAT_SHOP}events:\n  change: { at: 1s, ${text} }\n`;
const entry = (text: string): string => nat('eips:\n', `      more: ${text}\neips:\n`);
const many = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

const IN =
  'external_ip: out-ip-1, external_port: 80, ip_protocol: tcp, internal_ip: web-1, internal_port: 80';
const MAP =
  'external_ip: out-ip-1, external_port: any, ip_protocol: any, internal_ip: web-1, internal_port: any';
const forwards = (...lines: string[]): string =>
  nat('eips:\n', `    forward_entries:\n${lines.map((line) => `      ${line}\n`).join('')}eips:\n`);
const forward = (from: string, to: string): string => forwards(`web: { ${IN.replace(from, to)} }`);

const CASES: readonly (readonly [code: string, what: string, marked: string])[] = [
  ['reserved-key', 'an attribute of a DNAT entry', forwards(`web: { ${IN}, §forward_entry_name: x }`)],
  [
    'missing-key',
    'a DNAT entry without its target',
    forwards(`§web: { ${IN.replace(', internal_ip: web-1', '')} }`),
  ],
  ['unknown-reference', 'an EIP that is none', forward('out-ip-1', '§out-ip-9')],
  [
    'unknown-reference',
    'an address that nobody has',
    forward('internal_ip: web-1', 'internal_ip: §10.0.1.99'),
  ],
  ['not-associated', 'an EIP of nobody', forward('out-ip-1', '§free-ip')],
  ['bad-port-range', 'a range upside down', forward('external_port: 80', 'external_port: §85/80')],
  ['bad-port-range', 'a port that is none', forward('external_port: 80', 'external_port: §http')],
  [
    'bad-port-range',
    'ranges of different lengths',
    forward('external_port: 80', 'external_port: 80/81').replace('internal_port: ', 'internal_port: §'),
  ],
  ['bad-port-range', 'half an IP mapping', forward('external_port: 80', 'external_port: §any')],
  [
    'has-own-eip',
    'an instance with an EIP',
    nat(
      'eips:\n',
      `    forward_entries:\n      web: { ${IN.replace('web-1', '§web-1')} }\neips:\n  own-ip: { region: cn-hangzhou, instance_id: web-1 }\n`,
    ),
  ],
  [
    'duplicate-forward',
    'a port that is taken',
    forwards(
      `web: { ${IN} }`,
      `too: { ${IN.replace('external_port: 80', 'external_port: §79/81').replace('internal_port: 80', 'internal_port: 79/81')} }`,
    ),
  ],
  [
    'eip-taken',
    'an IP mapping of an EIP that SNAT uses',
    forwards(`map: { ${MAP.replace('out-ip-1', '§out-ip-1')} }`),
  ],
  [
    'needs-port-break',
    'a high port of an EIP that SNAT uses',
    forward('out-ip-1, external_port: 80', '§out-ip-1, external_port: 8080'),
  ],
  ['duplicate-name', 'the name of an SNAT entry', forwards(`§all: { ${IN} }`)],
  [
    'quota-exceeded',
    'a DNAT entry too many',
    forwards(
      ...Array.from(
        { length: 101 },
        (_, i) =>
          `${i === 100 ? '§' : ''}web-${i}: { ${IN.replace('external_port: 80', `external_port: ${i + 1}`)} }`,
      ),
    ),
  ],
  [
    'bad-value',
    'a size that is none',
    nat('vswitch_id: shop-h\n    snat', 'vswitch_id: shop-h\n    specification: §Huge\n    snat'),
  ],
  ['unknown-reference', 'an entry that nobody adds and that goes', natEvent('remove: §out/more')],
  ['unknown-reference', 'an entry without a name', natEvent('add: §out, snat_ip: out-ip-1')],
  ['missing-key', 'an added entry without EIPs', natEvent('§add: out/more, source_cidr: 10.0.1.0/24')],
  ['exactly-one', 'an added entry without a source', natEvent('§add: out/more, snat_ip: out-ip-1')],
  [
    'unknown-option',
    'an added DNAT entry with a source',
    natEvent(`add: out/web, ${IN}, §source_cidr: 10.0.1.0/24`),
  ],
  ['unknown-option', 'an added server with a pool', natEvent('add: front/web/web-1, §snat_ip: out-ip-1')],
  ['missing-key', 'a gateway that nothing is set on', natEvent('§set: out')],
  [
    'reserved-key',
    'an attribute of an SNAT entry',
    entry('{ §snat_entry_name: x, source_cidr: 10.0.1.0/24, snat_ip: out-ip-1 }'),
  ],
  [
    'reserved-key',
    'a NAT gateway of the VPC',
    nat('vpc_id: shop\n    vswitch_id', 'network_type: §intranet\n    vpc_id: shop\n    vswitch_id'),
  ],
  [
    'bad-value',
    'an old type of NAT gateway',
    nat('    vswitch_id: shop-h\n    snat', '    vswitch_id: shop-h\n    nat_type: §Normal\n    snat'),
  ],
  ['bad-name', 'of an SNAT entry', nat('      all:', '      §All:')],
  [
    'missing-key',
    'the pool of an SNAT entry',
    nat('all: { source_cidr: 10.0.0.0/16, snat_ip: [out-ip-1..2] }', '§all: { source_cidr: 10.0.0.0/16 }'),
  ],
  ['bad-value', 'an empty pool', nat('[out-ip-1..2]', '§[]')],
  ['exactly-one', 'an SNAT entry without source', entry('{ snat_ip: out-ip-1 }').replace('more:', '§more:')],
  [
    'exactly-one',
    'an SNAT entry with two sources',
    entry('{ source_vswitch_id: shop-h, §source_cidr: 10.0.1.0/24, snat_ip: out-ip-1 }'),
  ],
  [
    'unknown-reference',
    'the vSwitch of a NAT gateway',
    nat('    vswitch_id: shop-h\n    snat', '    vswitch_id: §shop-g\n    snat'),
  ],
  ['unknown-reference', 'an EIP of an SNAT entry', nat('[out-ip-1..2]', '[out-ip-1, §out-ip-3]')],
  ['unknown-reference', 'an SNAT entry', natEvent('set: §out/al, snat_ip: out-ip-1')],
  ['unknown-option', 'of an SNAT entry', natEvent('set: out/all, §bandwidth: 5Mbps')],
  [
    'wrong-vpc',
    'the vSwitch of a NAT gateway',
    nat('    vswitch_id: shop-h\n    snat', '    vswitch_id: §other-h\n    snat'),
  ],
  ['wrong-vpc', 'the vSwitch of an SNAT entry', entry('{ source_vswitch_id: §other-h, snat_ip: out-ip-1 }')],
  [
    'wrong-region',
    'an EIP of a NAT gateway',
    nat(
      'out-ip-1..2: { region: cn-hangzhou, instance_id: out',
      'out-ip-1..2: { region: cn-shanghai, instance_id: §out',
    ),
  ],
  ['source-outside-vpc', 'of an SNAT entry', entry('{ source_cidr: §10.1.0.0/24, snat_ip: out-ip-1 }')],
  [
    'source-outside-vpc',
    'of an SNAT entry that is too wide',
    entry('{ source_cidr: §10.0.0.0/15, snat_ip: out-ip-1 }'),
  ],
  ['duplicate-source', 'of two SNAT entries', entry('{ source_cidr: §10.0.0.0/16, snat_ip: out-ip-1 }')],
  [
    'duplicate-source',
    'a vSwitch and its block',
    entry(
      '{ source_vswitch_id: shop-h, snat_ip: out-ip-1 }\n      third: { source_cidr: §10.0.1.0/24, snat_ip: out-ip-1 }',
    ),
  ],
  ['not-associated', 'an EIP of nobody', nat('[out-ip-1..2]', '[out-ip-1, §free-ip]')],
  ['not-associated', 'an EIP of another', nat('[out-ip-1..2]', '§front-ip')],
  ['not-associated', 'in an event', natEvent('set: out/all, snat_ip: [§free-ip]')],
  [
    'quota-exceeded',
    'NAT gateways of a VPC',
    nat(
      'eips:\n',
      `${many(4, (i) => `  n-${i}: { vpc_id: shop, vswitch_id: shop-h }\n`)}  §n-5: { vpc_id: shop, vswitch_id: shop-h }\neips:\n`,
    ),
  ],
  [
    'quota-exceeded',
    'EIPs of a NAT gateway',
    nat(
      'eips:\n',
      `eips:\n${many(18, (i) => `  e-${i}: { region: cn-hangzhou, instance_id: out }\n`)}  last: { region: cn-hangzhou, instance_id: out }\n`,
    ).replace(
      'out-ip-1..2: { region: cn-hangzhou, instance_id: out }',
      'out-ip-1..2: { region: cn-hangzhou, instance_id: §out }',
    ),
  ],
  [
    'quota-exceeded',
    'SNAT entries',
    nat(
      'eips:\n',
      `${many(39, (i) => `      e-${i}: { source_cidr: 10.0.1.${i}/32, snat_ip: out-ip-1 }\n`)}      §last: { source_cidr: 10.0.2.0/24, snat_ip: out-ip-1 }\neips:\n`,
    ),
  ],
  [
    'quota-exceeded',
    'EIPs of an SNAT entry',
    nat('eips:\n', 'eips:\n  more-1..65: { region: cn-hangzhou, instance_id: out }\n').replace(
      '[out-ip-1..2]',
      '§[more-1..65]',
    ),
  ],
];

describe('reports', () => {
  test.each(CASES)('%s: %s', (code, _what, marked) => {
    const { text, line, column } = unmark(marked);
    // What comes after it follows from it, as EIPs beyond the quota of a gateway do.
    expect(problemsOf(text)[0]).toBe(`${line}:${column} ${code}`);
  });
});

test('reads a gateway with its entries, vSwitches as their blocks and ranges as their members', () => {
  const text = entry('{ source_vswitch_id: shop-i, snat_ip: out-ip-2, eip_affinity: 1 }');
  const { natGateways, eips } = scenarioOf(text);
  expect(natGateways).toMatchObject([
    {
      name: 'out',
      region: 'cn-hangzhou',
      vpc: 'shop',
      vswitch: 'shop-h',
      zone: 'cn-hangzhou-h',
      eipBindType: 'MULTI_BINDED',
      answersEcho: true,
    },
  ]);
  const entries = natGateways[0]?.snatEntries.map(({ source, ...rest }) => ({
    ...rest,
    source: formatCidr(source),
  }));
  expect(entries).toEqual([
    { name: 'all', source: '10.0.0.0/16', eips: ['out-ip-1', 'out-ip-2'], hasAffinity: false },
    { name: 'more', source: '10.0.2.0/24', eips: ['out-ip-2'], hasAffinity: true },
  ]);
  expect(eips.filter(({ target }) => target === 'out').map(({ name }) => name)).toEqual([
    'out-ip-1',
    'out-ip-2',
  ]);
});

test('an event may use an EIP that another one associates, in the same file order or not', () => {
  const events = `events:
  widen: { at: 2s, set: out/all, snat_ip: [out-ip-1, free-ip] }
  gain: { at: 1s, associate: free-ip, with: out }
`;
  expect(problemsOf(`${NAT_SHOP}${events}`)).toEqual([]);
});

test('a gateway that is incomplete causes no second error where it is referred to', () => {
  const text = nat('    vpc_id: shop\n    vswitch_id: shop-h\n    snat', '    vpc_id: shop\n    snat');
  const events =
    'events:\n  widen: { at: 1s, set: out/all, snat_ip: [out-ip-1] }\n  dies: { at: 2s, fail: out/cn-hangzhou-h }\n';
  expect(problemsOf(`${text}${events}`).map((problem) => problem.split(' ')[1])).toEqual(['missing-key']);
});

test('an EIP of another gateway is told apart from one that does not exist', () => {
  const result = parseScenario(nat('[out-ip-1..2]', '[out-ip-1, free-ip]'), { file: 'a.yaml' });
  expect(result.ok).toBe(false);
  if (result.ok) return;
  expect(result.diagnostics.map(formatDiagnostic).join('\n')).toMatchInlineSnapshot(`
    "a.yaml:25:60 error[not-associated]: EIP 'free-ip' is not associated with NAT gateway 'out'
      25 |       all: { source_cidr: 10.0.0.0/16, snat_ip: [out-ip-1, free-ip] }
         |                                                            ^^^^^^^
      expected an EIP with instance_id: out"
  `);
});
