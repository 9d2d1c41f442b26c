/**
 * Goal: a traceroute finds each hop that answers, once per address, and ends at the destination. Method: whole scenarios
 * over the Internet and into a VPC; access links take 2 ms, the places are 35 ms apart.
 */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { parseScenario } from '../../src/scenario/parse.ts';
import { simulate } from '../../src/simulate.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

const text = (flow: string, events = '', assume = '') => `vpcsim: 1
title: A trace
duration: 40s
assume: { ${assume} }
clients: { user: { city: Shanghai } }
internet_hosts: { far: { city: Singapore } }
internet_paths: { sea: { between: [Shanghai, Singapore], one_way: 35ms } }
traffic: { way: { kind: traceroute, from: user, to: far, ${flow} } }
${events}`;

const run = (flow: string, events = '', assume = ''): RunResult =>
  simulate(scenarioOf(text(flow, events, assume)));

const MS = 1e6;

describe('a traceroute', () => {
  test.each(['udp', 'icmp'])(
    'by %s finds the routers and the destination with their round trips',
    (method) => {
      const { hops, flows } = run(`rate: 6/m, method: ${method}`);
      expect(hops.way?.map(({ ttl, device, sent, answered }) => [ttl, device, sent, answered])).toEqual([
        [1, 'internet/shanghai', 12, 12],
        [2, 'internet/singapore', 12, 12],
        [3, 'far', 12, 12],
      ]);
      for (const [index, ms] of [4, 74, 78].entries()) {
        expect((hops.way?.[index]?.rttNs?.min ?? 0) / MS).toBeCloseTo(ms, 1);
        expect((hops.way?.[index]?.rttNs?.max ?? 0) / MS).toBeCloseTo(ms, 1);
      }
      expect(flows.way).toMatchObject({ sent: 4, delivered: 4, lost: 0 });
    },
  );

  test('sees no router that sends no ICMP, but the destination', () => {
    const { hops, flows } = run('rate: 3/m', '', 'internet.sends_icmp_errors: 0');
    expect(hops.way?.map(({ address, answered }) => [address, answered])).toEqual([
      [null, 0],
      [null, 0],
      ['198.18.0.2', 6],
    ]);
    expect(flows.way?.delivered).toBe(2);
  });

  test.each(['udp', 'icmp'])('by %s from behind a NAT gateway hears of the routers beyond it', (method) => {
    const { hops } = simulate(
      scenarioOf(`vpcsim: 1
title: A trace from a VPC
duration: 20s
vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches: { shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }
instances: { app: { vswitch_id: shop-h } }
nat_gateways:
  out: { vpc_id: shop, vswitch_id: shop-h, snat_entries: { all: { source_vswitch_id: shop-h, snat_ip: out-ip } } }
eips: { out-ip: { region: cn-hangzhou, instance_id: out } }
internet_hosts: { far: { city: Singapore } }
traffic: { way: { kind: traceroute, from: app, to: far, method: ${method} } }
`),
    );
    // The routers of the VPC on the way, and the gateway itself, say nothing.
    expect(hops.way?.map(({ device }) => device)).toEqual([
      null,
      null,
      'internet/hangzhou',
      'internet/singapore',
      'far',
    ]);
  });

  test('is lost when nobody answers at the end, after as many hops as asked for', () => {
    const events = 'events: { dead: { at: 0s, fail: far } }';
    const { hops, flows } = run('rate: 3/m, max_hops: 5, probes: 1, timeout: 500ms', events);
    expect(hops.way?.map(({ device, answered }) => [device, answered])).toEqual([
      ['internet/shanghai', 2],
      ['internet/singapore', 2],
      [null, 0],
      [null, 0],
      [null, 0],
    ]);
    expect(flows.way).toMatchObject({ delivered: 0, lost: 2 });
    expect(flows.way?.lostByReason).toEqual({ 'device-down': 2 });
  });

  test('has an entry for each trace that is under way when the run ends', () => {
    const { hops } = run('rate: 3/m, timeout: 60s', 'events: { dead: { at: 0s, fail: far } }');
    expect(hops.way?.slice(0, 3).map(({ sent, answered }) => [sent, answered])).toEqual([
      [6, 6],
      [6, 6],
      [6, 0],
    ]);
  });

  test.each([
    ['to: far:80', 'not-applicable: traceroute has no port'],
    ['max_hops: 0', "out-of-range: '0' is out of range"],
    ['method: tcp', "bad-value: 'tcp' does not fit here"],
    ['size: 100B', 'not-applicable: size does not apply to traceroute'],
  ])('with %s is refused', (flow, problem) => {
    const written = flow.startsWith('to:') ? text('').replace('to: far', flow) : text(flow);
    const parsed = parseScenario(written, { file: 'test.yaml' });
    const problems = parsed.ok ? [] : parsed.diagnostics.map(({ code, message }) => `${code}: ${message}`);
    expect(problems).toContain(problem);
  });
});
