/** The proxy nodes of CLBs at layer 7, and the routes to these. */
import { present } from '../base/assert.ts';
import type { Cidr } from '../base/ipv4.ts';
import { ClbProxy, type ClbProxyOptions } from '../devices/clb-proxy.ts';
import type { DeviceContext } from '../network/device.ts';
import type { DeviceId } from '../network/ids.ts';
import type { NextHop } from '../routing/fib.ts';
import { type DevicePart, managementName, vpcRouterName } from '../scenario/parts.ts';
import type { Clb } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';

/** A proxy node as it was built. */
export interface BuiltProxy {
  readonly id: DeviceId;
  readonly node: ClbProxy;
  readonly context: DeviceContext;
  readonly managementAddress: number;
  readonly nodeAddress: number;
}

interface ProxyPlace {
  readonly name: string;
  readonly zone: string;
  readonly built: BuiltProxy;
}

export function makeClbProxy(
  plant: Plant,
  { resource }: DevicePart,
  context: DeviceContext,
  addresses: Pick<ClbProxyOptions, 'nodeAddress' | 'managementAddress'>,
): ClbProxy {
  const { tcp, values } = plant;
  const clb = plant.scenario.clbs.find(({ name }) => name === resource);
  return new ClbProxy(context, {
    ...addresses,
    tcp,
    proxy: {
      connectTimeoutNs: values.get('clb.proxy_connect_timeout'),
      errorBytes: values.get('traffic.http_error_size'),
    },
    doorTimeoutNs: longestSilenceNs(plant, present(clb, `no CLB ${resource} is there`)),
  });
}

/** Of a client's connection in both directions: idle, or waiting for a server, and for a repeated segment. */
function longestSilenceNs({ values, tcp }: Plant, { listeners }: Clb): number {
  const connectNs = values.get('clb.proxy_connect_timeout');
  const silences = listeners.flatMap(({ http }) => {
    if (http === undefined) return [];
    const idleNs = http.idleTimeoutNs ?? values.get('clb.http_idle_timeout');
    const requestNs = http.requestTimeoutNs ?? values.get('clb.http_request_timeout');
    return [Math.max(idleNs, connectNs + requestNs)];
  });
  return Math.max(...silences) + tcp.maxRtoNs;
}

/** Proxy nodes of a CLB, master zone first; none if it has no listener at layer 7. */
export function proxiesOf(plant: Plant, clb: Clb): ProxyPlace[] {
  return plant.parts.devices.flatMap(({ name, kind, resource, zone }) =>
    kind === 'clb-proxy' && resource === clb.name && zone !== null
      ? [{ name, zone, built: present(plant.clbProxies.get(name), `no ${name} was built`) }]
      : [],
  );
}

/** Each node's own address leads to it, in the VPC and on the management network. */
export function routeProxies(
  plant: Plant,
  clb: Clb,
  attach: (device: string, zone: string) => NextHop,
  route: (cidr: Cidr, nextHop: NextHop) => void,
): void {
  const management = managementName(clb.region);
  for (const { name, zone, built } of proxiesOf(plant, clb)) {
    const { node, nodeAddress, managementAddress } = built;
    node.attach(plant.ifaceBetween(name, vpcRouterName(clb.vpc, zone)));
    node.attachManagement(plant.ifaceBetween(name, management));
    plant.managements.get(management)?.attach(managementAddress, plant.ifaceBetween(management, name));
    route({ base: nodeAddress, length: 32 }, attach(name, zone));
  }
}
