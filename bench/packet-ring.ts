/**
 * Packets going round for ever through five routers: with the devices, links and tables of a simulation (`ringSide`), and
 * in a bare loop over the same queue, FIB and fingerprint (`bareSide`).
 */
import { NONE } from '../src/base/brand.ts';
import { RandomStreams } from '../src/base/random.ts';
import { InternetRouter } from '../src/devices/internet-router.ts';
import { CalendarQueue } from '../src/engine/calendar-queue.ts';
import { Engine } from '../src/engine/engine.ts';
import { Device, type DeviceContext } from '../src/network/device.ts';
import type { DeviceId, IfaceId, PacketId } from '../src/network/ids.ts';
import { Network } from '../src/network/network.ts';
import { OUT, UDP } from '../src/network/packet-table.ts';
import { forward, type Verdict } from '../src/network/verdict.ts';
import { BareRing } from './bare-ring.ts';
import type { Side } from './harness.ts';

const ROUTERS = 5;
const PACKETS = 1_000;
const ROUTES = 200;
const DESTINATION = 0x0a000001;
const RATE_BPS = 100e9;
const LATENCY_NS = 10_000;

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

export function ringSide(hops: number): Side {
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

export function bareSide(hops: number): Side {
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
