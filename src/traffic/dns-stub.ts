/**
 * The stub resolver of one host: asks the host's resolver, repeats unanswered questions, and keeps answers as long as
 * their TTL says, for all flows of the host. Whoever finds no answer asks for himself, and pays for it. SERVFAIL and
 * silence end a lookup without an address. All of it is gone with the host's power.
 * Source: resolv.conf(5) for time-out and attempts. One local port per host (assumed: nobody spoofs here).
 */
import { SECOND_NS } from '../base/units.ts';
import type { Engine, HandlerId } from '../engine/engine.ts';
import type { PacketId } from '../network/ids.ts';
import { DNS_PORT, type DnsAnswer, type DnsQuery, dnsBytes, NO_ERROR } from '../protocols/dns-message.ts';
import { type HostStack, UDP_HEADERS } from '../protocols/host-stack.ts';
import type { Billing } from '../protocols/tcp-segment.ts';

export interface DnsStubSettings {
  /** Of the resolver. */
  readonly resolver: number;
  readonly localPort: number;
  readonly timeoutNs: number;
  readonly attempts: number;
}

/** Null: nobody answered. */
export type AnswerHandler = (answer: DnsAnswer | null) => void;

export interface CachedAddress {
  readonly address: number;
  /** Not to be used at this instant or later. */
  readonly expiresNs: number;
}

interface Question {
  readonly query: DnsQuery;
  readonly billing: Billing;
  readonly use: AnswerHandler;
  readonly isKept: boolean;
  attempts: number;
}

const MAX_ID = 0xffff;

export class DnsStub {
  private readonly engine: Engine;
  private readonly stack: HostStack;
  private readonly settings: DnsStubSettings;
  private readonly timeout: HandlerId;
  private readonly cache = new Map<string, CachedAddress>();
  private readonly questions = new Map<number, Question>();
  private asked = 0;
  private life = 0;

  constructor(engine: Engine, stack: HostStack, settings: DnsStubSettings) {
    this.engine = engine;
    this.stack = stack;
    this.settings = settings;
    this.timeout = engine.register((id) => this.onTimeout(id));
    stack.bindUdp(settings.localPort, (packet) => this.onDatagram(packet));
  }

  /** The kept answer to a name, if it may still be used. */
  cached(name: string): CachedAddress | null {
    this.forgetOtherLives();
    const found = this.cache.get(name);
    if (found === undefined) return null;
    if (this.engine.nowNs < found.expiresNs) return found;
    this.cache.delete(name);
    return null;
  }

  /** Asks for a name and keeps the answer for others. */
  lookUp(name: string, billing: Billing, use: AnswerHandler): void {
    this.ask(name, billing, use, true);
  }

  /** Asks for a name and keeps nothing. */
  query(name: string, billing: Billing, use: AnswerHandler): void {
    this.ask(name, billing, use, false);
  }

  private ask(name: string, billing: Billing, use: AnswerHandler, isKept: boolean): void {
    this.forgetOtherLives();
    // Sequence numbers never repeat within a run; what travels are their lowest 16 bits.
    const sequence = this.asked++;
    const query: DnsQuery = { kind: 'dns-query', id: sequence & MAX_ID, name };
    const question: Question = { query, billing, use, isKept, attempts: 0 };
    this.questions.set(sequence, question);
    this.send(sequence, question);
  }

  private send(sequence: number, question: Question): void {
    const { resolver, localPort, timeoutNs } = this.settings;
    const { query, billing } = question;
    question.attempts++;
    this.engine.schedule(this.engine.nowNs + timeoutNs, this.timeout, sequence);
    const lengthBytes = UDP_HEADERS + dnsBytes(query);
    this.stack.sendDatagram(billing, localPort, resolver, DNS_PORT, lengthBytes, query);
  }

  private onTimeout(sequence: number): void {
    this.forgetOtherLives();
    const question = this.questions.get(sequence);
    if (question === undefined) return;
    if (question.attempts < this.settings.attempts) this.send(sequence, question);
    else this.conclude(sequence, question, null);
  }

  private onDatagram(packet: PacketId): void {
    const answer = this.stack.context.packets.content[packet] as DnsAnswer | null;
    if (answer?.kind !== 'dns-answer') return;
    this.forgetOtherLives();
    const last = this.asked - 1;
    const sequence = last - ((last - answer.id) & MAX_ID);
    const question = this.questions.get(sequence);
    if (question?.query.name !== answer.name) return;
    if (question.isKept) this.keep(answer);
    this.conclude(sequence, question, answer);
  }

  private keep({ name, rcode, addresses, ttlSeconds }: DnsAnswer): void {
    const [address] = addresses;
    if (rcode !== NO_ERROR || address === undefined || ttlSeconds === 0) return;
    this.cache.set(name, { address, expiresNs: this.engine.nowNs + ttlSeconds * SECOND_NS });
  }

  private conclude(sequence: number, { use }: Question, answer: DnsAnswer | null): void {
    this.questions.delete(sequence);
    use(answer);
  }

  /** Nobody is left of those who waited when the host lost its power. */
  private forgetOtherLives(): void {
    if (this.life === this.stack.lives) return;
    this.life = this.stack.lives;
    this.cache.clear();
    this.questions.clear();
  }
}
