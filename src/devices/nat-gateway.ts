// hot path
/**
 * An Internet NAT gateway in one zone.
 * Models: SNAT by entries (the longest source prefix wins), each with a pool of EIPs: a random one per connection, or
 * one per client with affinity; ports by destination, full EIPs passed over; sessions with half-open, established,
 * closed, UDP and ICMP time-outs; ICMP errors both ways by the header they quote; echo to an EIP answered here; TTL;
 * fragments, which follow the first one of their datagram: those ahead of it are dropped.
 * A TCP session begins with a SYN; a segment that belongs to none is dropped in silence (assumed).
 * Leaves out: DNAT, limits of capacity, recovery in another zone, hairpin, ICMP time exceeded of its own
 * (later work); the addresses of its vSwitch that `eip_bind_type: NAT` takes.
 * Source: NAT Gateway "Limits", "Terms", "FAQ"; Terraform alicloud_nat_gateway, alicloud_snat_entry.
 */
import { NONE } from '../base/brand.ts';
import type { Cidr } from '../base/ipv4.ts';
import { mix32 } from '../base/mix.ts';
import type { RandomStream } from '../base/random.ts';
import { type NatPorts, NatTable, NO_PORT } from '../conntrack/nat-table.ts';
import {
  directionOf,
  ORIGINAL,
  REPLY,
  refOf,
  type SessionId,
  type SessionRef,
  type SessionTimeouts,
  sessionOf,
} from '../conntrack/session-table.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import { isFragment, isLaterFragment } from '../network/fragment.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { ICMP, TCP, UDP } from '../network/packet-table.ts';
import { CONSUME, DELIVER, drop, FORWARD, forward, type Verdict, verdictKind } from '../network/verdict.ts';
import { FragmentMemory, fragmentKey } from '../protocols/fragment-memory.ts';
import { forwardInPieces } from '../protocols/fragmentation.ts';
import {
  createEchoReply,
  decrementTtl,
  ECHO_REQUEST,
  isIcmpError,
  type QuotedHeader,
} from '../protocols/ip.ts';
import { SessionKey } from '../protocols/session-key.ts';
import { ACK, SYN } from '../protocols/tcp-segment.ts';
import { Fib, type NextHop, NO_NEXT_HOP } from '../routing/fib.ts';

const ISOLATED = drop(dropReason('isolated'));
const NO_BINDING = drop(dropReason('nat-no-binding'));
const FRAGMENT_UNSUPPORTED = drop(dropReason('fragment-unsupported'));
const NO_SESSION = drop(dropReason('no-session'));
const PORTS_EXHAUSTED = drop(dropReason('nat-ports-exhausted'));
const TTL_EXPIRED = drop(dropReason('ttl-expired'));

export interface NatGatewayOptions {
  readonly timeouts: SessionTimeouts;
  readonly ports: NatPorts;
  /** Whether a connection whose EIP is full takes another of the pool; with affinity it never does. */
  readonly skipsFull: boolean;
  readonly answersEcho: boolean;
  readonly takesFragments: boolean;
  /** How long the way of a first fragment is remembered for the others. */
  readonly fragmentLifetimeNs: number;
  readonly initialTtl: number;
}

interface SnatEntry {
  readonly hasAffinity: boolean;
  pool: readonly number[];
  /** Event that last changed the pool; NONE at first. So are the next two. */
  event: number;
  /** The last that took an EIP out of the pool and so broke sessions. */
  breakEvent: number;
  /** The one that left the pool smaller, unless it has grown since. */
  shrinkEvent: number;
}

interface HeldEip {
  readonly name: string;
  readonly address: number;
  isHeld: boolean;
  sessions: number;
  /** Event that last took it out of an entry's pool; NONE at first. */
  breakEvent: number;
}

/** The addresses that a first fragment left with. */
interface FragmentWay {
  readonly srcAddr: number;
  readonly dstAddr: number;
}

/** The value of a session is the number of its entry, and below it that of its EIP. */
const EIP_BITS = 16;
const EIP_MASK = (1 << EIP_BITS) - 1;

export class NatGateway extends Device {
  private readonly options: NatGatewayOptions;
  private readonly nat: NatTable;
  private readonly key = new SessionKey();
  private readonly draws: RandomStream;
  /** From a source address to the number of its entry. */
  private readonly sources = new Fib();
  private readonly entries: SnatEntry[] = [];
  private readonly eips: HeldEip[] = [];
  private readonly eipOf = new Map<number, number>();
  /** By sender: the event that took its own public address away and so sent it here. */
  private readonly takeoverEvents = new Map<number, number>();
  private readonly fragmentWays: FragmentMemory<FragmentWay>;
  private insideIface = NONE as IfaceId;
  private internetIface = NONE as IfaceId;

  constructor(context: DeviceContext, options: NatGatewayOptions) {
    super(context);
    this.options = options;
    this.draws = context.random('eip');
    this.fragmentWays = new FragmentMemory(options.fragmentLifetimeNs);
    this.nat = new NatTable(options.timeouts, options.ports, (session) => this.onClose(session));
  }

  // What the administrator does.

  attach(insideIface: IfaceId, internetIface: IfaceId): void {
    this.insideIface = insideIface;
    this.internetIface = internetIface;
  }

  /** An EIP is associated with the gateway: entries may use it, and it answers echo. */
  hold(address: number, name: string): void {
    const known = this.eips[this.eipOf.get(address) ?? NONE];
    if (known !== undefined) {
      known.isHeld = true;
      return;
    }
    this.eipOf.set(address, this.eips.length);
    this.eips.push({ name, address, isHeld: true, sessions: 0, breakEvent: NONE });
  }

  /** No entry uses it any more. */
  release(address: number): void {
    (this.eips[this.eipOf.get(address) as number] as HeldEip).isHeld = false;
  }

  /** Answers the number of the entry. */
  addEntry(source: Cidr, pool: readonly number[], hasAffinity: boolean): number {
    this.sources.set(source, this.entries.length as NextHop);
    this.entries.push({ hasAffinity, pool, event: NONE, breakEvent: NONE, shrinkEvent: NONE });
    return this.entries.length - 1;
  }

  /** Acts at once: what an EIP that is gone carried for this entry is interrupted. */
  setPool(entryNumber: number, pool: readonly number[], event: number): void {
    const entry = this.entries[entryNumber] as SnatEntry;
    for (const address of entry.pool) {
      if (pool.includes(address)) continue;
      const eipNumber = this.eipOf.get(address) as number;
      this.closeAll((entryNumber << EIP_BITS) | eipNumber);
      (this.eips[eipNumber] as HeldEip).breakEvent = event;
      entry.breakEvent = event;
    }
    if (pool.length !== entry.pool.length) entry.shrinkEvent = pool.length < entry.pool.length ? event : NONE;
    entry.pool = pool;
    entry.event = event;
  }

  /** A sender of the VPC has lost its own public address: what it has open is known to nobody here. */
  takeOver(sender: number, event: number): void {
    this.takeoverEvents.set(sender, event);
  }

  override onPower(isOn: boolean): void {
    if (isOn) return;
    this.nat.clear();
    this.fragmentWays.clear();
    for (const eip of this.eips) eip.sessions = 0;
  }

  override gauges(): Record<string, number> {
    const { sessions } = this.nat;
    sessions.drain(this.context.now());
    const gauges: Record<string, number> = { sessions: sessions.size };
    for (const eip of this.eips) if (eip.isHeld) gauges[`sessions/${eip.name}`] = eip.sessions;
    return gauges;
  }

  // What packets meet.

  /** In pieces where that is allowed; an error of its own it sends none (assumed). */
  override onTooBig(packet: PacketId, iface: IfaceId, mtuBytes: number): boolean {
    return forwardInPieces(this.context, packet, iface, mtuBytes);
  }

  receive(packet: PacketId, iface: IfaceId): Verdict {
    if (!decrementTtl(this.context, packet)) return TTL_EXPIRED;
    const isOutbound = iface === this.insideIface;
    if (isFragment(this.context.packets.fragment[packet] as number))
      return this.receiveFragment(packet, isOutbound);
    if (isIcmpError(this.context, packet)) return this.receiveError(packet, isOutbound);
    this.key.readKey(this.context.packets, packet);
    return isOutbound ? this.receiveOutbound(packet) : this.receiveInbound(packet);
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
    } else {
      const key = fragmentKey(packets, packet);
      this.key.readKey(packets, packet);
      const verdict = isOutbound ? this.receiveOutbound(packet) : this.receiveInbound(packet);
      if (verdictKind(verdict) !== FORWARD) return verdict;
      const way = { srcAddr: packets.srcAddr[packet] as number, dstAddr: packets.dstAddr[packet] as number };
      this.fragmentWays.remember(key, way, nowNs);
    }
    return forward(isOutbound ? this.internetIface : this.insideIface);
  }

  private receiveOutbound(packet: PacketId): Verdict {
    const nowNs = this.context.now();
    const flags = this.context.packets.tcpFlags[packet] as number;
    let ref = this.find(nowNs);
    if (ref === NONE) {
      const entryNumber = this.sources.lookup(this.key.srcAddr);
      if (entryNumber === NO_NEXT_HOP) return this.blamed(this.takeoverEvent(), ISOLATED);
      if (!this.mayOpen(packet, flags)) return this.dropUnknown(entryNumber);
      const session = this.bind(entryNumber, flags, nowNs);
      if (session === NO_PORT) return this.dropForWantOfPorts(entryNumber);
      ref = refOf(session, ORIGINAL);
    } else {
      if (directionOf(ref) !== ORIGINAL) return NO_SESSION;
      this.nat.sessions.touch(ref, flags, nowNs);
    }
    this.carry(packet, ref);
    return forward(this.internetIface);
  }

  private receiveInbound(packet: PacketId): Verdict {
    const nowNs = this.context.now();
    const ref = this.find(nowNs);
    if (ref === NONE || directionOf(ref) !== REPLY) return this.receiveUnsolicited(packet);
    this.nat.sessions.touch(ref, this.context.packets.tcpFlags[packet] as number, nowNs);
    this.carry(packet, ref);
    return forward(this.insideIface);
  }

  private receiveUnsolicited(packet: PacketId): Verdict {
    const { packets, flows } = this.context;
    const eip = this.eips[this.eipOf.get(this.key.dstAddr) ?? NONE];
    const isEcho = this.key.protocol === ICMP && packets.dstPort[packet] === ECHO_REQUEST;
    if (isEcho && this.options.answersEcho && eip?.isHeld === true) {
      // It assembles nothing, so it answers no echo in pieces.
      if (isFragment(packets.fragment[packet] as number)) return FRAGMENT_UNSUPPORTED;
      const verdict = flows.isTraffic[packets.flow[packet] as number] ? DELIVER : CONSUME;
      this.context.send(createEchoReply(this.context, packet, this.options.initialTtl), this.internetIface);
      return verdict;
    }
    return this.blamed(this.later(this.context.powerEvent(), eip?.breakEvent ?? NONE), NO_BINDING);
  }

  /** An error belongs to the session whose packet it quotes, and travels as that packet's answer would. */
  private receiveError(packet: PacketId, isOutbound: boolean): Verdict {
    const { packets } = this.context;
    const { key, nat } = this;
    const quoted = packets.content[packet] as QuotedHeader | null;
    if (quoted === null) return NO_BINDING;
    key.readQuotedKey(quoted);
    key.reverse();
    const ref = this.find(this.context.now());
    if (ref === NONE || directionOf(ref) !== (isOutbound ? ORIGINAL : REPLY))
      return isOutbound ? NO_SESSION : NO_BINDING;
    this.translate(ref);
    if (isOutbound) packets.srcAddr[packet] = nat.srcAddr;
    else packets.dstAddr[packet] = nat.dstAddr;
    key.reverse();
    key.writeQuotedKey(quoted);
    return forward(isOutbound ? this.internetIface : this.insideIface);
  }

  private find(nowNs: number): SessionRef {
    const { protocol, srcAddr, srcPort, dstAddr, dstPort } = this.key;
    return this.nat.sessions.find(protocol, srcAddr | 0, srcPort, dstAddr | 0, dstPort, nowNs);
  }

  /** Whether a packet of no session begins one. */
  private mayOpen(packet: PacketId, flags: number): boolean {
    if (this.key.protocol === TCP) return (flags & (SYN | ACK)) === SYN;
    if (this.key.protocol === UDP) return true;
    return this.key.protocol === ICMP && this.context.packets.dstPort[packet] === ECHO_REQUEST;
  }

  private bind(entryNumber: number, flags: number, nowNs: number): SessionId {
    const { protocol, srcAddr, srcPort, dstAddr, dstPort } = this.key;
    const { pool, hasAffinity } = this.entries[entryNumber] as SnatEntry;
    const first = hasAffinity ? (mix32(srcAddr) >>> 0) % pool.length : this.draws.below(pool.length);
    const skipsFull = this.options.skipsFull && !hasAffinity;
    const session = this.nat.bindSource(
      protocol,
      srcAddr,
      srcPort,
      dstAddr,
      dstPort,
      pool,
      first,
      skipsFull,
      flags,
      nowNs,
    );
    if (session === NO_PORT) return session;
    const address = this.nat.sessions.dstAddr(refOf(session, REPLY));
    const eipNumber = this.eipOf.get(address) as number;
    (this.eips[eipNumber] as HeldEip).sessions++;
    this.nat.sessions.setValue(session, (entryNumber << EIP_BITS) | eipNumber);
    return session;
  }

  private carry(packet: PacketId, ref: SessionRef): void {
    this.translate(ref);
    this.key.writeKey(this.context.packets, packet);
    const entryNumber = this.nat.sessions.value(sessionOf(ref)) >> EIP_BITS;
    const { event } = this.entries[entryNumber] as SnatEntry;
    if (event !== NONE) this.context.revive(packet, event);
  }

  /** The key becomes what a packet of that direction leaves with. */
  private translate(ref: SessionRef): void {
    const { key, nat } = this;
    nat.translate(ref);
    key.srcAddr = nat.srcAddr;
    key.srcPort = nat.srcPort;
    key.dstAddr = nat.dstAddr;
    key.dstPort = nat.dstPort;
  }

  private onClose(session: SessionId): void {
    (this.eips[this.nat.sessions.value(session) & EIP_MASK] as HeldEip).sessions--;
  }

  /** Closes all sessions of that value. */
  private closeAll(value: number): void {
    const { sessions } = this.nat;
    for (let at = sessions.next(NO_PORT); at !== NONE; at = sessions.next(at)) {
      if (sessions.value(at) === value) sessions.close(at);
    }
  }

  private dropUnknown(entryNumber: number): Verdict {
    const { breakEvent } = this.entries[entryNumber] as SnatEntry;
    const event = this.later(this.context.powerEvent(), breakEvent);
    return this.blamed(this.later(this.takeoverEvent(), event), NO_SESSION);
  }

  private dropForWantOfPorts(entryNumber: number): Verdict {
    return this.blamed((this.entries[entryNumber] as SnatEntry).shrinkEvent, PORTS_EXHAUSTED);
  }

  private takeoverEvent(): number {
    return this.takeoverEvents.get(this.key.srcAddr) ?? NONE;
  }

  private later(event: number, other: number): number {
    return this.context.flows.isLater(event, other) ? event : other;
  }

  private blamed(event: number, verdict: Verdict): Verdict {
    if (event !== NONE) this.context.blameDrop(event);
    return verdict;
  }
}
