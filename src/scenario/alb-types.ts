/** Checked ALBs: plain, read-only, in base units, as all of the scenario. */
import type { HealthCheck } from './scenario.ts';

export interface Alb {
  readonly name: string;
  readonly addressType: 'Internet' | 'Intranet';
  readonly region: string;
  readonly vpc: string;
  /** At least two, each with an address of its own. */
  readonly zones: readonly AlbZone[];
  readonly listeners: readonly AlbListener[];
  readonly serverGroups: readonly AlbServerGroup[];
  readonly rules: readonly AlbRule[];
  readonly risks: readonly string[];
}

export interface AlbZone {
  readonly zone: string;
  readonly vswitch: string;
  readonly address: number;
}

export interface AlbListener {
  readonly name: string;
  readonly port: number;
  readonly idleTimeoutNs?: number;
  readonly requestTimeoutNs?: number;
  /** Where requests go that no rule takes. */
  readonly serverGroup: string;
}

export interface AlbServerGroup {
  readonly name: string;
  readonly port: number;
  readonly scheduler: 'Wrr' | 'Wlc' | 'Sch' | 'Uch';
  /** Of Uch: the parameter of the query that it hashes. */
  readonly urlParameter?: string;
  /** Null: servers are not checked. */
  readonly healthCheck: HealthCheck | null;
  /** Null: no cookies. Absent: kept for as long as the registry says. */
  readonly cookieTimeoutNs?: number | null;
  /** Null: a new server has its whole weight at once. Absent: for as long as the registry says. */
  readonly slowStartNs?: number | null;
  /** Null: requests under way at a server that leaves may end. Absent: they have as long as the registry says. */
  readonly drainNs?: number | null;
  /** True: each zone gives requests to servers in it alone. */
  readonly isZonal: boolean;
  readonly servers: readonly { readonly instance: string; readonly weight: number }[];
}

export interface AlbRule {
  readonly name: string;
  readonly listener: string;
  readonly priority: number;
  readonly hosts: readonly string[];
  readonly paths: readonly string[];
  readonly serverGroup: string;
}

/** The name of what a zone's address belongs to: `front/cn-hangzhou-h`. */
export const albZoneName = (alb: string, zone: string): string => `${alb}/${zone}`;
