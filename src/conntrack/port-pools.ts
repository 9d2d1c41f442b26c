// hot path
/**
 * How many translated sources there are by pool: public address, destination address and port, protocol. There may be
 * as many pools as sessions, so a pool has no row of its own: its sessions form a list through their rows, and the
 * first of them, the head, holds the counts and is what the index finds:
 *
 *   index  --hash of the pool-->  head (count 3, held 0)  <-->  session  <-->  session
 *
 * A head that closes hands counts and place in the index to the next. Joining and leaving cost one look-up in the
 * index and the rows of head and neighbours. A session is in a pool exactly while it has the POOLED flag.
 */
import { NONE } from '../base/brand.ts';
import {
  DST_ADDR,
  META,
  PAGE_MASK,
  PAGE_SHIFT,
  POOL_COUNT,
  POOL_HELD,
  POOL_NEXT,
  POOL_PREVIOUS,
  POOLED,
  PORTS,
  PROTOCOL_MASK,
  type SessionRows,
  SRC_ADDR,
  TO_REPLY,
  WORDS_SHIFT,
} from './session-rows.ts';
import { tupleHash } from './tuple-hash.ts';
import { TupleIndex } from './tuple-index.ts';

const REPLY_SRC = TO_REPLY + SRC_ADDR;
const REPLY_DST = TO_REPLY + DST_ADDR;
const REPLY_PORTS = TO_REPLY + PORTS;

export class PortPools {
  private readonly rows: SessionRows;
  private readonly index = new TupleIndex();

  constructor(rows: SessionRows) {
    this.rows = rows;
  }

  /** The session that heads the pool; NONE if nobody is in it. */
  headOf(protocol: number, address: number, dstAddr: number, dstPort: number): number {
    const hash = poolHash(protocol, address, dstAddr, dstPort);
    return this.headHashed(hash, protocol, address | 0, dstAddr | 0, dstPort);
  }

  /** Sessions in the pool of that head; 0 for NONE. */
  count(head: number): number {
    return head === NONE ? 0 : this.word(head, POOL_COUNT);
  }

  /** Those of them whose port has come to be held since. */
  held(head: number): number {
    return head === NONE ? 0 : this.word(head, POOL_HELD);
  }

  setHeld(head: number, held: number): void {
    this.setWord(head, POOL_HELD, held);
  }

  isPooled(session: number): boolean {
    return (this.word(session, META) & POOLED) !== 0;
  }

  /** The head of the pool that a pooled session is in. */
  headFor(session: number): number {
    return this.headOf(
      this.word(session, META) & PROTOCOL_MASK,
      this.word(session, REPLY_DST),
      this.word(session, REPLY_SRC),
      this.word(session, REPLY_PORTS) >>> 16,
    );
  }

  /** Puts a new session into the pool that its reply tuple names. Its port is not held. */
  join(session: number): void {
    const head = this.headFor(session);
    this.setWord(session, META, this.word(session, META) | POOLED);
    if (head === NONE) {
      this.setWord(session, POOL_NEXT, NONE);
      this.setWord(session, POOL_PREVIOUS, NONE);
      this.setWord(session, POOL_COUNT, 1);
      this.setWord(session, POOL_HELD, 0);
      this.index.add(this.hashOf(session), session);
      return;
    }
    const second = this.word(head, POOL_NEXT);
    this.setWord(session, POOL_NEXT, second);
    this.setWord(session, POOL_PREVIOUS, head);
    this.setWord(head, POOL_NEXT, session);
    if (second !== NONE) this.setWord(second, POOL_PREVIOUS, session);
    this.setWord(head, POOL_COUNT, this.word(head, POOL_COUNT) + 1);
  }

  /** `isHeld`: its port was counted as held. */
  leave(session: number, isHeld: boolean): void {
    this.setWord(session, META, this.word(session, META) & ~POOLED);
    const next = this.word(session, POOL_NEXT);
    const previous = this.word(session, POOL_PREVIOUS);
    const head = previous === NONE ? session : this.headFor(session);
    const count = this.word(head, POOL_COUNT) - 1;
    const held = this.word(head, POOL_HELD) - (isHeld ? 1 : 0);
    if (next !== NONE) this.setWord(next, POOL_PREVIOUS, previous);
    if (previous !== NONE) this.setWord(previous, POOL_NEXT, next);
    else if (next !== NONE) this.index.replace(this.hashOf(session), session, next);
    else this.index.remove(this.hashOf(session), session);
    const heir = previous === NONE ? next : head;
    if (heir === NONE) return;
    this.setWord(heir, POOL_COUNT, count);
    this.setWord(heir, POOL_HELD, held);
  }

  clear(): void {
    this.index.clear();
  }

  memoryBytes(): number {
    return this.index.memoryBytes();
  }

  private headHashed(
    hash: number,
    protocol: number,
    address: number,
    dstAddr: number,
    dstPort: number,
  ): number {
    for (let head = this.index.seek(hash); head !== NONE; head = this.index.seekNext()) {
      const words = this.rows.words[head >> PAGE_SHIFT];
      const at = (head & PAGE_MASK) << WORDS_SHIFT;
      if (
        words[at + REPLY_DST] === address &&
        words[at + REPLY_SRC] === dstAddr &&
        words[at + REPLY_PORTS] >>> 16 === dstPort &&
        (words[at + META] & PROTOCOL_MASK) === protocol
      ) {
        return head;
      }
    }
    return NONE;
  }

  private hashOf(session: number): number {
    return poolHash(
      this.word(session, META) & PROTOCOL_MASK,
      this.word(session, REPLY_DST),
      this.word(session, REPLY_SRC),
      this.word(session, REPLY_PORTS) >>> 16,
    );
  }

  private word(session: number, word: number): number {
    return this.rows.words[session >> PAGE_SHIFT][((session & PAGE_MASK) << WORDS_SHIFT) + word];
  }

  private setWord(session: number, word: number, value: number): void {
    this.rows.words[session >> PAGE_SHIFT][((session & PAGE_MASK) << WORDS_SHIFT) + word] = value;
  }
}

function poolHash(protocol: number, address: number, dstAddr: number, dstPort: number): number {
  return tupleHash(protocol, dstAddr, address, dstPort << 16);
}
