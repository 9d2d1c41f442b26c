/** Checked DNS records and resolvers: plain, read-only, in base units, as all of the scenario. */
import type { Place } from './scenario.ts';

export interface DnsRecord {
  readonly name: string;
  /** What clients ask for, without the final dot. */
  readonly domain: string;
  readonly ttlSeconds?: number;
  readonly policy: 'weighted' | 'failover' | 'all';
  /** In order of preference. */
  readonly values: readonly DnsValue[];
  readonly healthCheck: DnsHealthCheck | null;
}

export interface DnsValue {
  /** Name of an EIP, CLB, instance, Internet host, or of an ALB in a zone. */
  readonly target: string;
  readonly weight: number;
}

export interface DnsHealthCheck {
  readonly port: number;
  readonly intervalNs?: number;
  readonly timeoutNs?: number;
  readonly unhealthyThreshold?: number;
  readonly healthyThreshold?: number;
}

/** A recursive resolver: one of the file, or one that hosts without their own fall back on. */
export interface Resolver {
  readonly name: string;
  readonly place: Place;
  /** Of a region's own resolver; null on the Internet. */
  readonly region: string | null;
  /** VPCs that a region's own resolver serves. */
  readonly vpcs: readonly string[];
  /** Public; what it asks from, and what is asked unless it is a region's. */
  readonly address: number;
  readonly minTtlSeconds?: number;
  readonly maxTtlSeconds?: number;
  readonly timeoutNs?: number;
  readonly attempts?: number;
  readonly risks: readonly string[];
}

/** Names as a whole: the authoritative server, who probes, who asks whom. */
export interface NameService {
  readonly place: Place;
  readonly authorityAddress: number;
  /** Null: no record has a health check. */
  readonly probeAddress: number | null;
  readonly records: readonly DnsRecord[];
  readonly resolvers: readonly Resolver[];
  /** Host to resolver, for hosts that send to names. */
  readonly resolverOf: Readonly<Record<string, string>>;
}
