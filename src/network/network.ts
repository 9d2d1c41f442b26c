// hot path
/**
 * The network: devices joined by links. It alone carries verdicts out, counts them, keeps the fingerprint and tells
 * observers; it holds the power switches of devices and the switches of links, and it passes blame on: whatever a
 * failed, degraded, changed or restored element does to a packet is marked with the event that made it so.
 */
import { assert, present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { RandomStreams } from '../base/random.ts';
import type { Engine } from '../engine/engine.ts';
import { type TimerId, Timers } from '../engine/timers.ts';
import { NetworkContext } from './context.ts';
import { Counters } from './counters.ts';
import type { Device, DeviceContext, DeviceTimer } from './device.ts';
import { type DropReason, dropReason, dropReasonName } from './drop-reason.ts';
import { Fingerprint, nameHash } from './fingerprint.ts';
import { FlowTable } from './flow-table.ts';
import { HeaderStack } from './header-stack.ts';
import type { DeviceId, FlowId, IfaceId, LinkId, PacketId } from './ids.ts';
import { LinkLayer, type LinkOwner } from './link-layer.ts';
import { type LinkOptions, LinkTable } from './link-table.ts';
import { type Change, type NetworkObserver, Observers } from './observer.ts';
import { PacketTable } from './packet-table.ts';
import {
  CONSUME,
  DELIVER,
  DROPPED,
  FORWARD,
  type Verdict,
  verdictIface,
  verdictKind,
  verdictReason,
} from './verdict.ts';

const DEVICE_DOWN = dropReason('device-down');
const MTU_EXCEEDED = dropReason('mtu-exceeded');
const DELIVER_HASH = nameHash('deliver');
const CONSUME_HASH = nameHash('consume');

export class Network implements LinkOwner {
  readonly packets = new PacketTable();
  readonly headers = new HeaderStack(this.packets);
  readonly flows = new FlowTable();
  readonly links = new LinkTable();
  readonly layer: LinkLayer;
  readonly counters = new Counters();
  readonly fingerprint = new Fingerprint();
  readonly observers = new Observers();
  readonly devices: Device[] = [];
  readonly deviceNames: string[] = [];
  readonly ifaceNames: string[] = [];
  /** Metered quantities by item; priced elsewhere. */
  readonly meters = new Map<string, number>();
  /** Latest state of everything that reported one. */
  readonly states = new Map<string, string>();
  /** Engine time of 0 s; NaN while the control plane runs alone. */
  zeroNs = Number.NaN;

  private readonly engine: Engine;
  private readonly streams: RandomStreams;
  private readonly timers: Timers;
  private readonly timerOwner: number[] = [];
  private readonly timerToken: number[] = [];
  private readonly deviceHashes: number[] = [];
  private readonly isOn: boolean[] = [];
  /** Event that switched the device last; NONE at first. */
  private readonly deviceEvent: number[] = [];
  private readonly ifaceDevice: DeviceId[] = [];
  private readonly ifaceLink: LinkId[] = [];
  private readonly ifaceHashes: number[] = [];
  private readonly reasonHashes: number[];
  private readonly deviceIds = new Map<string, DeviceId>();
  private readonly linkIds = new Map<string, LinkId>();
  private comingUpCount = 0;

  constructor(engine: Engine, streams: RandomStreams) {
    this.engine = engine;
    this.streams = streams;
    this.layer = new LinkLayer(engine, this.links, this.packets, this);
    this.timers = new Timers(engine, (timer) => this.onTimer(timer));
    this.reasonHashes = reasonNameHashes();
  }

  // Building.

  /** Adds the device that `make` builds around its context. */
  addDevice<T extends Device>(
    name: string,
    make: (context: DeviceContext) => T,
  ): { id: DeviceId; device: T } {
    const id = this.devices.length as DeviceId;
    this.deviceNames.push(name);
    this.deviceIds.set(name, id);
    this.deviceHashes.push(nameHash(name));
    this.isOn.push(true);
    this.deviceEvent.push(NONE);
    const device = make(new NetworkContext(this, this.engine, this.streams, id, name));
    this.devices.push(device);
    return { id, device };
  }

  /** Joins two devices by a link of two directions; `a~b/link-1` has its a-to-b direction first. */
  connect(name: string, a: DeviceId, b: DeviceId, options: LinkOptions): LinkEnds {
    const ifaceA = this.addIface(a, b);
    const ifaceB = this.addIface(b, a);
    const out = this.links.add(name, nameHash(name), ifaceA, ifaceB, options);
    const back = this.links.add(name, nameHash(name), ifaceB, ifaceA, options);
    this.linkIds.set(name, out);
    this.ifaceLink[ifaceA] = out;
    this.ifaceLink[ifaceB] = back;
    return { ifaceA, ifaceB, out, back };
  }

  private addIface(device: DeviceId, peer: DeviceId): IfaceId {
    const name = `${this.deviceNames[device]}:${this.deviceNames[peer]}`;
    this.ifaceNames.push(name);
    this.ifaceHashes.push(nameHash(name));
    this.ifaceDevice.push(device);
    this.ifaceLink.push(NONE as LinkId);
    return (this.ifaceNames.length - 1) as IfaceId;
  }

  /** Starts every device; the control plane begins to talk. */
  start(): void {
    this.counters.reset(this.devices.length, 0);
    for (const device of this.devices) device.start();
  }

  /** 0 s is now: what happened before no longer counts, and everyone is told the states things are in. */
  startMeasuring(): void {
    this.zeroNs = this.engine.nowNs;
    this.counters.reset(this.devices.length, this.packets.live);
    this.fingerprint.reset();
    this.meters.clear();
    for (const [subject, to] of this.states) {
      this.observers.change({ kind: 'state', subject, from: null, to, cause: null });
    }
  }

  /** Now, in ns of the engine's clock. */
  get nowNs(): number {
    return this.engine.nowNs;
  }

  get isSettled(): boolean {
    return this.comingUpCount === 0;
  }

  // Packets.

  createPacket(flow: FlowId, unit: number, connection: number, direction: number): PacketId {
    this.counters.created++;
    return this.packets.create(flow, unit, connection, direction, this.engine.nowNs);
  }

  /** A device sends a packet of its own. */
  send(device: DeviceId, packet: PacketId, iface: IfaceId): void {
    if (this.isOn[device]) this.transmit(packet, iface);
    else this.dropAt(device, packet, DEVICE_DOWN, this.deviceEvent[device] as number);
  }

  /** A device drops a packet of its own. */
  discard(device: DeviceId, packet: PacketId, reason: DropReason): void {
    this.dropAt(device, packet, reason, this.dropEvent);
    this.dropEvent = NONE;
  }

  /** A packet has crossed a link: the device decides, and its verdict is carried out. */
  arrive(link: LinkId, packet: PacketId): void {
    const iface = this.links.toIface[link] as IfaceId;
    const device = this.ifaceDevice[iface] as DeviceId;
    const event = this.deviceEvent[device] as number;
    if (!this.isOn[device]) {
      this.dropAt(device, packet, DEVICE_DOWN, event);
      return;
    }
    if (event !== NONE) this.revive(packet, event);
    this.observers.arrive(iface, packet);
    const verdict = (this.devices[device] as Device).receive(packet, iface);
    this.carryOut(device, packet, verdict);
  }

  private transmit(packet: PacketId, iface: IfaceId): void {
    const link = this.ifaceLink[iface] as LinkId;
    if (
      this.observers.watchInterfaces &&
      !this.links.isTooBig(link, this.packets.lengthBytes[packet] as number)
    )
      this.observers.transmit(iface, packet);
    this.layer.transmit(link, packet);
  }

  /** A link takes no packet of that size: whoever sent it may cut it or say so. */
  tooBig(link: LinkId, packet: PacketId): void {
    const iface = this.links.fromIface[link] as IfaceId;
    const device = this.ifaceDevice[iface] as DeviceId;
    if ((this.devices[device] as Device).onTooBig(packet, iface, this.links.mtuBytes[link] as number))
      this.carryOut(device, packet, CONSUME);
    else this.dropOnLink(link, packet, MTU_EXCEEDED, NONE);
  }

  private carryOut(device: DeviceId, packet: PacketId, verdict: Verdict): void {
    const kind = verdictKind(verdict);
    if (kind === FORWARD) {
      const iface = verdictIface(verdict);
      this.counters.forwardedBy(device);
      this.stamp(device, packet, this.ifaceHashes[iface] as number);
      this.observers.forward(device, packet, iface);
      this.transmit(packet, iface);
    } else if (kind === DROPPED) {
      this.dropAt(device, packet, verdictReason(verdict), this.dropEvent);
      this.dropEvent = NONE;
    } else if (verdict === DELIVER) {
      this.counters.deliveredBy(device);
      this.stamp(device, packet, DELIVER_HASH);
      this.observers.deliver(device, packet);
      this.release(packet);
    } else {
      assert(verdict === CONSUME, 'a device gave no known verdict');
      this.counters.consumedBy(device);
      this.stamp(device, packet, CONSUME_HASH);
      this.observers.consume(device, packet);
      this.release(packet);
    }
  }

  /** Event to blame for the drop that the device being asked is about to answer with; NONE by default. */
  dropEvent: number = NONE;

  private dropAt(device: DeviceId, packet: PacketId, reason: DropReason, event: number): void {
    this.counters.droppedBy(device, reason);
    this.stamp(device, packet, this.reasonHashes[reason] as number);
    if (event !== NONE) this.flows.markMiss(this.packets.flow[packet] as FlowId, event);
    this.observers.drop(device, NONE as LinkId, packet, reason, event);
    this.release(packet);
  }

  dropOnLink(link: LinkId, packet: PacketId, reason: DropReason, event: number): void {
    this.counters.droppedAnywhere(reason);
    this.addToFingerprint(this.links.nameHashes[link] as number, packet, this.reasonHashes[reason] as number);
    if (event !== NONE) this.flows.markMiss(this.packets.flow[packet] as FlowId, event);
    this.observers.drop(NONE as DeviceId, link, packet, reason, event);
    this.release(packet);
  }

  /** A link degraded by the event delayed the packet. */
  delay(packet: PacketId, event: number): void {
    this.flows.markDelay(this.packets.flow[packet] as FlowId, event);
    this.observers.impair(packet, event);
  }

  /** An endpoint under the event's fault leaves the packet without the answer it should have had. */
  leaveUnanswered(packet: PacketId, event: number): void {
    this.flows.markMiss(this.packets.flow[packet] as FlowId, event);
    this.observers.impair(packet, event);
  }

  /** An element restored or changed by the event carried or answered the packet. */
  revive(packet: PacketId, event: number): void {
    this.flows.markAnswer(this.packets.flow[packet] as FlowId, event);
  }

  private stamp(device: DeviceId, packet: PacketId, verdictHash: number): void {
    this.addToFingerprint(this.deviceHashes[device] as number, packet, verdictHash);
  }

  private addToFingerprint(where: number, packet: PacketId, verdictHash: number): void {
    const flow = this.packets.flow[packet] as number;
    const timeNs = this.engine.nowNs - this.zeroNs;
    this.fingerprint.add(timeNs, where, this.flows.nameHashes[flow] as number, verdictHash);
  }

  private release(packet: PacketId): void {
    if (this.packets.headerTop[packet] !== NONE) this.headers.release(packet);
    this.packets.free(packet);
  }

  // Switches, used by faults.

  /** Power of a device. Everything it held is gone; what reaches it ends as device-down. */
  setPower(device: DeviceId, isOn: boolean, event: number): void {
    if (this.isOn[device] === isOn) return;
    this.isOn[device] = isOn;
    this.deviceEvent[device] = event;
    (this.devices[device] as Device).onPower(isOn);
    const [from, to] = isOn ? ['off', 'on'] : ['on', 'off'];
    const cause = event === NONE ? null : { event, chain: [] };
    this.change({ kind: 'state', subject: this.deviceNames[device] as string, from, to, cause });
  }

  powerEvent(device: DeviceId): number {
    return this.deviceEvent[device] as number;
  }

  /** Whose doing it is that the device is as it is; for a fault that outlives another. */
  setPowerEvent(device: DeviceId, event: number): void {
    this.deviceEvent[device] = event;
  }

  isPowered(device: DeviceId): boolean {
    return this.isOn[device] as boolean;
  }

  /** The end of a link sees light go or come back. */
  tellLight(iface: IfaceId, isLit: boolean): void {
    const device = this.ifaceDevice[iface] as DeviceId;
    if (this.isOn[device]) (this.devices[device] as Device).onLight(iface, isLit);
  }

  // What devices say.

  change(change: Change): void {
    this.states.set(change.subject, change.to);
    if (!Number.isNaN(this.zeroNs)) this.observers.change(change);
  }

  countComingUp(isComingUp: boolean): void {
    this.comingUpCount += isComingUp ? 1 : -1;
    if (this.comingUpCount === 0) this.engine.stop();
  }

  meter(item: string, quantity: number): void {
    this.meters.set(item, (this.meters.get(item) ?? 0) + quantity);
  }

  newTimer(owner: DeviceId, token: number): DeviceTimer {
    const timer = this.timers.create();
    this.timerOwner[timer] = owner;
    this.timerToken[timer] = token;
    return timer as unknown as DeviceTimer;
  }

  freeTimer(timer: DeviceTimer): void {
    this.timers.free(timer as unknown as TimerId);
  }

  armTimer(timer: DeviceTimer, atNs: number): void {
    this.timers.arm(timer as unknown as TimerId, atNs);
  }

  disarmTimer(timer: DeviceTimer): void {
    this.timers.disarm(timer as unknown as TimerId);
  }

  private onTimer(timer: TimerId): void {
    const owner = this.timerOwner[timer] as number;
    if (this.isOn[owner]) (this.devices[owner] as Device).onTimer(this.timerToken[timer] as number);
  }

  mtuOf(iface: IfaceId): number {
    return this.links.mtuBytes[this.ifaceLink[iface] as LinkId] as number;
  }

  // For results.

  describePackets(): {
    created: number;
    delivered: number;
    consumed: number;
    dropped: number;
    inFlight: number;
    droppedByReason: Record<string, number>;
  } {
    const { created, delivered, consumed, dropped } = this.counters;
    const droppedByReason = this.counters.describeReasons();
    return { created, delivered, consumed, dropped, inFlight: this.packets.live, droppedByReason };
  }

  retransmit(device: DeviceId, packet: PacketId): void {
    this.counters.retransmittedBy(device);
    this.observers.retransmit(device, packet);
  }

  describeDevice(name: string): ReturnType<Counters['describeDevice']> & { gauges: Record<string, number> } {
    const device = present(this.deviceIds.get(name), `no device ${name} was built`);
    return { ...this.counters.describeDevice(device), gauges: (this.devices[device] as Device).gauges() };
  }

  describeLink(name: string): { latencyNs: number; rateBps: number } {
    const link = present(this.linkIds.get(name), `no link ${name} was built`);
    return {
      latencyNs: this.links.latencyNs[link] as number,
      rateBps: this.links.baseRateBps[link] as number,
    };
  }

  addObserver(observer: NetworkObserver): void {
    this.observers.add(observer);
  }
}

/** The two interfaces of a link and its two directions. */
export interface LinkEnds {
  readonly ifaceA: IfaceId;
  readonly ifaceB: IfaceId;
  /** From a to b. */
  readonly out: LinkId;
  /** From b to a. */
  readonly back: LinkId;
}

function reasonNameHashes(): number[] {
  const hashes: number[] = [];
  for (let reason = 0; dropReasonName(reason as DropReason) !== undefined; reason++) {
    hashes.push(nameHash(dropReasonName(reason as DropReason)));
  }
  return hashes;
}
