/**
 * Goal: what stands between hosts treats the fragments of a datagram alike, though only the first has ports. Method:
 * whole scenarios, datagrams of 4,000 B (three fragments), nothing else.
 */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { simulate } from '../../src/simulate.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

interface Town {
  readonly flow: string;
  readonly assume?: string;
  readonly groups?: string;
  readonly events?: string;
}

/** `app` leaves by a NAT gateway, `web` has an EIP and stands behind the balancer `front`, `far` is on the Internet. */
function run({ flow, assume = '', groups = '', events = '' }: Town): RunResult {
  return simulate(
    scenarioOf(`vpcsim: 1
title: Fragments
duration: 5s
assume: { ${assume} }
vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches: { shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }
security_groups:
  open: { vpc_id: shop, rules: { any: { type: ingress, ip_protocol: udp, port_range: 9000/9000, cidr_ip: 0.0.0.0/0 } } }
  shut: { vpc_id: shop, rules: { any: { type: ingress, ip_protocol: udp, port_range: 1/10, cidr_ip: 0.0.0.0/0 } } }
instances:
  app: { vswitch_id: shop-h }
  web: { vswitch_id: shop-h${groups} }
clbs:
  front:
    vswitch_id: shop-h
    listeners: { web: { protocol: udp, frontend_port: 53, backend_port: 9000, backend_servers: { web: 100 } } }
nat_gateways:
  out: { vpc_id: shop, vswitch_id: shop-h, snat_entries: { all: { source_vswitch_id: shop-h, snat_ip: out-ip } }, forward_entries: { app: { external_ip: out-ip, external_port: 99, ip_protocol: udp, internal_ip: app, internal_port: 9000 } } }
eips:
  out-ip: { region: cn-hangzhou, instance_id: out, bandwidth: 100Mbps }
  web-ip: { region: cn-hangzhou, instance_id: web, bandwidth: 100Mbps }
internet_hosts: { far: { city: Shanghai } }
traffic: { it: { ${flow} } }
${events}`),
  );
}

const outcome = (result: RunResult) => {
  const { lost, delivered, lostByReason } = result.flows.it ?? { lost: 0, delivered: 0, lostByReason: {} };
  return { all: lost === 0, none: delivered === 0, reasons: Object.keys(lostByReason) };
};

const OUT = 'kind: udp, from: app, to: far:9000, rate: 20/s, size: 4000B';
const ECHO = 'kind: ping, from: app, to: far, rate: 20/s, size: 4000B';
const TO_EIP = 'kind: udp, from: far, to: web-ip:9000, rate: 20/s, size: 4000B';

describe('fragments', () => {
  test.each([
    ['datagrams', OUT],
    ['echoes and their answers', ECHO],
  ])('of %s pass a NAT gateway of today', (_what, flow) => {
    const result = run({ flow });
    expect(outcome(result)).toEqual({ all: true, none: false, reasons: [] });
  });

  test('pass a DNAT entry and the door behind it', () => {
    const flow = 'kind: udp, from: far, to: out-ip:99, rate: 20/s, size: 4000B';
    expect(outcome(run({ flow }))).toEqual({ all: true, none: false, reasons: [] });
  });

  test('of an echo to an EIP of a NAT gateway get no answer', () => {
    const flow = 'kind: ping, from: far, to: out-ip, rate: 20/s, size: 4000B';
    expect(outcome(run({ flow }))).toEqual({ all: false, none: true, reasons: ['fragment-unsupported'] });
  });

  test('of a datagram that nobody behind a NAT gateway asked for do not pass', () => {
    const flow = 'kind: udp, from: far, to: out-ip:9000, rate: 20/s, size: 4000B';
    const result = run({ flow });
    expect(outcome(result)).toMatchObject({ none: true });
    // The first fragment has no binding, and nothing is known of the others.
    const sent = result.flows.it?.sent ?? 0;
    expect(result.devices['out/cn-hangzhou-h']?.droppedByReason).toEqual({
      'fragment-unsupported': 2 * sent,
      'nat-no-binding': sent,
    });
  });

  test('do not pass one of the older edition', () => {
    const result = run({ flow: OUT, assume: 'nat.fragments: 0' });
    expect(outcome(result)).toEqual({ all: false, none: true, reasons: ['fragment-unsupported'] });
  });

  test('that overtake the first one are dropped by a NAT gateway', () => {
    const events = 'events: { muddle: { at: 1s, degrade: shop/cn-hangzhou-h~app/link-1, reorder: 30% } }';
    const { flows, devices } = run({ flow: OUT, events });
    const { sent = 0, delivered = 0 } = flows.it ?? {};
    expect(delivered).toBeLessThan(sent);
    expect(delivered).toBeGreaterThan(sent / 3);
    expect(devices['out/cn-hangzhou-h']?.droppedByReason).toMatchObject({
      'fragment-unsupported': expect.any(Number),
    });
  });

  test('pass an EIP and an ENI without security groups', () => {
    expect(outcome(run({ flow: TO_EIP }))).toMatchObject({ all: true });
  });

  test('pass a security group that lets the first one in', () => {
    expect(outcome(run({ flow: TO_EIP, groups: ', security_groups: [open]' }))).toMatchObject({ all: true });
  });

  test('do not pass a security group that drops the first one', () => {
    const result = run({ flow: TO_EIP, groups: ', security_groups: [shut]' });
    expect(outcome(result)).toEqual({ all: false, none: true, reasons: ['security-group'] });
    expect(result.devices.web?.dropped).toBe(3 * (result.flows.it?.sent ?? 0));
  });

  test('are not taken by a UDP listener', () => {
    const flow = 'kind: udp, from: app, to: front:53, rate: 20/s, size: 4000B';
    expect(outcome(run({ flow }))).toEqual({ all: false, none: true, reasons: ['fragment-unsupported'] });
  });
});
