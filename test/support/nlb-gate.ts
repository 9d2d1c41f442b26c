/**
 * A gate that is an NLB in zones h and i for tests: a client in Shanghai that comes by zone h, servers in zone j. One
 * prober a zone, so that a test sees its phase and not the earliest of many.
 */
import type { Scenario } from '../../src/scenario/scenario.ts';
import { parse } from './detection-shop.ts';

export interface NlbGateOptions {
  readonly protocol?: 'TCP' | 'UDP';
  /** Of the server group, `key: value` each; of its health check. */
  readonly group?: readonly string[];
  readonly check?: readonly string[];
  readonly servers?: string;
  /** More of the NLB, and of `instances`, a line each. */
  readonly more?: readonly string[];
  readonly instances?: readonly string[];
  readonly traffic?: readonly string[];
  readonly events?: readonly string[];
  /** In s. */
  readonly duration: number;
}

export function nlbGate(options: NlbGateOptions): Scenario {
  const { protocol = 'TCP', group = [], check = [], servers = '{ web-1: 100, web-2: 100 }' } = options;
  const block = (name: string, lines: readonly string[] = []): string =>
    lines.length === 0 ? '' : `${name}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
  return parse(
    `vpcsim: 1
title: A gate that is an NLB
duration: ${options.duration}s
assume: { clb.cluster_nodes: 1 }
vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
  shop-j: { vpc_id: shop, zone_id: cn-hangzhou-j, cidr_block: 10.0.3.0/24 }
${block('instances', ['web-1..2: { vswitch_id: shop-j }', ...(options.instances ?? [])])}nlbs:
  gate:
    address_type: Internet
    vpc_id: shop
${(options.more ?? []).map((line) => `    ${line}\n`).join('')}    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }, cn-hangzhou-i: { vswitch_id: shop-i } }
    server_groups:
      web: { protocol: ${protocol}, port: 8080, servers: ${servers}, health_check: { ${check.join(', ')} }${group.map((pair) => `, ${pair}`).join('')} }
    listeners: { web: { listener_protocol: ${protocol}, listener_port: 80, server_group_id: web } }
clients: { shopper: { city: Shanghai } }
${block('traffic', options.traffic)}${block('events', options.events)}`,
    'test/support/nlb-gate.yaml',
  );
}

/** An NLB that nobody uses, one server behind it: what its probes find, and when. `check` as text, a line an event. */
export function probedNlb(check: string, events: readonly string[], durationS: number): Scenario {
  return parse(
    `vpcsim: 1
title: An NLB with one server
duration: ${durationS}s
assume: { clb.cluster_nodes: 1 }
vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances: { web-1: { vswitch_id: shop-h } }
nlbs:
  front:
    address_type: Intranet
    vpc_id: shop
    zone_mappings: { cn-hangzhou-h: { vswitch_id: shop-h }, cn-hangzhou-i: { vswitch_id: shop-i } }
    server_groups: { web: { port: 8080, servers: { web-1: 100 }, health_check: { ${check} } } }
    listeners: { web: { listener_protocol: TCP, listener_port: 80, server_group_id: web } }
events:
${events.map((line) => `  ${line}\n`).join('')}`,
    'test/support/probed-nlb.yaml',
  );
}

export const ZONES = ['cn-hangzhou-h', 'cn-hangzhou-i'] as const;
