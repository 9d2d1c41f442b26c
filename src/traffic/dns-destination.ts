/**
 * A destination that is a name: what the client process does with answers. `honour` asks the host's stub resolver
 * whenever it needs the address, and so keeps to the TTL; `ignore` keeps an answer for a time of its own; `pin` asks
 * once and never again. What a process keeps is gone with its host's power. Each sender of a flow is a process.
 */
import { NONE } from '../base/brand.ts';
import type { Engine } from '../engine/engine.ts';
import { OUT } from '../network/packet-table.ts';
import { type DnsAnswer, NO_ERROR } from '../protocols/dns-message.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { Destination } from './destination.ts';
import type { DnsStub } from './dns-stub.ts';

interface KeptAddress {
  readonly address: number;
  readonly untilNs: number;
  /** Life of the host in which it was learnt. */
  readonly life: number;
}

export class NameDestination implements Destination {
  private readonly engine: Engine;
  private readonly flow: number;
  private readonly name: string;
  private readonly keptNs: number;
  private readonly stubs: ReadonlyMap<HostStack, DnsStub>;
  private readonly kept = new Map<HostStack, KeptAddress>();

  /**
   * `keptNs` is for how long an answer is kept apart from the host: 0 honours the TTL, infinity pins. `stubs` has those
   * of all senders.
   */
  constructor(
    engine: Engine,
    flow: number,
    name: string,
    keptNs: number,
    stubs: ReadonlyMap<HostStack, DnsStub>,
  ) {
    this.engine = engine;
    this.flow = flow;
    this.name = name;
    this.keptNs = keptNs;
    this.stubs = stubs;
  }

  known(from: HostStack): number {
    const kept = this.keptBy(from);
    if (kept !== NONE) return kept;
    const cached = this.stubs.get(from)?.cached(this.name) ?? null;
    if (cached === null) return NONE;
    this.keep(from, cached.address);
    return cached.address;
  }

  resolve(from: HostStack, unit: number, use: (address: number) => void): void {
    const billing = { flow: this.flow, unit, connection: NONE, direction: OUT };
    this.stubs.get(from)?.lookUp(this.name, billing, (answer) => use(this.take(from, answer)));
  }

  private keptBy(from: HostStack): number {
    if (this.keptNs === 0) return NONE;
    const kept = this.kept.get(from);
    const isKept = kept !== undefined && kept.life === from.lives && this.engine.nowNs < kept.untilNs;
    return isKept ? kept.address : NONE;
  }

  /** Of several addresses a client takes the first; of several answers that were under way at once it keeps the first. */
  private take(from: HostStack, answer: DnsAnswer | null): number {
    const kept = this.keptBy(from);
    if (kept !== NONE) return kept;
    const [address = NONE] = answer !== null && answer.rcode === NO_ERROR ? answer.addresses : [];
    if (address !== NONE) this.keep(from, address);
    return address;
  }

  private keep(from: HostStack, address: number): void {
    if (this.keptNs === 0) return;
    this.kept.set(from, { address, untilNs: this.engine.nowNs + this.keptNs, life: from.lives });
  }
}
