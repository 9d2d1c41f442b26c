/** Which instances serve load balancers, as the VPC routers in front of them know. */
import { present } from '../base/assert.ts';
import { balancedServers, type ServerHandler } from '../control/balanced-servers.ts';
import { vpcRouterName } from '../scenario/parts.ts';
import type { Plant } from './plant.ts';

export function serverHandler(plant: Plant): ServerHandler {
  return balancedServers((name) => {
    const instance = present(plant.instances.get(name), `no instance ${name} was built`);
    const found = plant.scenario.vswitches.find((vswitch) => vswitch.name === instance.vswitch);
    const { vpc, zone } = present(found, `no vSwitch ${instance.vswitch} was built`);
    const router = vpcRouterName(vpc, zone);
    return { router: plant.vpcRouter(router), iface: plant.ifaceBetween(router, name) };
  });
}
