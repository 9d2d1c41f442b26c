/**
 * What an authoritative server knows of its names, and how it answers: one address drawn by weight, the first healthy
 * one, or all of them turned round by one at every answer. Values of weight 0 are never answered; unhealthy ones only
 * when no value is healthy; those that are withheld never. Knows neither time nor packets.
 */
import type { RandomStream } from '../base/random.ts';
import { type DnsAnswer, type DnsQuery, NAME_ERROR, NO_ERROR } from './dns-message.ts';

export type AnswerPolicy = 'weighted' | 'failover' | 'all';

export interface ZoneValue {
  readonly name: string;
  readonly address: number;
  weight: number;
  /** As its health check says; true without one. */
  isUp: boolean;
  /** False: withheld by whoever owns the address, as a zone that was shifted away. */
  isOffered: boolean;
}

export interface ZoneRecord {
  readonly name: string;
  /** What clients ask for, without the final dot. */
  readonly domain: string;
  ttlSeconds: number;
  policy: AnswerPolicy;
  /** In order of preference. */
  values: ZoneValue[];
  /** Draws of the weighted policy, one an answer. */
  readonly draws: RandomStream;
  /** Answers given so far, which turn the order of all. */
  turn: number;
}

export class DnsZone {
  private readonly byName = new Map<string, ZoneRecord>();
  private readonly byDomain = new Map<string, ZoneRecord>();

  add(record: ZoneRecord): void {
    this.byName.set(record.name, record);
    this.byDomain.set(record.domain, record);
  }

  find(name: string): ZoneRecord | undefined {
    return this.byName.get(name);
  }

  /** In the order they were added. */
  records(): ZoneRecord[] {
    return [...this.byName.values()];
  }

  answer({ id, name }: DnsQuery): DnsAnswer {
    const record = this.byDomain.get(name);
    if (record === undefined)
      return { kind: 'dns-answer', id, name, rcode: NAME_ERROR, ttlSeconds: 0, addresses: [] };
    const { ttlSeconds } = record;
    return { kind: 'dns-answer', id, name, rcode: NO_ERROR, ttlSeconds, addresses: addressesOf(record) };
  }
}

/** Values that may be answered now. */
export function answerable(record: ZoneRecord): ZoneValue[] {
  const weighted = record.values.filter(({ weight, isOffered }) => weight > 0 && isOffered);
  const healthy = weighted.filter(({ isUp }) => isUp);
  return healthy.length > 0 ? healthy : weighted;
}

/** Which values `change` takes out of the answers, or puts back. */
export function membershipChanges(
  record: ZoneRecord,
  change: () => void,
): { readonly value: ZoneValue; readonly isIn: boolean }[] {
  const before = answerable(record);
  change();
  const after = answerable(record);
  return record.values.flatMap((value) => {
    const isIn = after.includes(value);
    return before.includes(value) === isIn ? [] : [{ value, isIn }];
  });
}

function addressesOf(record: ZoneRecord): number[] {
  const values = answerable(record);
  switch (record.policy) {
    case 'weighted':
      return values.length === 0 ? [] : [drawn(values, record.draws).address];
    case 'failover':
      return values.slice(0, 1).map(({ address }) => address);
    case 'all':
      return turned(
        values.map(({ address }) => address),
        record.turn++,
      );
  }
}

function drawn(values: readonly ZoneValue[], draws: RandomStream): ZoneValue {
  const total = values.reduce((sum, { weight }) => sum + weight, 0);
  let left = draws.uniform() * total;
  for (const value of values) {
    left -= value.weight;
    if (left < 0) return value;
  }
  return values.at(-1) as ZoneValue;
}

/** The same addresses, beginning with the `turn`-th. */
export function turned(addresses: readonly number[], turn: number): number[] {
  const first = addresses.length === 0 ? 0 : turn % addresses.length;
  return [...addresses.slice(first), ...addresses.slice(0, first)];
}
