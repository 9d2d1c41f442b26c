/**
 * The one way to make a small network in tests: two hosts joined by one link, and below it one link alone. Defaults
 * are such that what a test sets is what matters to it: no loss, no serialisation delay, 1 ms one way.
 */
import { NONE } from '../../src/base/brand.ts';
import { ParameterValues } from '../../src/base/parameters.ts';
import { type RandomStream, RandomStreams } from '../../src/base/random.ts';
import { MILLISECOND_NS } from '../../src/base/units.ts';
import { Host } from '../../src/devices/host.ts';
import { CalendarQueue } from '../../src/engine/calendar-queue.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { DeviceContext } from '../../src/network/device.ts';
import { type DropReason, type DropReasonName, dropReasonName } from '../../src/network/drop-reason.ts';
import type { DeviceId, FlowId, IfaceId, LinkId, PacketId } from '../../src/network/ids.ts';
import { Impairment, type ImpairmentOptions } from '../../src/network/impairment.ts';
import { LinkLayer } from '../../src/network/link-layer.ts';
import { type LinkOptions, LinkTable } from '../../src/network/link-table.ts';
import { type LinkEnds, Network } from '../../src/network/network.ts';
import type { Change, NetworkObserver } from '../../src/network/observer.ts';
import { OUT, PacketTable } from '../../src/network/packet-table.ts';
import type { Billing } from '../../src/protocols/tcp-segment.ts';
import { readTcpSettings, type TcpSettings } from '../../src/protocols/tcp-settings.ts';

export const ADDRESS_A = 0x0a000001;
export const ADDRESS_B = 0x0a000002;

export interface TwoHostsOptions {
  readonly latencyNs?: number;
  readonly rateBps?: number;
  readonly queueNs?: number;
  readonly mtuBytes?: number;
  /** Of the link's two directions. */
  readonly impairment?: ImpairmentOptions;
  readonly reorderDelayNs?: number;
  /** Parameter id to value. */
  readonly assume?: Readonly<Record<string, number>>;
  readonly tcp?: Partial<TcpSettings>;
  /** Of host b alone; like a's by default. */
  readonly tcpB?: Partial<TcpSettings>;
  readonly seed?: string;
  /** Whether drops, arrivals and changes are noted; false where there would be millions. */
  readonly takesNotes?: boolean;
  /** Makes host a; a plain one by default. */
  readonly makeA?: (context: DeviceContext, settings: TcpSettings) => Host;
  /** Makes host b; a plain one by default. */
  readonly makeB?: (context: DeviceContext, settings: TcpSettings) => Host;
}

/** A packet that ended early, with what a test may ask of it. */
export interface SeenDrop {
  readonly atNs: number;
  readonly reason: DropReasonName;
  readonly device: DeviceId;
  readonly link: LinkId;
  readonly event: number;
  readonly flags: number;
  readonly lengthBytes: number;
}

/** A packet that reached a host. */
export interface SeenArrival {
  readonly atNs: number;
  readonly device: DeviceId;
  readonly flags: number;
  readonly lengthBytes: number;
}

export interface TwoHosts {
  readonly engine: Engine;
  readonly network: Network;
  readonly a: Host;
  readonly b: Host;
  readonly idA: DeviceId;
  readonly idB: DeviceId;
  readonly link: LinkEnds;
  readonly drops: SeenDrop[];
  readonly arrivals: SeenArrival[];
  readonly changes: Change[];
  billing(): Billing;
  run(untilNs: number): void;
}

/** Hosts `a` (10.0.0.1) and `b` (10.0.0.2); direction `out` of their link is a to b. One traffic flow, `test`. */
export function twoHosts(options: TwoHostsOptions = {}): TwoHosts {
  const engine = new Engine(new CalendarQueue());
  const streams = new RandomStreams(options.seed ?? 'test', 0);
  const network = new Network(engine, streams);
  const flow = network.flows.add('test', true);
  const settings = { ...readTcpSettings(new ParameterValues(options.assume)), ...options.tcp };
  const makeA = options.makeA ?? ((context, tcp) => new Host(context, tcp, ADDRESS_A));
  const a = network.addDevice('a', (context) => makeA(context, settings));
  const makeB = options.makeB ?? ((context, tcp) => new Host(context, tcp, ADDRESS_B));
  const b = network.addDevice('b', (context) => makeB(context, { ...settings, ...options.tcpB }));
  const link = network.connect('a~b/link-1', a.id, b.id, linkOptions(options));
  a.device.attach(link.ifaceA);
  b.device.attach(link.ifaceB);
  const { impairment } = options;
  if (impairment !== undefined) {
    for (const direction of [link.out, link.back]) {
      const streamOf = (purpose: string): RandomStream =>
        streams.stream('a~b/link-1', `${direction} ${purpose}`);
      const delayNs = options.reorderDelayNs ?? MILLISECOND_NS;
      network.links.impair(direction, [new Impairment(impairment, NONE, streamOf, delayNs)], NONE);
    }
  }
  const { packets } = network;
  const drops: SeenDrop[] = [];
  const arrivals: SeenArrival[] = [];
  const changes: Change[] = [];
  const describe = (packet: PacketId) => ({
    atNs: engine.nowNs,
    flags: packets.tcpFlags[packet] as number,
    lengthBytes: packets.lengthBytes[packet] as number,
  });
  const notes: NetworkObserver = {
    onDrop: (device, from, packet, reason, event) =>
      drops.push({ ...describe(packet), reason: dropReasonName(reason), device, link: from, event }),
    onDeliver: (device, packet) => arrivals.push({ ...describe(packet), device }),
    onChange: (change) => changes.push(change),
  };
  if (options.takesNotes !== false) network.addObserver(notes);
  network.start();
  network.startMeasuring();
  return {
    engine,
    network,
    a: a.device,
    b: b.device,
    idA: a.id,
    idB: b.id,
    link,
    drops,
    arrivals,
    changes,
    billing: () => ({ flow, unit: 0, connection: 0, direction: OUT }),
    run: (untilNs) => {
      while (engine.run(untilNs, Number.MAX_SAFE_INTEGER) !== 'time');
    },
  };
}

export function linkOptions(options: Partial<LinkOptions> = {}): LinkOptions {
  return {
    latencyNs: options.latencyNs ?? MILLISECOND_NS,
    rateBps: options.rateBps ?? 0,
    queueNs: options.queueNs ?? 50 * MILLISECOND_NS,
    mtuBytes: options.mtuBytes ?? 1500,
  };
}

/** What a lone link did to one packet; packets are numbered in the order they were sent. */
export interface WireEvent {
  readonly atNs: number;
  readonly number: number;
  readonly what: 'arrives' | DropReasonName | 'delayed' | 'revived';
  readonly event: number;
}

/** One direction of one link, with an owner that only takes notes. */
export class Wire {
  readonly engine = new Engine(new CalendarQueue());
  readonly links = new LinkTable();
  readonly packets = new PacketTable(8);
  readonly log: WireEvent[] = [];
  readonly link: LinkId;
  readonly layer: LinkLayer;
  private sent = 0;

  constructor(options: Partial<LinkOptions> = {}) {
    this.link = this.links.add('wire', 0, 0 as IfaceId, 1 as IfaceId, linkOptions(options));
    const note = (packet: PacketId, what: WireEvent['what'], event: number): void => {
      this.log.push({ atNs: this.engine.nowNs, number: this.packets.unit[packet] as number, what, event });
    };
    this.layer = new LinkLayer(this.engine, this.links, this.packets, {
      arrive: (_link, packet) => {
        note(packet, 'arrives', -1);
        this.packets.free(packet);
      },
      dropOnLink: (_link: LinkId, packet: PacketId, reason: DropReason, event: number) => {
        note(packet, dropReasonName(reason), event);
        this.packets.free(packet);
      },
      tooBig: (_link, packet) => {
        note(packet, 'mtu-exceeded', -1);
        this.packets.free(packet);
      },
      delay: (packet, event) => note(packet, 'delayed', event),
      revive: (packet, event) => note(packet, 'revived', event),
    });
  }

  /** Hands a packet to the link now; `fill` may set columns. */
  send(lengthBytes: number, fill: (packets: PacketTable, packet: PacketId) => void = () => {}): number {
    const number = this.sent++;
    const packet = this.packets.create(0 as FlowId, number, 0, OUT, this.engine.nowNs);
    this.packets.lengthBytes[packet] = lengthBytes;
    fill(this.packets, packet);
    this.layer.transmit(this.link, packet);
    return number;
  }

  at(timeNs: number, action: () => void): void {
    this.engine.call(timeNs, action);
  }

  run(untilNs: number = Number.MAX_SAFE_INTEGER): void {
    this.engine.run(untilNs, Number.MAX_SAFE_INTEGER);
  }

  /** Entries of one kind, as [number, time]. */
  all(what: WireEvent['what']): [number, number][] {
    return this.log.filter((entry) => entry.what === what).map(({ number, atNs }) => [number, atNs]);
  }
}
