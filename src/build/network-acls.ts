/** Network ACLs at the interfaces of their vSwitches' instances, and who answers for their admin verbs. */
import { AclAdmin, type NamedAclEntry } from '../control/acl-admin.ts';
import { NetworkAcl } from '../policy/network-acl.ts';
import { vpcRouterName } from '../scenario/parts.ts';
import type { NetworkAclEntry } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';
import { PROTOCOLS } from './security-groups.ts';

export function buildNetworkAcls(plant: Plant): Map<string, AclAdmin> {
  const { scenario } = plant;
  const admins = new Map<string, AclAdmin>();
  const aclOf = new Map<string, NetworkAcl>();
  for (const { name, ingress, egress, vswitches } of scenario.networkAcls) {
    const [inbound, outbound] = [ingress.map(namedEntry), egress.map(namedEntry)];
    const acl = new NetworkAcl(inbound, outbound);
    admins.set(name, new AclAdmin(name, acl, inbound, outbound, plant.network));
    for (const vswitch of vswitches) aclOf.set(vswitch, acl);
  }
  for (const instance of aclOf.size === 0 ? [] : scenario.instances) {
    const acl = aclOf.get(instance.vswitch);
    const vswitch = scenario.vswitches.find(({ name }) => name === instance.vswitch);
    if (acl === undefined || vswitch === undefined) continue;
    const router = vpcRouterName(vswitch.vpc, vswitch.zone);
    plant
      .vpcRouter(router)
      .placeGate(plant.ifaceBetween(router, instance.name), { acl, vswitch: vswitch.cidr });
  }
  return admins;
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
