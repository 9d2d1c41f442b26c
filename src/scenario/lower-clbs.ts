/** CLBs and their listeners. */

import { LISTENERS_PER_CLB, SERVERS_PER_CLB } from '../base/quotas.ts';
import type { AddressBook } from './address-book.ts';
import { addressOf, CLB_POOL, publicAddressOf } from './address-rules.ts';
import type { Check } from './check.ts';
import { groupsOf } from './clb-pools.ts';
import type { ListenPorts } from './listen-ports.ts';
import { checkListenerOptions, listenerOptionsOf } from './listener-options.ts';
import { backendsOf, healthCheckOf, limitsOf, schedulerOf } from './listener-settings.ts';
import { bandwidthOf, checkReservations, clbCapacityOf } from './lower-clb-capacity.ts';
import { withRules } from './lower-clb-rules.ts';
import type { InstanceDraft } from './lower-hosts.ts';
import { httpListenerOf, transportOf } from './lower-http-listeners.ts';
import { listenerCheckOf, serveListener } from './lower-listener-checks.ts';
import type { Places } from './lower-regions.ts';
import { pairOfListener, serverPairsOf } from './lower-server-groups.ts';
import { referenceAt, risksOf } from './lower-vpcs.ts';
import type { Declared } from './names.ts';
import { integerOf, limitedQuantity, optional, textOf, wordOf } from './reading.ts';
import type { Clb, ClbListener, Vpc, VSwitch } from './scenario.ts';
import { checkServerHome } from './server-home.ts';
import { child, entriesOf } from './tree.ts';

export type ClbDraft = Omit<Clb, 'address'> & { readonly vswitch: VSwitch | null };

export interface ClbInputs {
  readonly check: Check;
  readonly places: Places;
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly vswitches: ReadonlyMap<string, VSwitch>;
  readonly instances: ReadonlyMap<string, InstanceDraft>;
  readonly book: AddressBook;
  readonly ports: ListenPorts;
  readonly addresses: Map<string, number>;
}

export function draftClbs(inputs: ClbInputs): ClbDraft[] {
  return inputs.check.names.inSections('clbs').flatMap((declared) => draftClb(inputs, declared) ?? []);
}

function draftClb(inputs: ClbInputs, { name, span, value }: Declared): ClbDraft | undefined {
  const { check, places } = inputs;
  const typeNode = child(value, 'address_type');
  const addressType =
    typeNode === undefined ? 'intranet' : wordOf(typeNode, ['internet', 'intranet'] as const);
  const vswitchName = referenceAt(check, value, 'vswitch_id', 'vswitches');
  const vswitch = vswitchName === undefined ? undefined : inputs.vswitches.get(vswitchName);
  const isPublic = addressType === 'internet';
  const listeners = withRules(check, value, listenersOf(inputs, value, isPublic));
  serveGroups(inputs, value, listeners);
  const capacity = clbCapacityOf(check, value, isPublic);
  checkReservations(check, value, capacity, listeners);
  const risks = risksOf(check, value);
  const hasVSwitchKey = child(value, 'vswitch_id') !== undefined;
  if (addressType === 'intranet' && !hasVSwitchKey) {
    check.diagnostics.error('missing-key', span, `intranet CLB '${name}' has no vswitch_id`, {
      expected: 'vswitch_id: the name of a vSwitch',
    });
  }
  const vpc = inputs.vpcs.get(vswitch?.vpc ?? vpcOfBackends(inputs, listeners) ?? '');
  if (
    vpc === undefined &&
    addressType === 'internet' &&
    !hasVSwitchKey &&
    !listeners.some((l) => l.backends.length > 0)
  ) {
    check.diagnostics.error('missing-key', span, `CLB '${name}' has neither vswitch_id nor backends`, {
      expected: 'vswitch_id or backend_servers, which tell its VPC',
    });
  }
  claimAddress(inputs, name, value, addressType, vswitch);
  if (vpc === undefined) return undefined;
  checkBackends(inputs, name, value, vpc);
  const masterZone = zoneAt(inputs, value, 'master_zone_id', vpc) ?? vswitch?.zone;
  const slaveZone = zoneAt(inputs, value, 'slave_zone_id', vpc) ?? null;
  const slaveNode = child(value, 'slave_zone_id');
  if (masterZone === undefined && child(value, 'master_zone_id') === undefined && !hasVSwitchKey) {
    check.diagnostics.error('missing-key', span, `CLB '${name}' has neither vswitch_id nor master_zone_id`, {
      expected: 'master_zone_id: a zone of its region',
    });
  }
  if (slaveNode !== undefined && slaveZone !== null && slaveZone === masterZone) {
    check.diagnostics.error(
      'same-zone',
      slaveNode.span,
      `secondary zone '${slaveZone}' is the primary one as well`,
      {
        expected: 'another zone of the region, or none',
      },
    );
  }
  places.useRegion(vpc.region, span);
  if (masterZone === undefined || addressType === undefined) return undefined;
  const { region } = vpc;
  return {
    name,
    addressType,
    region,
    vpc: vpc.name,
    masterZone,
    slaveZone,
    capacity,
    listeners,
    risks,
    vswitch: vswitch ?? null,
  };
}

function claimAddress(
  { check, book, addresses }: ClbInputs,
  name: string,
  value: Declared['value'],
  addressType: 'internet' | 'intranet' | undefined,
  vswitch: VSwitch | undefined,
): void {
  const node = child(value, 'address');
  if (node === undefined) return;
  if (addressType === 'internet') {
    const address = publicAddressOf(node, check.diagnostics);
    if (address === undefined) return;
    book.claim('', address, name, node.span);
    addresses.set(name, address);
    return;
  }
  const address = addressOf(node, check.diagnostics);
  if (address === undefined || vswitch === undefined) return;
  book.claimPrivate(vswitch.vpc, vswitch.cidr, address, name, node.span);
  addresses.set(name, address);
}

function zoneAt({ places }: ClbInputs, value: Declared['value'], key: string, vpc: Vpc): string | undefined {
  const node = child(value, key);
  const zone = textOf(node);
  if (node === undefined || zone === undefined) return undefined;
  places.isZoneOf(zone, vpc.region, node.span, `VPC '${vpc.name}'`);
  return zone;
}

function vpcOfInstance({ instances, vswitches }: ClbInputs, instance: string): string | undefined {
  return vswitches.get(instances.get(instance)?.vswitch ?? '')?.vpc;
}

function vpcOfBackends(inputs: ClbInputs, listeners: readonly ClbListener[]): string | undefined {
  for (const { instance } of listeners.flatMap((listener) => listener.backends)) {
    const vpc = vpcOfInstance(inputs, instance);
    if (vpc !== undefined) return vpc;
  }
  return undefined;
}

/** Servers are of its VPC, and both they and its listeners within its quotas. */
function checkBackends(inputs: ClbInputs, clb: string, value: Declared['value'], vpc: Vpc): void {
  const { diagnostics } = inputs.check;
  const surplus = entriesOf(child(value, 'listeners'))[LISTENERS_PER_CLB];
  if (surplus !== undefined) {
    const message = `CLB '${clb}' has more than ${LISTENERS_PER_CLB} listeners`;
    const expected = `at most ${LISTENERS_PER_CLB} listeners per CLB`;
    diagnostics.error('quota-exceeded', surplus.keySpan, message, { expected });
  }
  const servers = [
    ...entriesOf(child(value, 'listeners')).map((listener) => child(listener.value, 'backend_servers')),
    ...['master_slave_server_groups', 'server_groups'].flatMap((key) =>
      entriesOf(child(value, key)).map((group) => child(group.value, 'servers')),
    ),
  ];
  const seen = new Set<string>();
  for (const { key, keySpan } of servers.flatMap((named) => entriesOf(named))) {
    checkServerHome(inputs, key, { vpc: vpc.name, region: vpc.region }, keySpan);
    if (seen.has(key)) continue;
    seen.add(key);
    if (seen.size !== SERVERS_PER_CLB + 1) continue;
    const message = `CLB '${clb}' has more than ${SERVERS_PER_CLB} servers`;
    diagnostics.error('quota-exceeded', keySpan, message, {
      expected: `at most ${SERVERS_PER_CLB} servers per CLB`,
    });
  }
}

function listenersOf(
  { check, ports }: ClbInputs,
  owner: Declared['value'],
  isPublic: boolean,
): ClbListener[] {
  const { diagnostics } = check;
  const byPort = new Map<string, { name: string; line: number }>();
  const pairs = serverPairsOf(check, owner);
  return entriesOf(child(owner, 'listeners')).flatMap(({ key: name, value }) => {
    const protocol = wordOf(child(value, 'protocol'), ['tcp', 'udp', 'http'] as const);
    const frontendNode = child(value, 'frontend_port');
    const frontendPort = integerOf(frontendNode, 1, 65535);
    const backendPort = integerOf(child(value, 'backend_port'), 1, 65535);
    const healthCheck = {
      ...healthCheckOf(check, value, protocol),
      ...listenerCheckOf(check, value, protocol),
    };
    const pair = pairOfListener(check, value, pairs, owner);
    const backends =
      pair === undefined ? backendsOf(check, value) : [{ instance: pair.primary, weight: 100 }];
    const bandwidth = optional('bandwidthBps', bandwidthOf(check, value, isPublic));
    const options = { ...listenerOptionsOf(check, value, protocol), ...bandwidth };
    checkListenerOptions(check, value);
    const timeoutNode = child(value, 'established_timeout');
    const timeout = limitedQuantity(timeoutNode, 'duration', limitsOf('clb.tcp_idle_timeout'), diagnostics);
    if (timeoutNode !== undefined && protocol === 'udp') {
      diagnostics.error('not-applicable', timeoutNode.span, 'established_timeout does not apply to udp', {
        expected: 'a tcp listener',
      });
    }
    if (protocol === undefined || frontendPort === undefined || backendPort === undefined) return [];
    const http = httpListenerOf(check, value, protocol);
    const port = `${frontendPort}/${transportOf(protocol)}`;
    const earlier = byPort.get(port);
    if (frontendNode !== undefined && earlier !== undefined) {
      diagnostics.error(
        'duplicate-listener',
        frontendNode.span,
        `listener '${earlier.name}' in line ${earlier.line} already has port ${port}`,
        { expected: 'a port of its own per protocol' },
      );
    } else if (frontendNode !== undefined)
      byPort.set(port, { name, line: diagnostics.lineOf(frontendNode.span) });
    const checkSpan = (child(value, 'health_check_connect_port') ?? child(value, 'backend_port') ?? value)
      .span;
    const served = { protocol, backendPort, healthCheck };
    for (const { instance } of backends) serveListener(check, ports, served, instance, checkSpan);
    if (pair !== undefined) ports.add(pair.standby, transportOf(protocol), backendPort);
    const scheduler = schedulerOf(value) ?? 'wrr';
    const idle = optional('establishedTimeoutNs', timeout);
    const fixed = { name, protocol, frontendPort, backendPort, scheduler, healthCheck, options };
    return [
      { ...fixed, ...idle, backends, ...optional('standby', pair?.standby), ...optional('http', http) },
    ];
  });
}

/** Servers of groups speak HTTP. */
function serveGroups(
  { check, ports }: ClbInputs,
  owner: Declared['value'],
  listeners: readonly ClbListener[],
): void {
  for (const listener of listeners) {
    for (const group of groupsOf(listener)) {
      const node = child(child(child(owner, 'server_groups'), group.name), 'port');
      for (const { instance } of group.backends)
        serveListener(check, ports, group, instance, (node ?? owner).span);
    }
  }
}

/** CLBs with addresses: private ones have been assigned together with those of instances. */
export function finishClbs({ check, book, addresses }: ClbInputs, drafts: readonly ClbDraft[]): Clb[] {
  return drafts.flatMap(({ vswitch: _, ...draft }) => {
    const span = check.names.find(draft.name)?.span;
    if (!addresses.has(draft.name) && draft.addressType === 'internet' && span !== undefined) {
      const assigned = book.assignPublic(CLB_POOL, draft.name, span);
      if (assigned !== undefined) addresses.set(draft.name, assigned);
    }
    const address = addresses.get(draft.name);
    return address === undefined ? [] : [{ ...draft, address }];
  });
}
