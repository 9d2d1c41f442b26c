/** Goal: an ENI that its EIP cuts through to has that address and no other. Method: one on the Internet and in its VPC. */
import { expect, test } from 'vitest';
import { simulate } from '../../src/simulate.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

const run = (mode: string, more = '') =>
  simulate(
    scenarioOf(`vpcsim: 1
title: An ENI
duration: 2s
vpcs:
  app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
vswitches:
  app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
instances:
  web: { vswitch_id: app-h }
  neighbour: { vswitch_id: app-h }
network_interfaces:
  eni: { vswitch_id: app-h, instance_id: web }
eips:
  eni-ip: { region: cn-hangzhou, instance_id: eni, mode: ${mode} }
clients:
  visitor: { city: Shanghai }
traffic:
  visit: { kind: http, from: visitor, to: eni-ip:80, rate: 20/s, timeout: 500ms }
  call: { kind: http, from: eni, to: visitor:443, rate: 20/s, timeout: 500ms }
  inside: { kind: ping, from: neighbour, to: eni, rate: 20/s, timeout: 500ms }
  primary: { kind: ping, from: neighbour, to: web, rate: 20/s, timeout: 500ms }
${more}`),
  );

test('translated, an ENI is reached by its EIP and by its private address', () => {
  const { flows } = run('NAT');
  for (const name of ['visit', 'call', 'inside', 'primary']) expect(flows[name]?.lost, name).toBe(0);
});

test('cut through, it is reached by its EIP alone, and its instance by its own address as before', () => {
  const { flows } = run('BINDED');
  for (const name of ['visit', 'call', 'primary']) expect(flows[name]?.lost, name).toBe(0);
  expect(flows.inside?.delivered).toBe(0);
  expect(flows.inside?.lostByReason).toEqual({ 'no-route': flows.inside?.lost });
});

test('visible on it, its EIP is one of its addresses, and its private one stays', () => {
  const { flows } = run('MULTI_BINDED');
  for (const name of ['visit', 'inside', 'primary']) expect(flows[name]?.lost, name).toBe(0);
  // What it sends of its own comes from the private address, which nothing translates here.
  expect(flows.call?.delivered).toBe(0);
  expect(flows.call?.lostByReason).toEqual({ isolated: flows.call?.lost });
});

test('no network ACL is asked about what an EIP cuts through to', () => {
  const acl = 'network_acls: { shut: { vpc_id: app, resources: [app-h] } }\n';
  expect(run('BINDED', acl).flows.visit?.lost).toBe(0);
  expect(run('NAT', acl).flows.visit?.delivered).toBe(0);
});
