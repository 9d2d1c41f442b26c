/** ALBs: their nodes, routes to these, what nodes know of listeners and servers, and who answers for the admin verbs. */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { Cidr } from '../base/ipv4.ts';
import { AlbAdmin } from '../control/alb-admin.ts';
import { ClbView } from '../control/clb-view.ts';
import { eipLimit } from '../control/eip-admin.ts';
import { ZoneShift } from '../control/zone-shift.ts';
import type { AlbNode, AlbNodeOptions } from '../devices/alb-node.ts';
import type { ServerGroup } from '../devices/alb-servers.ts';
import type { DeviceId } from '../network/ids.ts';
import { ForwardingRules } from '../policy/forwarding-rules.ts';
import { EcmpGroup } from '../routing/ecmp.ts';
import type { NextHop } from '../routing/fib.ts';
import { type AlbListener, type AlbServerGroup, albZoneName } from '../scenario/alb-types.ts';
import { type DevicePart, internetGatewayName, vpcRouterName } from '../scenario/parts.ts';
import type { Alb } from '../scenario/scenario.ts';
import { serverHandler } from './balanced-servers.ts';
import { privateAddress, zoneOf } from './clbs.ts';
import type { Plant } from './plant.ts';

/** A node as it was built. */
export interface BuiltAlbNode {
  readonly id: DeviceId;
  readonly node: AlbNode;
  readonly nodeAddress: number;
}

export function albNodeOptions(plant: Plant, part: DevicePart, nodeAddress: number): AlbNodeOptions {
  const alb = plant.scenario.albs.find(({ name }) => name === part.resource);
  const zone = alb?.zones.find((candidate) => candidate.zone === part.zone);
  return {
    serviceAddress: present(zone, `no ALB has ${part.name}`).address,
    nodeAddress,
    tcp: plant.tcp,
    proxy: {
      connectTimeoutNs: plant.values.get('alb.connect_timeout'),
      errorBytes: plant.values.get('traffic.http_error_size'),
    },
  };
}

interface NodePlace {
  readonly name: string;
  readonly zone: string;
  readonly built: BuiltAlbNode;
}

function nodesOf(plant: Plant, alb: Alb): NodePlace[] {
  return plant.parts.devices.flatMap(({ name, kind, resource, zone }) =>
    kind === 'alb-node' && resource === alb.name && zone !== null
      ? [{ name, zone, built: present(plant.albNodes.get(name), `no ${name} was built`) }]
      : [],
  );
}

/** Within its VPC: the address of a zone leads to the zone's nodes, and each node's own address to itself. */
export function routeAlb(
  plant: Plant,
  alb: Alb,
  attach: (device: string, zone: string) => NextHop,
  route: (cidr: Cidr, nextHop: NextHop) => void,
): void {
  const { tables } = plant.vpc(alb.vpc);
  const nodes = nodesOf(plant, alb);
  for (const { zone, address } of alb.zones) {
    const hops: NextHop[] = [];
    for (const { name, built } of nodes.filter((node) => node.zone === zone)) {
      built.node.attach(plant.ifaceBetween(name, vpcRouterName(alb.vpc, zone)));
      const nextHop = attach(name, zone);
      route({ base: built.nodeAddress, length: 32 }, nextHop);
      hops.push(nextHop);
    }
    const group = tables.nextHops.createGroup(new EcmpGroup(hops));
    // A public address is reached by way of the Internet, from inside the VPC too.
    if (alb.addressType === 'Internet') tables.fromInternet.set({ base: address, length: 32 }, group);
    else route({ base: address, length: 32 }, group);
  }
}

/** Public addresses with the region whose gateway holds them. */
export function publicAlbAddresses({ scenario }: Plant): { address: number; region: string }[] {
  return scenario.albs.flatMap(({ addressType, zones, region }) =>
    addressType === 'Internet' ? zones.map(({ address }) => ({ address, region })) : [],
  );
}

export function buildAlbs(plant: Plant): Map<string, AlbAdmin> {
  return new Map(plant.scenario.albs.map((alb) => [alb.name, buildAlb(plant, alb)]));
}

/** Zone shift of ALBs, and of NLBs, which are a CLB a zone. */
export function buildZoneShifts({ scenario, network }: Plant): Map<string, ZoneShift> {
  const zones = new Map(scenario.albs.map((alb) => [alb.name, alb.zones.map(({ zone }) => zone)]));
  for (const { name, masterZone } of scenario.clbs) {
    const [owner = name] = name.split('/');
    if (owner !== name) zones.set(owner, [...(zones.get(owner) ?? []), masterZone]);
  }
  return new Map([...zones].map(([name, all]) => [name, new ZoneShift(name, all, network)]));
}

function buildAlb(plant: Plant, alb: Alb): AlbAdmin {
  const view = new ClbView(alb.name, plant.network);
  const admin = new AlbAdmin(view);
  admin.onServer = serverHandler(plant);
  for (const { name, servers } of alb.serverGroups) {
    for (const { instance } of servers) {
      view.begin(name, instance);
      admin.onServer(instance, true);
    }
  }
  for (const { built, zone } of nodesOf(plant, alb)) {
    const { node, id } = built;
    view.watch(id, { listeners: node.groups });
    node.onPool = (group, server, cause) => view.update(group.name, server.name, cause);
    admin.manage(node);
    for (const group of alb.serverGroups) addGroup(plant, node, zone, group);
    for (const listener of alb.listeners) addListener(plant, node, alb, listener);
  }
  if (alb.addressType === 'Internet') announce(plant, alb);
  return admin;
}

function addGroup(plant: Plant, node: AlbNode, zone: string, group: AlbServerGroup): void {
  const { name, port, scheduler, servers } = group;
  const entry: ServerGroup = {
    name,
    port,
    scheduler,
    urlParameter: group.urlParameter ?? '',
    slowStartNs: spanOf(plant, group.slowStartNs, 'alb.slow_start_duration') ?? 0,
    drainNs: spanOf(plant, group.drainNs, 'alb.connection_drain_timeout'),
    check: checkOf(plant, group),
    cookieLifeNs: spanOf(plant, group.cookieTimeoutNs, 'alb.cookie_timeout'),
    servers: [],
    event: NONE,
    ...(group.isZonal ? { accepts: (instance: string) => zoneOf(plant, instance) === zone } : {}),
  };
  node.groups.push(entry);
  for (const { instance, weight } of servers)
    node.addServer(entry, instance, privateAddress(plant, instance), weight, false);
}

/** Null is off, and the default is in play only where something is on without a value. */
function spanOf(
  { values }: Plant,
  spanNs: number | null | undefined,
  id: 'alb.cookie_timeout' | 'alb.slow_start_duration' | 'alb.connection_drain_timeout',
): number | null {
  return spanNs === undefined ? values.get(id) : spanNs;
}

function checkOf({ values }: Plant, { healthCheck, port }: AlbServerGroup): ServerGroup['check'] {
  if (healthCheck === null) return null;
  return {
    port: healthCheck.port ?? port,
    settings: {
      intervalNs: healthCheck.intervalNs ?? values.get('alb.health_check_interval'),
      timeoutNs: healthCheck.timeoutNs ?? values.get('alb.health_check_timeout'),
      unhealthyThreshold: healthCheck.unhealthyThreshold ?? values.get('alb.unhealthy_threshold'),
      healthyThreshold: healthCheck.healthyThreshold ?? values.get('alb.healthy_threshold'),
    },
  };
}

function addListener({ values }: Plant, node: AlbNode, alb: Alb, listener: AlbListener): void {
  const groupNamed = (name: string): ServerGroup =>
    present(
      node.groups.find((group) => group.name === name),
      `no server group ${name} was built`,
    );
  const rules = alb.rules
    .filter((rule) => rule.listener === listener.name)
    .map(({ priority, hosts, paths, serverGroup }) => ({
      priority,
      hosts,
      paths,
      target: groupNamed(serverGroup),
    }));
  node.addListener({
    name: listener.name,
    port: listener.port,
    rules: new ForwardingRules(rules, groupNamed(listener.serverGroup)),
    idleTimeoutNs: listener.idleTimeoutNs ?? values.get('alb.idle_timeout'),
    requestTimeoutNs: listener.requestTimeoutNs ?? values.get('alb.request_timeout'),
  });
}

/** Each zone has a public address on the region's gateway, translated to itself at the zone's router. */
function announce(plant: Plant, alb: Alb): void {
  const gatewayName = internetGatewayName(alb.region);
  const gateway = plant.gateway(gatewayName);
  const limit = eipLimit(plant.values.get('alb.internet_bandwidth'), plant.values);
  for (const { zone, address } of alb.zones) {
    const router = vpcRouterName(alb.vpc, zone);
    const iface = plant.ifaceBetween(gatewayName, router);
    gateway.hold(address, limit);
    gateway.bind(address, { vpc: plant.vpc(alb.vpc).number, address, iface }, NONE);
    for (const { name } of nodesOf(plant, alb).filter((node) => node.zone === zone))
      plant.vpcRouter(router).setInternet(plant.ifaceBetween(router, name), true);
  }
}

/** The address of a zone, by its name `front/cn-hangzhou-h`. */
export function albAddress({ scenario }: Plant, name: string): number | undefined {
  for (const alb of scenario.albs)
    for (const { zone, address } of alb.zones) if (albZoneName(alb.name, zone) === name) return address;
  return undefined;
}
