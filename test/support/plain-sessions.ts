/** The session table nobody can get wrong: objects in Maps by string, every deadline looked at. Twin of the real one. */
import { NONE } from '../../src/base/brand.ts';
import { type SessionId, type SessionRef, sessionOf } from '../../src/conntrack/session-table.ts';
import {
  nextState,
  openingState,
  type SessionTimeouts,
  timeoutsByState,
} from '../../src/conntrack/tcp-states.ts';

interface Tuple {
  readonly protocol: number;
  readonly srcAddr: number;
  readonly srcPort: number;
  readonly dstAddr: number;
  readonly dstPort: number;
}

interface Row {
  readonly tuples: readonly [original: Tuple, reply: Tuple];
  state: number;
  deadlineNs: number;
  value: number;
}

const keyOf = (t: Tuple): string =>
  `${t.srcAddr >>> 0}:${t.srcPort}-${t.dstAddr >>> 0}:${t.dstPort}/${t.protocol}`;

export class PlainSessionTable {
  private readonly timeoutNs: Float64Array;
  private readonly onClose: ((session: SessionId) => void) | undefined;
  private readonly rows = new Map<number, Row>();
  private readonly refs = new Map<string, number>();
  private readonly freeRows: number[] = [];
  private used = 0;

  constructor(timeouts: SessionTimeouts, onClose?: (session: SessionId) => void) {
    this.timeoutNs = timeoutsByState(timeouts);
    this.onClose = onClose;
  }

  /** Sessions held, due ones included until drained. */
  get size(): number {
    return this.rows.size;
  }

  /** NONE when there is none. A session whose deadline has come counts as absent and is closed on the spot. */
  find(
    protocol: number,
    srcAddr: number,
    srcPort: number,
    dstAddr: number,
    dstPort: number,
    nowNs: number,
  ): SessionRef {
    const ref = (this.refs.get(keyOf({ protocol, srcAddr, srcPort, dstAddr, dstPort })) ??
      NONE) as SessionRef;
    if (ref === NONE || this.row(sessionOf(ref)).deadlineNs > nowNs) return ref;
    this.close(sessionOf(ref));
    return NONE as SessionRef;
  }

  /** The tuples are those that packets arrive with. NONE if one of them belongs to a session that is there. */
  open(
    protocol: number,
    srcAddr: number,
    srcPort: number,
    dstAddr: number,
    dstPort: number,
    replySrcAddr: number,
    replySrcPort: number,
    replyDstAddr: number,
    replyDstPort: number,
    tcpFlags: number,
    nowNs: number,
  ): SessionId {
    if (
      this.find(protocol, srcAddr, srcPort, dstAddr, dstPort, nowNs) !== NONE ||
      this.find(protocol, replySrcAddr, replySrcPort, replyDstAddr, replyDstPort, nowNs) !== NONE
    ) {
      return NONE as SessionId;
    }
    const session = this.freeRows.pop() ?? this.used++;
    const original = { protocol, srcAddr, srcPort, dstAddr, dstPort };
    const reply = {
      protocol,
      srcAddr: replySrcAddr,
      srcPort: replySrcPort,
      dstAddr: replyDstAddr,
      dstPort: replyDstPort,
    };
    const state = openingState(protocol, tcpFlags);
    const deadlineNs = nowNs + this.timeoutNs[state];
    this.rows.set(session, { tuples: [original, reply], state, deadlineNs, value: 0 });
    this.refs.set(keyOf(reply), session * 2 + 1);
    this.refs.set(keyOf(original), session * 2);
    return session as SessionId;
  }

  /** A packet of the session passed: TCP moves on, the deadline is put off. */
  touch(ref: SessionRef, tcpFlags: number, nowNs: number): void {
    const row = this.row(sessionOf(ref));
    row.state = nextState(row.state, ref & 1, tcpFlags);
    row.deadlineNs = nowNs + this.timeoutNs[row.state];
  }

  close(session: SessionId): void {
    this.onClose?.(session);
    for (const tuple of this.row(session).tuples) this.refs.delete(keyOf(tuple));
    this.rows.delete(session);
    this.freeRows.push(session);
  }

  /** Closes every session whose deadline has come; after it `size` is exact. */
  drain(nowNs: number): void {
    for (const [session, { deadlineNs }] of [...this.rows])
      if (deadlineNs <= nowNs) this.close(session as SessionId);
  }

  /** Forgets everything without a word to the owner: the power went. */
  clear(): void {
    this.rows.clear();
    this.refs.clear();
    this.freeRows.length = 0;
    this.used = 0;
  }

  /** An int32 of the owner; 0 at first. */
  value(session: SessionId): number {
    return this.row(session).value;
  }

  setValue(session: SessionId, value: number): void {
    this.row(session).value = value;
  }

  /** The header that packets of that direction arrive with. */
  srcAddr(ref: SessionRef): number {
    return this.tuple(ref).srcAddr;
  }

  srcPort(ref: SessionRef): number {
    return this.tuple(ref).srcPort;
  }

  dstAddr(ref: SessionRef): number {
    return this.tuple(ref).dstAddr;
  }

  dstPort(ref: SessionRef): number {
    return this.tuple(ref).dstPort;
  }

  protocol(ref: SessionRef): number {
    return this.tuple(ref).protocol;
  }

  state(session: SessionId): number {
    return this.row(session).state;
  }

  deadlineNs(session: SessionId): number {
    return this.row(session).deadlineNs;
  }

  /** The next session after that one in order of rows, NONE behind the last; start with NONE. */
  next(session: SessionId): SessionId {
    for (let row = session + 1; row < this.used; row++) if (this.rows.has(row)) return row as SessionId;
    return NONE as SessionId;
  }

  private row(session: SessionId): Row {
    return this.rows.get(session) as Row;
  }

  private tuple(ref: SessionRef): Tuple {
    return this.row(sessionOf(ref)).tuples[ref & 1] as Tuple;
  }
}
