/**
 * An ECS instance with its primary ENI.
 * Models: the host stack behind a private address; encapsulated packets from a load balancer or a NAT gateway are unwrapped,
 * and replies leave by the door their connection came in by, until the session has been idle for
 * `ecs.session_timeout` (ECS: connection tracking of an ENI). With security groups a filter stands between wire and
 * host stack; without any there is none. One that forwards passes on what is not its own, if its ENI's check of source
 * and destination lets it.
 * Leaves out: secondary ENIs (later work).
 */
import { NONE } from '../base/brand.ts';
import { isPublic } from '../base/ipv4.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import { type DropReason, dropReason } from '../network/drop-reason.ts';
import { isFragment, isLaterFragment } from '../network/fragment.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { TCP } from '../network/packet-table.ts';
import { drop, forward, type Verdict } from '../network/verdict.ts';
import { FragmentMemory, fragmentKey } from '../protocols/fragment-memory.ts';
import {
  createIcmpError,
  decrementTtl,
  isIcmpError,
  mayReport,
  type QuotedHeader,
  TIME_EXCEEDED,
} from '../protocols/ip.ts';
import { isNatDoor, OVERLAY } from '../protocols/overlay.ts';
import type { TcpSettings } from '../protocols/tcp-settings.ts';
import { type Door, EniDoors } from './eni-doors.ts';
import type { EniFilter } from './eni-filter.ts';
import { Host } from './host.ts';
import { type AgentHost, type HostAgent, HostAgents } from './host-agents.ts';
import type { InstanceLimits } from './instance-limits.ts';

const NO_ROUTE = drop(dropReason('no-route'));
const SOURCE_DEST_CHECK = drop(dropReason('source-dest-check'));
const TTL_EXPIRED = drop(dropReason('ttl-expired'));
const HAIRPIN = drop(dropReason('hairpin'));
const NO_ROUTE_REASON = dropReason('no-route');
const SECURITY_GROUP = dropReason('security-group');
const SMTP = 25;
/** Token of the timer that sweeps doors; TCP sockets use tokens from 0. */
const SWEEP = -2;

export class Instance extends Host {
  private readonly sessionTimeoutNs: number;
  private readonly initialTtl: number;
  private readonly doors = new EniDoors();
  private readonly sweep: DeviceTimer;
  /** Null: in no security group. */
  private readonly filter: EniFilter | null;
  /** By which door the fragments leave that follow a first one. */
  private fragmentDoors: FragmentMemory<Door> | null = null;
  private readonly fragmentLifetimeNs: number;
  private isOn = true;
  /** Null: no program on it speaks a protocol of its own. */
  private agents: HostAgents | null = null;
  /** Null: it carries what its link does. */
  private limits: InstanceLimits | null = null;
  private blocksSmtp = false;
  private forwards = false;
  private checksAddresses = false;

  constructor(
    context: DeviceContext,
    settings: TcpSettings,
    address: number,
    sessionTimeoutNs: number,
    filter: EniFilter | null,
  ) {
    super(context, settings, address);
    this.sessionTimeoutNs = sessionTimeoutNs;
    this.initialTtl = settings.initialTtl;
    this.fragmentLifetimeNs = settings.ip.fragments.timeoutNs;
    this.sweep = context.newTimer(SWEEP);
    this.filter = filter;
  }

  /** Lets a program run on it from now on. */
  install(make: (host: AgentHost) => HostAgent): void {
    this.agents ??= new HostAgents();
    const { context, stack } = this;
    const firstToken = this.agents.nextToken;
    const emit = (packet: PacketId): void => this.emit(packet);
    const sendFrame = (packet: PacketId): void => context.send(packet, this.iface);
    this.agents.add(make({ context, stack, firstToken, emit, sendFrame }));
  }

  override start(): void {
    this.agents?.start();
  }

  /** Whether it passes on what is not its own, and whether its ENI lets such packets through at all. */
  setForwarding(forwards: boolean, checksAddresses: boolean): void {
    this.forwards = forwards;
    this.checksAddresses = checksAddresses;
  }

  setLimits(limits: InstanceLimits | null, blocksSmtp: boolean): void {
    this.limits = limits;
    this.blocksSmtp = blocksSmtp;
  }

  override receive(packet: PacketId, iface: IfaceId): Verdict {
    const { packets, headers } = this.context;
    const refusal = this.limits === null ? NONE : this.limits.refusal(packet, true);
    if (refusal !== NONE) return drop(refusal as DropReason);
    const door = packets.srcAddr[packet] as number;
    const hasDoor = packets.headerTop[packet] !== NONE && packets.dstAddr[packet] === this.stack.address;
    const isBalanced = hasDoor && !isNatDoor(door);
    if (hasDoor) {
      headers.pop(packet);
      if (packets.srcAddr[packet] === this.stack.address) return HAIRPIN;
    }
    const isOwn = this.stack.has(packets.dstAddr[packet] as number);
    if (!isOwn && this.checksAddresses) return SOURCE_DEST_CHECK;
    if (this.filter !== null && !this.filter.admits(packet, true, isBalanced))
      return drop(this.filter.refusal);
    if (!isOwn) return this.passOn(packet);
    // An error is about a connection that has its door already.
    if (hasDoor && !isIcmpError(this.context, packet)) this.rememberDoor(packet, door);
    return super.receive(packet, iface);
  }

  /** What is for somebody else: a router between the VPC's router and itself, by one interface. */
  private passOn(packet: PacketId): Verdict {
    if (!this.forwards) {
      this.stack.blameAbsence(this.context.packets.dstAddr[packet] as number);
      return NO_ROUTE;
    }
    if (!decrementTtl(this.context, packet)) {
      if (mayReport(this.context, packet))
        this.emit(createIcmpError(this.context, packet, TIME_EXCEEDED, this.stack.address, this.initialTtl));
      return TTL_EXPIRED;
    }
    if (this.filter !== null && !this.filter.admits(packet, false, false)) return drop(this.filter.refusal);
    const refusal = this.limits === null ? NONE : this.limits.refusal(packet, false);
    if (refusal !== NONE) return drop(refusal as DropReason);
    return forward(this.iface);
  }

  override onTimer(token: number): void {
    if (token === SWEEP) this.sweepDoors();
    else if (!(this.agents?.onTimer(token) ?? false)) super.onTimer(token);
  }

  override onPower(isOn: boolean): void {
    super.onPower(isOn);
    this.isOn = isOn;
    if (isOn) {
      this.agents?.start();
      return;
    }
    this.doors.clear();
    this.filter?.forget();
    this.agents?.onPowerLost();
  }

  protected override emit(packet: PacketId): void {
    if (!this.stack.canSend(packet)) {
      this.context.discard(packet, NO_ROUTE_REASON);
      return;
    }
    const { headers } = this.context;
    const door = this.doorOf(packet);
    // What a dead machine is asked to send ends as that, in the network.
    const isBalanced = door !== null && !isNatDoor(door.address);
    const refusal = this.isOn ? this.refusalToSend(packet, isBalanced) : NONE;
    if (refusal !== NONE) {
      this.context.discard(packet, refusal as DropReason);
      return;
    }
    if (door !== null) {
      door.lastUsedNs = this.context.now();
      headers.push(packet, this.stack.address, door.address, OVERLAY, this.initialTtl);
    }
    super.emit(packet);
  }

  /** Why a packet of its own does not leave; NONE: it does. */
  private refusalToSend(packet: PacketId, isBalanced: boolean): number {
    const { packets } = this.context;
    if (this.blocksSmtp && packets.dstPort[packet] === SMTP && packets.protocol[packet] === TCP) {
      if (isPublic(packets.dstAddr[packet] as number)) return SECURITY_GROUP;
    }
    if (this.filter !== null && !this.filter.admits(packet, false, isBalanced)) return this.filter.refusal;
    return this.limits === null ? NONE : this.limits.refusal(packet, false);
  }

  override gauges(): Record<string, number> {
    const sessions = this.filter === null ? {} : { sessions: this.filter.count() };
    return { ...super.gauges(), ...sessions };
  }

  /** The door of the connection a packet belongs to; an ICMP error belongs to the one it quotes. */
  private doorOf(packet: PacketId): Door | null {
    if (this.doors.isEmpty) return null;
    const { packets } = this.context;
    const word = packets.fragment[packet] as number;
    if (isLaterFragment(word)) return this.fragmentDoors?.recall(packets, packet, this.context.now()) ?? null;
    const quoted = isIcmpError(this.context, packet) ? (packets.content[packet] as QuotedHeader) : null;
    const remotePort = quoted === null ? (packets.dstPort[packet] as number) : quoted.srcPort;
    const localPort = quoted === null ? (packets.srcPort[packet] as number) : quoted.dstPort;
    const protocol = quoted === null ? (packets.protocol[packet] as number) : quoted.protocol;
    const door = this.doors.find((packets.dstAddr[packet] as number) | 0, remotePort, localPort, protocol);
    if (door !== null && isFragment(word)) {
      this.fragmentDoors ??= new FragmentMemory(this.fragmentLifetimeNs);
      this.fragmentDoors.remember(fragmentKey(packets, packet), door, this.context.now());
    }
    return door;
  }

  private rememberDoor(packet: PacketId, address: number): void {
    const { srcAddr, srcPort, dstPort, protocol } = this.context.packets;
    const nowNs = this.context.now();
    const [remoteAddr, remotePort] = [srcAddr[packet] as number, srcPort[packet] as number];
    const [localPort, kind] = [dstPort[packet] as number, protocol[packet] as number];
    if (this.doors.isEmpty) this.context.arm(this.sweep, nowNs + this.sessionTimeoutNs);
    this.doors.remember(remoteAddr | 0, remotePort, localPort, kind, address, nowNs);
  }

  private sweepDoors(): void {
    const nowNs = this.context.now();
    this.doors.sweep(nowNs - this.sessionTimeoutNs);
    if (!this.doors.isEmpty) this.context.arm(this.sweep, nowNs + this.sessionTimeoutNs);
  }
}
