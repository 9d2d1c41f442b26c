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

/** Uses every part of the language that is supported. */
export const RICH_EXAMPLE = `vpcsim: 1
title: Everything at once
covers: [I3, I8, X3]
description: A description with $n and $\{x} in it, which stay as they are.
seed: "a seed"
duration: 5m
settle: 1m
replications: 20
vars: { rate: 40, who: web, size: 1000B }
assume: { clb.cluster_nodes: 2, tcp.min_rto: 300ms, internet.path_factor: 1.4 }
regions:
  on-prem-1: { city: Bielefeld, latitude: 52.02, longitude: 8.53 }
vpcs:
  shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
  far: { region: ap-southeast-1, cidr_block: 10.0.0.0/16 }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24, risks: [duct-a] }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
  far-a: { vpc_id: far, zone_id: ap-southeast-1a, cidr_block: 10.0.1.0/24 }
security_groups:
  servers:
    vpc_id: shop
    security_group_type: normal
    inner_access_policy: Drop
    rules:
      web: { type: ingress, ip_protocol: tcp, port_range: 80/80, policy: accept, priority: 2, cidr_ip: 0.0.0.0/0 }
      ping: { type: ingress, ip_protocol: icmp, port_range: -1/-1, cidr_ip: 198.51.100.1 }
      own: { type: egress, ip_protocol: all, policy: drop, priority: 100, source_security_group_id: servers }
  extra-1..2: { vpc_id: shop }
instances:
  web-1..3: { vswitch_id: shop-h, private_ip: 10.0.1.1$n, risks: [rack-$n] }
  web-4..5: { vswitch_id: shop-i, listen: [53/udp, 22/tcp, 7000/udp], security_groups: [servers, extra-1..2] }
  lonely: { vswitch_id: far-a, services: { api: { port: 7070, service_time: { exponential: 9ms }, concurrency: 4, queue: 9 } } }
clbs:
  front:
    vswitch_id: shop-h
    slave_zone_id: cn-hangzhou-i
    address: 10.0.1.100
    listeners:
      web:
        protocol: tcp
        frontend_port: 80
        backend_port: 8080
        scheduler: tch
        health_check_interval: 2s
        health_check_connect_port: 9000
        established_timeout: 60s
        backend_servers: { web-1..2: 100, web-4: 0 }
      dns: { protocol: udp, frontend_port: 53, backend_port: 53, backend_servers: { web-4..5: 50 } }
  outer:
    address_type: internet
    master_zone_id: cn-hangzhou-i
    listeners:
      web: { protocol: tcp, frontend_port: 443, backend_port: 8443, backend_servers: { web-5: 100 } }
nat_gateways:
  out:
    vpc_id: shop
    vswitch_id: shop-i
    nat_type: Enhanced
    network_type: internet
    eip_bind_type: MULTI_BINDED
    icmp_reply_enabled: false
    risks: [rack-3]
    snat_entries:
      all: { source_cidr: 10.0.0.0/16, snat_ip: out-ip-1 }
      rack: { source_vswitch_id: shop-h, snat_ip: [out-ip-1..2], eip_affinity: 1 }
    specification: Large
    availability_mode: SingleAZ
    forward_entries:
      in: { external_ip: out-ip-2, external_port: 8080/8081, ip_protocol: tcp, internal_ip: web-3, internal_port: 80/81, port_break: true }
eips:
  out-ip-1..2: { region: cn-hangzhou, instance_id: out }
  front-ip: { region: cn-hangzhou, bandwidth: 100Mbps, instance_id: front }
  spare-1..2: { region: cn-hangzhou, ip_address: 203.0.113.$n }
  far-ip: { region: ap-southeast-1, instance_id: lonely }
clients:
  shopper-1..2: { city: shanghai, ip_address: 198.51.100.$n }
  visitor: { city: Kassel, latitude: 51.31, longitude: 9.48, risks: [rack-1] }
internet_hosts:
  partner: { city: Singapore, listen: [443/tcp] }
traffic:
  browse: { kind: http, from: shopper-1..2, to: front-ip:80, rate: "$\{rate}/s", timeout: 3s, arrivals: poisson }
  stream: { kind: udp, from: [visitor, shopper-1], to: far-ip:5000, rate: 8Mbps, size: 1000B, connections: 10 }
  probe: { kind: ping, from: "$\{who}-1", to: partner }
  keep: { kind: http, from: web-4, to: partner:443, rate: 5/s, keep_alive: true, connections: 4, size: 20kB }
  ask:
    { kind: http, from: visitor, to: far-ip:7070, users: 6, think_time: { uniform: [1s, 2s] }, keep_alive: true, reuse: recent,
      idle_timeout: 30s, request_size: 1kB, response_size: { lognormal: { mean: 9kB, sigma: 1.2 } }, connect_timeout: 1s,
      retries: { num_retries: 2, per_try_timeout: 2s, base_interval: 20ms, max_interval: 90ms } }
  later: { kind: udp, from: visitor, to: spare-1:7000, rate: 10/s }
events:
  dies: { at: { uniform: [30s, 32s] }, fail: [web-1..2, duct-a], how: power-off }
  returns: { at: dies + 40s, restore: [web-1..2, duct-a] }
  refuses: { at: 1m, fail: web-4, how: refuse }
  link-dies: { at: 70s, fail: shop/cn-hangzhou-h~shop/cn-hangzhou-i/link-1, how: signalled, direction: out }
  flutters: { at: 80s, flap: front/cn-hangzhou-h, down: 1s, up: 2s, times: 3 }
  zone-dies: { at: 90s, fail: cn-hangzhou-i }
  blurs: { at: 100s, degrade: visitor, loss: { loss: 50%, mean_burst: 3, mean_gap: 100 }, latency: 5ms, share: 25% }
  clears: { at: blurs + 10s, restore: visitor }
  shrinks: { at: 110s, set: front-ip, bandwidth: 10Mbps }
  tunes: { at: 111s, set: front/web, scheduler: rr, health_check_interval: 1s, backend_servers: { web-3: 10 } }
  adds: { at: 112s, add: front/web/web-5, weight: 7 }
  weighs: { at: 113s, set: front/web/web-5, weight: 0 }
  removes: { at: 114s, remove: front/web/web-1 }
  moves: { at: 115s, associate: spare-1, with: web-5 }
  frees: { at: 116s, disassociate: spare-1 }
  lends: { at: 117s, associate: spare-2, with: out }
  widens: { at: 118s, set: out/all, snat_ip: [out-ip-1, spare-2] }
  sizes: { at: 119s, set: out, specification: Middle }
  maps: { at: 119s, add: out/map, external_ip: spare-2, external_port: any, ip_protocol: any, internal_ip: web-2, internal_port: any }
  splits: { at: 119s, add: out/part, source_cidr: 10.0.1.0/28, snat_ip: out-ip-1 }
  shuts: { at: 119s, remove: out/in }
expect:
  - { flow: browse, sent: { min: 1 }, lost: { max: 5% }, latency: { p99: { max: 90ms } } }
  - { flow: browse, in: 95% of runs, lost_by: { no-healthy-backend: { max: 3 }, refused: 0 } }
  - { flow: keep, direction: out, connections: { moved: { max: 50% } } }
  - { flow: stream, goodput: { min: 1Mbps }, outage: 0s, loss_derived: { never: true } }
  - { event: dies, detect: { min: 1s }, heal: { never: true }, refused: false, flows: { browse: { lost: { max: 3% } } } }
  - { event: frees, refused: "not associated" }
  - { resource: front/web/web-1, at: dies + 25s, state: down }
  - { resource: front, after: dies, changes: { max: 4 }, gauges: { sessions: 0 } }
  - { resource: out, at: end, gauges: { sessions: 0, sessions/out-ip-1: 0 } }
  - { resource: out/all, at: end, state: "out-ip-1, spare-2" }
  - { packets: all, by: end, dropped: { max: 10% }, dropped_by: { no-route: 0 } }
  - { packets: front/cn-hangzhou-h/node-1, before: end - 5s, forwarded: { min: 0 } }
  - { cost: traffic, amount: { never: true } }
`;
