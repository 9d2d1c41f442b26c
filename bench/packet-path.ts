/**
 * The whole path of a packet. `packet/routers`: packets going round through five routers (FIB lookup, verdict, queue,
 * link), hops per second beside holds per second of heap-js at 10,000 pending: what a simulator could reach at best
 * that kept every packet in such a heap; and beside a bare loop over the same queue, FIB and fingerprint: what this one
 * could reach at best. `packet/nat`: through security group, SNAT, EIP and the Internet, beside the same routers.
 * `packet/scenario`: a scenario with TCP, balancer and EIP from start to end, events per second under either event queue.
 */
import { RandomStreams } from '../src/base/random.ts';
import { HeapQueue } from '../src/engine/heap-queue.ts';
import { parseScenario } from '../src/scenario/parse.ts';
import { simulate } from '../src/simulate.ts';
import { type Bench, bySize, compareRates, type Side } from './harness.ts';
import { natSide } from './packet-nat.ts';
import { bareSide, ringSide } from './packet-ring.ts';

const PENDING = 10_000;

/** heap-js at a constant number of pending events, increments uniform. */
function holdSide(holds: number): Side {
  const queue = new HeapQueue();
  const random = new RandomStreams('bench', 0).stream('hold', 'increments');
  let sequence = 0;
  for (let i = 0; i < PENDING; i++) queue.push(Math.floor(random.uniform() * 2e6), sequence++, 0, 0);
  return {
    run: () => {
      for (let i = 0; i < holds; i++) {
        queue.pop();
        queue.push(queue.timeNs + Math.floor(random.uniform() * 2e6), sequence++, 0, 0);
      }
      return holds;
    },
    hash: () => String(queue.timeNs),
  };
}

const SCENARIO = `
vpcsim: 1
title: Half the life of a shop
duration: 20s
vpcs: { shop: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches:
  shop-h: { vpc_id: shop, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  shop-i: { vpc_id: shop, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances: { web-1: { vswitch_id: shop-h }, web-2: { vswitch_id: shop-i } }
clbs:
  front:
    vswitch_id: shop-h
    master_zone_id: cn-hangzhou-h
    slave_zone_id: cn-hangzhou-i
    listeners:
      web: { protocol: tcp, frontend_port: 80, backend_port: 8080, backend_servers: { web-1: 100, web-2: 100 } }
eips: { front-ip: { region: cn-hangzhou, bandwidth: 1000Mbps, instance_id: front } }
clients: { shopper: { city: Shanghai } }
traffic: { browse: { kind: http, from: shopper, to: "front-ip:80", rate: RATE/s, timeout: 3s } }
events: { web-1-dies: { at: 10s, fail: web-1 } }
`;

function scenarioSide(rate: number, eventQueue: 'calendar' | 'heap'): Side {
  const parsed = parseScenario(SCENARIO.replace('RATE', String(rate)), { file: 'bench.yaml' });
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join('\n'));
  let fingerprint = '';
  return {
    run: () => {
      const result = simulate(parsed.scenario, { eventQueue });
      fingerprint = result.fingerprint;
      return result.eventsProcessed;
    },
    hash: () => fingerprint,
  };
}

export const packetPathBenches: readonly Bench[] = [
  {
    name: 'packet/routers',
    isFullOnly: false,
    run: (size) =>
      compareRates({
        name: 'packet/routers',
        unit: 'packet-hops/s',
        target: 6,
        rounds: bySize(size, 2, 15, 15),
        ours: ringSide(bySize(size, 5_000, 300_000, 2_000_000)),
        alternatives: {
          'heap-js': holdSide(bySize(size, 1_000, 60_000, 300_000)),
          'bare loop': bareSide(bySize(size, 5_000, 300_000, 2_000_000)),
        },
        against: ['heap-js'],
        isSameWork: false,
      }),
  },
  {
    name: 'packet/nat',
    isFullOnly: false,
    run: (size) =>
      compareRates({
        name: 'packet/nat',
        unit: 'packet-hops/s',
        target: 0.5,
        rounds: bySize(size, 2, 7, 15),
        ours: natSide(bySize(size, 5_000, 200_000, 1_000_000)),
        alternatives: { routers: ringSide(bySize(size, 5_000, 200_000, 1_000_000)) },
        isSameWork: false,
      }),
  },
];

/** Whole scenarios, from start to end. */
export const scenarioBenches: readonly Bench[] = [
  {
    name: 'packet/scenario',
    isFullOnly: false,
    run: (size) =>
      compareRates({
        name: 'packet/scenario',
        unit: 'events/s',
        target: null,
        rounds: bySize(size, 2, 3, 9),
        ours: scenarioSide(bySize(size, 5, 100, 2_000), 'calendar'),
        alternatives: { 'under heap-js': scenarioSide(bySize(size, 5, 100, 2_000), 'heap') },
        isSameWork: true,
      }),
  },
];
