// hot path
/**
 * The security groups of an ENI at work: stateful, both ways. The first packet of a connection is asked of the policy
 * and opens a session; packets of a session pass in both directions without rules, and so do ICMP errors about them.
 * It sees what the machine sees: inner headers, the client's address, the backend's port. Health probes of load
 * balancers need no rule, which holds for all that comes from the cloud's own block.
 * What came by way of a load balancer has sessions of its own, since its time-outs are longer.
 * When rules change, every session is asked of the new ones by the packet that opened it: one that would be refused now
 * passes nothing more in either direction, until a SYN begins another or it has been idle for its time-out (assumed: the
 * product documents only that sessions whose verdict stays go on).
 * Assumed: a segment in the middle of an unknown connection is asked of the policy like a first one, as Linux does.
 */
import { NONE } from '../base/brand.ts';
import { cidrContains } from '../base/ipv4.ts';
import {
  ORIGINAL,
  refOf,
  type SessionId,
  SessionTable,
  type SessionTimeouts,
  sessionOf,
} from '../conntrack/session-table.ts';
import { CLOSED } from '../conntrack/tcp-states.ts';
import type { DeviceContext } from '../network/device.ts';
import { type DropReason, dropReason } from '../network/drop-reason.ts';
import { isFragment, isLaterFragment } from '../network/fragment.ts';
import type { PacketId } from '../network/ids.ts';
import { TCP } from '../network/packet-table.ts';
import { ChangingRules } from '../policy/rule-list.ts';
import type { SecurityPolicy } from '../policy/security-group.ts';
import { FragmentMemory, fragmentKey } from '../protocols/fragment-memory.ts';
import { isIcmpError, type QuotedHeader } from '../protocols/ip.ts';
import { SessionKey } from '../protocols/session-key.ts';
import { ACK, SYN } from '../protocols/tcp-segment.ts';

/** 100.64.0.0/10: probes of load balancers come from here. */
const CLOUD_SERVICES = { base: 0x64400000, length: 10 } as const;

/** Bits of a session's value: opened from outside; refused by rules that changed since. */
const FROM_OUTSIDE = 1;
const REFUSED = 2;

const SECURITY_GROUP = dropReason('security-group');
const CONN_LIMIT = dropReason('conn-limit');

export interface EniTimeouts {
  readonly direct: SessionTimeouts;
  /** Of what comes by way of a load balancer. */
  readonly balanced: SessionTimeouts;
  /** How long the others of a datagram's fragments may follow the first. */
  readonly fragmentsNs: number;
}

export class EniFilter {
  private readonly context: DeviceContext;
  private readonly ingress: ChangingRules;
  private readonly egress: ChangingRules;
  private readonly direct: SessionTable;
  private readonly balanced: SessionTable;
  private readonly fragments: FragmentMemory<boolean>;
  private readonly key = new SessionKey();
  private readonly maxSessions: number;
  /** Why the packet that was refused last was refused. */
  refusal: DropReason = SECURITY_GROUP;

  constructor(
    context: DeviceContext,
    policy: SecurityPolicy,
    timeouts: EniTimeouts,
    maxSessions = Number.POSITIVE_INFINITY,
  ) {
    this.maxSessions = maxSessions;
    this.context = context;
    this.ingress = new ChangingRules(policy.ingress);
    this.egress = new ChangingRules(policy.egress);
    this.direct = new SessionTable(timeouts.direct);
    this.balanced = new SessionTable(timeouts.balanced);
    this.fragments = new FragmentMemory(timeouts.fragmentsNs);
  }

  /**
   * Whether a packet may pass; `isBalanced`: it came, or will leave, by way of a load balancer. Fragments follow the
   * first one of their datagram, which has the ports; those ahead of it do not pass.
   */
  admits(packet: PacketId, isIngress: boolean, isBalanced: boolean): boolean {
    const { packets } = this.context;
    this.refusal = SECURITY_GROUP;
    const word = packets.fragment[packet] as number;
    if (!isFragment(word)) return this.admitsWhole(packet, isIngress, isBalanced);
    const nowNs = this.context.now();
    if (isLaterFragment(word)) return this.fragments.recall(packets, packet, nowNs) === true;
    const isAdmitted = this.admitsWhole(packet, isIngress, isBalanced);
    if (isAdmitted) this.fragments.remember(fragmentKey(packets, packet), true, nowNs);
    return isAdmitted;
  }

  private admitsWhole(packet: PacketId, isIngress: boolean, isBalanced: boolean): boolean {
    const { packets } = this.context;
    const { key } = this;
    const sessions = isBalanced ? this.balanced : this.direct;
    if (isIcmpError(this.context, packet)) return this.admitsError(packet, isIngress, sessions);
    key.readKey(packets, packet);
    const { protocol, srcAddr, srcPort, dstAddr, dstPort } = key;
    const flags = packets.tcpFlags[packet] as number;
    const isOpening = protocol !== TCP || (flags & (SYN | ACK)) === SYN;
    const nowNs = this.context.now();
    const ref = sessions.find(protocol, srcAddr | 0, srcPort, dstAddr | 0, dstPort, nowNs);
    if (ref !== NONE) {
      const session = sessionOf(ref);
      if ((sessions.value(session) & REFUSED) !== 0) {
        if (protocol !== TCP || !isOpening) return this.refuse(sessions, session);
      } else if (!isOpening || sessions.state(session) !== CLOSED) {
        sessions.touch(ref, flags, nowNs);
        return true;
      }
      // Another connection with the ports of one that has ended, perhaps from the other side.
      sessions.close(session);
    }
    const isAllowed = this.allows(isIngress);
    if ((isIngress ? this.ingress : this.egress).hasChanged) this.credit(packet, isIngress, isAllowed);
    if (!isAllowed) {
      if (!isOpening) this.blameRestart();
      return false;
    }
    if (this.isFull()) {
      this.refusal = CONN_LIMIT;
      return false;
    }
    const session = sessions.open(
      protocol,
      srcAddr,
      srcPort,
      dstAddr,
      dstPort,
      dstAddr,
      dstPort,
      srcAddr,
      srcPort,
      flags,
      nowNs,
    );
    if (isIngress) sessions.setValue(session, FROM_OUTSIDE);
    return true;
  }

  /** Sessions that are due count until they are drained, so that is done where it matters. */
  private isFull(): boolean {
    return this.direct.size + this.balanced.size >= this.maxSessions && this.count() >= this.maxSessions;
  }

  /** Other rules from now on; what is refused or let pass by them is the event's doing. */
  change(policy: SecurityPolicy, event: number): void {
    this.ingress.change(policy.ingress, event);
    this.egress.change(policy.egress, event);
    this.recheck(this.direct);
    this.recheck(this.balanced);
  }

  /** Sessions held now. */
  count(): number {
    const nowNs = this.context.now();
    this.direct.drain(nowNs);
    this.balanced.drain(nowNs);
    return this.direct.size + this.balanced.size;
  }

  forget(): void {
    this.direct.clear();
    this.balanced.clear();
    this.fragments.clear();
  }

  /** An error belongs to the session of the packet it quotes, which it does not keep alive. */
  private admitsError(packet: PacketId, isIngress: boolean, sessions: SessionTable): boolean {
    const { packets } = this.context;
    const { key } = this;
    key.readQuotedKey(packets.content[packet] as QuotedHeader);
    const { protocol, srcAddr, srcPort, dstAddr, dstPort } = key;
    const nowNs = this.context.now();
    const ref = sessions.find(protocol, srcAddr | 0, srcPort, dstAddr | 0, dstPort, nowNs);
    if (ref !== NONE && (sessions.value(sessionOf(ref)) & REFUSED) === 0) return true;
    key.readKey(packets, packet);
    return this.allows(isIngress);
  }

  /** What the rules say of the header in `key`. */
  private allows(isIngress: boolean): boolean {
    const { protocol, srcAddr, dstAddr, dstPort } = this.key;
    if (!isIngress) return this.egress.decide(protocol, dstAddr, dstPort);
    return cidrContains(CLOUD_SERVICES, srcAddr) || this.ingress.decide(protocol, srcAddr, dstPort);
  }

  /** The event whose change of rules turned the verdict about the header in `key`; NONE: none did. */
  private turnedBy(isIngress: boolean): number {
    const { protocol, srcAddr, dstAddr, dstPort } = this.key;
    if (!isIngress) return this.egress.turnedBy(protocol, dstAddr, dstPort);
    if (cidrContains(CLOUD_SERVICES, srcAddr)) return NONE;
    return this.ingress.turnedBy(protocol, srcAddr, dstPort);
  }

  private credit(packet: PacketId, isIngress: boolean, isAllowed: boolean): void {
    const event = this.turnedBy(isIngress);
    if (event === NONE) return;
    if (isAllowed) this.context.revive(packet, event);
    else this.context.blameDrop(event);
  }

  /** Asks every session anew. */
  private recheck(sessions: SessionTable): void {
    for (let s = sessions.next(NONE as SessionId); s !== NONE; s = sessions.next(s)) {
      const isIngress = this.readOpening(sessions, s);
      const side = isIngress ? FROM_OUTSIDE : 0;
      sessions.setValue(s, this.allows(isIngress) ? side : side | REFUSED);
    }
  }

  /** A packet of a session that rules refuse by now. */
  private refuse(sessions: SessionTable, session: SessionId): boolean {
    const event = this.turnedBy(this.readOpening(sessions, session));
    if (event !== NONE) this.context.blameDrop(event);
    return false;
  }

  /** Fills `key` with the packet that opened a session; whether that came in. */
  private readOpening(sessions: SessionTable, session: SessionId): boolean {
    const { key } = this;
    const ref = refOf(session, ORIGINAL);
    key.protocol = sessions.protocol(ref);
    key.srcAddr = sessions.srcAddr(ref);
    key.srcPort = sessions.srcPort(ref);
    key.dstAddr = sessions.dstAddr(ref);
    key.dstPort = sessions.dstPort(ref);
    return (sessions.value(session) & FROM_OUTSIDE) !== 0;
  }

  /** A machine that was restarted has forgotten the session that would let this pass. */
  private blameRestart(): void {
    const event = this.context.powerEvent();
    if (event !== NONE) this.context.blameDrop(event);
  }
}
