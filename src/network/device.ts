/**
 * The contract between a device and the network. A device answers one packet and the interface it came in by with
 * one verdict. Everything else it may do goes through its context; it never sees another device, the engine or an
 * observer. It also hears of its own timers, of an interface losing light, and of power.
 */
import type { RandomStream } from '../base/random.ts';
import type { DropReason } from './drop-reason.ts';
import type { FlowTable } from './flow-table.ts';
import type { HeaderStack } from './header-stack.ts';
import type { FlowId, IfaceId, PacketId } from './ids.ts';
import type { Change } from './observer.ts';
import type { PacketTable } from './packet-table.ts';
import type { Verdict } from './verdict.ts';

/** A timer of one device; `token` is what the device hears when it fires. */
export type DeviceTimer = number & { readonly deviceTimer: true };

export interface DeviceContext {
  readonly name: string;
  readonly packets: PacketTable;
  readonly headers: HeaderStack;
  readonly flows: FlowTable;
  /** Now, in ns of the engine's clock. */
  now(): number;
  /** A new packet, billed to a flow; it counts as created. The device must `send` it. */
  create(flow: FlowId, unit: number, connection: number, direction: number): PacketId;
  /** Onto the link of an interface, never into a device. */
  send(packet: PacketId, iface: IfaceId): void;
  /** Drops a packet of the device's own before it has left. */
  discard(packet: PacketId, reason: DropReason): void;
  newTimer(token: number): DeviceTimer;
  freeTimer(timer: DeviceTimer): void;
  /** Sets or moves the deadline; ns of the engine's clock. */
  arm(timer: DeviceTimer, atNs: number): void;
  disarm(timer: DeviceTimer): void;
  /** The device's own stream for a purpose; ask once and keep it. */
  random(purpose: string): RandomStream;
  /** A state of this device, or of something it watches, changed. */
  change(change: Change): void;
  /** This device under the event's fault did not answer the packet as it should. */
  impair(packet: PacketId, event: number): void;
  /** Something the event restored or changed carried or answered the packet. */
  revive(packet: PacketId, event: number): void;
  /** The drop this device is about to answer with is the event's doing. */
  blameDrop(event: number): void;
  /** The event that last switched this device off or on; NONE at first. */
  powerEvent(): number;
  /** Between `true` and the matching `false` the device counts as still coming up. */
  comingUp(isComingUp: boolean): void;
  /** The device's transport is about to send again what it has sent before. */
  retransmit(packet: PacketId): void;
  /** A host is about to send a TCP segment, for those who count. */
  segment(packet: PacketId): void;
  /** The device's transport has measured a round trip of a connection of the flow. */
  roundTrip(flow: FlowId, roundTripNs: number): void;
  /** Largest IP packet that the link of an interface takes, in bytes. */
  mtuOf(iface: IfaceId): number;
  /** A quantity somebody pays for. */
  meter(item: string, quantity: number): void;
}

export abstract class Device {
  protected readonly context: DeviceContext;

  constructor(context: DeviceContext) {
    this.context = context;
  }

  get name(): string {
    return this.context.name;
  }

  /** Decides about one packet. The outermost header is in the packet columns. */
  abstract receive(packet: PacketId, iface: IfaceId): Verdict;

  /** The network is complete and the clock starts. */
  start(): void {}

  onTimer(_token: number): void {}

  /**
   * A packet it sent or forwarded is larger than the interface's link takes. It may send fragments (true: the packet is
   * consumed) or an ICMP error (false: the packet is dropped as mtu-exceeded).
   */
  onTooBig(_packet: PacketId, _iface: IfaceId, _mtuBytes: number): boolean {
    return false;
  }

  /** An interface lost or regained light. */
  onLight(_iface: IfaceId, _isLit: boolean): void {}

  /** Power went (volatile state is gone) or came back. */
  onPower(_isOn: boolean): void {}

  /** Levels worth reporting, such as sessions held now. */
  gauges(): Record<string, number> {
    return {};
  }
}
