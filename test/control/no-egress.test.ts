/**
 * Goal: a load balancer's server that asks for the Internet hears that the balancer does not carry that, and only such a
 * server does. Method: one asks a site throughout, while it becomes a server, leaves, or gets an EIP.
 */
import { expect, test } from 'vitest';
import { simulate } from '../../src/simulate.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

const CLB = `clbs:
  front:
    vswitch_id: shop-h
    listeners: { web: { protocol: tcp, frontend_port: 80, backend_port: 8080, backend_servers: { web-1: 100, web-2: 100 } } }
`;
const ALB = `albs:
  front:
    address_type: Internet
    vpc_id: shop
    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }, cn-hangzhou-i: { vswitch_id: shop-i } }
    server_groups: { web: { port: 8080, servers: { web-1: 100, web-2: 100 } } }
    listeners: { http: { listener_protocol: HTTP, listener_port: 80, server_group_id: web } }
`;

/** What each flow lost by reason and delivered in 10 s, 5 s before the event and 5 s after it. */
function fates(balancer: string, event: string): Record<string, Readonly<Record<string, number>>> {
  const body = `vpcsim: 1
title: A server asks for the Internet
duration: 10s
assume: { clb.cluster_nodes: 1, alb.zone_nodes: 1 }
vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }, lab: { region: cn-hangzhou, cidr_block: 10.1.0.0/16 } }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
  lab-h: { vpc_id: lab, zone_id: cn-hangzhou-h, cidr_block: 10.1.1.0/24 }
instances: { web-1..3: { vswitch_id: shop-h }, bench: { vswitch_id: lab-h } }
${balancer}eips: { own: { region: cn-hangzhou } }
internet_hosts: { site: { city: Singapore } }
traffic:
  served: { kind: udp, from: web-1, to: "site:53", rate: 10/s }
  lone: { kind: udp, from: web-3, to: "site:53", rate: 10/s }
  private: { kind: udp, from: web-2, to: "bench:53", rate: 10/s }
events: { change: { at: 5s, ${event} } }
`;
  const { flows } = simulate(scenarioOf(body));
  return Object.fromEntries(
    Object.entries(flows).map(([name, { lostByReason, delivered }]) => [
      name,
      { ...lostByReason, delivered },
    ]),
  );
}

test.each([
  ['CLB', CLB],
  ['ALB', ALB],
])('a server of a %s is told so, until it is one no longer', (_, balancer) => {
  expect(fates(balancer, 'remove: front/web/web-1')).toEqual({
    served: { 'slb-no-egress': 50, isolated: 50, delivered: 0 },
    lone: { isolated: 100, delivered: 0 },
    // Another VPC is nothing that a balancer would lead to.
    private: { isolated: 100, delivered: 0 },
  });
});

test.each([
  ['CLB', CLB],
  ['ALB', ALB],
])('an instance that becomes a server of a %s is told so from then on', (_, balancer) => {
  expect(fates(balancer, 'add: front/web/web-3').lone).toEqual({
    isolated: 50,
    'slb-no-egress': 50,
    delivered: 0,
  });
});

test('a server with an EIP goes out by that', () => {
  expect(fates(CLB, 'associate: own, with: web-1').served).toEqual({ 'slb-no-egress': 50, delivered: 50 });
});
