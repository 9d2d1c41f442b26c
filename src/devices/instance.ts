/**
 * An ECS instance with its primary ENI.
 * Models: the host stack behind a private address; encapsulated packets from a load balancer are unwrapped, and
 * replies leave by the door their connection came in by, until the session has been idle for
 * `ecs.session_timeout` (ECS: connection tracking of an ENI).
 * Leaves out: secondary ENIs, limits by instance type, security groups (later work).
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { drop, type Verdict } from '../network/verdict.ts';
import { isIcmpError, type QuotedHeader } from '../protocols/ip.ts';
import { OVERLAY } from '../protocols/overlay.ts';
import type { TcpSettings } from '../protocols/tcp-settings.ts';
import { type Door, EniDoors } from './eni-doors.ts';
import { Host } from './host.ts';

const HAIRPIN = drop(dropReason('hairpin'));
/** Token of the timer that sweeps doors; TCP sockets use tokens from 0. */
const SWEEP = -2;

export class Instance extends Host {
  private readonly sessionTimeoutNs: number;
  private readonly initialTtl: number;
  private readonly doors = new EniDoors();
  private readonly sweep: DeviceTimer;

  constructor(context: DeviceContext, settings: TcpSettings, address: number, sessionTimeoutNs: number) {
    super(context, settings, address);
    this.sessionTimeoutNs = sessionTimeoutNs;
    this.initialTtl = settings.initialTtl;
    this.sweep = context.newTimer(SWEEP);
  }

  override receive(packet: PacketId, iface: IfaceId): Verdict {
    const { packets, headers } = this.context;
    if (packets.headerTop[packet] !== NONE && packets.dstAddr[packet] === this.stack.address) {
      const door = packets.srcAddr[packet] as number;
      headers.pop(packet);
      if (packets.srcAddr[packet] === this.stack.address) return HAIRPIN;
      this.rememberDoor(packet, door);
    }
    return super.receive(packet, iface);
  }

  override onTimer(token: number): void {
    if (token === SWEEP) this.sweepDoors();
    else super.onTimer(token);
  }

  override onPower(isOn: boolean): void {
    super.onPower(isOn);
    if (!isOn) this.doors.clear();
  }

  protected override emit(packet: PacketId): void {
    const { headers } = this.context;
    const door = this.doorOf(packet);
    if (door !== null) {
      door.lastUsedNs = this.context.now();
      headers.push(packet, this.stack.address, door.address, OVERLAY, this.initialTtl);
    }
    super.emit(packet);
  }

  /** The door of the connection a packet belongs to; an ICMP error belongs to the one it quotes. */
  private doorOf(packet: PacketId): Door | null {
    if (this.doors.isEmpty) return null;
    const { packets } = this.context;
    const quoted = isIcmpError(this.context, packet) ? (packets.content[packet] as QuotedHeader) : null;
    const remotePort = quoted === null ? (packets.dstPort[packet] as number) : quoted.srcPort;
    const localPort = quoted === null ? (packets.srcPort[packet] as number) : quoted.dstPort;
    const protocol = quoted === null ? (packets.protocol[packet] as number) : quoted.protocol;
    return this.doors.find(packets.dstAddr[packet] as number, remotePort, localPort, protocol);
  }

  private rememberDoor(packet: PacketId, address: number): void {
    const { srcAddr, srcPort, dstPort, protocol } = this.context.packets;
    const nowNs = this.context.now();
    const [remoteAddr, remotePort] = [srcAddr[packet] as number, srcPort[packet] as number];
    const [localPort, kind] = [dstPort[packet] as number, protocol[packet] as number];
    const known = this.doors.find(remoteAddr, remotePort, localPort, kind);
    if (known !== null) {
      known.address = address;
      known.lastUsedNs = nowNs;
      return;
    }
    if (this.doors.isEmpty) this.context.arm(this.sweep, nowNs + this.sessionTimeoutNs);
    this.doors.add(remoteAddr, remotePort, localPort, kind, address, nowNs);
  }

  private sweepDoors(): void {
    const nowNs = this.context.now();
    this.doors.sweep(nowNs - this.sessionTimeoutNs);
    if (!this.doors.isEmpty) this.context.arm(this.sweep, nowNs + this.sessionTimeoutNs);
  }
}
