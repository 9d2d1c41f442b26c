/**
 * The NAT nobody can get wrong: pools counted in a Map by string, free ports found by trying one after the other. Twin of
 * the real one. Which free port a binding gets is open; `preferred` makes the twin follow the other's choice.
 */
import { NONE } from '../../src/base/brand.ts';
import { type NatPorts, NO_PORT } from '../../src/conntrack/nat-table.ts';
import { REPLY, refOf, type SessionId, type SessionRef } from '../../src/conntrack/session-table.ts';
import { ICMP, type SessionTimeouts } from '../../src/conntrack/tcp-states.ts';
import { PlainSessionTable } from './plain-sessions.ts';

interface HeldRange {
  readonly address: number;
  readonly protocol: number;
  readonly first: number;
  readonly last: number;
}

export class PlainNatTable {
  readonly sessions: PlainSessionTable;
  /** What `translate` found. */
  srcAddr = 0;
  srcPort = 0;
  dstAddr = 0;
  dstPort = 0;
  /** Taken when the wanted port is not free and this one is. */
  preferred = NONE;
  private readonly ports: NatPorts;
  private readonly poolOf = new Map<SessionId, string>();
  private readonly counts = new Map<string, number>();
  private held: HeldRange[] = [];

  constructor(timeouts: SessionTimeouts, ports: NatPorts, onClose?: (session: SessionId) => void) {
    this.ports = ports;
    this.sessions = new PlainSessionTable(timeouts, (session) => {
      this.release(session);
      onClose?.(session);
    });
  }

  /** The header a packet of that direction leaves with: the other tuple, reversed. */
  translate(ref: SessionRef): void {
    const other = (ref ^ 1) as SessionRef;
    this.srcAddr = this.sessions.dstAddr(other);
    this.srcPort = this.sessions.dstPort(other);
    this.dstAddr = this.sessions.srcAddr(other);
    this.dstPort = this.sessions.srcPort(other);
  }

  /** SNAT. Tries addresses[first]; when that is full, the others in turn if `skipsFull`, else NO_PORT. */
  bindSource(
    protocol: number,
    srcAddr: number,
    srcPort: number,
    dstAddr: number,
    dstPort: number,
    addresses: readonly number[],
    first: number,
    skipsFull: boolean,
    tcpFlags: number,
    nowNs: number,
  ): SessionId {
    return this.bindBoth(
      protocol,
      srcAddr,
      srcPort,
      dstAddr,
      dstPort,
      dstAddr,
      dstPort,
      addresses,
      first,
      skipsFull,
      tcpFlags,
      nowNs,
    );
  }

  /** DNAT. NO_PORT when the target's answers could not be told from those of another session. */
  bindDestination(
    protocol: number,
    srcAddr: number,
    srcPort: number,
    dstAddr: number,
    dstPort: number,
    toAddr: number,
    toPort: number,
    tcpFlags: number,
    nowNs: number,
  ): SessionId {
    return this.sessions.open(
      protocol,
      srcAddr,
      srcPort,
      dstAddr,
      dstPort,
      toAddr,
      toPort,
      srcAddr,
      srcPort,
      tcpFlags,
      nowNs,
    );
  }

  /** Hairpin: the destination becomes a DNAT target, the source an address of the pool. */
  bindBoth(
    protocol: number,
    srcAddr: number,
    srcPort: number,
    dstAddr: number,
    dstPort: number,
    toAddr: number,
    toPort: number,
    addresses: readonly number[],
    first: number,
    skipsFull: boolean,
    tcpFlags: number,
    nowNs: number,
  ): SessionId {
    const tries = skipsFull ? addresses.length : 1;
    for (let turn = 0; turn < tries; turn++) {
      const address = addresses[(first + turn) % addresses.length];
      const port = this.choosePort(protocol, srcPort, toAddr, toPort, address, nowNs);
      if (port === NONE) continue;
      const session = this.sessions.open(
        protocol,
        srcAddr,
        srcPort,
        dstAddr,
        dstPort,
        toAddr,
        toPort,
        address,
        port,
        tcpFlags,
        nowNs,
      );
      if (session === NONE) return NO_PORT;
      const pool = poolKey(address, protocol, toAddr, toPort);
      this.poolOf.set(session, pool);
      this.counts.set(pool, (this.counts.get(pool) ?? 0) + 1);
      return session;
    }
    return NO_PORT;
  }

  /** Ports of a public address that DNAT holds: never given to a source. */
  hold(address: number, protocol: number, first: number, last: number): void {
    this.held.push({ address, protocol, first, last });
  }

  /** Takes back one `hold` of the same range. */
  unhold(address: number, protocol: number, first: number, last: number): void {
    const at = this.held.findIndex(
      (range) =>
        range.address === address &&
        range.protocol === protocol &&
        range.first === first &&
        range.last === last,
    );
    if (at >= 0) this.held.splice(at, 1);
  }

  portsInUse(address: number, protocol: number, dstAddr: number, dstPort: number, nowNs: number): number {
    this.sessions.drain(nowNs);
    return this.counts.get(poolKey(address, protocol, dstAddr, dstPort)) ?? 0;
  }

  /** Closes every session whose source was translated to that address; answers how many. */
  closeOf(address: number): number {
    let closed = 0;
    const { sessions } = this;
    for (let at = sessions.next(NO_PORT); at !== NONE; at = sessions.next(at)) {
      if (!this.poolOf.has(at) || sessions.dstAddr(refOf(at, REPLY)) !== address) continue;
      sessions.close(at);
      closed++;
    }
    return closed;
  }

  /** Forgets all sessions without a word, held ports stay: the power went. */
  clear(): void {
    this.sessions.clear();
    this.poolOf.clear();
    this.counts.clear();
  }

  private choosePort(
    protocol: number,
    wanted: number,
    dstAddr: number,
    dstPort: number,
    address: number,
    nowNs: number,
  ): number {
    const pool = poolKey(address, protocol, dstAddr, dstPort);
    const { perDestination } = this.ports;
    if ((this.counts.get(pool) ?? 0) >= perDestination) this.sessions.drain(nowNs);
    if ((this.counts.get(pool) ?? 0) >= perDestination) return NONE;
    const isFree = (port: number) =>
      !this.held.some(
        (range) =>
          range.address === address &&
          range.protocol === protocol &&
          range.first <= port &&
          port <= range.last,
      ) && this.sessions.find(protocol, dstAddr, dstPort, address, port, nowNs) === NONE;
    const first = protocol === ICMP ? 0 : this.ports.first;
    const last = protocol === ICMP ? 65_535 : this.ports.last;
    if (first <= wanted && wanted <= last && isFree(wanted)) return wanted;
    if (first <= this.preferred && this.preferred <= last && isFree(this.preferred)) return this.preferred;
    for (let port = first; port <= last; port++) if (isFree(port)) return port;
    return NONE;
  }

  private release(session: SessionId): void {
    const pool = this.poolOf.get(session);
    if (pool === undefined) return;
    this.poolOf.delete(session);
    this.counts.set(pool, (this.counts.get(pool) ?? 0) - 1);
  }
}

function poolKey(address: number, protocol: number, dstAddr: number, dstPort: number): string {
  return `${address}/${protocol}>${dstAddr}:${dstPort}`;
}
