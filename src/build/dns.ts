/** Names: the devices that serve them, their routes, the records, and the stub resolvers of hosts that ask for them. */
import { present } from '../base/assert.ts';
import { parseIpv4 } from '../base/ipv4.ts';
import { SECOND_NS } from '../base/units.ts';
import { DnsAdmin, type RecordChange, type RecordCheck } from '../control/dns-admin.ts';
import { DnsProbe } from '../devices/dns-probe.ts';
import { DnsResolver, type DnsResolverOptions } from '../devices/dns-resolver.ts';
import { NameServer } from '../devices/name-server.ts';
import type { DeviceContext } from '../network/device.ts';
import type { AnswerPolicy } from '../protocols/dns-zone.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import {
  AUTHORITY_NAME,
  internetRouterName,
  PROBE_NAME,
  vpcRouterName,
  vpcZones,
} from '../scenario/parts.ts';
import type {
  DnsRecord,
  NameService,
  Resolver,
  SetAttributes,
  TrafficFlow,
  Vpc,
} from '../scenario/scenario.ts';
import { NameDestination } from '../traffic/dns-destination.ts';
import { DnsStub } from '../traffic/dns-stub.ts';
import { addressOf } from './addresses.ts';
import type { Plant } from './plant.ts';

/** The first of the addresses that every VPC finds its region's resolver at. Source: ECS "Internal DNS servers". */
const REGION_RESOLVER = parseIpv4('100.100.2.136') as number;

/** What the scenario's names need; only asked where there are some. */
function nameServiceOf({ scenario }: Plant): NameService {
  return present(scenario.nameService, 'a part of DNS without names');
}

export function makeNameServer(plant: Plant, context: DeviceContext): NameServer {
  const ttl = plant.values.get('ip.initial_ttl');
  return new NameServer(context, plant.zone, nameServiceOf(plant).authorityAddress, ttl);
}

export function makeProbe(plant: Plant, context: DeviceContext): DnsProbe {
  const { authorityAddress, probeAddress } = nameServiceOf(plant);
  return new DnsProbe(context, {
    address: present(probeAddress, 'the probe node has no address'),
    authority: authorityAddress,
    refreshNs: plant.values.get('dns.verdict_refresh'),
    initialTtl: plant.values.get('ip.initial_ttl'),
  });
}

export function makeResolver(plant: Plant, name: string, context: DeviceContext): DnsResolver {
  return new DnsResolver(context, resolverOptions(plant, resolverNamed(plant, name)));
}

function resolverNamed(plant: Plant, name: string): Resolver {
  const found = nameServiceOf(plant).resolvers.find((resolver) => resolver.name === name);
  return present(found, `no resolver ${name} was built`);
}

function resolverOptions(plant: Plant, resolver: Resolver): DnsResolverOptions {
  const { values } = plant;
  const seconds = (ns: number): number => Math.floor(ns / SECOND_NS);
  return {
    serviceAddress: serviceAddressOf(resolver),
    publicAddress: resolver.address,
    authority: nameServiceOf(plant).authorityAddress,
    minTtlSeconds: resolver.minTtlSeconds ?? seconds(values.get('dns.resolver_min_ttl')),
    maxTtlSeconds: resolver.maxTtlSeconds ?? seconds(values.get('dns.resolver_max_ttl')),
    timeoutNs: resolver.timeoutNs ?? values.get('dns.resolver_timeout'),
    attempts: resolver.attempts ?? values.get('dns.resolver_attempts'),
    initialTtl: values.get('ip.initial_ttl'),
  };
}

function serviceAddressOf({ region, address }: Resolver): number {
  return region === null ? address : REGION_RESOLVER;
}

export interface Announced {
  readonly address: number;
  /** Internet router it is attached to. */
  readonly at: string;
  readonly by: string;
}

/** Public addresses of what serves names. */
export function announcedNames({ scenario: { nameService } }: Plant): Announced[] {
  if (nameService === null) return [];
  const { place, authorityAddress, probeAddress, resolvers } = nameService;
  const at = internetRouterName(place.city);
  return [
    { address: authorityAddress, at, by: AUTHORITY_NAME },
    ...(probeAddress === null ? [] : [{ address: probeAddress, at, by: PROBE_NAME }]),
    ...resolvers.map(({ name, address, place }) => ({
      address,
      at: internetRouterName(place.city),
      by: name,
    })),
  ];
}

/** Their interfaces towards the Internet. */
export function attachNames(plant: Plant): void {
  for (const { at, by } of announcedNames(plant)) {
    const device = plant.nameDevices.get(by);
    present(device, `no ${by} was built`).attach(plant.ifaceBetween(by, at));
  }
}

/** The zone routers of a VPC know their region's resolver, each by a link of its own. */
export function routeToResolver(plant: Plant, vpc: Vpc): void {
  const { tables, custom } = plant.vpc(vpc.name);
  const resolvers = plant.scenario.nameService?.resolvers ?? [];
  for (const { name, vpcs } of resolvers) {
    if (!vpcs.includes(vpc.name)) continue;
    const nextHop = tables.nextHops.create();
    for (const zone of vpcZones(plant.scenario, vpc.name)) {
      const router = vpcRouterName(vpc.name, zone);
      plant.vpcRouter(router).forwarder.setIface(nextHop, plant.ifaceBetween(router, name));
    }
    for (const table of [tables, ...custom.values()])
      for (const fib of [table.inside, table.withInternet])
        fib.set({ base: REGION_RESOLVER, length: 32 }, nextHop);
  }
}

/** Records with their values, and who answers for the admin verbs. Null: there are no names. */
export function buildNames(plant: Plant): DnsAdmin | null {
  const { nameService } = plant.scenario;
  if (nameService === null) return null;
  const probe = plant.nameDevices.get(PROBE_NAME);
  const admin = new DnsAdmin(plant.zone, probe instanceof DnsProbe ? probe : null, plant.network);
  for (const record of nameService.records) {
    const { name, domain, values } = record;
    const ttlSeconds = record.ttlSeconds ?? Math.floor(plant.values.get('dns.ttl') / SECOND_NS);
    const policy: AnswerPolicy = record.policy;
    const zoneValues = values.map(({ target, weight }) => ({
      name: target,
      address: addressOf(plant, target),
      weight,
      isUp: true,
      isOffered: true,
    }));
    const draws = plant.streams.stream(AUTHORITY_NAME, `answer ${name}`);
    const built = { name, domain, ttlSeconds, policy, values: zoneValues, draws, turn: 0 };
    admin.manage(built, checkOf(plant, record));
  }
  return admin;
}

function checkOf({ values }: Plant, { healthCheck }: DnsRecord): RecordCheck | null {
  if (healthCheck === null) return null;
  return {
    port: healthCheck.port,
    settings: {
      intervalNs: healthCheck.intervalNs ?? values.get('dns.health_check_interval'),
      timeoutNs: healthCheck.timeoutNs ?? values.get('dns.health_check_timeout'),
      unhealthyThreshold: healthCheck.unhealthyThreshold ?? values.get('dns.unhealthy_threshold'),
      healthyThreshold: healthCheck.healthyThreshold ?? values.get('dns.healthy_threshold'),
    },
  };
}

/** What an event sets on a record, with addresses for names. */
export function recordChange(plant: Plant, change: NonNullable<SetAttributes['record']>): RecordChange {
  const { values, ...others } = change;
  if (values === undefined) return others;
  return {
    ...others,
    values: values.map(({ target, weight }) => ({ name: target, address: addressOf(plant, target), weight })),
  };
}

export function recordOf(plant: Plant, name: string): DnsRecord | undefined {
  return plant.scenario.nameService?.records.find((record) => record.name === name);
}

/** Where a flow to a record goes. */
export function nameDestination(
  plant: Plant,
  flow: TrafficFlow,
  id: number,
  record: DnsRecord,
): NameDestination {
  return new NameDestination(plant.engine, id, record.domain, keptNs(plant, flow), stubsOf(plant, flow));
}

function keptNs({ values }: Plant, { names }: TrafficFlow): number {
  switch (names?.behaviour) {
    case 'ignore':
      return names.keptNs ?? values.get('dns.ignored_ttl');
    case 'pin':
      return Number.POSITIVE_INFINITY;
    default:
      return 0;
  }
}

/** The stub resolvers of a flow's senders; a host has one for all its flows. */
export function stubsOf(plant: Plant, flow: TrafficFlow): Map<HostStack, DnsStub> {
  return new Map(flow.from.map((host) => [plant.host(host).stack, stubOf(plant, host)]));
}

function stubOf(plant: Plant, host: string): DnsStub {
  const known = plant.stubs.get(host);
  if (known !== undefined) return known;
  const resolver = present(nameServiceOf(plant).resolverOf[host], `${host} has no resolver`);
  const { values, engine } = plant;
  const stub = new DnsStub(engine, plant.host(host).stack, {
    resolver: serviceAddressOf(resolverNamed(plant, resolver)),
    localPort: freePortOf(plant, host),
    timeoutNs: values.get('dns.client_timeout'),
    attempts: values.get('dns.client_attempts'),
  });
  plant.stubs.set(host, stub);
  return stub;
}

/** The last ephemeral port that no process of the host serves. */
function freePortOf({ scenario, tcp }: Plant, host: string): number {
  const hosts = [...scenario.instances, ...scenario.internetHosts];
  const listen = hosts.find(({ name }) => name === host)?.listen ?? [];
  const served = new Set(listen.flatMap(({ protocol, port }) => (protocol === 'udp' ? [port] : [])));
  let port = tcp.ephemeralLast;
  while (served.has(port)) port--;
  return port;
}
