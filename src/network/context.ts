// hot path
/** The context of one device: the network, narrowed to what a device may do. */
import type { RandomStream, RandomStreams } from '../base/random.ts';
import type { Engine } from '../engine/engine.ts';
import type { DeviceContext, DeviceTimer } from './device.ts';
import type { DropReason } from './drop-reason.ts';
import type { FlowTable } from './flow-table.ts';
import type { HeaderStack } from './header-stack.ts';
import type { DeviceId, FlowId, IfaceId, PacketId } from './ids.ts';
import type { Network } from './network.ts';
import type { Change } from './observer.ts';
import type { PacketTable } from './packet-table.ts';

export class NetworkContext implements DeviceContext {
  readonly name: string;
  readonly packets: PacketTable;
  readonly headers: HeaderStack;
  readonly flows: FlowTable;
  private readonly network: Network;
  private readonly engine: Engine;
  private readonly streams: RandomStreams;
  private readonly device: DeviceId;

  constructor(network: Network, engine: Engine, streams: RandomStreams, device: DeviceId, name: string) {
    this.name = name;
    this.packets = network.packets;
    this.headers = network.headers;
    this.flows = network.flows;
    this.network = network;
    this.engine = engine;
    this.streams = streams;
    this.device = device;
  }

  now(): number {
    return this.engine.nowNs;
  }

  create(flow: FlowId, unit: number, connection: number, direction: number): PacketId {
    return this.network.createPacket(flow, unit, connection, direction);
  }

  send(packet: PacketId, iface: IfaceId): void {
    this.network.send(this.device, packet, iface);
  }

  discard(packet: PacketId, reason: DropReason): void {
    this.network.discard(this.device, packet, reason);
  }

  newTimer(token: number): DeviceTimer {
    return this.network.newTimer(this.device, token);
  }

  freeTimer(timer: DeviceTimer): void {
    this.network.freeTimer(timer);
  }

  arm(timer: DeviceTimer, atNs: number): void {
    this.network.armTimer(timer, atNs);
  }

  disarm(timer: DeviceTimer): void {
    this.network.disarmTimer(timer);
  }

  random(purpose: string): RandomStream {
    return this.streams.stream(this.name, purpose);
  }

  change(change: Change): void {
    this.network.change(change);
  }

  impair(packet: PacketId, event: number): void {
    this.network.leaveUnanswered(packet, event);
  }

  revive(packet: PacketId, event: number): void {
    this.network.revive(packet, event);
  }

  blameDrop(event: number): void {
    this.network.dropEvent = event;
  }

  powerEvent(): number {
    return this.network.powerEvent(this.device);
  }

  comingUp(isComingUp: boolean): void {
    this.network.countComingUp(isComingUp);
  }

  retransmit(packet: PacketId): void {
    this.network.retransmit(this.device, packet);
  }

  segment(packet: PacketId): void {
    this.network.observers.segment(packet);
  }

  roundTrip(flow: FlowId, roundTripNs: number): void {
    this.network.observers.roundTrip(flow, roundTripNs);
  }

  mtuOf(iface: IfaceId): number {
    return this.network.mtuOf(iface);
  }

  meter(item: string, quantity: number): void {
    this.network.meter(item, quantity);
  }
}
