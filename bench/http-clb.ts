/**
 * `http/eip-clb`: short HTTP exchanges from the Internet by EIP and CLB to four servers in a security group, from start to
 * end. `requests` are those answered in a second of wall time, under either event queue; `hops` what devices took in on the
 * way, beside packets going round through routers alone.
 *
 *   shopper --- Internet routers --- Internet gateway (EIP) --- VPC router --- CLB node --- VPC router --- ENI, web-N
 */
import type { RunResult } from '../src/measure/result.ts';
import { parseScenario } from '../src/scenario/parse.ts';
import { simulate } from '../src/simulate.ts';
import { type Bench, type BenchSize, bySize, compareRates, type Side } from './harness.ts';
import { ringSide } from './packet-ring.ts';

const SCENARIO = `
vpcsim: 1
title: Two seconds of a shop
duration: 2s
vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches: { shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }
security_groups:
  web: { vpc_id: shop, rules: { http: { type: ingress, ip_protocol: tcp, port_range: 8080/8080, policy: accept, cidr_ip: 0.0.0.0/0 } } }
instances: { "web-1..4": { vswitch_id: shop-h, security_groups: [web] } }
clbs:
  front:
    vswitch_id: shop-h
    listeners:
      web: { protocol: tcp, frontend_port: 80, backend_port: 8080, backend_servers: { "web-1..4": 100 } }
eips: { front-ip: { region: cn-hangzhou, bandwidth: 1000Mbps, instance_id: front } }
clients: { "shopper-1..4": { city: Shanghai } }
traffic: { browse: { kind: http, from: shopper-1..4, to: "front-ip:80", rate: RATE/s, timeout: 1s } }
`;

type Count = (result: RunResult) => number;

const requests: Count = ({ flows }) => flows.browse?.delivered ?? 0;

/** Packets that a device took in, whatever it did with them. */
const hops: Count = ({ devices }) =>
  Object.values(devices).reduce((sum, { forwarded, delivered, consumed, dropped }) => {
    return sum + forwarded + delivered + consumed + dropped;
  }, 0);

function shopSide(size: BenchSize, count: Count, eventQueue: 'calendar' | 'heap' = 'calendar'): Side {
  const text = SCENARIO.replace('RATE', String(bySize(size, 20, 2_000, 10_000)));
  const parsed = parseScenario(text, { file: 'bench.yaml' });
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join('\n'));
  let fingerprint = '';
  return {
    run: () => {
      const result = simulate(parsed.scenario, { eventQueue });
      if (result.packets.dropped > 0) throw new Error('packets were lost on the way');
      fingerprint = result.fingerprint;
      return count(result);
    },
    hash: () => fingerprint,
  };
}

export const httpClbBenches: readonly Bench[] = [
  {
    name: 'http/eip-clb/requests',
    isFullOnly: false,
    run: (size) =>
      compareRates({
        name: 'http/eip-clb/requests',
        unit: 'requests/s',
        target: null,
        rounds: bySize(size, 2, 5, 9),
        ours: shopSide(size, requests),
        alternatives: { 'under heap-js': shopSide(size, requests, 'heap') },
        isSameWork: true,
      }),
  },
  {
    name: 'http/eip-clb/hops',
    isFullOnly: false,
    run: (size) =>
      compareRates({
        name: 'http/eip-clb/hops',
        unit: 'packet-hops/s',
        target: null,
        rounds: bySize(size, 2, 5, 9),
        ours: shopSide(size, hops),
        alternatives: { routers: ringSide(bySize(size, 5_000, 300_000, 2_000_000)) },
        isSameWork: false,
      }),
  },
];
