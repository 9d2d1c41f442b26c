/**
 * The whole path of a packet. `packet/routers`: packets going round through five routers (FIB lookup, verdict, queue,
 * link), hops per second beside holds per second of heap-js at 10,000 pending: what a simulator could reach at best
 * that kept every packet in such a heap; and beside a bare loop over the same queue, FIB and fingerprint: what this one
 * could reach at best. `packet/nat`: through security group, SNAT, EIP and the Internet, beside the same routers.
 * `packet/scenario`: a scenario with TCP, balancer and EIP from start to end, events per second under either event queue.
 */
import { NONE } from '../src/base/brand.ts';
import { RandomStreams } from '../src/base/random.ts';
import { InternetRouter } from '../src/devices/internet-router.ts';
import { CalendarQueue } from '../src/engine/calendar-queue.ts';
import { Engine } from '../src/engine/engine.ts';
import { HeapQueue } from '../src/engine/heap-queue.ts';
import { Device, type DeviceContext } from '../src/network/device.ts';
import type { DeviceId, IfaceId, PacketId } from '../src/network/ids.ts';
import { Network } from '../src/network/network.ts';
import { OUT, UDP } from '../src/network/packet-table.ts';
import { forward, type Verdict } from '../src/network/verdict.ts';
import { parseScenario } from '../src/scenario/parse.ts';
import { simulate } from '../src/simulate.ts';
import { BareRing } from './bare-ring.ts';
import { type Bench, bySize, compareRates, type Side } from './harness.ts';
import { natSide } from './packet-nat.ts';

const ROUTERS = 5;
const PACKETS = 1_000;
const ROUTES = 200;
const DESTINATION = 0x0a000001;
const RATE_BPS = 100e9;
const LATENCY_NS = 10_000;
const PENDING = 10_000;

/** Sends every packet that comes round on its next lap. */
class Turntable extends Device {
  private iface = NONE as IfaceId;

  launch(iface: IfaceId): void {
    this.iface = iface;
    const flow = this.context.flows.add('laps', true);
    for (let i = 0; i < PACKETS; i++) {
      const packet = this.context.create(flow, i, NONE, OUT);
      const { packets } = this.context;
      packets.dstAddr[packet] = DESTINATION;
      packets.srcAddr[packet] = 0x0b000000 + i;
      packets.protocol[packet] = UDP;
      packets.lengthBytes[packet] = 100 + (i % 1400);
      packets.ttl[packet] = 64;
      this.context.send(packet, iface);
    }
  }

  override receive(packet: PacketId, _iface: IfaceId): Verdict {
    this.context.packets.ttl[packet] = 64;
    return forward(this.iface);
  }
}

function ringSide(hops: number): Side {
  const engine = new Engine(new CalendarQueue());
  const network = new Network(engine, new RandomStreams('bench', 0));
  const table = network.addDevice('table', (context: DeviceContext) => new Turntable(context));
  const ids: DeviceId[] = [table.id];
  const routers: InternetRouter[] = [];
  for (let i = 0; i < ROUTERS; i++) {
    const { id, device } = network.addDevice(
      `router-${i}`,
      (context) => new InternetRouter(context, i + 1, 64),
    );
    ids.push(id);
    routers.push(device);
  }
  const ends = ids.map((id, i) => {
    const next = ids[(i + 1) % ids.length] as DeviceId;
    const options = { rateBps: RATE_BPS, latencyNs: LATENCY_NS + i, queueNs: 1e9, mtuBytes: 1500 };
    return network.connect(`link-${i}`, id, next, options);
  });
  routers.forEach((router, i) => {
    const nextHop = router.nextHops.create();
    router.forwarder.setIface(nextHop, ends[i + 1]?.ifaceA as IfaceId);
    for (let n = 0; n < ROUTES; n++) router.fib.set({ base: (n << 24) >>> 0, length: 8 }, nextHop);
    router.fib.set({ base: DESTINATION, length: 32 }, nextHop);
  });
  network.start();
  network.startMeasuring();
  table.device.launch(ends[0]?.ifaceA as IfaceId);
  return {
    run: () => {
      engine.run(Number.MAX_SAFE_INTEGER, hops);
      return hops;
    },
    hash: () => network.fingerprint.toString(),
  };
}

function bareSide(hops: number): Side {
  const ring = new BareRing({
    links: ROUTERS + 1,
    packets: PACKETS,
    routes: ROUTES,
    destination: DESTINATION,
    rateBps: RATE_BPS,
    latencyNs: LATENCY_NS,
  });
  return {
    run: () => {
      ring.run(hops);
      return hops;
    },
    hash: () => ring.hash(),
  };
}

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
        rounds: bySize(size, 2, 7, 15),
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
