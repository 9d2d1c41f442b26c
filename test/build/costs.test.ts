/**
 * Goal: the account of a month follows from the design, from what it is used for and from the prices, and what is not
 * known is not 0. Method: one instance that sends to a partner, under prices of the test's own.
 */
import { describe, expect, test } from 'vitest';
import { formatPriceTemplate } from '../../src/cli/prices.ts';
import type { CostRow, RunResult } from '../../src/measure/result.ts';
import { formatReport } from '../../src/report/text.ts';
import { simulate } from '../../src/simulate.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

const DESIGN = `vpcsim: 1
title: A sender
duration: 1s
vpcs:
  app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
vswitches:
  app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
instances:
  sender: { vswitch_id: app-h, internet_max_bandwidth_out: 10Mbps }
  other: { vswitch_id: app-h }
eips:
  spare-ip: { region: cn-hangzhou, bandwidth: 20Mbps }
internet_hosts:
  partner: { city: Shanghai }
traffic:
  feed: { kind: udp, from: sender, to: partner:9000, rate: 100/s }
  inside: { kind: ping, from: sender, to: other, rate: 10/s }
`;
const run = (rest: string): RunResult => simulate(scenarioOf(`${DESIGN}${rest}`));
const rows = (rest: string): Record<string, CostRow> =>
  Object.fromEntries(run(rest).cost.map((row) => [row.item, row]));

const ALL = 'eip/hours: 0.5, eip/bandwidth: 20, public-ip/traffic: 0.8';

describe('a month', () => {
  test('costs hours, bandwidth and traffic, and the total of them', () => {
    expect(run(`prices: { ${ALL} }\nusage: { feed: 2TB }\n`).cost).toEqual([
      { item: 'spare-ip/hours', quantity: 720, unit: 'hour', amount: 360 },
      { item: 'spare-ip/bandwidth', quantity: 20, unit: 'Mbps', amount: 400 },
      { item: 'sender/public-ip/traffic', quantity: 2000, unit: 'GB', amount: 1600 },
      { item: 'total', quantity: 1, unit: 'month', amount: 2360 },
    ]);
  });

  test('costs what a price of an item says before that of its kind', () => {
    const cost = rows(`prices: { ${ALL}, sender/public-ip/traffic: 0.1 }\nusage: { feed: 2TB }\n`);
    expect(cost['sender/public-ip/traffic']?.amount).toBe(200);
  });

  test('costs an unknown amount where a price is missing or left empty, and nothing where it is 0', () => {
    const cost = rows('prices: { eip/hours: 0, eip/bandwidth: }\nusage: { feed: 2TB }\n');
    expect(cost['spare-ip/hours']?.amount).toBe(0);
    expect(cost['spare-ip/bandwidth']?.amount).toBeNull();
    expect(cost['sender/public-ip/traffic']?.amount).toBeNull();
    expect(cost.total?.amount).toBeNull();
  });

  test('costs an unknown amount where nothing tells how the volume of a flow leaves', () => {
    const cost = rows(`prices: { ${ALL} }\nusage: { inside: 3GB }\n`);
    expect(cost['inside/traffic']).toEqual({ item: 'inside/traffic', quantity: 3, unit: 'GB', amount: null });
    expect(cost['sender/public-ip/traffic']?.amount).toBe(0);
    expect(cost.total?.amount).toBeNull();
  });

  test('is paid from prepaid data first, in its region and as far as that goes', () => {
    const plans = (here: string, there: string): string =>
      `data_transfer_plans:\n  here: { region: cn-hangzhou, size: ${here} }\n  there: { region: cn-beijing, size: ${there} }\n`;
    const priced = `prices: { ${ALL}, eip/traffic: 0.8, here/fee: 9, there/fee: 8 }\nusage: { feed: 2TB }\n`;
    const converted = 'events:\n  turn: { at: 500ms, convert: sender }\n';
    const some = rows(`${plans('500GB', '1TB')}${priced}${converted}`);
    expect(some['sender/public-ip/traffic']).toMatchObject({ quantity: 1500, amount: 1200 });
    expect([some['here/traffic'], some['there/traffic']]).toMatchObject([
      { quantity: 500, amount: 0 },
      { quantity: 0, amount: 0 },
    ]);
    const all = rows(`${plans('3TB', '1TB')}${priced}${converted}`);
    expect(all['sender/public-ip/traffic']).toMatchObject({ quantity: 0, amount: 0 });
    expect(all.total?.amount).toBe(2 * 360 + 400 + 17);
    // Not before it is an EIP.
    expect(rows(`${plans('3TB', '1TB')}${priced}`)['sender/public-ip/traffic']).toMatchObject({
      quantity: 2000,
    });
  });

  test('changes nothing of the run, and is not there unless asked for', () => {
    const plain = run('');
    expect(plain.cost).toEqual([]);
    expect(run(`prices: { ${ALL} }\nusage: { feed: 2TB }\n`).fingerprint).toBe(plain.fingerprint);
  });

  test('is a section of the report that says what is unknown', () => {
    const scenario = scenarioOf(`${DESIGN}prices: { eip/hours: 0.5 }\n`);
    const report = formatReport(simulate(scenario), scenario);
    expect(report).toContain('Cost of a month');
    expect(report).toMatch(/spare-ip\/hours +720 +hour +360\.00/);
    expect(report).toMatch(/total +1 +month +unknown/);
  });
});

describe('An ALB or NLB', () => {
  const balanced = (section: 'albs' | 'nlbs', type: string, rest: string): RunResult => {
    const protocol = section === 'albs' ? 'HTTP' : 'TCP';
    return simulate(
      scenarioOf(`vpcsim: 1
title: Served
duration: 3s
vpcs: { app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches:
  app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  app-i: { vpc_id: app, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances: { web: { vswitch_id: app-h }, inner: { vswitch_id: app-h } }
${section}:
  front:
    address_type: ${type}
    vpc_id: app
    zone_mappings: { cn-hangzhou-h: { vswitch_id: app-h }, cn-hangzhou-i: { vswitch_id: app-i } }
    server_groups: { web: { port: 80, servers: { web: 1 } } }
    listeners: { web: { listener_protocol: ${protocol}, listener_port: 80, server_group_id: web } }
clients: { shopper: { city: Shanghai } }
traffic:
  browse: { kind: http, from: ${type === 'Internet' ? 'shopper' : 'inner'}, to: front/cn-hangzhou-h:80, rate: 10/s }
data_transfer_plans: { pool: { region: cn-hangzhou, size: 100GB } }
usage: { browse: 300GB }
prices: { ${rest} }
`),
    );
  };

  test.each([
    ['albs', 'alb/hours'],
    ['nlbs', 'nlb/hours'],
  ] as const)(
    '(%s) costs its hours, and an EIP in each zone, of which prepaid data pays the traffic',
    (section, kind) => {
      const prices = `${kind}: 0.1, eip/hours: 0.01, eip/traffic: 0.5, front/cn-hangzhou-i/hours: 0.02, pool/fee: 5`;
      expect(balanced(section, 'Internet', prices).cost).toEqual([
        { item: 'front/hours', quantity: 720, unit: 'hour', amount: 72 },
        { item: 'front/cn-hangzhou-h/hours', quantity: 720, unit: 'hour', amount: 7.2 },
        { item: 'front/cn-hangzhou-h/traffic', quantity: 200, unit: 'GB', amount: 100 },
        { item: 'front/cn-hangzhou-i/hours', quantity: 720, unit: 'hour', amount: 14.4 },
        { item: 'front/cn-hangzhou-i/traffic', quantity: 0, unit: 'GB', amount: 0 },
        { item: 'pool/fee', quantity: 1, unit: 'month', amount: 5 },
        { item: 'pool/traffic', quantity: 100, unit: 'GB', amount: 0 },
        { item: 'total', quantity: 1, unit: 'month', amount: 198.6 },
      ]);
    },
  );

  test('of private addresses costs its hours alone; without a price the amount is unknown', () => {
    const { cost } = balanced('nlbs', 'Intranet', 'eip/hours: 1, pool/fee: 5');
    expect(cost.filter(({ item }) => item.startsWith('front'))).toEqual([
      { item: 'front/hours', quantity: 720, unit: 'hour', amount: null },
    ]);
    expect(cost.at(-1)?.amount).toBeNull();
  });
});

test('the template of prices has an empty line for each kind, keeps what is there, and is valid', () => {
  const scenario = scenarioOf(`${DESIGN}prices: { eip/hours: 0.5, spare-ip/hours: 0.4, clb/hours: 3 }\n`);
  const template = formatPriceTemplate(scenario);
  expect(template).toMatchInlineSnapshot(`
    "prices:
      eip/hours: 0.5  # per hour: spare-ip/hours
      eip/bandwidth:  # per Mbps: spare-ip/bandwidth
      public-ip/traffic:  # per GB: sender/public-ip/traffic
      spare-ip/hours: 0.4  # in place of its kind
      clb/hours: 3  # nothing here needs it"
  `);
  expect(scenarioOf(`${DESIGN}${template}\n`).prices).toEqual({
    'eip/hours': 0.5,
    'eip/bandwidth': null,
    'public-ip/traffic': null,
    'spare-ip/hours': 0.4,
    'clb/hours': 3,
  });
});
