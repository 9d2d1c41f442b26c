// hot path
/**
 * An Internet NAT gateway in one zone: the one that works, or the one that stands by for it.
 * Models: SNAT by entries (the longest source prefix wins), each with a pool of EIPs: a random one per connection, or
 * one per client with affinity; ports by destination, full EIPs passed over; DNAT of ports and whole addresses, the latter
 * also the outbound address of their instance; hairpin where the bind mode allows it; capacity; sessions with half-open,
 * established, closed, UDP and ICMP time-outs; ICMP errors both ways by the header they quote; echo to an EIP answered
 * here; TTL; fragments, which follow the first one of their datagram: those ahead of it are dropped.
 * What goes to a DNAT target is encapsulated, so that its answers come back here whatever the route table says.
 * A TCP session begins with a SYN; a segment that belongs to none is dropped in silence (assumed).
 * Leaves out: ICMP time exceeded of its own; the addresses of its vSwitch that `eip_bind_type: NAT` takes.
 * Source: NAT Gateway "Limits", "Terms", "FAQ"; Terraform alicloud_nat_gateway, alicloud_snat_entry, alicloud_forward_entry.
 */
import { NONE } from '../base/brand.ts';
import type { Cidr } from '../base/ipv4.ts';
import { NO_PORT } from '../conntrack/nat-table.ts';
import { ORIGINAL, refOf, type SessionRef } from '../conntrack/session-table.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import { isFragment, isLaterFragment } from '../network/fragment.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { ICMP } from '../network/packet-table.ts';
import {
  CONSUME,
  DELIVER,
  drop,
  FORWARD,
  forward,
  type Verdict,
  verdictIface,
  verdictKind,
} from '../network/verdict.ts';
import { FragmentMemory, fragmentKey } from '../protocols/fragment-memory.ts';
import { forwardInPieces } from '../protocols/fragmentation.ts';
import {
  createEchoReply,
  decrementTtl,
  ECHO_REQUEST,
  isIcmpError,
  type QuotedHeader,
} from '../protocols/ip.ts';
import { OVERLAY } from '../protocols/overlay.ts';
import { NatAgent } from './nat-agent.ts';
import type { ForwardEntry } from './nat-forwards.ts';
import { ADMITTED, type NatCapacity, NatLimits } from './nat-limits.ts';
import { NatSessions, type NatSessionsOptions, NO_BINDING, NO_SESSION } from './nat-sessions.ts';

const NO_ROUTE = drop(dropReason('no-route'));
const FRAGMENT_UNSUPPORTED = drop(dropReason('fragment-unsupported'));
const TTL_EXPIRED = drop(dropReason('ttl-expired'));

export interface NatGatewayOptions extends NatSessionsOptions {
  readonly answersEcho: boolean;
  /** Inside the VPC: where answers to what DNAT let in come back to. */
  readonly doorAddress: number;
  readonly capacity: NatCapacity;
  /** How much of its rates a burst may take at once. */
  readonly burstNs: number;
  /** From a drop for want of capacity until that grows. */
  readonly growthDelayNs: number;
  readonly takesFragments: boolean;
  /** How long the way of a first fragment is remembered for the others. */
  readonly fragmentLifetimeNs: number;
  readonly initialTtl: number;
}

/** How a first fragment left. */
interface FragmentWay {
  readonly srcAddr: number;
  readonly dstAddr: number;
  readonly iface: IfaceId;
  readonly hasDoor: boolean;
}

/** Token of the timer for more capacity. */
const GROWTH = 0;

export class NatGateway extends Device {
  private readonly options: NatGatewayOptions;
  private readonly limits: NatLimits;
  private readonly sessions: NatSessions;
  private readonly fragmentWays: FragmentMemory<FragmentWay>;
  private insideIface = NONE as IfaceId;
  private internetIface = NONE as IfaceId;
  /** Null: it stands alone. */
  private agent: NatAgent | null = null;

  constructor(context: DeviceContext, options: NatGatewayOptions) {
    super(context);
    this.options = options;
    const { capacity, burstNs, growthDelayNs } = options;
    this.limits = new NatLimits(context, capacity, burstNs, growthDelayNs, GROWTH);
    this.sessions = new NatSessions(context, options, this.limits);
    this.fragmentWays = new FragmentMemory(options.fragmentLifetimeNs);
  }

  get doorAddress(): number {
    return this.options.doorAddress;
  }

  // What the administrator does.

  attach(insideIface: IfaceId, internetIface: IfaceId): void {
    this.insideIface = insideIface;
    this.internetIface = internetIface;
  }

  /** It is one of two, and has a controller to answer. */
  attachManagement(iface: IfaceId, address: number, controller: number): void {
    const { context } = this;
    const { initialTtl } = this.options;
    const activate = (event: number): void => this.activate(event);
    this.agent = new NatAgent({ context, iface, address, controller, initialTtl, activate });
  }

  /** An EIP is associated with the gateway: entries may use it, and it answers echo. */
  hold(address: number, name: string): void {
    this.sessions.hold(address, name);
  }

  /** No entry uses it any more. */
  release(address: number): void {
    this.sessions.release(address);
  }

  /** Answers the number of the SNAT entry. */
  addEntry(source: Cidr, pool: readonly number[], hasAffinity: boolean, event: number = NONE): number {
    return this.sessions.addEntry(source, pool, hasAffinity, event);
  }

  /** Answers the number of the DNAT entry. */
  addForward(rule: Omit<ForwardEntry, 'number'>, event: number = NONE): number {
    return this.sessions.addForward(rule, event);
  }

  removeEntry(entryNumber: number, event: number): void {
    this.sessions.removeEntry(entryNumber, event);
  }

  setPool(entryNumber: number, pool: readonly number[], event: number): void {
    this.sessions.setPool(entryNumber, pool, event);
  }

  setCapacity(capacity: NatCapacity, event: number): void {
    this.limits.change(capacity, event);
  }

  takeOver(sender: number, event: number): void {
    this.sessions.takeOver(sender, event);
  }

  /** It takes the place of the one in the other zone, whose sessions it does not know. */
  activate(event: number): void {
    this.fragmentWays.clear();
    this.sessions.activate(event);
  }

  override onPower(isOn: boolean): void {
    if (isOn) return;
    this.fragmentWays.clear();
    this.sessions.forget();
  }

  override onTimer(): void {
    this.limits.grow();
  }

  override gauges(): Record<string, number> {
    return this.sessions.gauges();
  }

  // What packets meet.

  /** In pieces where that is allowed; an error of its own it sends none (assumed). */
  override onTooBig(packet: PacketId, iface: IfaceId, mtuBytes: number): boolean {
    return forwardInPieces(this.context, packet, iface, mtuBytes);
  }

  receive(packet: PacketId, iface: IfaceId): Verdict {
    const { packets, headers } = this.context;
    if (this.agent !== null && iface === this.agent.iface) return this.agent.receive(packet);
    const isOutbound = iface === this.insideIface;
    if (isOutbound && packets.dstAddr[packet] === this.options.doorAddress) {
      if (packets.headerTop[packet] === NONE) return NO_ROUTE;
      headers.pop(packet);
    }
    if (!decrementTtl(this.context, packet)) return TTL_EXPIRED;
    const lengthBytes = packets.lengthBytes[packet] as number;
    const reason = this.limits.admitPacket(lengthBytes, isOutbound, this.context.now());
    if (reason !== ADMITTED) return this.blamed(this.limits.event, drop(reason));
    if (isFragment(packets.fragment[packet] as number)) return this.receiveFragment(packet, isOutbound);
    if (isIcmpError(this.context, packet)) return this.receiveError(packet, isOutbound);
    return this.receiveWhole(packet, isOutbound);
  }

  /** The first fragment has the ports and finds its session; the others take the way it went. */
  private receiveFragment(packet: PacketId, isOutbound: boolean): Verdict {
    if (!this.options.takesFragments) return FRAGMENT_UNSUPPORTED;
    const { packets } = this.context;
    const nowNs = this.context.now();
    if (isLaterFragment(packets.fragment[packet] as number)) {
      const way = this.fragmentWays.recall(packets, packet, nowNs);
      if (way === undefined) return FRAGMENT_UNSUPPORTED;
      packets.srcAddr[packet] = way.srcAddr;
      packets.dstAddr[packet] = way.dstAddr;
      if (way.hasDoor) this.enterDoor(packet);
      return forward(way.iface);
    }
    const mark = fragmentKey(packets, packet);
    const verdict = this.receiveWhole(packet, isOutbound);
    if (verdictKind(verdict) !== FORWARD) return verdict;
    const { srcAddr, dstAddr } = this.sessions.key;
    const iface = verdictIface(verdict);
    const hasDoor = packets.headerTop[packet] !== NONE;
    this.fragmentWays.remember(mark, { srcAddr, dstAddr, iface, hasDoor }, nowNs);
    return verdict;
  }

  private receiveWhole(packet: PacketId, isOutbound: boolean): Verdict {
    const { sessions } = this;
    const nowNs = this.context.now();
    const flags = this.context.packets.tcpFlags[packet] as number;
    sessions.key.readKey(this.context.packets, packet);
    let ref = sessions.find(nowNs);
    if (ref !== NONE) {
      if (!sessions.belongs(ref, isOutbound))
        return isOutbound ? NO_SESSION : this.receiveUnsolicited(packet, false);
      sessions.touch(ref, flags, nowNs);
    } else {
      const session = isOutbound
        ? sessions.open(packet, flags, nowNs)
        : sessions.openInward(packet, flags, nowNs);
      if (session === NO_PORT) return this.receiveUnopened(packet, isOutbound);
      ref = refOf(session, ORIGINAL);
    }
    return this.carry(packet, ref, isOutbound);
  }

  private carry(packet: PacketId, ref: SessionRef, isOutbound: boolean): Verdict {
    const { sessions } = this;
    sessions.translate(ref);
    sessions.key.writeKey(this.context.packets, packet);
    const event = sessions.eventOf(ref);
    if (event !== NONE) this.context.revive(packet, event);
    if (sessions.goesToTarget(ref)) this.enterDoor(packet);
    return forward(isOutbound && !sessions.turns(ref) ? this.internetIface : this.insideIface);
  }

  private receiveUnopened(packet: PacketId, isOutbound: boolean): Verdict {
    const { refusal } = this.sessions;
    return refusal === NO_BINDING ? this.receiveUnsolicited(packet, isOutbound) : refusal;
  }

  /** Of no entry: from outside, or from inside to an EIP here where hairpin is allowed. */
  private receiveUnsolicited(packet: PacketId, isOutbound: boolean): Verdict {
    const { packets, flows } = this.context;
    const { key } = this.sessions;
    const isEcho = key.protocol === ICMP && packets.dstPort[packet] === ECHO_REQUEST;
    if (isEcho && this.options.answersEcho && this.sessions.holds(key.dstAddr)) {
      // It assembles nothing, so it answers no echo in pieces.
      if (isFragment(packets.fragment[packet] as number)) return FRAGMENT_UNSUPPORTED;
      const verdict = flows.isTraffic[packets.flow[packet] as number] ? DELIVER : CONSUME;
      const iface = isOutbound ? this.insideIface : this.internetIface;
      this.context.send(createEchoReply(this.context, packet, this.options.initialTtl), iface);
      return verdict;
    }
    return this.blamed(this.sessions.lossOf(key.dstAddr), NO_BINDING);
  }

  /** An error belongs to the session whose packet it quotes, and travels as that packet's answer would. */
  private receiveError(packet: PacketId, isOutbound: boolean): Verdict {
    const { packets } = this.context;
    const { sessions } = this;
    const { key } = sessions;
    const quoted = packets.content[packet] as QuotedHeader | null;
    if (quoted === null) return NO_BINDING;
    key.readQuotedKey(quoted);
    key.reverse();
    const ref = sessions.find(this.context.now());
    if (ref === NONE || !sessions.belongs(ref, isOutbound)) return isOutbound ? NO_SESSION : NO_BINDING;
    const turns = sessions.turns(ref);
    sessions.translate(ref);
    if (isOutbound) packets.srcAddr[packet] = key.srcAddr;
    if (!isOutbound || turns) packets.dstAddr[packet] = key.dstAddr;
    key.reverse();
    key.writeQuotedKey(quoted);
    if (sessions.goesToTarget(ref)) this.enterDoor(packet);
    return forward(isOutbound && !turns ? this.internetIface : this.insideIface);
  }

  private enterDoor(packet: PacketId): void {
    const { packets, headers } = this.context;
    const target = packets.dstAddr[packet] as number;
    headers.push(packet, this.options.doorAddress, target, OVERLAY, this.options.initialTtl);
  }

  private blamed(event: number, verdict: Verdict): Verdict {
    if (event !== NONE) this.context.blameDrop(event);
    return verdict;
  }
}
