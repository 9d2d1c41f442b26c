/**
 * Goal: routes lead where the longest prefix says, in the table of the sender's vSwitch, over zones, from the moment they
 * change. Method: a small VPC of two zones with a worker, two forwarding instances and a second NAT gateway.
 */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { simulate } from '../../src/simulate.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

interface Options {
  /** Inner text of maps. */
  readonly system?: string;
  readonly own?: string;
  readonly wall?: string;
  readonly worker?: string;
  readonly events?: string;
  readonly eips?: string;
}

const to = (block: string, hop: string, type = 'Instance'): string =>
  `{ destination_cidrblock: ${block}, nexthop_type: ${type}, nexthop_id: ${hop} }`;

/** worker (zone h, table own) sends 50 datagrams in 5 s to partner, 203.0.113.9; wall is in zone i, on the system table. */
function run({
  system = '',
  own = '',
  wall = 'ip_forward: true',
  worker = '',
  events,
  eips = '',
}: Options): RunResult {
  return simulate(
    scenarioOf(`vpcsim: 1
title: A test
duration: 5s
vpcs:
  app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16, route_entries: { ${system} } }
route_tables:
  own: { vpc_id: app, route_entries: { ${own} } }
vswitches:
  app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24, route_table_id: own }
  app-i: { vpc_id: app, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances:
  worker: { vswitch_id: app-h${worker} }
  wall: { vswitch_id: app-i, ${wall} }
nat_gateways:
  out: { vpc_id: app, vswitch_id: app-i, snat_entries: { all: { source_cidr: 10.0.0.0/16, snat_ip: [out-ip] } } }
  more: { vpc_id: app, vswitch_id: app-i, snat_entries: { all: { source_cidr: 10.0.0.0/16, snat_ip: [more-ip] } } }
eips:
  out-ip: { region: cn-hangzhou, bandwidth: 100Mbps, instance_id: out }
  more-ip: { region: cn-hangzhou, bandwidth: 100Mbps, instance_id: more }
${eips}
internet_hosts:
  partner: { city: Hangzhou, ip_address: 203.0.113.9 }
traffic:
  orders: { kind: udp, from: worker, to: partner:5000, rate: 10/s }
${events === undefined ? '' : `events:\n${events}`}`),
  );
}

const forwarded = ({ devices }: RunResult, ...names: string[]): (number | undefined)[] =>
  names.map((name) => devices[name]?.forwarded);
const reasons = ({ flows }: RunResult) => flows.orders?.lostByReason;

describe('a custom table', () => {
  test('has no default route but the user’s, whatever the system table has', () => {
    const result = run({});
    expect(reasons(result)).toEqual({ isolated: 50 });
    expect(result.warnings.join()).toMatch(/more: the default route of app leads to out/);
  });

  test('leads to a NAT gateway in another zone, though the system table there leads to another', () => {
    const result = run({ own: `all: ${to('0.0.0.0/0', 'more', 'NatGateway')}` });
    expect(forwarded(result, 'more/cn-hangzhou-i', 'out/cn-hangzhou-i')).toEqual([50, 0]);
    expect(result.warnings).toEqual([]);
  });

  test('leads to an instance in another zone, which sends on by its own table', () => {
    const result = run({ own: `all: ${to('0.0.0.0/0', 'wall')}` });
    expect(forwarded(result, 'wall', 'out/cn-hangzhou-i')).toEqual([50, 50]);
    expect(result.flows.orders?.delivered).toBe(50);
  });

  test('is not asked where the sender has a public address of its own, but for longer routes', () => {
    const eips = '  own-ip: { region: cn-hangzhou, instance_id: worker }';
    const all = run({ own: `all: ${to('0.0.0.0/0', 'wall')}`, eips });
    expect(forwarded(all, 'wall')).toEqual([0]);
    const near = run({ own: `near: ${to('203.0.113.0/24', 'wall')}`, eips });
    expect(forwarded(near, 'wall')).toEqual([50]);
  });
});

describe('an IPv4 gateway', () => {
  const eips = `  own-ip: { region: cn-hangzhou, instance_id: worker }
ipv4_gateways: { door: { vpc_id: app, enabled: true } }`;

  test('takes the way out from what has a public address, unless its table leads there', () => {
    expect(reasons(run({ eips }))).toEqual({ isolated: 50 });
    const result = run({ own: `all: ${to('0.0.0.0/0', 'door', 'Ipv4Gateway')}`, eips });
    expect(result.flows.orders?.delivered).toBe(50);
    expect(forwarded(result, 'more/cn-hangzhou-i', 'out/cn-hangzhou-i')).toEqual([0, 0]);
  });

  test('that is not enabled changes nothing', () => {
    expect(run({ eips: eips.replace('true', 'false') }).flows.orders?.delivered).toBe(50);
  });

  test('lets what has a public address leave by SNAT where its table says so', () => {
    const result = run({ own: `all: ${to('0.0.0.0/0', 'more', 'NatGateway')}`, eips });
    expect(forwarded(result, 'more/cn-hangzhou-i')).toEqual([50]);
  });

  test('sends nothing out that has no public address', () => {
    const result = run({
      own: `all: ${to('0.0.0.0/0', 'door', 'Ipv4Gateway')}`,
      eips: eips.replace(/.*own-ip.*/, ''),
    });
    expect(result.flows.orders?.delivered).toBe(0);
    expect(reasons(result)).toEqual({ isolated: 50 });
  });
});

describe('the system table', () => {
  test('takes no default route of a NAT gateway when it has one of the user’s', () => {
    const result = run({
      system: `all: ${to('0.0.0.0/0', 'more', 'NatGateway')}`,
      own: `all: ${to('0.0.0.0/0', 'wall')}`,
    });
    expect(forwarded(result, 'wall', 'more/cn-hangzhou-i', 'out/cn-hangzhou-i')).toEqual([50, 50, 0]);
  });
});

describe('an instance on the way', () => {
  const own = `all: ${to('0.0.0.0/0', 'wall')}`;

  test('drops what is not its own unless it forwards', () => {
    expect(reasons(run({ own, wall: 'ip_forward: false' }))).toEqual({ 'no-route': 50 });
  });

  test('never sees it where its ENI checks source and destination', () => {
    expect(reasons(run({ own, wall: 'ip_forward: true, source_dest_check: true' }))).toEqual({
      'source-dest-check': 50,
    });
  });

  test('takes part in a loop that only the time to live ends', () => {
    const result = run({ own, system: `near: ${to('203.0.113.0/24', 'wall')}` });
    expect(reasons(result)).toEqual({ 'ttl-expired': 50 });
  });
});

describe('while running', () => {
  test('a removed route takes its traffic, which is that event’s doing, and an added one brings it back', () => {
    const { events, stateChanges, flows } = run({
      own: `all: ${to('0.0.0.0/0', 'more', 'NatGateway')}`,
      events: `  gone: { at: 1s, remove: own/all }
  back: { at: 3s, add: own/all, destination_cidrblock: 0.0.0.0/0, nexthop_type: Instance, nexthop_id: wall }
`,
    });
    expect(flows.orders?.lostByReason).toEqual({ isolated: 20 });
    expect(events.gone?.flows.orders?.lost).toBe(20);
    expect([events.gone, events.back].map((event) => event?.switchedAfterNs)).toEqual([0, 0]);
    expect(stateChanges.filter(({ subject }) => subject === 'own/all').map(({ to }) => to)).toEqual([
      '0.0.0.0/0 NatGateway more',
      'absent',
      '0.0.0.0/0 Instance wall',
    ]);
  });

  test('refuses an entry or a destination that is there, a second default route, and what is not there', () => {
    const { events } = run({
      system: `near: ${to('203.0.113.0/24', 'wall')}`,
      own: `all: ${to('0.0.0.0/0', 'more', 'NatGateway')}`,
      events: `  same: { at: 1s, add: own/all, destination_cidrblock: 10.8.0.0/16, nexthop_type: Instance, nexthop_id: wall }
  twice: { at: 1s, add: app/again, destination_cidrblock: 203.0.113.0/24, nexthop_type: Instance, nexthop_id: wall }
  default: { at: 1s, add: app/all, destination_cidrblock: 0.0.0.0/0, nexthop_type: Instance, nexthop_id: wall }
  gone: { at: 2s, remove: app/near }
  missing: { at: 3s, remove: app/near }
`,
    });
    expect(Object.values(events).map(({ refused }) => refused)).toEqual([
      'all is a route entry of own already',
      'near of app already leads to 203.0.113.0/24',
      'app has a default route already, to the NAT gateway of its VPC',
      null,
      'near is no route entry of app',
    ]);
  });
});
