// hot path
/**
 * What a NAT gateway knows: its EIPs and entries, the sessions it has opened by them, and whether another may be
 * opened. It reads no packet but through the key, and sends none: that is the gateway's.
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
import type { DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { PacketId } from '../network/ids.ts';
import { ICMP, TCP, UDP } from '../network/packet-table.ts';
import { drop, type Verdict } from '../network/verdict.ts';
import { ECHO_REQUEST } from '../protocols/ip.ts';
import { SessionKey } from '../protocols/session-key.ts';
import { ACK, SYN } from '../protocols/tcp-segment.ts';
import { Fib, type NextHop, NO_NEXT_HOP } from '../routing/fib.ts';
import { ANY_PROTOCOL, type ForwardEntry, NatForwards, targetPortOf } from './nat-forwards.ts';
import { ADMITTED, type NatLimits } from './nat-limits.ts';

const HAIRPIN = drop(dropReason('hairpin'));
const ISOLATED = drop(dropReason('isolated'));
const PORTS_EXHAUSTED = drop(dropReason('nat-ports-exhausted'));
/** A packet that no session, entry or EIP knows. */
export const NO_BINDING = drop(dropReason('nat-no-binding'));
export const NO_SESSION = drop(dropReason('no-session'));

export interface NatSessionsOptions {
  readonly timeouts: SessionTimeouts;
  readonly ports: NatPorts;
  /** Whether a connection whose EIP is full takes another of the pool; with affinity it never does. */
  readonly skipsFull: boolean;
  /** Whether who leaves by SNAT reaches the DNAT entries here. */
  readonly allowsHairpin: boolean;
}

/** An SNAT or DNAT entry; the pool of the latter is its EIP. */
interface Entry {
  readonly source: Cidr | null;
  readonly forward: ForwardEntry | null;
  readonly hasAffinity: boolean;
  pool: readonly number[];
  /** Event that last made or changed it; NONE at first. So are the next two. */
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
  /** Event that last took it from an entry; NONE at first. */
  breakEvent: number;
}

/** The value of a session: number of its entry, direction it was opened in, number of its EIP. */
const EIP_MASK = 0xffff;
const KIND_MASK = 3 << 16;
/** Opened from inside to outside, from outside, and from inside to inside. */
const OUTWARD = 0 << 16;
const INWARD = 1 << 16;
const HAIRPINNED = 2 << 16;
const ENTRY_SHIFT = 18;

export class NatSessions {
  /** Of the packet at hand. */
  readonly key = new SessionKey();
  /** Why the last `open` or `openInward` made no session. */
  refusal: Verdict = NO_SESSION;
  private readonly context: DeviceContext;
  private readonly options: NatSessionsOptions;
  private readonly limits: NatLimits;
  private readonly nat: NatTable;
  private readonly draws: RandomStream;
  /** From a source address to the number of its entry. */
  private readonly sources = new Fib();
  private readonly entries: Entry[] = [];
  private readonly forwards = new NatForwards();
  private readonly eips: HeldEip[] = [];
  private readonly eipOf = new Map<number, number>();
  /** By sender: the event that took its own public address away and so sent it here. */
  private readonly takeoverEvents = new Map<number, number>();
  /** Sessions that SNAT counts: opened from inside. */
  private openedInside = 0;
  /** Event that last took an entry away; NONE at first. */
  private removalEvent = NONE;
  /** Event that put this gateway in the place of another; NONE at first. */
  private activationEvent = NONE;

  constructor(context: DeviceContext, options: NatSessionsOptions, limits: NatLimits) {
    this.context = context;
    this.options = options;
    this.limits = limits;
    this.draws = context.random('eip');
    this.nat = new NatTable(options.timeouts, options.ports, (session) => this.onClose(session));
  }

  // What the administrator does.

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

  /** Answers the number of the SNAT entry. */
  addEntry(source: Cidr, pool: readonly number[], hasAffinity: boolean, event: number = NONE): number {
    this.sources.set(source, this.entries.length as NextHop);
    return this.note({
      source,
      forward: null,
      hasAffinity,
      pool,
      event,
      breakEvent: NONE,
      shrinkEvent: NONE,
    });
  }

  /** A DNAT entry; SNAT gives none of its ports away from now on. Answers its number. */
  addForward(rule: Omit<ForwardEntry, 'number'>, event: number = NONE): number {
    const number = this.entries.length;
    const forward: ForwardEntry = { ...rule, number };
    this.forwards.add(forward);
    const { eip, protocol, firstPort, lastPort } = rule;
    if (protocol !== ANY_PROTOCOL) this.nat.hold(eip, protocol, firstPort, lastPort);
    return this.note({
      source: null,
      forward,
      hasAffinity: false,
      pool: [eip],
      event,
      breakEvent: NONE,
      shrinkEvent: NONE,
    });
  }

  /** What the entry carried is interrupted. */
  removeEntry(entryNumber: number, event: number): void {
    const { source, forward, pool } = this.entries[entryNumber] as Entry;
    for (const address of pool) this.interrupt(entryNumber, address, event);
    if (source !== null) this.sources.withdraw(source);
    if (forward !== null) {
      this.forwards.remove(forward);
      const { eip, protocol, firstPort, lastPort } = forward;
      if (protocol !== ANY_PROTOCOL) this.nat.unhold(eip, protocol, firstPort, lastPort);
    }
    this.removalEvent = event;
  }

  /** Acts at once: what an EIP that is gone carried for this entry is interrupted. */
  setPool(entryNumber: number, pool: readonly number[], event: number): void {
    const entry = this.entries[entryNumber] as Entry;
    for (const address of entry.pool)
      if (!pool.includes(address)) this.interrupt(entryNumber, address, event);
    if (pool.length !== entry.pool.length) entry.shrinkEvent = pool.length < entry.pool.length ? event : NONE;
    entry.pool = pool;
    entry.event = event;
  }

  /** It takes over from the one in the other zone, whose sessions it does not know. */
  activate(event: number): void {
    this.forget();
    this.activationEvent = event;
  }

  /** A sender of the VPC has lost its own public address: what it has open is known to nobody here. */
  takeOver(sender: number, event: number): void {
    this.takeoverEvents.set(sender, event);
  }

  forget(): void {
    this.nat.clear();
    this.openedInside = 0;
    for (const eip of this.eips) eip.sessions = 0;
  }

  gauges(): Record<string, number> {
    const { sessions } = this.nat;
    sessions.drain(this.context.now());
    const gauges: Record<string, number> = { sessions: sessions.size };
    for (const eip of this.eips) if (eip.isHeld) gauges[`sessions/${eip.name}`] = eip.sessions;
    return gauges;
  }

  // What packets meet.

  holds(address: number): boolean {
    return this.eips[this.eipOf.get(address) ?? NONE]?.isHeld === true;
  }

  /** The session of the packet whose key this is. */
  find(nowNs: number): SessionRef {
    const { protocol, srcAddr, srcPort, dstAddr, dstPort } = this.key;
    return this.nat.sessions.find(protocol, srcAddr | 0, srcPort, dstAddr | 0, dstPort, nowNs);
  }

  /** Whether a packet of no session begins one. */
  private mayOpen(packet: PacketId, flags: number): boolean {
    if (this.key.protocol === TCP) return (flags & (SYN | ACK)) === SYN;
    if (this.key.protocol === UDP) return true;
    return this.key.protocol === ICMP && this.context.packets.dstPort[packet] === ECHO_REQUEST;
  }

  touch(ref: SessionRef, flags: number, nowNs: number): void {
    this.nat.sessions.touch(ref, flags, nowNs);
  }

  /** Whether packets of that direction come in by that side. */
  belongs(ref: SessionRef, isOutbound: boolean): boolean {
    const kind = this.nat.sessions.value(sessionOf(ref)) & KIND_MASK;
    if (kind === HAIRPINNED) return isOutbound;
    return (directionOf(ref) === ORIGINAL) === ((kind === OUTWARD) === isOutbound);
  }

  /** Whether the session was opened from inside and leads back there. */
  turns(ref: SessionRef): boolean {
    return (this.nat.sessions.value(sessionOf(ref)) & KIND_MASK) === HAIRPINNED;
  }

  /** Whether packets of that direction go to the target of a DNAT entry. */
  goesToTarget(ref: SessionRef): boolean {
    const kind = this.nat.sessions.value(sessionOf(ref)) & KIND_MASK;
    return kind !== OUTWARD && directionOf(ref) === ORIGINAL;
  }

  /** The event to which a packet of the session owes its way; NONE: to none. */
  eventOf(ref: SessionRef): number {
    const { event } = this.entries[this.nat.sessions.value(sessionOf(ref)) >> ENTRY_SHIFT] as Entry;
    return this.later(this.activationEvent, event);
  }

  /** The event to blame when there is no session for a packet to that EIP; NONE: nobody's doing. */
  lossOf(address: number): number {
    const eip = this.eips[this.eipOf.get(address) ?? NONE];
    return this.later(this.restartEvent(), eip?.breakEvent ?? NONE);
  }

  /** The key becomes what a packet of that direction leaves with. */
  translate(ref: SessionRef): void {
    const { key, nat } = this;
    nat.translate(ref);
    key.srcAddr = nat.srcAddr;
    key.srcPort = nat.srcPort;
    key.dstAddr = nat.dstAddr;
    key.dstPort = nat.dstPort;
  }

  /** A session from inside, to outside or back in; NO_PORT with `refusal`. */
  open(packet: PacketId, flags: number, nowNs: number): SessionId {
    const { key } = this;
    const mapping = this.forwards.mappingOf(key.srcAddr);
    const entryNumber = mapping === null ? this.sources.lookup(key.srcAddr | 0) : mapping.number;
    if (entryNumber === NO_NEXT_HOP)
      return this.refuse(this.later(this.takeoverEvent(), this.removalEvent), ISOLATED);
    const turns = this.holds(key.dstAddr);
    if (turns && !this.options.allowsHairpin) return this.refuse(NONE, HAIRPIN);
    const target = turns ? this.forwards.find(key.dstAddr, key.protocol, key.dstPort) : null;
    if (turns && target === null) return this.refuse(NONE, NO_BINDING);
    if (!this.mayOpen(packet, flags)) return this.refuse(this.lossEvent(entryNumber), NO_SESSION);
    if (!this.mayHold(true, nowNs)) return NO_PORT;
    const session =
      mapping === null
        ? this.bindPool(entryNumber, target, flags, nowNs)
        : this.bindMapping(mapping, target, flags, nowNs);
    if (session === NO_PORT)
      return this.refuse((this.entries[entryNumber] as Entry).shrinkEvent, PORTS_EXHAUSTED);
    this.openedInside++;
    const address = this.nat.sessions.dstAddr(refOf(session, REPLY));
    return this.enter(session, entryNumber, target === null ? OUTWARD : HAIRPINNED, address);
  }

  private bindPool(
    entryNumber: number,
    target: ForwardEntry | null,
    flags: number,
    nowNs: number,
  ): SessionId {
    const { protocol, srcAddr, srcPort, dstAddr, dstPort } = this.key;
    const { pool, hasAffinity } = this.entries[entryNumber] as Entry;
    const first = hasAffinity ? (mix32(srcAddr) >>> 0) % pool.length : this.draws.below(pool.length);
    return this.nat.bindBoth(
      protocol,
      srcAddr,
      srcPort,
      dstAddr,
      dstPort,
      target === null ? dstAddr : target.target,
      target === null ? dstPort : targetPortOf(target, dstPort),
      pool,
      first,
      this.options.skipsFull && !hasAffinity,
      flags,
      nowNs,
    );
  }

  /** An IP mapping changes the address alone: nobody else has ports of its EIP. */
  private bindMapping(
    { eip }: ForwardEntry,
    target: ForwardEntry | null,
    flags: number,
    nowNs: number,
  ): SessionId {
    const { protocol, srcAddr, srcPort, dstAddr, dstPort } = this.key;
    return this.nat.sessions.open(
      protocol,
      srcAddr,
      srcPort,
      dstAddr,
      dstPort,
      target === null ? dstAddr : target.target,
      target === null ? dstPort : targetPortOf(target, dstPort),
      eip,
      srcPort,
      flags,
      nowNs,
    );
  }

  /** A session from outside, by a DNAT entry; NO_PORT with `refusal`, which is NO_BINDING where there is no entry. */
  openInward(packet: PacketId, flags: number, nowNs: number): SessionId {
    const { protocol, srcAddr, srcPort, dstAddr, dstPort } = this.key;
    const target = this.forwards.find(dstAddr, protocol, dstPort);
    if (target === null) return this.refuse(NONE, NO_BINDING);
    if (!this.mayOpen(packet, flags)) return this.refuse(this.lossOf(dstAddr), NO_SESSION);
    if (!this.mayHold(false, nowNs)) return NO_PORT;
    const session = this.nat.bindDestination(
      protocol,
      srcAddr,
      srcPort,
      dstAddr,
      dstPort,
      target.target,
      targetPortOf(target, dstPort),
      flags,
      nowNs,
    );
    if (session === NO_PORT) return this.refuse(NONE, NO_SESSION);
    return this.enter(session, target.number, INWARD, dstAddr);
  }

  /** Whether there is room for one more session; if not, `refusal` says why. */
  private mayHold(isInside: boolean, nowNs: number): boolean {
    const { limits } = this;
    const { sessions } = this.nat;
    if (!isInside && !limits.countsDnat) return true;
    if (sessions.size >= limits.mostConnections) sessions.drain(nowNs);
    const reason = limits.admitConnection(limits.countsDnat ? sessions.size : this.openedInside, nowNs);
    if (reason !== ADMITTED) this.refuse(limits.event, drop(reason));
    return reason === ADMITTED;
  }

  private enter(session: SessionId, entryNumber: number, kind: number, address: number): SessionId {
    const eipNumber = this.eipOf.get(address) as number;
    (this.eips[eipNumber] as HeldEip).sessions++;
    this.nat.sessions.setValue(session, (entryNumber << ENTRY_SHIFT) | kind | eipNumber);
    return session;
  }

  private onClose(session: SessionId): void {
    const value = this.nat.sessions.value(session);
    (this.eips[value & EIP_MASK] as HeldEip).sessions--;
    if ((value & KIND_MASK) !== INWARD) this.openedInside--;
  }

  private note(entry: Entry): number {
    this.entries.push(entry);
    return this.entries.length - 1;
  }

  /** Closes all that an EIP carries for an entry. */
  private interrupt(entryNumber: number, address: number, event: number): void {
    const { sessions } = this.nat;
    const eipNumber = this.eipOf.get(address) as number;
    for (let at = sessions.next(NO_PORT); at !== NONE; at = sessions.next(at)) {
      const value = sessions.value(at);
      if (value >> ENTRY_SHIFT === entryNumber && (value & EIP_MASK) === eipNumber) sessions.close(at);
    }
    (this.eips[eipNumber] as HeldEip).breakEvent = event;
    (this.entries[entryNumber] as Entry).breakEvent = event;
  }

  private refuse(event: number, verdict: Verdict): SessionId {
    if (event !== NONE) this.context.blameDrop(event);
    this.refusal = verdict;
    return NO_PORT;
  }

  /** The event to blame when a session that a packet belongs to is unknown here. */
  private lossEvent(entryNumber: number): number {
    const { breakEvent } = this.entries[entryNumber] as Entry;
    return this.later(this.takeoverEvent(), this.later(this.restartEvent(), breakEvent));
  }

  /** The event since which there are new sessions alone. */
  private restartEvent(): number {
    return this.later(this.activationEvent, this.context.powerEvent());
  }

  private takeoverEvent(): number {
    return this.takeoverEvents.get(this.key.srcAddr) ?? NONE;
  }

  private later(event: number, other: number): number {
    return this.context.flows.isLater(event, other) ? event : other;
  }
}
