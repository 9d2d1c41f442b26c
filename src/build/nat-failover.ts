/** NAT gateways that stand in two zones: their controller, their voices on the management network, what moves. */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import { parseIpv4 } from '../base/ipv4.ts';
import { NatFailover } from '../control/nat-failover.ts';
import { NatController } from '../devices/nat-controller.ts';
import type { DeviceContext } from '../network/device.ts';
import {
  internetGatewayName,
  managementName,
  natControllerName,
  natGatewayName,
  natZones,
  vpcRouterName,
  vpcZones,
} from '../scenario/parts.ts';
import type { NatGateway } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';

/** On the management network, apart from the nodes of CLBs. */
const CONTROLLER_ADDRESSES = parseIpv4('100.126.0.0') as number;
const NODE_ADDRESSES = parseIpv4('100.126.128.0') as number;

export function makeNatController(plant: Plant, context: DeviceContext): NatController {
  const { values } = plant;
  return new NatController(context, {
    address: CONTROLLER_ADDRESSES + 1 + plant.natControllers.size,
    hello: {
      intervalNs: values.get('nat.heartbeat_interval'),
      missLimit: values.get('nat.heartbeat_misses'),
      answerLimit: values.get('nat.heartbeat_answers'),
    },
    holdDownNs: values.get('nat.failover_hold_down'),
    routeDelayNs: values.get('nat.route_delay'),
    switchesBack: values.get('nat.switches_back') > 0,
    initialTtl: values.get('ip.initial_ttl'),
  });
}

/** By which the Internet gateway knows a NAT gateway among the networks behind it. */
export function natNumber(plant: Plant, gateway: NatGateway): number {
  return plant.vpcs.size + plant.scenario.natGateways.indexOf(gateway);
}

export function buildFailover(plant: Plant, gateway: NatGateway): void {
  const { name, region, vpc } = gateway;
  const controllerName = natControllerName(region);
  const controller = present(plant.natControllers.get(controllerName), `no ${controllerName} was built`);
  const management = managementName(region);
  const network = present(plant.managements.get(management), `no ${management} was built`);
  controller.attach(plant.ifaceBetween(controllerName, management));
  network.attach(controller.address, plant.ifaceBetween(management, controllerName));
  const number = natNumber(plant, gateway);
  const devices = natZones(plant.scenario, gateway).map((zone, index) => {
    const device = natGatewayName({ name, zone });
    const address = NODE_ADDRESSES + 2 * number + index;
    network.attach(address, plant.ifaceBetween(management, device));
    const iface = plant.ifaceBetween(device, management);
    plant.natGateway(device).attachManagement(iface, address, controller.address);
    return { name: device, zone, address };
  });
  const failover = new NatFailover({
    name,
    network: plant.network,
    gateway: plant.gateway(internetGatewayName(region)),
    number,
    nextHop: present(plant.natNextHops.get(name), `no route leads to ${name}`),
    sites: devices.map((device) => ({
      zone: device.zone,
      internetIface: plant.ifaceBetween(internetGatewayName(region), device.name),
      ways: vpcZones(plant.scenario, vpc).map((here) => {
        const router = vpcRouterName(vpc, here);
        const next = here === device.zone ? device.name : vpcRouterName(vpc, device.zone);
        return { router: plant.vpcRouter(router), iface: plant.ifaceBetween(router, next) };
      }),
    })),
  });
  plant.natFailovers.set(name, failover);
  controller.watch(name, devices, (active, cause) => failover.install(active, cause, cause?.event ?? NONE));
}
