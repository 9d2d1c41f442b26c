// hot path
/**
 * Bindings of a NAT: sessions whose reply tuple is not their original one reversed. Address-and-port-dependent mapping: a
 * port of a public address serves one source towards one destination address and port, and others towards others.
 * Which address to begin with is the caller's choice; nothing in here is random.
 *
 *              packets arrive as                  and leave as
 *   original   10.0.0.5:4000 > 203.0.113.9:80     198.51.100.1:4000 > 203.0.113.9:80
 *   reply      203.0.113.9:80 > 198.51.100.1:4000     203.0.113.9:80 > 10.0.0.5:4000
 *
 * Ports. The source keeps its port where that is free (an ICMP identifier: any number); otherwise one is tried after
 * the other, in an order that the tuple's hash decides and that meets every port once. Free means that the index of
 * sessions does not know the reply tuple; there is no second record of ports. Ports that DNAT holds are not in the
 * order at all. With u of n ports taken that makes about n / (n - u) look-ups: under 7 at 55,000 of 64,511, growing to
 * half of n only where the limit is set as high as the range. The limit itself is a count (port-pools.ts), so a
 * full pool answers at once; before it does, what is due is drained, so exhaustion is exact.
 *
 * ICMP errors. A device finds the session by the header that the error quotes, *reversed*: that is a packet going
 * the error's own way. With `translate` of what was found:
 *
 *   the quoted header becomes    srcAddr <- dstAddr found, dstAddr <- srcAddr found, ports likewise
 *   the outer destination becomes  dstAddr found
 *   the outer source becomes     srcAddr found, if that end is translated (it differs from the quoted destination)
 *
 * whichever side the error comes from, and whichever end is translated. An error does not `touch` the session.
 */
import { NONE } from '../base/brand.ts';
import { mix32 } from '../base/mix.ts';
import type { FreePorts } from './free-ports.ts';
import { HeldPorts } from './held-ports.ts';
import { PortPools } from './port-pools.ts';
import {
  REPLY,
  refOf,
  type SessionId,
  type SessionRef,
  SessionTable,
  type SessionTimeouts,
} from './session-table.ts';
import { tupleHash } from './tuple-hash.ts';

/** No port was free towards that destination: a result, not an error. */
export const NO_PORT = NONE as SessionId;

/** The range of ports given to translated sources; ICMP identifiers use all of 0..65535. */
export interface NatPorts {
  readonly first: number;
  readonly last: number;
  /** At once, by public address, destination address and port, and protocol. */
  readonly perDestination: number;
}

export class NatTable {
  readonly sessions: SessionTable;
  /** What `translate` found. */
  srcAddr = 0;
  srcPort = 0;
  dstAddr = 0;
  dstPort = 0;
  private readonly perDestination: number;
  private readonly heldPorts: HeldPorts;
  private readonly pools: PortPools;

  constructor(timeouts: SessionTimeouts, ports: NatPorts, onClose?: (session: SessionId) => void) {
    this.perDestination = ports.perDestination;
    this.heldPorts = new HeldPorts(ports);
    this.sessions = new SessionTable(timeouts, (session) => {
      if (this.pools.isPooled(session)) this.pools.leave(session, this.isHeld(session));
      onClose?.(session);
    });
    this.pools = new PortPools(this.sessions.rows);
  }

  /** The header a packet of that direction leaves with: the other tuple, reversed. */
  translate(ref: SessionRef): void {
    const { sessions } = this;
    const other = (ref ^ 1) as SessionRef;
    this.srcAddr = sessions.dstAddr(other);
    this.srcPort = sessions.dstPort(other);
    this.dstAddr = sessions.srcAddr(other);
    this.dstPort = sessions.srcPort(other);
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

  /** DNAT. NO_PORT when the target's answers could not be told from packets of another session. */
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
    const hash = tupleHash(protocol, srcAddr, dstAddr, (srcPort << 16) | dstPort);
    for (let turn = 0; turn < tries; turn++) {
      const address = addresses[(first + turn) % addresses.length];
      const port = this.choosePort(protocol, srcPort, hash, address, toAddr, toPort, nowNs);
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
      if (session !== NONE) this.pools.join(session);
      return session;
    }
    return NO_PORT;
  }

  /** Ports of a public address that DNAT holds: not given to sources from now on. Live bindings stay. */
  hold(address: number, protocol: number, first: number, last: number): void {
    this.heldPorts.hold(address, protocol, { first, last });
    this.recountHeld(address, protocol);
  }

  /** Takes back one `hold` of the same range. */
  unhold(address: number, protocol: number, first: number, last: number): void {
    this.heldPorts.unhold(address, protocol, { first, last });
    this.recountHeld(address, protocol);
  }

  portsInUse(address: number, protocol: number, dstAddr: number, dstPort: number, nowNs: number): number {
    this.sessions.drain(nowNs);
    return this.pools.count(this.pools.headOf(protocol, address, dstAddr, dstPort));
  }

  /** Closes every session whose source was translated to that address; answers how many. Looks at all sessions. */
  closeOf(address: number): number {
    const { sessions, pools } = this;
    let closed = 0;
    for (let at = sessions.next(NO_PORT); at !== NONE; at = sessions.next(at)) {
      if (!pools.isPooled(at) || sessions.dstAddr(refOf(at, REPLY)) !== address >>> 0) continue;
      sessions.close(at);
      closed++;
    }
    return closed;
  }

  /** Forgets all sessions without a word, held ports stay: the power went. */
  clear(): void {
    this.sessions.clear();
    this.pools.clear();
  }

  memoryBytes(): number {
    return this.sessions.memoryBytes() + this.pools.memoryBytes();
  }

  /** A free port of the address towards the destination; NONE if it is full. */
  private choosePort(
    protocol: number,
    wanted: number,
    hash: number,
    address: number,
    dstAddr: number,
    dstPort: number,
    nowNs: number,
  ): number {
    const { sessions } = this;
    const free = this.heldPorts.freePorts(address, protocol);
    if (this.isFull(free, protocol, address, dstAddr, dstPort)) {
      sessions.drain(nowNs);
      if (this.isFull(free, protocol, address, dstAddr, dstPort)) return NONE;
    }
    if (free.has(wanted) && sessions.find(protocol, dstAddr, dstPort, address, wanted, nowNs) === NONE) {
      return wanted;
    }
    // A step that is odd meets all numbers below a power of two; those beyond the free ports are passed over.
    const { count } = free;
    const mask = (1 << (32 - Math.clz32(count - 1))) - 1;
    const step = mix32(hash ^ address) | 1;
    let number = hash & mask;
    for (let turn = 0; turn <= mask; turn++) {
      if (number < count) {
        const port = free.at(number);
        if (sessions.find(protocol, dstAddr, dstPort, address, port, nowNs) === NONE) return port;
      }
      number = (number + step) & mask;
    }
    return NONE;
  }

  private isFull(
    free: FreePorts,
    protocol: number,
    address: number,
    dstAddr: number,
    dstPort: number,
  ): boolean {
    const { pools } = this;
    const head = pools.headOf(protocol, address, dstAddr, dstPort);
    const count = pools.count(head);
    return count >= this.perDestination || count - pools.held(head) >= free.count;
  }

  /** Of a pooled session: its port was given before DNAT came to hold it. */
  private isHeld(session: SessionId): boolean {
    const { sessions } = this;
    const reply = refOf(session, REPLY);
    return !this.heldPorts
      .freePorts(sessions.dstAddr(reply), sessions.protocol(reply))
      .has(sessions.dstPort(reply));
  }

  private recountHeld(address: number, protocol: number): void {
    const { sessions, pools } = this;
    for (let pass = 0; pass < 2; pass++) {
      for (let at = sessions.next(NO_PORT); at !== NONE; at = sessions.next(at)) {
        const reply = refOf(at, REPLY);
        if (!pools.isPooled(at) || sessions.protocol(reply) !== protocol) continue;
        if (sessions.dstAddr(reply) !== address >>> 0) continue;
        const head = pools.headFor(at);
        if (pass === 0) pools.setHeld(head, 0);
        else if (this.isHeld(at)) pools.setHeld(head, pools.held(head) + 1);
      }
    }
  }
}
