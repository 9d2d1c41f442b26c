/** Instances, clients and Internet hosts, without the ports that others imply. */
import { TCP_PROFILE_NAMES } from '../base/tcp-profiles.ts';
import type { AddressBook } from './address-book.ts';
import { addressOf, type CLIENT_POOL, publicAddressOf } from './address-rules.ts';
import type { Check } from './check.ts';
import type { ListenPorts } from './listen-ports.ts';
import { limitsOf } from './lower-instance-limits.ts';
import { ownerOf } from './lower-public-ips.ts';
import type { Places } from './lower-regions.ts';
import { securityGroupsOf } from './lower-security-groups.ts';
import { servicesOf } from './lower-services.ts';
import { referenceAt, risksOf } from './lower-vpcs.ts';
import { booleanOf, numberOf, wordOf } from './reading.ts';
import type { Forwarding, HostTcp, Instance, InternetHost, VSwitch } from './scenario.ts';
import { child, type Tree } from './tree.ts';

/** An instance whose address may still be missing. */
export type InstanceDraft = Omit<Instance, 'privateAddress' | 'listen'>;

export function draftInstances(
  check: Check,
  vswitches: ReadonlyMap<string, VSwitch>,
  book: AddressBook,
  ports: ListenPorts,
  addresses: Map<string, number>,
): InstanceDraft[] {
  return check.names.inSections('instances').flatMap(({ name, value }) => {
    const vswitch = referenceAt(check, value, 'vswitch_id', 'vswitches');
    const home = vswitch === undefined ? undefined : vswitches.get(vswitch);
    const node = child(value, 'private_ip');
    const address = addressOf(node, check.diagnostics);
    ports.declare(check, name, value);
    const services = servicesOf(check, name, value, ports);
    const securityGroups = securityGroupsOf(check, value, home?.vpc);
    const tcp = hostTcpOf(check, value);
    const forwarding = forwardingOf(value);
    const limits = limitsOf(check, value);
    const risks = risksOf(check, value);
    if (vswitch === undefined || home === undefined) return [];
    if (node !== undefined && address !== undefined) {
      book.claimPrivate(home.vpc, home.cidr, address, name, node.span);
      addresses.set(name, address);
    }
    return [{ name, vswitch, securityGroups, forwarding, limits, services, tcp, risks }];
  });
}

function forwardingOf(value: Tree): Forwarding {
  return {
    forwards: booleanOf(child(value, 'ip_forward')) ?? false,
    checksAddresses: booleanOf(child(value, 'source_dest_check')) ?? false,
  };
}

type HostDraft = Omit<InternetHost, 'address' | 'listen'>;

/** Clients and Internet hosts in the order of the file; explicit addresses are entered, the others assigned later. */
export function draftInternetHosts(
  check: Check,
  places: Places,
  book: AddressBook,
  ports: ListenPorts,
  addresses: Map<string, number>,
): HostDraft[] {
  return check.names.inSections('clients', 'internet_hosts').flatMap(({ name, value }) => {
    const place = places.placeOf(value);
    const node = child(value, 'ip_address');
    const address = publicAddressOf(node, check.diagnostics);
    if (node !== undefined && address !== undefined) {
      book.claim('', address, name, node.span);
      addresses.set(name, address);
    }
    ports.declare(check, name, value);
    const services = servicesOf(check, name, value, ports);
    const tcp = hostTcpOf(check, value);
    const risks = risksOf(check, value);
    return place === undefined ? [] : [{ name, place, services, tcp, risks }];
  });
}

/** The keys of a host that set its TCP apart. */
function hostTcpOf(check: Check, value: Tree): HostTcp {
  const profile = wordOf(child(value, 'tcp_profile'), TCP_PROFILE_NAMES) ?? null;
  const range = child(value, 'ip_local_port_range');
  const [first, last] = range?.kind === 'list' ? range.items.map(numberOf) : [];
  if (range === undefined || first === undefined || last === undefined) return { profile, localPorts: null };
  if (first > last) {
    check.diagnostics.error('out-of-range', range.span, `the first port ${first} is above the last ${last}`, {
      expected: 'the lower port first, such as [32768, 60999]',
    });
  }
  return { profile, localPorts: { first, last } };
}

/** Gives a public address to each of some names that has none yet. */
export function assignPublic(
  check: Check,
  book: AddressBook,
  addresses: Map<string, number>,
  pool: typeof CLIENT_POOL,
  names: readonly string[],
): void {
  for (const name of names) {
    const span = check.names.find(ownerOf(name))?.span;
    if (addresses.has(name) || span === undefined) continue;
    const address = book.assignPublic(pool, name, span);
    if (address !== undefined) addresses.set(name, address);
  }
}
