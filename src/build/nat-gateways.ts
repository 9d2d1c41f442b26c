/** Fourth pass, around EIPs: who answers for the admin verbs of NAT gateways, and once they have EIPs their entries. */
import { NatAdmin } from '../control/nat-admin.ts';
import type { NatGatewayOptions } from '../devices/nat-gateway.ts';
import { natGatewayName } from '../scenario/parts.ts';
import type { NatGateway } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';

export function natGatewayOptions({ values }: Plant, { answersEcho }: NatGateway): NatGatewayOptions {
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
    takesFragments: values.get('nat.fragments') > 0,
    fragmentLifetimeNs: values.get('ip.fragment_timeout'),
    initialTtl: values.get('ip.initial_ttl'),
  };
}

export function buildNatAdmins(plant: Plant): Map<string, NatAdmin> {
  return new Map(
    plant.scenario.natGateways.map((gateway) => {
      const device = plant.natGateway(natGatewayName(gateway));
      return [gateway.name, new NatAdmin(gateway.name, device, plant.network)];
    }),
  );
}

export function addSnatEntries(plant: Plant, admins: ReadonlyMap<string, NatAdmin>): void {
  for (const gateway of plant.scenario.natGateways) {
    for (const { name, source, eips, hasAffinity } of gateway.snatEntries) {
      admins.get(gateway.name)?.addEntry(name, source, eips, hasAffinity);
    }
  }
}
