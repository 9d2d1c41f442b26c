/** Network ACLs at the interfaces of their vSwitches' instances, and who answers for their admin verbs. */
import { assert } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import { AclAdmin, AclPlaces, type NamedAclEntry } from '../control/acl-admin.ts';
import { NetworkAcl } from '../policy/network-acl.ts';
import { vpcRouterName } from '../scenario/parts.ts';
import type { NetworkAclEntry } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';
import { PROTOCOLS } from './security-groups.ts';

export function buildNetworkAcls(plant: Plant): Map<string, AclAdmin> {
  const { networkAcls } = plant.scenario;
  const admins = new Map<string, AclAdmin>();
  if (networkAcls.length === 0) return admins;
  const places = placesByVSwitch(plant);
  for (const { name, ingress, egress, vswitches } of networkAcls) {
    const [inbound, outbound] = [ingress.map(namedEntry), egress.map(namedEntry)];
    const acl = new NetworkAcl(inbound, outbound);
    const admin = new AclAdmin(name, acl, inbound, outbound, places, plant.network);
    const refusal = admin.set({ vswitches }, NONE);
    assert(refusal === null, `an attachment that passed the checks was refused: ${refusal}`);
    admins.set(name, admin);
  }
  return admins;
}

function placesByVSwitch(plant: Plant): Map<string, AclPlaces> {
  const { vswitches, instances } = plant.scenario;
  return new Map(
    vswitches.map(({ name, vpc, zone, cidr }) => {
      const router = vpcRouterName(vpc, zone);
      const ifaces = instances
        .filter(({ vswitch, boundAddress }) => vswitch === name && boundAddress === undefined)
        .map((instance) => plant.ifaceBetween(router, instance.name));
      return [name, new AclPlaces(cidr, plant.vpcRouter(router), ifaces)];
    }),
  );
}

export function namedEntry({
  name,
  protocol,
  firstPort,
  lastPort,
  policy,
  peer,
}: NetworkAclEntry): NamedAclEntry {
  return { name, isAccept: policy === 'accept', protocol: PROTOCOLS[protocol], firstPort, lastPort, peer };
}
