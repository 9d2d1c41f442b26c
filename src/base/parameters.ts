/**
 * The registry of defaults. Every number that a device or protocol falls back on stands here once, either
 * `documented` (the source says it) or `assumed` (the reason says why this value). A scenario overrides any of them
 * under `assume`. The entries are in `registry/`, in base units: ns, bit/s, bytes, per second, shares from 0 to 1, counts.
 */
import { assert } from './assert.ts';
import { ALB_PARAMETERS } from './registry/albs.ts';
import { CLB_HTTP_PARAMETERS } from './registry/clb-http.ts';
import { CLB_SPEC_PARAMETERS } from './registry/clb-specs.ts';
import { DNS_PARAMETERS } from './registry/dns.ts';
import { HOST_PARAMETERS } from './registry/hosts.ts';
import { NAT_PARAMETERS } from './registry/nat.ts';
import { NETWORK_PARAMETERS } from './registry/network.ts';
import { PRODUCT_PARAMETERS } from './registry/products.ts';
import type { ParameterSpec } from './registry/spec.ts';
import { TRAFFIC_PARAMETERS } from './registry/traffic.ts';
import { TCP_PROFILES, type TcpProfile } from './tcp-profiles.ts';

export type { ParameterSpec } from './registry/spec.ts';

const PARAMETERS = {
  ...NETWORK_PARAMETERS,
  ...PRODUCT_PARAMETERS,
  ...CLB_HTTP_PARAMETERS,
  ...CLB_SPEC_PARAMETERS,
  ...NAT_PARAMETERS,
  ...ALB_PARAMETERS,
  ...HOST_PARAMETERS,
  ...DNS_PARAMETERS,
  ...TRAFFIC_PARAMETERS,
} as const satisfies Record<string, ParameterSpec>;

export type ParameterId = keyof typeof PARAMETERS;

export function isParameterId(text: string): text is ParameterId {
  return Object.hasOwn(PARAMETERS, text);
}

export function parameterIds(): ParameterId[] {
  return Object.keys(PARAMETERS) as ParameterId[];
}

export function parameterSpec(id: ParameterId): ParameterSpec {
  return PARAMETERS[id];
}

/** A parameter as the result lists it. */
export interface ParameterInPlay {
  readonly id: string;
  readonly value: number;
  readonly provenance: 'documented' | 'assumed' | 'scenario';
  readonly source: string;
}

/** The values of one run: defaults under a profile under what the scenario assumes. Remembers which were asked for. */
export class ParameterValues {
  private readonly overrides: Readonly<Record<string, number>>;
  private readonly profile: TcpProfile;
  private readonly inPlay = new Set<ParameterId>();

  constructor(
    overrides: Readonly<Record<string, number>> = {},
    profile: TcpProfile = TCP_PROFILES['linux-6.6'],
  ) {
    for (const id of Object.keys(overrides))
      assert(isParameterId(id), `unknown parameter '${id}' passed the checks`);
    this.overrides = overrides;
    this.profile = profile;
  }

  /** `profile`: of a host that is not like the others. */
  get(id: ParameterId, profile: TcpProfile = this.profile): number {
    this.inPlay.add(id);
    return this.overrides[id] ?? profile.values[id] ?? parameterSpec(id).default;
  }

  /** Those in play, by id. */
  describe(): ParameterInPlay[] {
    return [...this.inPlay].sort().map((id) => {
      const { provenance, source } = parameterSpec(id);
      const value = this.get(id);
      if (this.overrides[id] !== undefined) return { id, value, provenance: 'scenario', source };
      const isOfProfile = this.profile.values[id] !== undefined;
      return { id, value, provenance, source: isOfProfile ? this.profile.source : source };
    });
  }
}
