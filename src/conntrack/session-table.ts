/** Tracked connections, found from both directions by 5-tuple. A plain form behind the final interface. */
import { type Id, NONE } from '../base/brand.ts';
import {
  nextState,
  ORIGINAL,
  openingState,
  REPLY,
  type SessionTimeouts,
  timeoutsByState,
} from './tcp-states.ts';

export { ORIGINAL, REPLY, type SessionTimeouts } from './tcp-states.ts';

/** Row number of a tracked connection; reused after it closed. */
export type SessionId = Id<'session'>;
/** A session and a direction of it. */
export type SessionRef = Id<'session-ref'>;

export function sessionOf(ref: SessionRef): SessionId {
  return (ref >> 1) as SessionId;
}

export function directionOf(ref: SessionRef): number {
  return ref & 1;
}

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

export class SessionTable {
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
    this.refs.set(keyOf(reply), session * 2 + REPLY);
    this.refs.set(keyOf(original), session * 2 + ORIGINAL);
    return session as SessionId;
  }

  /** A packet of the session passed: TCP moves on, the deadline is put off. */
  touch(ref: SessionRef, tcpFlags: number, nowNs: number): void {
    const row = this.row(sessionOf(ref));
    row.state = nextState(row.state, directionOf(ref), tcpFlags);
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

  /** Of everything the table has allocated. */
  memoryBytes(): number {
    return this.rows.size * 500;
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
    return this.row(sessionOf(ref)).tuples[directionOf(ref)] as Tuple;
  }
}
