/**
 * What the network tells those who watch it: recorders, traces, captures. Observers return nothing and change
 * nothing. Events of the scenario are known by number, their position in the list of events.
 */
import type { DropReason } from './drop-reason.ts';
import type { DeviceId, FlowId, IfaceId, LinkId, PacketId } from './ids.ts';

/** Why something changed: the scenario's event and the state changes that led from it to here. */
export interface Cause {
  readonly event: number;
  readonly chain: readonly string[];
}

/**
 * `detection`: at a detector. `installation`: something now acts on it (FIB, server pool, tunnel choice, DNS).
 * `state`: neither, such as a machine losing power.
 */
export type ChangeKind = 'state' | 'detection' | 'installation';

export interface Change {
  readonly kind: ChangeKind;
  readonly subject: string;
  /** Null when this is the state it starts in. */
  readonly from: string | null;
  readonly to: string;
  /** Null when no event of the scenario caused it. */
  readonly cause: Cause | null;
  /** For detections: `health-check`, `bfd`, ... */
  readonly detector?: string;
}

export interface NetworkObserver {
  /** A device hands a packet that fits to the interface's link, which may still drop it. */
  onTransmit?(iface: IfaceId, packet: PacketId): void;
  /** A packet has come in by an interface of a device that is on. */
  onArrive?(iface: IfaceId, packet: PacketId): void;
  /** A device has decided; told before the packet moves or its row is freed. */
  onForward?(device: DeviceId, packet: PacketId, iface: IfaceId): void;
  onDeliver?(device: DeviceId, packet: PacketId): void;
  onConsume?(device: DeviceId, packet: PacketId): void;
  /** `device` is NONE for packets a link ends, `link` is NONE for those a device ends. `event` may be NONE. */
  onDrop?(device: DeviceId, link: LinkId, packet: PacketId, reason: DropReason, event: number): void;
  /** An element degraded by the event delayed the packet, or an endpoint under its fault failed to answer it. */
  onImpair?(packet: PacketId, event: number): void;
  /** A transport sends again what it has sent before; told before the packet leaves. */
  onRetransmit?(device: DeviceId, packet: PacketId): void;
  /** A host sends a TCP segment, whatever becomes of it. */
  onSegment?(packet: PacketId): void;
  /** A transport has measured a round trip, in ns, of a connection of the flow. */
  onRoundTrip?(flow: FlowId, roundTripNs: number): void;
  onChange?(change: Change): void;
}

/** Fans out to the observers attached; with none of a kind attached a call is an empty loop. */
export class Observers {
  private readonly transmits: NetworkObserver[] = [];
  private readonly arrives: NetworkObserver[] = [];
  private readonly retransmits: NetworkObserver[] = [];
  private readonly roundTrips: NetworkObserver[] = [];
  private readonly segments: NetworkObserver[] = [];
  private readonly forwards: NetworkObserver[] = [];
  private readonly delivers: NetworkObserver[] = [];
  private readonly consumes: NetworkObserver[] = [];
  private readonly drops: NetworkObserver[] = [];
  private readonly impairs: NetworkObserver[] = [];
  private readonly changes: NetworkObserver[] = [];

  add(observer: NetworkObserver): void {
    if (observer.onTransmit) this.transmits.push(observer);
    if (observer.onArrive) this.arrives.push(observer);
    if (observer.onRetransmit) this.retransmits.push(observer);
    if (observer.onSegment) this.segments.push(observer);
    if (observer.onRoundTrip) this.roundTrips.push(observer);
    if (observer.onForward) this.forwards.push(observer);
    if (observer.onDeliver) this.delivers.push(observer);
    if (observer.onConsume) this.consumes.push(observer);
    if (observer.onDrop) this.drops.push(observer);
    if (observer.onImpair) this.impairs.push(observer);
    if (observer.onChange) this.changes.push(observer);
  }

  /** Whether anybody looks at interfaces. */
  get watchInterfaces(): boolean {
    return this.transmits.length > 0 || this.arrives.length > 0;
  }

  transmit(iface: IfaceId, packet: PacketId): void {
    for (let i = 0; i < this.transmits.length; i++) this.transmits[i]?.onTransmit?.(iface, packet);
  }

  arrive(iface: IfaceId, packet: PacketId): void {
    for (let i = 0; i < this.arrives.length; i++) this.arrives[i]?.onArrive?.(iface, packet);
  }

  retransmit(device: DeviceId, packet: PacketId): void {
    for (let i = 0; i < this.retransmits.length; i++) this.retransmits[i]?.onRetransmit?.(device, packet);
  }

  segment(packet: PacketId): void {
    for (let i = 0; i < this.segments.length; i++) this.segments[i]?.onSegment?.(packet);
  }

  roundTrip(flow: FlowId, roundTripNs: number): void {
    for (let i = 0; i < this.roundTrips.length; i++) this.roundTrips[i]?.onRoundTrip?.(flow, roundTripNs);
  }

  forward(device: DeviceId, packet: PacketId, iface: IfaceId): void {
    for (let i = 0; i < this.forwards.length; i++) this.forwards[i]?.onForward?.(device, packet, iface);
  }

  deliver(device: DeviceId, packet: PacketId): void {
    for (let i = 0; i < this.delivers.length; i++) this.delivers[i]?.onDeliver?.(device, packet);
  }

  consume(device: DeviceId, packet: PacketId): void {
    for (let i = 0; i < this.consumes.length; i++) this.consumes[i]?.onConsume?.(device, packet);
  }

  drop(device: DeviceId, link: LinkId, packet: PacketId, reason: DropReason, event: number): void {
    for (let i = 0; i < this.drops.length; i++) this.drops[i]?.onDrop?.(device, link, packet, reason, event);
  }

  impair(packet: PacketId, event: number): void {
    for (let i = 0; i < this.impairs.length; i++) this.impairs[i]?.onImpair?.(packet, event);
  }

  change(change: Change): void {
    for (const observer of this.changes) observer.onChange?.(change);
  }
}
