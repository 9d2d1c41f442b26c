/** Fourth pass: EIPs on their gateways, what they can be associated with, and their first associations. */
import { assert } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import { BandwidthPlanAdmin } from '../control/bandwidth-plan-admin.ts';
import { type Addressable, EipAdmin, eipLimit } from '../control/eip-admin.ts';
import type { NatAdmin } from '../control/nat-admin.ts';
import type { EipTarget } from '../devices/internet-gateway.ts';
import type { IfaceId } from '../network/ids.ts';
import { internetGatewayName, natGatewayNames, vpcRouterName } from '../scenario/parts.ts';
import type { Clb, Instance, NatGateway } from '../scenario/scenario.ts';
import { havipAddressable } from './havips.ts';
import { natNumber } from './nat-failover.ts';
import type { Plant } from './plant.ts';
import { nodesOf } from './routes.ts';

export function buildEips(
  plant: Plant,
  nats: ReadonlyMap<string, NatAdmin>,
): { eips: EipAdmin; plans: BandwidthPlanAdmin } {
  const { scenario, values } = plant;
  const admin = new EipAdmin(plant.network, values);
  const fallbacks = new Map<string, NatAdmin>();
  for (const { name, vpc } of scenario.natGateways)
    if (!fallbacks.has(vpc)) fallbacks.set(vpc, nats.get(name) as NatAdmin);
  const offer = (name: string, vpc: string, offered: Addressable): void => {
    const fallback = fallbacks.get(vpc);
    admin.offer(name, fallback === undefined ? offered : { ...offered, fallback });
  };
  for (const { name, region, address, bandwidthBps, isStatic } of scenario.eips) {
    const bandwidth = bandwidthBps ?? values.get('eip.default_bandwidth');
    admin.manage(name, region, address, bandwidth, plant.gateway(internetGatewayName(region)), isStatic);
  }
  for (const instance of scenario.instances) {
    const vswitch = scenario.vswitches.find(({ name }) => name === instance.vswitch);
    if (vswitch === undefined) continue;
    const { vpc, zone } = vswitch;
    if (instance.visibleAddresses !== undefined) {
      offer(instance.name, vpc, visibleAddressable(plant, instance, vpc, zone));
      continue;
    }
    offer(
      instance.name,
      vpc,
      addressable(plant, vpc, zone, instance.boundAddress ?? instance.privateAddress, [instance.name]),
    );
  }
  for (const havip of scenario.havips) offer(havip.name, havip.vpc, havipAddressable(plant, havip));
  for (const clb of scenario.clbs) offer(clb.name, clb.vpc, clbAddressable(plant, clb));
  for (const gateway of scenario.natGateways)
    admin.offer(gateway.name, natAddressable(plant, gateway, nats.get(gateway.name) as NatAdmin));
  for (const { name, target } of scenario.eips) {
    if (target === null) continue;
    const refusal = admin.associate(name, target, NONE);
    assert(refusal === null, `an association that passed the checks was refused: ${refusal}`);
  }
  for (const clb of scenario.clbs) if (clb.addressType === 'internet') announcePublicClb(plant, clb);
  return { eips: admin, plans: buildPlans(plant, admin) };
}

function buildPlans(plant: Plant, eips: EipAdmin): BandwidthPlanAdmin {
  const { scenario, network, values } = plant;
  const admin = new BandwidthPlanAdmin(eips, network, values);
  for (const { name, region, bandwidthBps } of scenario.bandwidthPlans)
    admin.manage(name, region, bandwidthBps, plant.gateway(internetGatewayName(region)));
  for (const { name, plan, planCapBps } of scenario.eips) {
    const refusal = plan === undefined ? null : admin.join(plan, name, planCapBps ?? null, NONE);
    assert(refusal === null, `a place in a plan that passed the checks was refused: ${refusal}`);
  }
  return admin;
}

/** Reached through its zone's router; `devices` are attached there. */
function addressable(
  plant: Plant,
  vpc: string,
  zone: string,
  address: number,
  devices: readonly string[],
): Addressable {
  const router = vpcRouterName(vpc, zone);
  const region = plant.scenario.vpcs.find(({ name }) => name === vpc)?.region ?? '';
  const iface = plant.ifaceBetween(internetGatewayName(region), router);
  return {
    region,
    target: { vpc: plant.vpc(vpc).number, address, iface },
    attachments: devices.map((device) => ({
      router: plant.vpcRouter(router),
      iface: plant.ifaceBetween(router, device),
    })),
  };
}

/** An ENI that has its EIPs itself, those that it starts with: the API takes and gives none while it is attached to an instance. */
function visibleAddressable(plant: Plant, { name }: Instance, vpc: string, zone: string): Addressable {
  const router = plant.vpcRouter(vpcRouterName(vpc, zone));
  const own = new Set(plant.scenario.eips.filter(({ target }) => target === name).map((eip) => eip.name));
  const refusal = `${name} has EIPs of mode MULTI_BINDED, and takes or gives them only while it is attached to no instance`;
  return {
    ...addressable(plant, vpc, zone, 0, []),
    holder: {
      refusalToTake: (eip) => (own.has(eip) ? null : refusal),
      take: (_eip, address) => router.setInternetSource(address, true, NONE),
      refusalToGive: () => refusal,
      give: () => {},
    },
  };
}

/** A CLB is entered through the zone that its nodes announce it in; replies leave from the node that has the connection, wherever it is. */
function clbAddressable(plant: Plant, clb: Clb): Addressable {
  const entry = addressable(plant, clb.vpc, clb.masterZone, clb.address, []);
  const attachments = nodesOf(plant, clb).map(({ zone, name }) => {
    const router = vpcRouterName(clb.vpc, zone);
    return { router: plant.vpcRouter(router), iface: plant.ifaceBetween(router, name) };
  });
  const route = plant.clbRoutes.get(clb.name);
  return { ...entry, target: { ...entry.target, ...(route === undefined ? {} : { route }) }, attachments };
}

/** A NAT gateway is a network of its own at the Internet gateway, in which each EIP is an address. */
function natAddressable(plant: Plant, gateway: NatGateway, holder: NatAdmin): Addressable {
  const internetGateway = internetGatewayName(gateway.region);
  const vpc = natNumber(plant, gateway);
  const ifaces = natGatewayNames(plant.scenario, gateway).map((name) =>
    plant.ifaceBetween(internetGateway, name),
  );
  for (const iface of ifaces) plant.gateway(internetGateway).attachVpc(iface, vpc);
  const failover = plant.natFailovers.get(gateway.name);
  const target = (): EipTarget => ({
    vpc,
    address: 0,
    iface: failover?.internetIface ?? (ifaces[0] as IfaceId),
  });
  return {
    region: gateway.region,
    get target() {
      return target();
    },
    attachments: [],
    holder,
  };
}

/** A CLB of address type internet has its public address on the gateway, translated to itself. */
function announcePublicClb(plant: Plant, clb: Clb): void {
  const gateway = plant.gateway(internetGatewayName(clb.region));
  const bps = plant.values.get('clb.internet_bandwidth');
  gateway.hold(clb.address, eipLimit(bps, plant.values));
  const { target, attachments } = clbAddressable(plant, clb);
  gateway.bind(clb.address, target, NONE);
  for (const { router, iface } of attachments) router.setInternet(iface, true);
}
