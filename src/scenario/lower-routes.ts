/** Route tables, the vSwitches that use them, and route entries, which events may bring too. */
import { type Cidr, cidrCovers, formatCidr } from '../base/ipv4.ts';
import { ROUTE_ENTRIES_PER_TABLE, ROUTE_TABLES_PER_VPC } from '../base/quotas.ts';
import { cidrOf } from './address-rules.ts';
import type { Check } from './check.ts';
import type { HavipDraft } from './lower-havips.ts';
import type { InstanceDraft } from './lower-hosts.ts';
import type { NatGatewayDraft } from './lower-nat-gateways.ts';
import { referenceAt } from './lower-vpcs.ts';
import { textAt, wordOf } from './reading.ts';
import type { Ipv4Gateway, RouteEntry, RouteTable } from './route-types.ts';
import type { Vpc, VSwitch } from './scenario.ts';
import type { Entry, Span, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

/** 100.64.0.0/10: a route may be longer, but not this. */
const CLOUD_SERVICES: Cidr = { base: 0x64400000, length: 10 };

const SECTIONS = {
  Instance: 'instances',
  HaVip: 'havips',
  NatGateway: 'nat_gateways',
  Ipv4Gateway: 'ipv4_gateways',
} as const;
const NEXT_HOP_TYPES = ['Instance', 'HaVip', 'NatGateway', 'Ipv4Gateway'] as const;

export interface RouteInputs {
  readonly check: Check;
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly vswitches: ReadonlyMap<string, VSwitch>;
  readonly instances: ReadonlyMap<string, InstanceDraft>;
  readonly havips: ReadonlyMap<string, HavipDraft>;
  readonly natGateways: ReadonlyMap<string, NatGatewayDraft>;
  readonly ipv4Gateways: ReadonlyMap<string, Ipv4Gateway>;
}

export function lowerRouteTables({ check, vpcs, vswitches, ipv4Gateways }: RouteInputs): RouteTable[] {
  const users = new Map<string, string[]>();
  for (const { name, value } of check.names.inSections('vswitches')) {
    const table = tableOf(check, value, vswitches.get(name));
    if (table !== undefined) users.set(table, [...(users.get(table) ?? []), name]);
  }
  const countOf = new Map<string, number>();
  const gatewayTables = new Map<string, string>();
  return check.names.inSections('route_tables').flatMap(({ name, value, span }): RouteTable[] => {
    const vpc = referenceAt(check, value, 'vpc_id', 'vpcs');
    if (vpc === undefined || !vpcs.has(vpc)) return [];
    if (isOfGateway(value)) {
      checkGatewayTable(check, name, vpc, span, ipv4Gateways, gatewayTables);
      return [{ name, vpc, vswitches: [], isOfGateway: true }];
    }
    const count = (countOf.get(vpc) ?? 0) + 1;
    countOf.set(vpc, count);
    if (count === ROUTE_TABLES_PER_VPC + 1) {
      const message = `VPC '${vpc}' has more than ${ROUTE_TABLES_PER_VPC} custom route tables`;
      check.diagnostics.error('quota-exceeded', span, message, {
        expected: `at most ${ROUTE_TABLES_PER_VPC} custom route tables per VPC`,
      });
    }
    return [{ name, vpc, vswitches: users.get(name) ?? [], isOfGateway: false }];
  });
}

const isOfGateway = (table: Tree): boolean => textAt(table, 'associate_type') === 'Gateway';

/** One a VPC, which has an IPv4 gateway that it belongs to. */
function checkGatewayTable(
  { diagnostics }: Check,
  name: string,
  vpc: string,
  span: Span,
  ipv4Gateways: ReadonlyMap<string, Ipv4Gateway>,
  known: Map<string, string>,
): void {
  const earlier = known.get(vpc);
  known.set(vpc, earlier ?? name);
  if (earlier !== undefined)
    diagnostics.error('quota-exceeded', span, `VPC '${vpc}' has gateway route table '${earlier}' already`, {
      expected: 'one gateway route table per VPC',
    });
  if ([...ipv4Gateways.values()].some((gateway) => gateway.vpc === vpc)) return;
  const message = `'${name}' leads what comes in by an IPv4 gateway, and VPC '${vpc}' has none that is enabled`;
  diagnostics.error('not-applicable', span, message, {
    expected: `an entry of ipv4_gateways with vpc_id: ${vpc} and enabled: true`,
  });
}

/** The custom table that a vSwitch uses; the system table goes by the name of the VPC. */
function tableOf(check: Check, vswitch: Tree, home: VSwitch | undefined): string | undefined {
  const node = child(vswitch, 'route_table_id');
  const table = referenceAt(check, vswitch, 'route_table_id', 'route_tables', 'vpcs');
  const declared = table === undefined ? undefined : check.names.find(table);
  if (node === undefined || table === undefined || declared === undefined) return undefined;
  const isSystem = declared.section === 'vpcs';
  if (!isSystem && isOfGateway(declared.value))
    check.diagnostics.error('not-applicable', node.span, `'${table}' is the table of a gateway`, {
      expected: 'a route table without associate_type: Gateway',
    });
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
  const nextHopType = wordOf(child(value, 'nexthop_type'), NEXT_HOP_TYPES);
  const ofGateway = isOfGateway(check.names.find(table)?.value ?? value);
  if (node !== undefined && destination !== undefined) {
    if (ofGateway) checkInbound(inputs, vpc, destination, node);
    else checkDestination(inputs, vpc, destination, node);
  }
  if (destination === undefined || nextHopType === undefined) return undefined;
  if (ofGateway && nextHopType !== 'Instance') {
    const typeNode = child(value, 'nexthop_type') ?? value;
    check.diagnostics.error('bad-route', typeNode.span, `'${table}' is the table of a gateway`, {
      expected: 'nexthop_type: Instance',
    });
  }
  const nextHop = referenceAt(check, value, 'nexthop_id', SECTIONS[nextHopType]);
  const hopNode = child(value, 'nexthop_id');
  if (nextHop === undefined || hopNode === undefined) return undefined;
  const { instances, havips, natGateways, ipv4Gateways, vswitches } = inputs;
  if (nextHopType === 'Ipv4Gateway' && !ipv4Gateways.has(nextHop)) {
    check.diagnostics.error('bad-route', hopNode.span, `IPv4 gateway '${nextHop}' is not enabled`, {
      expected: 'enabled: true of the gateway',
    });
    return undefined;
  }
  const instance = instances.get(nextHop);
  const gateway = natGateways.get(nextHop) ?? ipv4Gateways.get(nextHop);
  const home = gateway?.vpc ?? havips.get(nextHop)?.vpc ?? vswitches.get(instance?.vswitch ?? '')?.vpc;
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

/** What comes in from the Internet is led anew by whole vSwitches. */
function checkInbound({ check, vswitches }: RouteInputs, vpc: string, cidr: Cidr, node: Tree): void {
  const own = [...vswitches.values()].filter((vswitch) => vswitch.vpc === vpc);
  if (own.some((vswitch) => cidrCovers(vswitch.cidr, cidr) && vswitch.cidr.length === cidr.length)) return;
  check.diagnostics.error('bad-route', node.span, `${formatCidr(cidr)} is not the block of a vSwitch`, {
    expected: `the block of a vSwitch of VPC '${vpc}': ${own.map((vswitch) => formatCidr(vswitch.cidr)).join(', ')}`,
  });
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
