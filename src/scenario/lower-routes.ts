/** Route tables, the vSwitches that use them, and route entries, which events may bring too. */
import { type Cidr, cidrCovers, formatCidr } from '../base/ipv4.ts';
import { ROUTE_ENTRIES_PER_TABLE, ROUTE_TABLES_PER_VPC } from '../base/quotas.ts';
import { cidrOf } from './address-rules.ts';
import type { Check } from './check.ts';
import type { HavipDraft } from './lower-havips.ts';
import type { InstanceDraft } from './lower-hosts.ts';
import type { NatGatewayDraft } from './lower-nat-gateways.ts';
import { referenceAt } from './lower-vpcs.ts';
import { wordOf } from './reading.ts';
import type { RouteEntry, RouteTable } from './route-types.ts';
import type { Vpc, VSwitch } from './scenario.ts';
import type { Entry, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

/** 100.64.0.0/10: a route may be longer, but not this. */
const CLOUD_SERVICES: Cidr = { base: 0x64400000, length: 10 };

const SECTIONS = { Instance: 'instances', HaVip: 'havips', NatGateway: 'nat_gateways' } as const;

export interface RouteInputs {
  readonly check: Check;
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly vswitches: ReadonlyMap<string, VSwitch>;
  readonly instances: ReadonlyMap<string, InstanceDraft>;
  readonly havips: ReadonlyMap<string, HavipDraft>;
  readonly natGateways: ReadonlyMap<string, NatGatewayDraft>;
}

export function lowerRouteTables({ check, vpcs, vswitches }: RouteInputs): RouteTable[] {
  const users = new Map<string, string[]>();
  for (const { name, value } of check.names.inSections('vswitches')) {
    const table = tableOf(check, value, vswitches.get(name));
    if (table !== undefined) users.set(table, [...(users.get(table) ?? []), name]);
  }
  const countOf = new Map<string, number>();
  return check.names.inSections('route_tables').flatMap(({ name, value, span }) => {
    const vpc = referenceAt(check, value, 'vpc_id', 'vpcs');
    if (vpc === undefined || !vpcs.has(vpc)) return [];
    const count = (countOf.get(vpc) ?? 0) + 1;
    countOf.set(vpc, count);
    if (count === ROUTE_TABLES_PER_VPC + 1) {
      const message = `VPC '${vpc}' has more than ${ROUTE_TABLES_PER_VPC} custom route tables`;
      check.diagnostics.error('quota-exceeded', span, message, {
        expected: `at most ${ROUTE_TABLES_PER_VPC} custom route tables per VPC`,
      });
    }
    return [{ name, vpc, vswitches: users.get(name) ?? [] }];
  });
}

/** The custom table that a vSwitch uses; the system table goes by the name of the VPC. */
function tableOf(check: Check, vswitch: Tree, home: VSwitch | undefined): string | undefined {
  const node = child(vswitch, 'route_table_id');
  const table = referenceAt(check, vswitch, 'route_table_id', 'route_tables', 'vpcs');
  const declared = table === undefined ? undefined : check.names.find(table);
  if (node === undefined || table === undefined || declared === undefined) return undefined;
  const isSystem = declared.section === 'vpcs';
  const vpc = isSystem ? table : referenceAt(check, declared.value, 'vpc_id', 'vpcs');
  if (home !== undefined && vpc !== undefined && vpc !== home.vpc) {
    check.diagnostics.error('wrong-vpc', node.span, `'${table}' is in VPC '${vpc}', not in '${home.vpc}'`, {
      expected: `a route table of VPC '${home.vpc}', or '${home.vpc}' for its system table`,
    });
  }
  return isSystem ? undefined : table;
}

export function lowerRouteEntries(inputs: RouteInputs): RouteEntry[] {
  const { check } = inputs;
  return check.names.inSections('vpcs', 'route_tables').flatMap(({ name, section, value }) => {
    const vpc = section === 'vpcs' ? name : referenceAt(check, value, 'vpc_id', 'vpcs');
    const entries = entriesOf(child(value, 'route_entries'));
    const surplus = entries[ROUTE_ENTRIES_PER_TABLE];
    if (surplus !== undefined) {
      const message = `'${name}' has more than ${ROUTE_ENTRIES_PER_TABLE} route entries`;
      check.diagnostics.error('quota-exceeded', surplus.keySpan, message, {
        expected: `at most ${ROUTE_ENTRIES_PER_TABLE} custom entries per route table`,
      });
    }
    const destinations = new Map<string, Entry>();
    return entries.flatMap((entry) => {
      const lowered = vpc === undefined ? undefined : routeEntryOf(inputs, name, vpc, entry);
      if (lowered === undefined) return [];
      claim(check, destinations, formatCidr(lowered.destination), entry);
      return [lowered];
    });
  });
}

/** One entry of a table, with the rules that it can break by itself. */
export function routeEntryOf(
  inputs: RouteInputs,
  table: string,
  vpc: string,
  { key: name, value }: Entry,
): RouteEntry | undefined {
  const { check } = inputs;
  const node = child(value, 'destination_cidrblock');
  const destination = cidrOf(node, check.diagnostics);
  if (node !== undefined && destination !== undefined) checkDestination(inputs, vpc, destination, node);
  const nextHopType = wordOf(child(value, 'nexthop_type'), ['Instance', 'HaVip', 'NatGateway'] as const);
  if (destination === undefined || nextHopType === undefined) return undefined;
  const nextHop = referenceAt(check, value, 'nexthop_id', SECTIONS[nextHopType]);
  const hopNode = child(value, 'nexthop_id');
  if (nextHop === undefined || hopNode === undefined) return undefined;
  const { instances, havips, natGateways, vswitches } = inputs;
  const instance = instances.get(nextHop);
  const ofOther = natGateways.get(nextHop)?.vpc ?? havips.get(nextHop)?.vpc;
  const home = ofOther ?? vswitches.get(instance?.vswitch ?? '')?.vpc;
  if (home !== undefined && home !== vpc) {
    check.diagnostics.error('wrong-vpc', hopNode.span, `'${nextHop}' is in VPC '${home}', not in '${vpc}'`, {
      expected: `a next hop in VPC '${vpc}'`,
    });
  }
  const behind = havips.get(nextHop)?.members.map(({ instance: member }) => member) ?? [nextHop];
  for (const name of behind) warnOfEnd(inputs, name, hopNode);
  return { name, table, vpc, destination, nextHopType, nextHop };
}

/** An instance that does not forward is no way to anywhere. */
function warnOfEnd({ check, instances }: RouteInputs, name: string, node: Tree): void {
  const forwarding = instances.get(name)?.forwarding;
  if (forwarding === undefined || (forwarding.forwards && !forwarding.checksAddresses)) return;
  const why = forwarding.checksAddresses ? 'checks source and destination' : 'does not forward';
  const message = `instance '${name}' ${why}: what is routed there ends there`;
  check.diagnostics.warning('not-forwarding', node.span, message);
}

/** A destination may hold a vSwitch, but neither be one nor lie in one. */
function checkDestination({ check, vswitches }: RouteInputs, vpc: string, cidr: Cidr, node: Tree): void {
  const shown = formatCidr(cidr);
  for (const vswitch of vswitches.values()) {
    if (vswitch.vpc !== vpc || !cidrCovers(vswitch.cidr, cidr)) continue;
    const how = vswitch.cidr.length === cidr.length ? 'is' : 'lies inside';
    const message = `${shown} ${how} the block of vSwitch '${vswitch.name}', which has a system route`;
    check.diagnostics.error('bad-route', node.span, message, {
      expected: `a block that holds ${formatCidr(vswitch.cidr)}, or one beside it`,
    });
  }
  if (cidr.base !== CLOUD_SERVICES.base || cidr.length !== CLOUD_SERVICES.length) return;
  check.diagnostics.error('bad-route', node.span, `${shown} has a system route: services of the cloud`, {
    expected: 'a part of it, or another block',
  });
}

function claim(check: Check, destinations: Map<string, Entry>, shown: string, entry: Entry): void {
  const earlier = destinations.get(shown);
  if (earlier === undefined) destinations.set(shown, entry);
  else {
    const line = check.diagnostics.lineOf(earlier.keySpan);
    const message = `route entry '${earlier.key}' in line ${line} already leads to ${shown}`;
    check.diagnostics.error('duplicate-route', entry.keySpan, message, {
      expected: 'a destination of its own in the table',
    });
  }
}
