/** Second pass: who forwards what where. */
import type { Cidr } from '../base/ipv4.ts';
import type { NextHop } from '../routing/fib.ts';
import {
  clbZones,
  internetGatewayName,
  internetRouterName,
  managementName,
  natGatewayName,
  natZones,
  vpcRouterName,
  vpcZones,
} from '../scenario/parts.ts';
import type { Clb, Vpc } from '../scenario/scenario.ts';
import { publicAlbAddresses, routeAlb } from './albs.ts';
import { attachControllers } from './clb-failover.ts';
import { routeProxies } from './clb-proxy-nodes.ts';
import { learnClb, routeToLearners } from './clb-routes.ts';
import { announcedNames, attachNames, routeToResolver } from './dns.ts';
import { routeHavip } from './havips.ts';
import type { BuiltNode, Plant } from './plant.ts';
import { governByTables, hasDefaultRoute, useTables } from './route-tables.ts';

const hostRoute = (address: number): Cidr => ({ base: address, length: 32 });
const DEFAULT_ROUTE: Cidr = { base: 0, length: 0 };

export function buildRoutes(plant: Plant): void {
  routeInternet(plant);
  attachNames(plant);
  for (const vpc of plant.scenario.vpcs) routeVpc(plant, vpc);
  routeManagement(plant);
  attachControllers(plant);
}

/** Every public address is known at every place: attached here, or one link away. */
function routeInternet(plant: Plant): void {
  const announced = announcedNames(plant);
  for (const { name, address, place } of plant.scenario.internetHosts) {
    announced.push({ address, at: internetRouterName(place.city), by: name });
  }
  for (const { address, region } of [
    ...plant.scenario.eips,
    ...publicClbs(plant),
    ...publicAlbAddresses(plant),
  ]) {
    const place = plant.scenario.regions.find(({ name }) => name === region)?.place;
    if (place)
      announced.push({ address, at: internetRouterName(place.city), by: internetGatewayName(region) });
  }
  for (const [name, router] of plant.internetRouters) {
    const nextHops = new Map<string, NextHop>();
    for (const { address, at, by } of announced) {
      const neighbour = at === name ? by : at;
      const nextHop = nextHops.get(neighbour) ?? router.nextHops.create();
      nextHops.set(neighbour, nextHop);
      router.forwarder.setIface(nextHop, plant.ifaceBetween(name, neighbour));
      router.fib.set(hostRoute(address), nextHop);
    }
  }
  for (const [name, gateway] of plant.gateways) {
    const place = plant.parts.devices.find((part) => part.name === name)?.place;
    if (place) gateway.attachInternet(plant.ifaceBetween(name, internetRouterName(place.city)));
  }
}

function publicClbs(plant: Plant): Clb[] {
  return plant.scenario.clbs.filter(({ addressType }) => addressType === 'internet');
}

/**
 * The zone routers of a VPC share next hops and tables. A next hop is an attachment in some zone: its own zone's
 * router maps it to the attachment's interface, the others to the link towards that zone.
 */
function routeVpc(plant: Plant, vpc: Vpc): void {
  const { tables, number, custom } = plant.vpc(vpc.name);
  const zones = vpcZones(plant.scenario, vpc.name);
  const gateway = internetGatewayName(vpc.region);

  const attach = (device: string, zone: string): NextHop => {
    const nextHop = tables.nextHops.create();
    for (const here of zones) {
      const router = vpcRouterName(vpc.name, here);
      const neighbour = here === zone ? device : vpcRouterName(vpc.name, zone);
      plant.vpcRouter(router).forwarder.setIface(nextHop, plant.ifaceBetween(router, neighbour));
    }
    return nextHop;
  };
  const route = (cidr: Cidr, nextHop: NextHop): void => {
    for (const table of [tables, ...custom.values()]) {
      table.inside.set(cidr, nextHop);
      table.withInternet.set(cidr, nextHop);
    }
    tables.fromInternet.set(cidr, nextHop);
  };

  const toInternet = tables.nextHops.create();
  for (const zone of zones) {
    const router = vpcRouterName(vpc.name, zone);
    plant.vpcRouter(router).forwarder.setIface(toInternet, plant.ifaceBetween(router, gateway));
    plant.vpcRouter(router).attachGateway(plant.ifaceBetween(router, gateway));
    plant.gateway(gateway).attachVpc(plant.ifaceBetween(gateway, router), number);
    for (const other of zones)
      if (other !== zone)
        plant.vpcRouter(router).attachZone(plant.ifaceBetween(router, vpcRouterName(vpc.name, other)));
  }
  for (const { withInternet } of [tables, ...custom.values()]) withInternet.set(DEFAULT_ROUTE, toInternet);
  for (const { name, vpc: home } of plant.scenario.ipv4Gateways)
    if (home === vpc.name) plant.ipv4NextHops.set(name, toInternet);
  // No default route is for the VPC's own addresses, whether somebody has them or not: this one leads nowhere.
  const nowhere = tables.nextHops.create();
  route(vpc.cidr, nowhere);
  for (const { vpc: home, cidr } of plant.scenario.vswitches) if (home === vpc.name) route(cidr, nowhere);

  for (const instance of plant.scenario.instances) {
    const vswitch = plant.scenario.vswitches.find(({ name }) => name === instance.vswitch);
    if (vswitch?.vpc !== vpc.name) continue;
    const nextHop = attach(instance.name, vswitch.zone);
    plant.instanceNextHops.set(instance.name, nextHop);
    // Cut through, it is reached by way of the Internet alone.
    if (instance.boundAddress === undefined) route(hostRoute(instance.privateAddress), nextHop);
    else tables.fromInternet.set(hostRoute(instance.boundAddress), nextHop);
    for (const visible of instance.visibleAddresses ?? [])
      tables.fromInternet.set(hostRoute(visible), nextHop);
  }
  for (const havip of plant.scenario.havips)
    if (havip.vpc === vpc.name) route(hostRoute(havip.address), routeHavip(plant, havip));
  for (const clb of plant.scenario.clbs) {
    if (clb.vpc !== vpc.name) continue;
    const attached = nodesOf(plant, clb).map(({ zone, name, built }) => {
      const nextHop = attach(name, zone);
      route(hostRoute(built.nodeAddress), nextHop);
      return { name, zone, built, nextHop };
    });
    routeProxies(plant, clb, attach, route);
    // Who has the address each router learns for itself.
    const group = learnClb(plant, clb, zones, attached);
    // A public address is reached by way of the Internet, from inside the VPC too.
    if (clb.addressType === 'internet') tables.fromInternet.set(hostRoute(clb.address), group);
    else route(hostRoute(clb.address), group);
  }
  if (plant.scenario.clbs.some((clb) => clb.vpc === vpc.name))
    routeToLearners(plant, vpc, zones, toInternet, route);
  for (const alb of plant.scenario.albs) if (alb.vpc === vpc.name) routeAlb(plant, alb, attach, route);
  routeToResolver(plant, vpc);
  const gateways = plant.scenario.natGateways.filter((candidate) => candidate.vpc === vpc.name);
  gateways.forEach((nat, index) => {
    for (const zone of natZones(plant.scenario, nat)) {
      const name = natGatewayName({ name: nat.name, zone });
      const device = plant.natGateway(name);
      const router = vpcRouterName(vpc.name, zone);
      plant.vpcRouter(router).attachGateway(plant.ifaceBetween(router, name));
      device.attach(plant.ifaceBetween(name, router), plant.ifaceBetween(name, gateway));
      route(hostRoute(device.doorAddress), attach(name, zone));
    }
    // A next hop of its own, which moves when the one that stands by takes over.
    const nextHop = attach(natGatewayName(nat), nat.zone);
    plant.natNextHops.set(nat.name, nextHop);
    // The first one of a VPC puts its default route into the system table, unless it finds one there.
    if (index === 0 && !hasDefaultRoute(plant, vpc)) tables.inside.set(DEFAULT_ROUTE, nextHop);
  });
  useTables(plant, vpc.name);
  governByTables(plant, vpc.name);
}

/** A CLB's nodes with their zones, master zone first. */
export function nodesOf(plant: Plant, clb: Clb): { zone: string; name: string; built: BuiltNode }[] {
  return clbZones(clb).flatMap((zone) =>
    plant.parts.devices
      .filter((part) => part.kind === 'clb-node' && part.resource === clb.name && part.zone === zone)
      .map(({ name }) => ({ zone, name, built: plant.nodes.get(name) as BuiltNode })),
  );
}

function routeManagement(plant: Plant): void {
  for (const clb of plant.scenario.clbs) {
    const management = managementName(clb.region);
    for (const { zone, name, built } of nodesOf(plant, clb)) {
      const router = vpcRouterName(clb.vpc, zone);
      built.node.attach(plant.ifaceBetween(name, router), plant.ifaceBetween(name, management));
      plant.managements
        .get(management)
        ?.attach(built.managementAddress, plant.ifaceBetween(management, name));
    }
  }
}
