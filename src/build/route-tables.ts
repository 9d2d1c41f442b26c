/** Custom route tables, who uses them, and the routes that users give to these and to system tables. */
import { assert, present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import { type ManagedTable, RouteAdmin, type UserRoute } from '../control/route-admin.ts';
import type { RouteFibs } from '../devices/vpc-router.ts';
import { Fib } from '../routing/fib.ts';
import { internetGatewayName, vpcRouterName, vpcZones } from '../scenario/parts.ts';
import type { RouteEntry, Vpc } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';

export const emptyTable = (): RouteFibs => ({ inside: new Fib(), withInternet: new Fib(), changes: [] });

export function customTables({ scenario }: Plant, vpc: string): Map<string, RouteFibs> {
  const own = scenario.routeTables.filter((table) => table.vpc === vpc && !table.isOfGateway);
  return new Map(own.map(({ name }) => [name, emptyTable()]));
}

/** Whether the user has given the system table of a VPC a default route. */
export function hasDefaultRoute({ scenario }: Plant, { name }: Vpc): boolean {
  return scenario.routeEntries.some(({ table, destination }) => table === name && destination.length === 0);
}

/** Interfaces of instances in vSwitches with a custom table look there. */
export function useTables(plant: Plant, vpc: string): void {
  const { scenario } = plant;
  for (const { name, vpc: home, vswitches } of scenario.routeTables) {
    const table = plant.vpc(home).custom.get(name);
    if (home !== vpc || table === undefined) continue;
    for (const { name: instance, vswitch } of scenario.instances) {
      const zone = scenario.vswitches.find((candidate) => candidate.name === vswitch)?.zone;
      if (!vswitches.includes(vswitch) || zone === undefined) continue;
      const router = vpcRouterName(vpc, zone);
      plant.vpcRouter(router).setTable(plant.ifaceBetween(router, instance), table);
    }
  }
}

/** Where an IPv4 gateway is, instances follow their tables, public address or not. */
export function governByTables(plant: Plant, vpc: string): void {
  const { ipv4Gateways, instances, vswitches } = plant.scenario;
  if (!ipv4Gateways.some((gateway) => gateway.vpc === vpc)) return;
  for (const { name, vswitch } of instances) {
    const home = vswitches.find((candidate) => candidate.name === vswitch);
    if (home?.vpc !== vpc) continue;
    const router = vpcRouterName(vpc, home.zone);
    plant.vpcRouter(router).govern(plant.ifaceBetween(router, name));
  }
}

/** The table that leads what comes in from the Internet, if the VPC has one. */
function manageInbound(plant: Plant, vpc: Vpc, admin: RouteAdmin): void {
  const table = plant.scenario.routeTables.find(
    ({ vpc: home, isOfGateway }) => isOfGateway && home === vpc.name,
  );
  if (table === undefined) return;
  const fibs = emptyTable();
  const gateway = internetGatewayName(vpc.region);
  for (const zone of vpcZones(plant.scenario, vpc.name)) {
    const router = vpcRouterName(vpc.name, zone);
    plant.vpcRouter(router).setInbound(plant.ifaceBetween(router, gateway), fibs.inside);
  }
  admin.manage(table.name, { fibs, vpcBlock: null, nextHops: plant.vpc(vpc.name).tables.nextHops });
}

/** Who answers for the admin verbs of route tables, with the entries of the scenario in them. */
export function buildRouteAdmin(plant: Plant): RouteAdmin {
  const admin = new RouteAdmin(plant.network);
  for (const vpc of plant.scenario.vpcs) {
    const { tables, custom } = plant.vpc(vpc.name);
    const manage = (name: string, fibs: RouteFibs): void => {
      const managed: ManagedTable = { fibs, vpcBlock: vpc.cidr, nextHops: tables.nextHops };
      admin.manage(name, managed);
    };
    manage(vpc.name, tables);
    for (const [name, fibs] of custom) manage(name, fibs);
    manageInbound(plant, vpc, admin);
  }
  for (const entry of plant.scenario.routeEntries) {
    const refusal = admin.add(userRoute(plant, entry), NONE);
    assert(refusal === null, `a route entry that passed the checks was refused: ${refusal}`);
  }
  return admin;
}

/** An entry with the zone routers of its VPC and their next hop, which follows a NAT gateway between zones. */
export function userRoute(plant: Plant, entry: RouteEntry): UserRoute {
  const { name, table, vpc, destination, nextHopType, nextHop } = entry;
  const { natNextHops, havipNextHops, ipv4NextHops, instanceNextHops } = plant;
  const ofGateway = natNextHops.get(nextHop) ?? ipv4NextHops.get(nextHop);
  const via = ofGateway ?? havipNextHops.get(nextHop) ?? instanceNextHops.get(nextHop);
  return {
    name,
    table,
    destination,
    shown: `${nextHopType} ${nextHop}`,
    via: present(via, `no next hop ${nextHop} was built`),
    routers: vpcZones(plant.scenario, vpc).map((zone) => plant.vpcRouter(vpcRouterName(vpc, zone))),
  };
}
