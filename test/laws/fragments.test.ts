/**
 * Goal: fragments are packets as all others: conserved, delivered whole or not at all, handed over once. Method: two
 * hosts with a router between them whose far link takes less than the near one; random sizes, MTUs and loss.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { ParameterValues } from '../../src/base/parameters.ts';
import { RandomStreams } from '../../src/base/random.ts';
import { SECOND_NS } from '../../src/base/units.ts';
import { Host } from '../../src/devices/host.ts';
import { InternetRouter } from '../../src/devices/internet-router.ts';
import { CalendarQueue } from '../../src/engine/calendar-queue.ts';
import { Engine } from '../../src/engine/engine.ts';
import { type DropReasonName, dropReasonName } from '../../src/network/drop-reason.ts';
import { Impairment } from '../../src/network/impairment.ts';
import { Network } from '../../src/network/network.ts';
import { OUT } from '../../src/network/packet-table.ts';
import { readTcpSettings } from '../../src/protocols/tcp-settings.ts';
import { linkOptions } from '../support/fixtures.ts';

const [A, B, ROUTER] = [0x0a000001, 0x0a000002, 0xc0000201];

function routed(nearMtu: number, farMtu: number, options: { loss?: number; sendsErrors?: boolean } = {}) {
  const engine = new Engine(new CalendarQueue());
  const streams = new RandomStreams('fragments', 0);
  const network = new Network(engine, streams);
  const flow = network.flows.add('test', true);
  const settings = readTcpSettings(new ParameterValues());
  const a = network.addDevice('a', (context) => new Host(context, settings, A));
  const router = network.addDevice(
    'router',
    (context) => new InternetRouter(context, ROUTER, 64, options.sendsErrors ?? true),
  );
  const b = network.addDevice('b', (context) => new Host(context, settings, B));
  const near = network.connect('near', a.id, router.id, linkOptions({ mtuBytes: nearMtu }));
  const far = network.connect('far', router.id, b.id, linkOptions({ mtuBytes: farMtu }));
  a.device.attach(near.ifaceA);
  b.device.attach(far.ifaceB);
  for (const [address, iface] of [
    [A, near.ifaceB],
    [B, far.ifaceA],
  ] as const) {
    const hop = router.device.nextHops.create();
    router.device.forwarder.setIface(hop, iface);
    router.device.fib.set({ base: address, length: 32 }, hop);
  }
  const { loss } = options;
  if (loss !== undefined) {
    const streamOf = (purpose: string) => streams.stream('far', purpose);
    network.links.impair(far.out, [new Impairment({ loss }, NONE, streamOf, 0)], NONE);
  }
  const drops: { unit: number; reason: DropReasonName }[] = [];
  const sizes: number[] = [];
  network.addObserver({
    onDrop: (_device, _link, packet, reason) =>
      drops.push({ unit: network.packets.unit[packet] as number, reason: dropReasonName(reason) }),
    onTransmit: (iface, packet) => {
      if (iface === far.ifaceA) sizes.push(network.packets.lengthBytes[packet] as number);
    },
  });
  network.start();
  network.startMeasuring();
  const heard: { unit: number; content: unknown; bytes: number }[] = [];
  b.device.stack.serveUdp(53, (packet) => {
    const { unit, content, lengthBytes } = network.packets;
    heard.push({
      unit: unit[packet] as number,
      content: content[packet],
      bytes: lengthBytes[packet] as number,
    });
  });
  const send = (unit: number, bytes: number, content: unknown = null): void =>
    a.device.stack.sendDatagram({ flow, unit, connection: 0, direction: OUT }, 4000, B, 53, bytes, content);
  const run = (untilNs: number): void => {
    while (engine.run(untilNs, Number.MAX_SAFE_INTEGER) !== 'time');
  };
  return { network, a: a.device, b: b.device, flow, drops, sizes, heard, send, run, engine };
}

describe('fragments', () => {
  test('are conserved, fit every link, and make each datagram once, unless one of them was dropped', () => {
    const sizes = fc.array(fc.integer({ min: 29, max: 65_535 }), { minLength: 1, maxLength: 12 });
    const mtu = fc.integer({ min: 68, max: 3000 });
    fc.assert(
      fc.property(sizes, mtu, mtu, fc.constantFrom(0, 0.02, 0.3), (lengths, nearMtu, farMtu, loss) => {
        const net = routed(nearMtu, farMtu, { loss });
        for (const [unit, bytes] of lengths.entries()) {
          net.engine.call(unit * SECOND_NS, () => net.send(unit, bytes, { unit }));
        }
        net.run(100 * SECOND_NS);
        const { created, delivered, consumed, dropped, inFlight } = net.network.describePackets();
        expect(created).toBe(delivered + consumed + dropped);
        expect(inFlight).toBe(0);
        for (const size of net.sizes) expect(size).toBeLessThanOrEqual(farMtu);
        const broken = new Set(net.drops.map(({ unit }) => unit));
        expect(net.heard).toEqual(
          lengths.flatMap((bytes, unit) => (broken.has(unit) ? [] : [{ unit, content: { unit }, bytes }])),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('of a fragment have the offsets of the datagram', () => {
    const net = routed(1500, 576);
    net.send(0, 4000);
    net.run(SECOND_NS);
    // 1,480 B of data leave in 552 + 552 + 376 B; the last 1,020 B of 3,980 in 552 + 468 B.
    expect(net.sizes).toEqual([572, 572, 396, 572, 572, 396, 572, 488]);
    expect(net.heard).toMatchObject([{ bytes: 4000 }]);
  });
});

describe('a datagram that fits the first link, but not the path', () => {
  test('is lost; ICMP then tells the host, which cuts the next ones itself for ten minutes', () => {
    const net = routed(1500, 1000);
    net.send(0, 1400);
    net.engine.call(SECOND_NS, () => net.send(1, 1400));
    net.engine.call(600 * SECOND_NS, () => net.send(2, 1400));
    net.engine.call(601 * SECOND_NS, () => net.send(3, 1400));
    net.run(700 * SECOND_NS);
    expect(net.drops).toEqual([
      { unit: 0, reason: 'mtu-exceeded' },
      { unit: 3, reason: 'mtu-exceeded' },
    ]);
    expect(net.heard.map(({ unit }) => unit)).toEqual([1, 2]);
    expect(net.sizes).toEqual([996, 424, 996, 424]);
  });

  test('is lost every time where ICMP is filtered', () => {
    const net = routed(1500, 1000, { sendsErrors: false });
    for (let unit = 0; unit < 5; unit++) net.engine.call(unit * SECOND_NS, () => net.send(unit, 1400));
    net.run(10 * SECOND_NS);
    expect(net.drops).toHaveLength(5);
    expect(net.heard).toEqual([]);
  });

  test('comes through as the answer to an echo, which may be cut on its way', () => {
    const net = routed(1000, 1500);
    let bytes = 0;
    net.a.stack.onEchoReply(7, (packet) => {
      bytes = net.network.packets.lengthBytes[packet] as number;
    });
    net.a.stack.sendEcho({ flow: net.flow, unit: 0, connection: 0, direction: OUT }, 7, B, 1400);
    net.run(SECOND_NS);
    expect(bytes).toBe(1400);
  });
});
