/** Scenario texts for tests of the checker: a small valid one, and a way to mark where a problem is expected. */
import { present } from '../../src/base/assert.ts';
import { parseScenario } from '../../src/scenario/parse.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';

export const HEAD = 'vpcsim: 1\ntitle: A test\nduration: 2m\n';

/** Two instances in two zones behind an intranet CLB with an EIP, and a client. */
export const SHOP = `vpcs:
  shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances:
  web-1: { vswitch_id: shop-h }
  web-2: { vswitch_id: shop-i }
clbs:
  front:
    vswitch_id: shop-h
    slave_zone_id: cn-hangzhou-i
    listeners:
      web: { protocol: tcp, frontend_port: 80, backend_port: 8080, backend_servers: { web-1: 100, web-2: 100 } }
eips:
  front-ip: { region: cn-hangzhou, bandwidth: 100Mbps, instance_id: front }
clients:
  shopper: { city: Shanghai }
`;

/** The network above with one flow to it. */
export const SHOP_WITH_TRAFFIC = `${HEAD}${SHOP}traffic:
  browse: { kind: http, from: shopper, to: front-ip:80, rate: 50/s }
`;

/** The example that documents the language, with what it says of the figures. */
export const CLB_EXAMPLE = `# yaml-language-server: $schema=../schema/vpcsim-1.schema.json
vpcsim: 1
title: A CLB loses one of two backends
covers: [I8]
description: >
  web-1 loses power. CLB keeps giving it every second request until three probes in a row time out.
seed: 7
duration: 2m

vpcs:
  shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances:
  web-1: { vswitch_id: shop-h }
  web-2: { vswitch_id: shop-i }
clbs:
  front:
    address_type: intranet
    vswitch_id: shop-h
    master_zone_id: cn-hangzhou-h
    slave_zone_id: cn-hangzhou-i
    listeners:
      web:
        { protocol: tcp, frontend_port: 80, backend_port: 8080, scheduler: wrr,
          health_check_interval: 2s, health_check_timeout: 5s, unhealthy_threshold: 3, healthy_threshold: 3,
          backend_servers: { web-1: 100, web-2: 100 } }
eips:
  front-ip: { region: cn-hangzhou, bandwidth: 100Mbps, instance_id: front }

clients:
  shopper: { city: Shanghai }
traffic:
  browse: { kind: http, from: shopper, to: front-ip:80, rate: 50/s, timeout: 3s }

events:
  web-1-dies:    { at: { uniform: [30s, 32s] }, fail: web-1 }
  web-1-returns: { at: 90s, restore: web-1 }

expect:
  - { event: web-1-dies, detected_by: health-check, detect: { min: 18.9s, max: 21.1s } }
  - { event: web-1-returns, detect: { min: 3.9s, max: 11.1s } }
  - { flow: browse, impairment: { min: 16.5s, max: 20.5s } }
  - { flow: browse, requests: { failed: { min: 6.8%, max: 8.6% } } }
  - { flow: browse, during: [web-1-dies + 25s, web-1-returns], requests: { failed: 0 } }
`;

/** Line and column (from 1) of the first `§`, and the text without it. */
export function unmark(marked: string): { text: string; line: number; column: number } {
  const before = present(marked.split('§')[0], 'a text has a first part');
  const lines = before.split('\n');
  return { text: marked.replace('§', ''), line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

/** The scenario of a valid text; a diagnostic fails the test by name. */
export function scenarioOf(text: string): Scenario {
  const result = parseScenario(text, { file: 'test.yaml' });
  if (!result.ok) {
    throw new Error(
      result.diagnostics.map((d) => `${d.line}:${d.column} ${d.code}: ${d.message}`).join('\n'),
    );
  }
  return result.scenario;
}

/** `line:column code` of everything found, warnings included. */
export function problemsOf(text: string): string[] {
  const result = parseScenario(text, { file: 'test.yaml' });
  const found = result.ok ? result.warnings : result.diagnostics;
  return found.map((d) => `${d.line}:${d.column} ${d.code}`);
}
