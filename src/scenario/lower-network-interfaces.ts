/**
 * Secondary ENIs: an address more for an instance, in a vSwitch of its zone. It serves what the instance serves, with a
 * host stack of its own, so that what came in by it is answered by it.
 */
import type { AddressBook } from './address-book.ts';
import { addressOf } from './address-rules.ts';
import type { Check } from './check.ts';
import type { ListenPorts } from './listen-ports.ts';
import type { InstanceDraft } from './lower-hosts.ts';
import { securityGroupsOf } from './lower-security-groups.ts';
import { referenceAt } from './lower-vpcs.ts';
import type { VSwitch } from './scenario.ts';
import { child } from './tree.ts';

const NO_FORWARDING = { forwards: false, checksAddresses: false };
/** It shares what its instance carries; connections are counted at the primary ENI. */
const NO_LIMITS = { bandwidthBps: null, packetsPerSecond: null, connections: null };

export interface NetworkInterfaceInputs {
  readonly check: Check;
  readonly vswitches: ReadonlyMap<string, VSwitch>;
  readonly instances: ReadonlyMap<string, InstanceDraft>;
  readonly book: AddressBook;
  readonly ports: ListenPorts;
  readonly addresses: Map<string, number>;
}

export function draftNetworkInterfaces(inputs: NetworkInterfaceInputs): InstanceDraft[] {
  const { check, vswitches, instances, book, ports, addresses } = inputs;
  return check.names.inSections('network_interfaces').flatMap(({ name, value }) => {
    const home = vswitches.get(referenceAt(check, value, 'vswitch_id', 'vswitches') ?? '');
    const owner = instances.get(referenceAt(check, value, 'instance_id', 'instances') ?? '');
    const node = child(value, 'primary_ip_address');
    const address = addressOf(node, check.diagnostics);
    const securityGroups = securityGroupsOf(check, value, home?.vpc, 'security_group_ids');
    if (home === undefined || owner === undefined) return [];
    checkHome(inputs, name, home, owner);
    if (node !== undefined && address !== undefined) {
      book.claimPrivate(home.vpc, home.cidr, address, name, node.span);
      addresses.set(name, address);
    }
    ports.share(name, owner.name);
    const { services, tcp, risks } = owner;
    const shared = { forwarding: NO_FORWARDING, limits: NO_LIMITS, services, tcp, risks };
    return [{ name, vswitch: home.name, securityGroups, ...shared, eniOf: owner.name }];
  });
}

/** ENI, vSwitch and instance share one zone and one VPC. Source: ECS "ENI overview". */
function checkHome(
  { check, vswitches }: NetworkInterfaceInputs,
  name: string,
  home: VSwitch,
  owner: InstanceDraft,
): void {
  const other = vswitches.get(owner.vswitch);
  const span = child(check.names.find(name)?.value, 'vswitch_id')?.span;
  if (other === undefined || span === undefined) return;
  const expected = `a vSwitch of VPC '${other.vpc}' in ${other.zone}, where '${owner.name}' is`;
  if (home.vpc !== other.vpc) {
    const message = `vSwitch '${home.name}' is in VPC '${home.vpc}', the instance in '${other.vpc}'`;
    check.diagnostics.error('wrong-vpc', span, message, { expected });
  } else if (home.zone !== other.zone) {
    const message = `vSwitch '${home.name}' is in ${home.zone}, the instance in ${other.zone}`;
    check.diagnostics.error('wrong-zone', span, message, { expected });
  }
}
