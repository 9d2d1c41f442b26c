/**
 * The admin verbs of DNS records: they act at once at the authoritative server and at the probe node, or refuse. What
 * resolvers and clients hold by then is theirs until it expires.
 * Source: Terraform alicloud_alidns_record; Global Traffic Manager for several weighted values.
 */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { DnsProbe } from '../devices/dns-probe.ts';
import type { Network } from '../network/network.ts';
import {
  type AnswerPolicy,
  type DnsZone,
  membershipChanges,
  type ZoneRecord,
  type ZoneValue,
} from '../protocols/dns-zone.ts';
import type { ProbeSettings } from '../protocols/health-prober.ts';
import type { Refusal } from './refusal.ts';

/** How the values of a record are probed. */
export interface RecordCheck {
  readonly port: number;
  readonly settings: ProbeSettings;
}

export interface RecordChange {
  readonly ttlSeconds?: number;
  readonly policy?: AnswerPolicy;
  readonly values?: readonly { readonly name: string; readonly address: number; readonly weight: number }[];
}

export class DnsAdmin {
  private readonly zone: DnsZone;
  private readonly probe: DnsProbe | null;
  private readonly network: Network;
  private readonly checks = new Map<string, RecordCheck>();

  constructor(zone: DnsZone, probe: DnsProbe | null, network: Network) {
    this.zone = zone;
    this.probe = probe;
    this.network = network;
  }

  manage(record: ZoneRecord, check: RecordCheck | null): void {
    this.zone.add(record);
    if (check !== null) this.checks.set(record.name, check);
    for (const value of record.values) this.watch(record, value, NONE);
    this.network.states.set(record.name, describe(record));
  }

  set(name: string, change: RecordChange, event: number): Refusal {
    const record = this.record(name);
    const from = describe(record);
    record.ttlSeconds = change.ttlSeconds ?? record.ttlSeconds;
    record.policy = change.policy ?? record.policy;
    if (change.values !== undefined) this.replace(record, change.values, event);
    this.show(record, from, event);
    return null;
  }

  add(name: string, value: string, address: number, weight: number, event: number): Refusal {
    const record = this.record(name);
    if (record.values.some((known) => known.name === value)) return `${value} is a value of ${name} already`;
    const from = describe(record);
    const added = { name: value, address, weight, isUp: true, isOffered: true };
    record.values.push(added);
    this.watch(record, added, event);
    this.show(record, from, event);
    return null;
  }

  remove(name: string, value: string, event: number): Refusal {
    const record = this.record(name);
    const left = record.values.filter((known) => known.name !== value);
    if (left.length === record.values.length) return `${value} is no value of ${name}`;
    if (!left.some(({ weight }) => weight > 0)) return `${name} would be left without an answer`;
    const from = describe(record);
    record.values = left;
    this.probe?.removeTarget(name, value);
    this.show(record, from, event);
    return null;
  }

  /** Withholds a value from the answers of every record that has it, or offers it again; it stays listed. */
  offer(value: string, isOffered: boolean, event: number): void {
    for (const record of this.zone.records()) {
      const known = record.values.find(({ name }) => name === value);
      if (known === undefined) continue;
      const changes = membershipChanges(record, () => {
        known.isOffered = isOffered;
      });
      for (const { value: moved, isIn } of changes) {
        const [from, to] = isIn ? ['out', 'in'] : ['in', 'out'];
        const [subject, cause] = [`${record.name}/${moved.name}`, { event, chain: [] }];
        this.network.change({ kind: 'installation', subject, from, to, cause });
      }
    }
  }

  /** Values that stay keep what is known of their health. */
  private replace(record: ZoneRecord, values: NonNullable<RecordChange['values']>, event: number): void {
    const before = record.values;
    record.values = values.map(({ name, address, weight }) => {
      const known = before.find((value) => value.name === name);
      return { name, address, weight, isUp: known?.isUp ?? true, isOffered: known?.isOffered ?? true };
    });
    for (const { name } of before)
      if (!values.some((value) => value.name === name)) this.probe?.removeTarget(record.name, name);
    for (const value of record.values)
      if (!before.some(({ name }) => name === value.name)) this.watch(record, value, event);
  }

  private watch(record: ZoneRecord, value: ZoneValue, event: number): void {
    const check = this.checks.get(record.name);
    if (check === undefined) return;
    const probe = present(this.probe, 'a record with a health check has no probe node');
    probe.addTarget(record.name, value.name, value.address, check.port, check.settings, event);
    this.network.states.set(`${record.name}/${value.name}`, 'in');
  }

  private show(record: ZoneRecord, from: string, event: number): void {
    const cause = event === NONE ? null : { event, chain: [] };
    this.network.change({ kind: 'installation', subject: record.name, from, to: describe(record), cause });
  }

  private record(name: string): ZoneRecord {
    return present(this.zone.find(name), `no record ${name} was built`);
  }
}

/** `weighted 60s: front-hz 100, front-sg 50`. */
function describe({ policy, ttlSeconds, values }: ZoneRecord): string {
  const shown = values.map(({ name, weight }) => `${name} ${weight}`).join(', ');
  return `${policy} ${ttlSeconds}s: ${shown}`;
}
