/** Fourth pass, around EIPs: who answers for the admin verbs of NAT gateways, and once they have EIPs their entries. */
import { assert, present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { ParameterValues } from '../base/parameters.ts';
import type { EipAdmin } from '../control/eip-admin.ts';
import { NatAdmin } from '../control/nat-admin.ts';
import type { NatGatewayOptions } from '../devices/nat-gateway.ts';
import type { NatCapacity } from '../devices/nat-limits.ts';
import { NAT_DOORS } from '../protocols/overlay.ts';
import { natGatewayNames } from '../scenario/parts.ts';
import type { NatGateway, NatSpecification } from '../scenario/scenario.ts';
import { privateAddress } from './clbs.ts';
import { buildFailover } from './nat-failover.ts';
import type { Plant } from './plant.ts';

const SIZES = { Small: 'small', Middle: 'middle', Large: 'large' } as const;

export function natGatewayOptions(plant: Plant, gateway: NatGateway): NatGatewayOptions {
  const { values } = plant;
  const { answersEcho, eipBindType, specification } = gateway;
  return {
    timeouts: {
      halfOpenNs: values.get('nat.half_open_timeout'),
      establishedNs: values.get('nat.tcp_idle_timeout'),
      closedNs: values.get('nat.closed_timeout'),
      udpNs: values.get('nat.udp_timeout'),
      icmpNs: values.get('nat.icmp_timeout'),
    },
    ports: {
      first: values.get('nat.port_first'),
      last: values.get('nat.port_last'),
      perDestination: values.get('nat.ports_per_destination'),
    },
    skipsFull: values.get('nat.skips_full_eip') > 0,
    answersEcho,
    allowsHairpin: eipBindType === 'NAT',
    doorAddress: NAT_DOORS + 1 + plant.natGateways.size,
    capacity: natCapacity(values, specification),
    burstNs: values.get('nat.burst_time'),
    growthDelayNs: values.get('nat.elastic_delay'),
    takesFragments: values.get('nat.fragments') > 0,
    fragmentLifetimeNs: values.get('ip.fragment_timeout'),
    initialTtl: values.get('ip.initial_ttl'),
  };
}

/** What a gateway carries: a fixed number of SNAT connections, or of all connections as much as elasticity gives. */
export function natCapacity(values: ParameterValues, specification: NatSpecification | null): NatCapacity {
  const rates = {
    packetsPerSecond: values.get('nat.max_packet_rate'),
    bandwidthBps: values.get('nat.max_bandwidth'),
  };
  if (specification !== null) {
    const size = SIZES[specification];
    const connections = values.get(`nat.${size}_connections`);
    const connectionsPerSecond = values.get(`nat.${size}_connection_rate`);
    const fixed = { connections, connectionsPerSecond, ...rates };
    return { ...fixed, countsDnat: false, ceiling: fixed };
  }
  const connections = values.get('nat.max_connections');
  const connectionsPerSecond = values.get('nat.max_connection_rate');
  const ceiling = {
    connections: values.get('nat.elastic_connections'),
    connectionsPerSecond: values.get('nat.elastic_connection_rate'),
    packetsPerSecond: values.get('nat.elastic_packet_rate'),
    bandwidthBps: values.get('nat.elastic_bandwidth'),
  };
  return { connections, connectionsPerSecond, ...rates, countsDnat: true, ceiling };
}

export function buildNatAdmins(plant: Plant): Map<string, NatAdmin> {
  return new Map(
    plant.scenario.natGateways.map((gateway) => {
      const names = natGatewayNames(plant.scenario, gateway);
      const devices = names.map((name) => plant.natGateway(name));
      if (devices.length > 1) buildFailover(plant, gateway);
      return [gateway.name, new NatAdmin(gateway.name, devices, gateway.specification, plant.network)];
    }),
  );
}

/** Once EIPs have their first associations. */
export function addNatEntries(plant: Plant, admins: ReadonlyMap<string, NatAdmin>, eips: EipAdmin): void {
  for (const gateway of plant.scenario.natGateways) {
    const admin = present(admins.get(gateway.name), `no NAT gateway ${gateway.name} was built`);
    admin.eipOf = (instance) => eips.eipOf(instance);
    const added = [
      ...gateway.snatEntries.map((entry) => admin.addEntry(entry, NONE)),
      ...gateway.forwardEntries.map((entry) =>
        admin.addForward(entry, privateAddress(plant, entry.instance), NONE),
      ),
    ];
    for (const refusal of added)
      assert(refusal === null, `an entry that passed the checks was refused: ${refusal}`);
  }
}
