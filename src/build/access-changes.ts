/** What events change of network ACLs, security groups and the groups of instances. */
import { present } from '../base/assert.ts';
import type { AclAdmin } from '../control/acl-admin.ts';
import type { Refusal } from '../control/refusal.ts';
import type { AccessAddition, AccessSettings } from '../scenario/scenario.ts';
import { namedEntry } from './network-acls.ts';
import type { Plant } from './plant.ts';
import { namedRule } from './security-groups.ts';

type Acls = ReadonlyMap<string, AclAdmin>;

const aclAt = (acls: Acls, name: string): AclAdmin =>
  present(acls.get(name), `no network ACL ${name} was built`);

export function setAccess(
  { security }: Plant,
  acls: Acls,
  path: string,
  settings: AccessSettings,
  event: number,
): Refusal {
  const [name = '', below = ''] = path.split('/');
  switch (settings.kind) {
    case 'network-acl': {
      const { ingress, egress, vswitches } = settings;
      const change = {
        ...(ingress === undefined ? {} : { ingress: ingress.map(namedEntry) }),
        ...(egress === undefined ? {} : { egress: egress.map(namedEntry) }),
        ...(vswitches === undefined ? {} : { vswitches }),
      };
      return aclAt(acls, name).set(change, event);
    }
    case 'network-acl-entry':
      return aclAt(acls, name).setPolicy(below, settings.policy === 'accept', event);
    case 'security-group':
      return security.setInner(name, settings.innerAccessPolicy === 'Accept', event);
    case 'security-group-rule': {
      const { policy, priority } = settings;
      const to = {
        ...(policy === undefined ? {} : { isAccept: policy === 'accept' }),
        ...(priority === undefined ? {} : { priority }),
      };
      return security.modifyRule(name, below, to, event);
    }
    case 'instance':
      return security.setGroups(name, settings.securityGroups, event);
  }
}

export function addAccess(
  { security }: Plant,
  acls: Acls,
  path: string,
  addition: AccessAddition,
  event: number,
): Refusal {
  const [name = ''] = path.split('/');
  if (addition.kind === 'security-group-rule') return security.addRule(name, namedRule(addition.rule), event);
  return aclAt(acls, name).add(addition.isIngress, namedEntry(addition.entry), event);
}

/** Undefined: the path is that of something else. */
export function removeAccess(
  { security, scenario }: Plant,
  acls: Acls,
  path: string,
  event: number,
): Refusal | undefined {
  const [name = '', below = ''] = path.split('/');
  const acl = acls.get(name);
  if (acl !== undefined) return acl.remove(below, event);
  if (!scenario.securityGroups.some((group) => group.name === name)) return undefined;
  return security.removeRule(name, below, event);
}
