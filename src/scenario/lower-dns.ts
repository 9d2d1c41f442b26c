/**
 * DNS records, and once traffic is known the resolvers that somebody asks. A host without a resolver of its own asks
 * the one of its city, an instance that of its region; these exist only if somebody needs them.
 */
import { SECOND_NS } from '../base/units.ts';
import type { AddressBook } from './address-book.ts';
import { CLIENT_POOL } from './address-rules.ts';
import { albZoneName } from './alb-types.ts';
import type { Check } from './check.ts';
import type { DnsHealthCheck, DnsRecord, DnsValue, NameService, Resolver } from './dns-types.ts';
import type { Places } from './lower-regions.ts';
import { risksOf } from './lower-vpcs.ts';
import type { Declared, SectionName } from './names.ts';
import { placeSlug } from './parts.ts';
import { integerOf, limitedQuantity, optional, textAt, wordOf } from './reading.ts';
import type { InternetHost, Place, Region, TrafficFlow, VSwitch } from './scenario.ts';
import { ANSWER_POLICIES, MAX_DNS_WEIGHT } from './schema-dns.ts';
import type { Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

/** Sections of what a record may lead to. */
export const VALUE_SECTIONS = [
  'eips',
  'clbs',
  'instances',
  'internet_hosts',
] as const satisfies readonly SectionName[];

/** Besides: an ALB or NLB, which stands for the address of each of its zones. */
const LISTED_SECTIONS = [...VALUE_SECTIONS, 'albs', 'nlbs'] as const satisfies readonly SectionName[];

const DEFAULT_DOMAIN = 'example';
const TTL = { min: SECOND_NS, max: 86_400 * SECOND_NS } as const;
/** Of a DNS message over UDP (RFC 1035 section 4.2.1), less header and question without the name, per address. */
const MAX_MESSAGE_BYTES = 512;
const FIXED_BYTES = 18;
const ADDRESS_BYTES = 16;

/** Which names have an address on the Internet: a probe node reaches no other. */
export type IsPublic = (target: string) => boolean;

export function lowerRecords(check: Check, isPublic: IsPublic): DnsRecord[] {
  const holders = new Map<string, string>();
  return check.names.inSections('dns_records').flatMap((declared) => {
    const record = lowerRecord(check, declared, isPublic);
    if (record === undefined) return [];
    const holder = holders.get(record.domain);
    if (holder !== undefined) {
      check.diagnostics.error(
        'duplicate-name',
        declared.span,
        `record '${holder}' has the name ${record.domain} already`,
        { expected: 'one record per name: another rr or domain_name' },
      );
    }
    holders.set(record.domain, record.name);
    return [record];
  });
}

function lowerRecord(
  check: Check,
  { name, span, value }: Declared,
  isPublic: IsPublic,
): DnsRecord | undefined {
  const domain = domainOf(name, value);
  const ttl = ttlOf(check, value);
  const policy = policyOf(value) ?? 'weighted';
  const healthCheck = healthCheckOf(check, value);
  if (child(value, 'values') === undefined) {
    check.diagnostics.error('missing-key', span, `record '${name}' has no values`, {
      expected: 'values: { front-ip: 100 }',
    });
    return undefined;
  }
  const values = valuesOf(check, value, domain);
  for (const { target } of healthCheck === null ? [] : values) checkPublic(check, value, target, isPublic);
  return values.length === 0
    ? undefined
    : { name, domain, ...optional('ttlSeconds', ttl), policy, values, healthCheck };
}

/** `rr` and `domain_name` put together; `@` is the domain itself. */
function domainOf(name: string, value: Tree): string {
  const rr = textAt(value, 'rr') ?? name;
  const domain = textAt(value, 'domain_name') ?? DEFAULT_DOMAIN;
  return (rr === '@' ? domain : `${rr}.${domain}`).toLowerCase();
}

export function policyOf(value: Tree): DnsRecord['policy'] | undefined {
  return wordOf(child(value, 'policy'), ANSWER_POLICIES);
}

/** In seconds. */
export function ttlOf(check: Check, value: Tree, key = 'ttl', limits: { min: number; max: number } = TTL) {
  const node = child(value, key);
  const ttlNs = limitedQuantity(node, 'duration', limits, check.diagnostics);
  if (node === undefined || ttlNs === undefined) return undefined;
  if (ttlNs % SECOND_NS !== 0) {
    check.diagnostics.error('out-of-range', node.span, `${key} is no whole number of seconds`, {
      expected: 'a time such as 60s',
    });
    return undefined;
  }
  return ttlNs / SECOND_NS;
}

/** Values in the order of the file; empty after an error. */
export function valuesOf(check: Check, owner: Tree, domain: string): DnsValue[] {
  const { diagnostics, names } = check;
  const node = child(owner, 'values');
  if (node === undefined) return [];
  const values = entriesOf(node).flatMap(({ key, keySpan, value }) => {
    const declared = names.resolve(key, keySpan, ...LISTED_SECTIONS);
    const weight = integerOf(value, 0, MAX_DNS_WEIGHT);
    if (declared === undefined || weight === undefined) return [];
    return targetsOf(declared).map((target) => ({ target, weight }));
  });
  if (values.length < entriesOf(node).length) return [];
  if (!values.some(({ weight }) => weight > 0)) {
    const what = values.length === 0 ? 'values are empty' : 'all weights are 0';
    diagnostics.error('bad-value', node.span, `${what}: nothing could be answered`, {
      expected: 'at least one value with a weight from 1 to 100',
    });
    return [];
  }
  const room = Math.floor((MAX_MESSAGE_BYTES - FIXED_BYTES - domain.length) / ADDRESS_BYTES);
  if (values.length > room) {
    diagnostics.error('limit-exceeded', node.span, `${values.length} values do not fit into an answer`, {
      expected: `at most ${room}: an answer over UDP has ${MAX_MESSAGE_BYTES} bytes`,
    });
    return [];
  }
  return values;
}

/** What has several addresses stands for all of them. */
function targetsOf({ name, section, value }: Declared): string[] {
  if (section !== 'albs' && section !== 'nlbs') return [name];
  return entriesOf(child(value, 'zone_mappings')).map(({ key }) => albZoneName(name, key));
}

/** The probe node is on the Internet. */
export function checkPublic(check: Check, owner: Tree, target: string, isPublic: IsPublic): void {
  const node = child(owner, 'values') ?? owner;
  if (isPublic(target)) return;
  const span = (node.kind === 'map' ? node.entries.get(target)?.keySpan : undefined) ?? node.span;
  check.diagnostics.error('not-applicable', span, `'${target}' cannot be probed: its address is private`, {
    expected:
      'EIPs, Internet hosts, CLBs of address_type internet and ALBs and NLBs of address_type Internet under a health_check',
  });
}

function healthCheckOf(check: Check, value: Tree): DnsHealthCheck | null {
  const node = child(value, 'health_check');
  const port = integerOf(child(node, 'port'), 1, 65535);
  if (node === undefined || port === undefined) return null;
  const duration = (key: string, min: number): number | undefined =>
    limitedQuantity(child(node, key), 'duration', { min }, check.diagnostics);
  return {
    port,
    ...optional('intervalNs', duration('interval', SECOND_NS)),
    ...optional('timeoutNs', duration('timeout', SECOND_NS)),
    ...optional('unhealthyThreshold', integerOf(child(node, 'unhealthy_threshold'), 1, 10)),
    ...optional('healthyThreshold', integerOf(child(node, 'healthy_threshold'), 1, 10)),
  };
}

/** A resolver whose address may still be missing. */
type ResolverDraft = Omit<Resolver, 'address'>;

export function draftResolvers(check: Check, places: Places): ResolverDraft[] {
  return check.names.inSections('resolvers').flatMap(({ name, value }) => {
    const place = places.placeOf(value);
    const min = ttlOf(check, value, 'min_ttl', { min: 0, max: TTL.max });
    const max = ttlOf(check, value, 'max_ttl', { min: 0, max: 7 * TTL.max });
    const timeout = limitedQuantity(
      child(value, 'timeout'),
      'duration',
      { isPositive: true },
      check.diagnostics,
    );
    if (min !== undefined && max !== undefined && min > max) {
      check.diagnostics.error(
        'out-of-range',
        child(value, 'min_ttl')?.span ?? value.span,
        'min_ttl exceeds max_ttl',
        {
          expected: 'at most max_ttl',
        },
      );
    }
    const attempts = integerOf(child(value, 'attempts'), 1, 10);
    const risks = risksOf(check, value);
    if (place === undefined) return [];
    const limits = { ...optional('minTtlSeconds', min), ...optional('maxTtlSeconds', max) };
    const retries = { ...optional('timeoutNs', timeout), ...optional('attempts', attempts) };
    return [{ name, place, region: null, vpcs: [], ...limits, ...retries, risks }];
  });
}

export interface NameServiceInputs {
  readonly check: Check;
  readonly book: AddressBook;
  readonly records: readonly DnsRecord[];
  readonly resolvers: readonly ResolverDraft[];
  readonly traffic: readonly TrafficFlow[];
  readonly regions: readonly Region[];
  readonly instances: readonly { readonly name: string; readonly vswitch: string }[];
  readonly vswitches: ReadonlyMap<string, VSwitch>;
  readonly vpcs: ReadonlyMap<string, { readonly region: string }>;
  readonly hosts: readonly Pick<InternetHost, 'name' | 'place'>[];
}

/**
 * Null: the file has neither names nor resolvers. The authoritative server is in the city of the first region, or where
 * there is none in that of the first host that a record leads to.
 */
export function lowerNameService(inputs: NameServiceInputs): NameService | null {
  const { check, book, records, regions, hosts } = inputs;
  const [first] = check.names.inSections('dns_records', 'resolvers');
  const valueHost = hosts.find(({ name }) => records[0]?.values.some(({ target }) => target === name));
  const place = (regions[0] ?? valueHost ?? inputs.resolvers[0])?.place;
  if (first === undefined || place === undefined) return null;
  const assign = (name: string): number => book.assignPublic(CLIENT_POOL, name, first.span) ?? 0;
  const asked = new AskedResolvers(inputs);
  const names = new Set(records.map(({ name }) => name));
  for (const { to, from } of inputs.traffic) if (names.has(to)) for (const sender of from) asked.note(sender);
  return {
    place,
    authorityAddress: assign('dns/authoritative'),
    probeAddress: records.some(({ healthCheck }) => healthCheck !== null) ? assign('dns/probe') : null,
    records,
    resolvers: asked.list().map((draft) => ({ ...draft, address: assign(draft.name) })),
    resolverOf: asked.byHost(),
  };
}

const placeResolverName = (city: string): string => `resolver/${placeSlug(city)}`;
const regionResolverName = (region: string): string => `${region}/resolver`;

/** Who asks whom; resolvers of cities and regions come up when they are first needed. */
class AskedResolvers {
  private readonly inputs: NameServiceInputs;
  private readonly drafts = new Map<string, ResolverDraft>();
  private readonly resolverOf = new Map<string, string>();

  constructor(inputs: NameServiceInputs) {
    this.inputs = inputs;
    for (const draft of inputs.resolvers) this.drafts.set(draft.name, draft);
  }

  note(host: string): void {
    const resolver = this.ownOf(host) ?? this.regionsOf(host) ?? this.citysOf(host);
    if (resolver !== undefined) this.resolverOf.set(host, resolver);
  }

  list(): ResolverDraft[] {
    return [...this.drafts.values()];
  }

  byHost(): Record<string, string> {
    return Object.fromEntries(this.resolverOf);
  }

  private ownOf(host: string): string | undefined {
    const name = textAt(this.inputs.check.names.find(host)?.value, 'resolver');
    return name === undefined || !this.drafts.has(name) ? undefined : name;
  }

  private regionsOf(host: string): string | undefined {
    const { instances, vswitches, vpcs, regions } = this.inputs;
    const instance = instances.find(({ name }) => name === host);
    const vpc = vswitches.get(instance?.vswitch ?? '')?.vpc;
    const region = regions.find(({ name }) => name === vpcs.get(vpc ?? '')?.region);
    if (vpc === undefined || region === undefined) return undefined;
    const name = regionResolverName(region.name);
    const known = this.drafts.get(name) ?? builtIn(name, region.place, region.name);
    this.drafts.set(name, { ...known, vpcs: [...new Set([...known.vpcs, vpc])] });
    return name;
  }

  private citysOf(host: string): string | undefined {
    const place = this.inputs.hosts.find(({ name }) => name === host)?.place;
    if (place === undefined) return undefined;
    const name = placeResolverName(place.city);
    if (!this.drafts.has(name)) this.drafts.set(name, builtIn(name, place, null));
    return name;
  }
}

function builtIn(name: string, place: Place, region: string | null): ResolverDraft {
  return { name, place, region, vpcs: [], risks: [] };
}

/** The `resolver` of hosts and instances names one of the file. */
export function checkResolverReferences(check: Check): void {
  for (const { value } of check.names.inSections('instances', 'clients', 'internet_hosts')) {
    const node = child(value, 'resolver');
    const name = textAt(value, 'resolver');
    if (node !== undefined && name !== undefined) check.names.resolve(name, node.span, 'resolvers');
  }
}
