/** What CLBs may carry, at the start and later. */
import { assert } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import { ClbCapacityAdmin } from '../control/clb-capacity.ts';
import { internetGatewayName } from '../scenario/parts.ts';
import type { Clb } from '../scenario/scenario.ts';
import { proxiesOf } from './clb-proxy-nodes.ts';
import type { Plant } from './plant.ts';
import { nodesOf } from './routes.ts';

/** After the public addresses of CLBs are on their gateways. */
export function buildCapacities(plant: Plant): Map<string, ClbCapacityAdmin> {
  return new Map(plant.scenario.clbs.map((clb) => [clb.name, buildCapacity(plant, clb)]));
}

function buildCapacity(plant: Plant, clb: Clb): ClbCapacityAdmin {
  const gateway = plant.gateway(internetGatewayName(clb.region));
  const admin = new ClbCapacityAdmin(
    plant.network,
    plant.values,
    nodesOf(plant, clb).map(({ built }) => built.node),
    clb.addressType === 'internet' ? { gateway, address: clb.address } : null,
    clb.listeners.map(({ name, protocol, frontendPort }) => ({
      name,
      protocol: protocol === 'udp' ? 'udp' : 'tcp',
      port: frontendPort,
    })),
    proxiesOf(plant, clb).map(({ built }) => built.node.queries),
  );
  const { bandwidthBps, spec } = clb.capacity;
  const refusals = [
    bandwidthBps === undefined ? null : admin.setBandwidth(bandwidthBps, NONE),
    spec === undefined ? null : admin.setSpecification(spec, NONE),
  ];
  for (const { name, options } of clb.listeners)
    if (options.bandwidthBps !== undefined) admin.reserve(name, options.bandwidthBps, NONE);
  assert(
    refusals.every((refusal) => refusal === null),
    'a capacity that passed the checks was refused',
  );
  return admin;
}
