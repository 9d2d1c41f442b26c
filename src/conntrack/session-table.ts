// hot path
/**
 * Tracked connections, each found by 5-tuple from both directions. Owns state, deadline and one number of the owner;
 * knows no packets, no clock (time is passed in and never runs back), and nothing of what a session is for.
 *
 *   tuple --hash--> TupleIndex --row--> SessionRows (64 bytes a session) <--lists-- DeadlineWheel
 *
 * Look-ups read one line of the index and one row. A session whose reply tuple is the original one reversed has a
 * single entry in the index for both directions, as the hash of both is the same; a translated one has two.
 *
 * A time-out counts from the last packet, and a session whose deadline is now is due. Due sessions are closed when a
 * look-up meets them, a few with every `open`, and all by `drain`; so nobody ever sees one, and memory stays with
 * what is alive. Nothing here stalls: rows lie in pages that never move, the index grows in steps, and `open` looks at
 * a bounded number of due sessions.
 *
 * Size: 64 bytes a row, and 10.7 to 21.3 (32 while it grows) an entry of the index: 80 to 110 bytes a session; 128 for a
 * translated one just when the index doubles. A Map by text takes nine times the room, and some ten times as long
 * (bench conntrack). What is left of a look-up in a large table is two reads of memory, one after the other.
 */
import { assert } from '../base/assert.ts';
import { type Id, NONE } from '../base/brand.ts';
import { DeadlineWheel } from './deadline-wheel.ts';
import {
  DEADLINE,
  DST_ADDR,
  LIVE,
  META,
  MIRRORED,
  PAGE_MASK,
  PAGE_SHIFT,
  PORTS,
  PROTOCOL_MASK,
  SessionRows,
  SRC_ADDR,
  STATE_MASK,
  STATE_SHIFT,
  TO_REPLY,
  VALUE,
  WORDS_SHIFT,
} from './session-rows.ts';
import { nextState, openingState, type SessionTimeouts, timeoutsByState } from './tcp-states.ts';
import { tupleHash } from './tuple-hash.ts';
import { TupleIndex } from './tuple-index.ts';

export { ORIGINAL, REPLY, type SessionTimeouts } from './tcp-states.ts';

/** Row number of a tracked connection; used again after it closed. */
export type SessionId = Id<'session'>;
/** A session and a direction of it: session * 2 + direction. */
export type SessionRef = Id<'session-ref'>;

export function sessionOf(ref: SessionRef): SessionId {
  return (ref >> 1) as SessionId;
}

export function directionOf(ref: SessionRef): number {
  return ref & 1;
}

export function refOf(session: SessionId, direction: number): SessionRef {
  return ((session << 1) | direction) as SessionRef;
}

/** What one `open` does at most for sessions that are due: so many steps of the wheel, twice. */
const DUE_STEPS = 8;
/** Steps of the wheel without a bound. */
const ALL = 0x7fffffff;

export class SessionTable {
  /** For tables built on this one. */
  readonly rows = new SessionRows();
  /** Counters for gauges and tests. */
  readonly index = new TupleIndex();
  readonly wheel: DeadlineWheel;
  private readonly timeoutNs: Float64Array;
  private readonly onClose: ((session: SessionId) => void) | null;

  /** `onClose` hears of every session before it goes; its row can still be read, the table not be changed. */
  constructor(timeouts: SessionTimeouts, onClose?: (session: SessionId) => void) {
    this.timeoutNs = timeoutsByState(timeouts);
    this.wheel = new DeadlineWheel(this.rows);
    this.onClose = onClose ?? null;
  }

  /** Sessions held, due ones included until drained. */
  get size(): number {
    return this.rows.live;
  }

  /** NONE when there is none. A session that is due counts as absent and is closed on the spot. */
  find(
    protocol: number,
    srcAddr: number,
    srcPort: number,
    dstAddr: number,
    dstPort: number,
    nowNs: number,
  ): SessionRef {
    const ports = (srcPort << 16) | dstPort;
    const hash = tupleHash(protocol, srcAddr, dstAddr, ports);
    return this.findHashed(hash, protocol, srcAddr | 0, dstAddr | 0, ports, nowNs);
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
    if (nowNs >= this.wheel.quietUntilNs) this.closeSomeDue(nowNs);
    const ports = (srcPort << 16) | dstPort;
    const src = srcAddr | 0;
    const dst = dstAddr | 0;
    const hash = tupleHash(protocol, src, dst, ports);
    if (this.findHashed(hash, protocol, src, dst, ports, nowNs) !== NONE) return NONE as SessionId;
    const replySrc = replySrcAddr | 0;
    const replyDst = replyDstAddr | 0;
    const replyPorts = (replySrcPort << 16) | replyDstPort;
    const isMirrored = replySrc === dst && replyDst === src && replyPorts === ((dstPort << 16) | srcPort);
    const replyHash = isMirrored ? hash : tupleHash(protocol, replySrc, replyDst, replyPorts);
    if (this.findHashed(replyHash, protocol, replySrc, replyDst, replyPorts, nowNs) !== NONE) {
      return NONE as SessionId;
    }
    const session = this.rows.create();
    const state = openingState(protocol, tcpFlags);
    const words = this.rows.words[session >> PAGE_SHIFT];
    const at = (session & PAGE_MASK) << WORDS_SHIFT;
    words[at + SRC_ADDR] = src;
    words[at + DST_ADDR] = dst;
    words[at + PORTS] = ports;
    words[at + META] = protocol | (state << STATE_SHIFT) | LIVE | (isMirrored ? MIRRORED : 0);
    words[at + TO_REPLY + SRC_ADDR] = replySrc;
    words[at + TO_REPLY + DST_ADDR] = replyDst;
    words[at + TO_REPLY + PORTS] = replyPorts;
    words[at + VALUE] = 0;
    this.rows.doubles[session >> PAGE_SHIFT][(at >> 1) + DEADLINE] = nowNs + this.timeoutNs[state];
    this.wheel.place(session);
    this.index.add(hash, session << 1);
    if (!isMirrored) this.index.add(replyHash, (session << 1) | 1);
    return session as SessionId;
  }

  /** A packet of the session passed: TCP moves on, the deadline is put off. */
  touch(ref: SessionRef, tcpFlags: number, nowNs: number): void {
    const page = ref >> (PAGE_SHIFT + 1);
    const row = (ref >> 1) & PAGE_MASK;
    const words = this.rows.words[page];
    const doubles = this.rows.doubles[page];
    const at = (row << WORDS_SHIFT) + META;
    const meta = words[at];
    const state = nextState((meta & STATE_MASK) >> STATE_SHIFT, ref & 1, tcpFlags);
    words[at] = (meta & ~STATE_MASK) | (state << STATE_SHIFT);
    const deadlineNs = nowNs + this.timeoutNs[state];
    const atDeadline = (row << (WORDS_SHIFT - 1)) + DEADLINE;
    const isNearer = deadlineNs < doubles[atDeadline];
    doubles[atDeadline] = deadlineNs;
    if (isNearer) this.hangNearer(ref >> 1);
  }

  close(session: SessionId): void {
    this.wheel.unlink(session);
    this.forget(session);
  }

  /** Closes every session that is due; after it `size` is exact. */
  drain(nowNs: number): void {
    const { wheel } = this;
    for (let due = wheel.takeDue(nowNs, ALL); due !== NONE; due = wheel.takeDue(nowNs, ALL)) this.forget(due);
  }

  /** Forgets everything without a word to the owner: the power went. */
  clear(): void {
    this.rows.clear();
    this.index.clear();
    this.wheel.clear();
  }

  /** An int32 of the owner; 0 at first. */
  value(session: SessionId): number {
    return this.word(session, VALUE);
  }

  setValue(session: SessionId, value: number): void {
    this.rows.words[session >> PAGE_SHIFT][((session & PAGE_MASK) << WORDS_SHIFT) + VALUE] = value;
  }

  /** The header that packets of that direction arrive with. */
  srcAddr(ref: SessionRef): number {
    return this.word(ref >> 1, SRC_ADDR + (ref & 1) * TO_REPLY) >>> 0;
  }

  srcPort(ref: SessionRef): number {
    return this.word(ref >> 1, PORTS + (ref & 1) * TO_REPLY) >>> 16;
  }

  dstAddr(ref: SessionRef): number {
    return this.word(ref >> 1, DST_ADDR + (ref & 1) * TO_REPLY) >>> 0;
  }

  dstPort(ref: SessionRef): number {
    return this.word(ref >> 1, PORTS + (ref & 1) * TO_REPLY) & 0xffff;
  }

  protocol(ref: SessionRef): number {
    return this.word(ref >> 1, META) & PROTOCOL_MASK;
  }

  /** One of the states of tcp-states.ts. */
  state(session: SessionId): number {
    return (this.word(session, META) & STATE_MASK) >> STATE_SHIFT;
  }

  deadlineNs(session: SessionId): number {
    return this.rows.doubles[session >> PAGE_SHIFT][((session & PAGE_MASK) << (WORDS_SHIFT - 1)) + DEADLINE];
  }

  /** The next session after that one in order of rows, NONE behind the last; start with NONE. Due ones are included. */
  next(session: SessionId): SessionId {
    for (let row = session + 1; row < this.rows.used; row++) {
      if ((this.word(row, META) & LIVE) !== 0) return row as SessionId;
    }
    return NONE as SessionId;
  }

  /** Of all arrays that the table has allocated. */
  memoryBytes(): number {
    const { rows, index, wheel, timeoutNs } = this;
    return rows.memoryBytes() + index.memoryBytes() + wheel.memoryBytes() + timeoutNs.byteLength;
  }

  private findHashed(
    hash: number,
    protocol: number,
    src: number,
    dst: number,
    ports: number,
    nowNs: number,
  ): SessionRef {
    const { index, rows } = this;
    for (let ref = index.seek(hash); ref !== NONE; ref = index.seekNext()) {
      const page = ref >> (PAGE_SHIFT + 1);
      const row = (ref >> 1) & PAGE_MASK;
      const words = rows.words[page];
      const at = row << WORDS_SHIFT;
      const meta = words[at + META];
      if ((meta & PROTOCOL_MASK) !== protocol) continue;
      let side = at + (ref & 1) * TO_REPLY;
      if (words[side] !== src || words[side + DST_ADDR] !== dst || words[side + PORTS] !== ports) {
        if ((meta & MIRRORED) === 0) continue;
        side = at + TO_REPLY;
        if (words[side] !== src || words[side + DST_ADDR] !== dst || words[side + PORTS] !== ports) continue;
        ref |= 1;
      }
      if (rows.doubles[page][(at >> 1) + DEADLINE] > nowNs) return ref as SessionRef;
      this.close((ref >> 1) as SessionId);
      break;
    }
    return NONE as SessionRef;
  }

  private closeSomeDue(nowNs: number): void {
    for (let turn = 0; turn < 2; turn++) {
      const due = this.wheel.takeDue(nowNs, DUE_STEPS);
      if (due !== NONE) this.forget(due);
    }
  }

  private hangNearer(session: number): void {
    this.wheel.unlink(session);
    this.wheel.place(session);
  }

  /** Takes a session that hangs in no list any more out of the index, and frees its row. */
  private forget(session: number): void {
    this.onClose?.(session as SessionId);
    const words = this.rows.words[session >> PAGE_SHIFT];
    const at = (session & PAGE_MASK) << WORDS_SHIFT;
    const meta = words[at + META];
    assert((meta & LIVE) !== 0, 'a session that closes is there');
    this.index.remove(this.hashOf(words, at, meta), session << 1);
    if ((meta & MIRRORED) === 0) {
      this.index.remove(this.hashOf(words, at + TO_REPLY, meta), (session << 1) | 1);
    }
    this.rows.free(session);
  }

  private hashOf(words: Int32Array, side: number, meta: number): number {
    return tupleHash(
      meta & PROTOCOL_MASK,
      words[side + SRC_ADDR],
      words[side + DST_ADDR],
      words[side + PORTS],
    );
  }

  private word(session: number, word: number): number {
    return this.rows.words[session >> PAGE_SHIFT][((session & PAGE_MASK) << WORDS_SHIFT) + word];
  }
}
