/**
 * One device between stubs: each neighbour sends what a test hands it and notes what arrives. Links take no time, so
 * that whatever a packet causes has happened when `send` returns.
 */
import { NONE } from '../../src/base/brand.ts';
import { RandomStreams } from '../../src/base/random.ts';
import { CalendarQueue } from '../../src/engine/calendar-queue.ts';
import { Engine } from '../../src/engine/engine.ts';
import { Device, type DeviceContext } from '../../src/network/device.ts';
import { dropReasonName } from '../../src/network/drop-reason.ts';
import type { DeviceId, FlowId, IfaceId, PacketId } from '../../src/network/ids.ts';
import { Network } from '../../src/network/network.ts';
import type { Change } from '../../src/network/observer.ts';
import { OUT, UDP } from '../../src/network/packet-table.ts';
import { CONSUME, type Verdict } from '../../src/network/verdict.ts';
import { SYN } from '../../src/protocols/tcp-segment.ts';
import { linkOptions } from './fixtures.ts';

export interface Header {
  readonly srcAddr: number;
  readonly dstAddr: number;
  readonly protocol: number;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly ttl: number;
  readonly lengthBytes: number;
  readonly tcpFlags: number;
  readonly content: unknown;
  /** An encapsulation around it: source and destination. */
  readonly outer: readonly [number, number] | null;
}

export const HEADER: Header = {
  srcAddr: 0xc6336401,
  dstAddr: 0x0a000101,
  protocol: UDP,
  srcPort: 4_000,
  dstPort: 80,
  ttl: 64,
  lengthBytes: 100,
  tcpFlags: 0,
  content: null,
  outer: null,
};

class Neighbour extends Device {
  readonly received: Header[] = [];
  iface = NONE as IfaceId;

  receive(packet: PacketId): Verdict {
    const { packets, headers } = this.context;
    const top = [packets.srcAddr[packet] as number, packets.dstAddr[packet] as number] as const;
    const outer = packets.headerTop[packet] === NONE ? null : top;
    if (outer !== null) headers.pop(packet);
    this.received.push({
      srcAddr: packets.srcAddr[packet] as number,
      dstAddr: packets.dstAddr[packet] as number,
      protocol: packets.protocol[packet] as number,
      srcPort: packets.srcPort[packet] as number,
      dstPort: packets.dstPort[packet] as number,
      ttl: packets.ttl[packet] as number,
      lengthBytes: packets.lengthBytes[packet] as number,
      tcpFlags: packets.tcpFlags[packet] as number,
      content: packets.content[packet],
      outer,
    });
    return CONSUME;
  }

  emit(header: Header): void {
    const { context } = this;
    const { packets, headers } = context;
    const packet = context.create(0 as FlowId, 0, 0, OUT);
    for (const field of [
      'srcAddr',
      'dstAddr',
      'protocol',
      'srcPort',
      'dstPort',
      'ttl',
      'lengthBytes',
    ] as const) {
      packets[field][packet] = header[field];
    }
    packets.tcpFlags[packet] = header.tcpFlags;
    // As of a sender that has sent nothing but its SYN.
    packets.tcpSeq[packet] = (header.tcpFlags & SYN) === 0 ? 1 : 0;
    packets.content[packet] = header.content;
    if (header.outer !== null) headers.push(packet, header.outer[0], header.outer[1], 4, 64);
    context.send(packet, this.iface);
  }
}

export class Surrounded<T extends Device> {
  readonly engine = new Engine(new CalendarQueue());
  readonly network: Network;
  readonly device: T;
  readonly id: DeviceId;
  /** Interfaces of the device, towards each neighbour in order. */
  readonly ifaces: IfaceId[] = [];
  /** Reasons of drops, with the event blamed. */
  readonly drops: { readonly reason: string; readonly event: number }[] = [];
  readonly changes: Change[] = [];
  private readonly neighbours: Neighbour[] = [];

  constructor(neighbours: number, make: (context: DeviceContext) => T) {
    this.network = new Network(this.engine, new RandomStreams('surrounded', 0));
    this.network.flows.add('test', true);
    const { id, device } = this.network.addDevice('device', make);
    this.id = id;
    this.device = device;
    for (let i = 0; i < neighbours; i++) {
      const stub = this.network.addDevice(`neighbour-${i}`, (context) => new Neighbour(context));
      const link = this.network.connect(`link-${i}`, id, stub.id, linkOptions({ latencyNs: 0 }));
      stub.device.iface = link.ifaceB;
      this.ifaces.push(link.ifaceA);
      this.neighbours.push(stub.device);
    }
    this.network.addObserver({
      onDrop: (_device, _link, _packet, reason, event) =>
        this.drops.push({ reason: dropReasonName(reason), event }),
      onChange: (change) => this.changes.push(change),
    });
  }

  /** The device is wired: its clock starts, and measurement with it. */
  start(): this {
    this.network.start();
    this.network.startMeasuring();
    return this;
  }

  /** A neighbour sends a packet, and everything of this instant happens. */
  send(neighbour: number, header: Partial<Header>): void {
    this.neighbours[neighbour]?.emit({ ...HEADER, ...header });
    this.run(this.engine.nowNs);
  }

  /** Lets time pass up to and including an instant. */
  run(toNs: number): void {
    while (this.engine.run(toNs + 1, Number.MAX_SAFE_INTEGER) !== 'time');
    this.engine.nowNs = toNs;
  }

  /** What a neighbour has received since last asked. */
  take(neighbour: number): Header[] {
    return this.neighbours[neighbour]?.received.splice(0) ?? [];
  }
}
