// hot path
/**
 * The security groups of an ENI at work: stateful, both ways. The first packet of a connection is asked of the policy
 * and opens a session; packets of a session pass in both directions without rules, and so do ICMP errors about them.
 * It sees what the machine sees: inner headers, the client's address, the backend's port. Health probes of load
 * balancers need no rule, which holds for all that comes from the cloud's own block.
 * What came by way of a load balancer has sessions of its own, since its time-outs are longer.
 * Leaves out: the block on TCP port 25 to the Internet, limits on the number of sessions.
 * Assumed: a segment in the middle of an unknown connection is asked of the policy like a first one, as Linux does.
 */
import { NONE } from '../base/brand.ts';
import { cidrContains } from '../base/ipv4.ts';
import { SessionTable, type SessionTimeouts, sessionOf } from '../conntrack/session-table.ts';
import { CLOSED } from '../conntrack/tcp-states.ts';
import type { DeviceContext } from '../network/device.ts';
import { isFragment, isLaterFragment } from '../network/fragment.ts';
import type { PacketId } from '../network/ids.ts';
import { TCP } from '../network/packet-table.ts';
import type { SecurityPolicy } from '../policy/security-group.ts';
import { FragmentMemory, fragmentKey } from '../protocols/fragment-memory.ts';
import { isIcmpError, type QuotedHeader } from '../protocols/ip.ts';
import { SessionKey } from '../protocols/session-key.ts';
import { ACK, SYN } from '../protocols/tcp-segment.ts';

/** 100.64.0.0/10: probes of load balancers come from here. */
const CLOUD_SERVICES = { base: 0x64400000, length: 10 } as const;

export interface EniTimeouts {
  readonly direct: SessionTimeouts;
  /** Of what comes by way of a load balancer. */
  readonly balanced: SessionTimeouts;
  /** How long the others of a datagram's fragments may follow the first. */
  readonly fragmentsNs: number;
}

export class EniFilter {
  private readonly context: DeviceContext;
  private readonly policy: SecurityPolicy;
  private readonly direct: SessionTable;
  private readonly balanced: SessionTable;
  private readonly fragments: FragmentMemory<boolean>;
  private readonly key = new SessionKey();

  constructor(context: DeviceContext, policy: SecurityPolicy, timeouts: EniTimeouts) {
    this.context = context;
    this.policy = policy;
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
      if (!isOpening || sessions.state(session) !== CLOSED) {
        sessions.touch(ref, flags, nowNs);
        return true;
      }
      // Another connection with the ports of one that has ended, perhaps from the other side.
      sessions.close(session);
    }
    if (!this.allows(isIngress)) {
      if (!isOpening) this.blameRestart();
      return false;
    }
    sessions.open(
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
    return true;
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
    if (sessions.find(protocol, srcAddr | 0, srcPort, dstAddr | 0, dstPort, nowNs) !== NONE) return true;
    key.readKey(packets, packet);
    return this.allows(isIngress);
  }

  /** What the policy says of the header in `key`. */
  private allows(isIngress: boolean): boolean {
    const { protocol, srcAddr, dstAddr, dstPort } = this.key;
    if (!isIngress) return this.policy.allowsEgress(protocol, dstAddr, dstPort);
    return cidrContains(CLOUD_SERVICES, srcAddr) || this.policy.allowsIngress(protocol, srcAddr, dstPort);
  }

  /** A machine that was restarted has forgotten the session that would let this pass. */
  private blameRestart(): void {
    const event = this.context.powerEvent();
    if (event !== NONE) this.context.blameDrop(event);
  }
}
