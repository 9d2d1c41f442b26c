/** Network ACLs with their entries in order, and the vSwitches they are attached to. */
import type { NetworkAcl, NetworkAclEntry } from './access-types.ts';
import type { Check } from './check.ts';
import { blockOf, portsOf } from './lower-security-groups.ts';
import { referenceAt } from './lower-vpcs.ts';
import { textAt, textItems, wordOf } from './reading.ts';
import type { Entry, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';
import { ACCESS_POLICIES } from './verbs.ts';

const PROTOCOLS = ['tcp', 'udp', 'icmp', 'all'] as const;
const DIRECTIONS = [
  { list: 'ingress_acl_entries', what: 'inbound' },
  { list: 'egress_acl_entries', what: 'outbound' },
] as const;

export function lowerNetworkAcls(check: Check): NetworkAcl[] {
  /** By vSwitch: the ACL that has it. */
  const holders = new Map<string, string>();
  return check.names.inSections('network_acls').flatMap(({ name, value, span }) => {
    const vpc = referenceAt(check, value, 'vpc_id', 'vpcs');
    reportEntriesOfOneName(check, value);
    const [ingress = [], egress = []] = DIRECTIONS.map(({ list, what }) => {
      const entries = entriesOf(child(value, list));
      if (entries.length === 0) {
        check.diagnostics.warning(
          'denies-all',
          span,
          `network ACL '${name}' has no ${list}: it denies all ${what} traffic`,
        );
      }
      return aclEntriesOf(check, value, list);
    });
    const attached = attachedTo(check, name, value, vpc, holders);
    return vpc === undefined ? [] : [{ name, vpc, ingress, egress, vswitches: attached }];
  });
}

/** The entries of one direction of an ACL, or of an event that sets them. */
export function aclEntriesOf(
  check: Check,
  owner: Tree,
  list: 'ingress_acl_entries' | 'egress_acl_entries',
): NetworkAclEntry[] {
  const peer = list === 'ingress_acl_entries' ? 'source_cidr_ip' : 'destination_cidr_ip';
  return entriesOf(child(owner, list)).flatMap((entry) => aclEntryOf(check, entry, peer) ?? []);
}

export function aclEntryOf(
  check: Check,
  entry: Entry,
  peerKey: 'source_cidr_ip' | 'destination_cidr_ip',
): NetworkAclEntry | undefined {
  const { key: name, value } = entry;
  const protocol = wordOf(child(value, 'protocol'), PROTOCOLS);
  const policy = wordOf(child(value, 'policy'), ACCESS_POLICIES);
  const ports = protocol === undefined ? undefined : portsOf(check, entry, protocol, 'port');
  const peer = blockOf(check, child(value, peerKey));
  if (protocol === undefined || policy === undefined || ports === undefined || peer === undefined)
    return undefined;
  return { name, protocol, ...ports, policy, peer };
}

/** An entry is addressed by ACL and name, so both directions share one set of names. */
function reportEntriesOfOneName(check: Check, acl: Tree): void {
  const inbound = new Map(
    entriesOf(child(acl, 'ingress_acl_entries')).map(({ key, keySpan }) => [key, keySpan]),
  );
  for (const { key, keySpan } of entriesOf(child(acl, 'egress_acl_entries'))) {
    const earlier = inbound.get(key);
    if (earlier === undefined) continue;
    const line = check.diagnostics.lineOf(earlier);
    const message = `'${key}' is already the name of an inbound entry in line ${line}`;
    check.diagnostics.error('duplicate-name', keySpan, message, {
      expected: 'names that are unique over both directions of a network ACL',
    });
  }
}

/** Those of the file, each of which has one ACL at most at the start. */
function attachedTo(
  check: Check,
  name: string,
  acl: Tree,
  vpc: string | undefined,
  holders: Map<string, string>,
): string[] {
  return aclVSwitchesOf(check, acl, vpc).flatMap(({ vswitch, node }) => {
    const holder = holders.get(vswitch);
    if (holder === undefined) {
      holders.set(vswitch, name);
      return [vswitch];
    }
    const message = `vSwitch '${vswitch}' is attached to network ACL '${holder}' already`;
    check.diagnostics.error('already-attached', node.span, message, {
      expected: 'one network ACL per vSwitch',
    });
    return [];
  });
}

/** The vSwitches that `resources` of an ACL, or of an event, names; those of another VPC are reported. */
export function aclVSwitchesOf(
  check: Check,
  owner: Tree,
  vpc: string | undefined,
): { readonly vswitch: string; readonly node: Tree }[] {
  return textItems(child(owner, 'resources')).flatMap(({ text, node }) =>
    check.budget.namesOf(text, node.span).flatMap((vswitch) => {
      const declared = check.names.resolve(vswitch, node.span, 'vswitches');
      if (declared === undefined) return [];
      const home = textAt(declared.value, 'vpc_id');
      if (vpc !== undefined && home !== undefined && home !== vpc) {
        const message = `vSwitch '${vswitch}' is in VPC '${home}', not in '${vpc}'`;
        check.diagnostics.error('wrong-vpc', node.span, message, { expected: `a vSwitch of VPC '${vpc}'` });
      }
      return [{ vswitch, node }];
    }),
  );
}
