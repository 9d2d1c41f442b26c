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
import { Host } from './host.ts';

const HAIRPIN = drop(dropReason('hairpin'));
/** Token of the timer that sweeps doors; TCP sockets use tokens from 0. */
const SWEEP = -2;

/** The way back of one connection. */
interface Door {
  readonly address: number;
  readonly localPort: number;
  lastUsedNs: number;
}

export class Instance extends Host {
  private readonly sessionTimeoutNs: number;
  private readonly initialTtl: number;
  /** By remote address and port. */
  private readonly doors = new Map<number, Door>();
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
    if (this.doors.size === 0) return null;
    const { packets } = this.context;
    const quoted = isIcmpError(this.context, packet) ? (packets.content[packet] as QuotedHeader) : null;
    const remotePort = quoted === null ? (packets.dstPort[packet] as number) : quoted.srcPort;
    const localPort = quoted === null ? (packets.srcPort[packet] as number) : quoted.dstPort;
    const door = this.doors.get(remoteKey(packets.dstAddr[packet] as number, remotePort));
    return door !== undefined && door.localPort === localPort ? door : null;
  }

  private rememberDoor(packet: PacketId, address: number): void {
    const { srcAddr, srcPort, dstPort } = this.context.packets;
    const remote = remoteKey(srcAddr[packet] as number, srcPort[packet] as number);
    const known = this.doors.get(remote);
    const nowNs = this.context.now();
    if (known !== undefined && known.address === address && known.localPort === dstPort[packet]) {
      known.lastUsedNs = nowNs;
      return;
    }
    if (this.doors.size === 0) this.context.arm(this.sweep, nowNs + this.sessionTimeoutNs);
    this.doors.set(remote, { address, localPort: dstPort[packet] as number, lastUsedNs: nowNs });
  }

  private sweepDoors(): void {
    const nowNs = this.context.now();
    for (const [remote, door] of this.doors) {
      if (nowNs - door.lastUsedNs >= this.sessionTimeoutNs) this.doors.delete(remote);
    }
    if (this.doors.size > 0) this.context.arm(this.sweep, nowNs + this.sessionTimeoutNs);
  }
}

function remoteKey(address: number, port: number): number {
  return address * 65536 + port;
}
