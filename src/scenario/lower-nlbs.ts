/**
 * NLBs. In each of its zones an NLB is a cluster with an address of its own that works as that of a CLB with one zone
 * does, with other timers: lowered to such a CLB per zone, `front/cn-hangzhou-h`.
 */
import type { AddressBook } from './address-book.ts';
import { CLB_POOL } from './address-rules.ts';
import { albZoneName } from './alb-types.ts';
import { limitsOf } from './listener-settings.ts';
import { type AlbInputs, serversOf, siblingAt, type ZoneDraft, zonesOf } from './lower-albs.ts';
import { serveListener } from './lower-listener-checks.ts';
import { nlbCheckOf } from './lower-nlb-checks.ts';
import { referenceAt, risksOf } from './lower-vpcs.ts';
import type { Declared } from './names.ts';
import { booleanOf, integerOf, limitedQuantity, optional, wordOf } from './reading.ts';
import type {
  Clb,
  ClbBackend,
  ClbListener,
  HealthCheck,
  ListenerOptions,
  Scheduler,
  Vpc,
} from './scenario.ts';
import { NLB_PROTOCOLS, NLB_SCHEDULERS } from './schema-nlbs.ts';
import type { Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

export type NlbDraft = Pick<
  Clb,
  'name' | 'addressType' | 'isZonal' | 'region' | 'vpc' | 'listeners' | 'risks'
> & {
  readonly zones: readonly ZoneDraft[];
  readonly serverGroups: readonly NlbGroup[];
};

export interface NlbGroup {
  readonly name: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly scheduler: Scheduler;
  readonly healthCheck: HealthCheck;
  readonly options: ListenerOptions;
  readonly servers: readonly ClbBackend[];
}

const SCHEDULER_OF: Readonly<Record<(typeof NLB_SCHEDULERS)[number], Scheduler>> = {
  Wrr: 'wrr',
  Wlc: 'wlc',
  Rr: 'rr',
  Sch: 'sch',
  Tch: 'tch',
};

export function draftNlbs(inputs: AlbInputs): NlbDraft[] {
  return inputs.check.names.inSections('nlbs').flatMap((declared) => draftNlb(inputs, declared) ?? []);
}

function draftNlb(inputs: AlbInputs, { name, span, value }: Declared): NlbDraft | undefined {
  const { check, places } = inputs;
  const type = wordOf(child(value, 'address_type'), ['Internet', 'Intranet'] as const);
  const vpc = inputs.vpcs.get(referenceAt(check, value, 'vpc_id', 'vpcs') ?? '');
  const risks = risksOf(check, value);
  const serverGroups = groupsOf(inputs, value, vpc);
  const listeners = listenersOf(inputs, value, serverGroups);
  if (vpc === undefined) return undefined;
  const zones = zonesOf(inputs, `NLB '${name}'`, value, vpc);
  places.useRegion(vpc.region, span);
  if (type === undefined) return undefined;
  const zonal = booleanOf(child(value, 'cross_zone_enabled')) === false ? ({ isZonal: true } as const) : {};
  const addressType = type === 'Internet' ? 'internet' : 'intranet';
  return {
    name,
    addressType,
    region: vpc.region,
    vpc: vpc.name,
    zones,
    listeners,
    serverGroups,
    risks,
    ...zonal,
  };
}

function groupsOf(inputs: AlbInputs, owner: Tree, vpc: Vpc | undefined): NlbGroup[] {
  return entriesOf(child(owner, 'server_groups')).flatMap(({ key: name, value }) => {
    const port = integerOf(child(value, 'port'), 1, 65535);
    const word = wordOf(child(value, 'scheduler'), NLB_SCHEDULERS) ?? 'Wrr';
    const protocol = protocolOf(child(value, 'protocol'));
    const healthCheck = nlbCheckOf(inputs.check, child(value, 'health_check'), protocol);
    const options = drainingOf(inputs, value);
    const servers = serversOf(inputs, value, vpc);
    const scheduler = SCHEDULER_OF[word];
    return port === undefined ? [] : [{ name, protocol, port, scheduler, healthCheck, options, servers }];
  });
}

const protocolOf = (node: Tree | undefined): 'tcp' | 'udp' =>
  wordOf(node, NLB_PROTOCOLS) === 'UDP' ? 'udp' : 'tcp';

/** Off unless enabled. */
function drainingOf({ check }: AlbInputs, owner: Tree): ListenerOptions {
  const node = child(owner, 'connection_drain_timeout');
  const limits = limitsOf('nlb.connection_drain_timeout');
  const drainNs = limitedQuantity(node, 'duration', limits, check.diagnostics);
  const drains = booleanOf(child(owner, 'connection_drain_enabled')) === true;
  if (node !== undefined && !drains) {
    check.diagnostics.error('not-applicable', node.span, 'connection_drain_timeout without draining', {
      expected: 'connection_drain_enabled: true',
    });
  }
  return drains ? { drains, ...optional('drainNs', drainNs) } : {};
}

function listenersOf({ check, ports }: AlbInputs, owner: Tree, groups: readonly NlbGroup[]): ClbListener[] {
  const { diagnostics } = check;
  const byPort = new Map<string, string>();
  return entriesOf(child(owner, 'listeners')).flatMap(({ key: name, value }) => {
    const portNode = child(value, 'listener_port');
    const frontendPort = integerOf(portNode, 1, 65535);
    const protocol = protocolOf(child(value, 'listener_protocol'));
    const idleLimits = limitsOf(`nlb.${protocol}_idle_timeout`);
    const idle = limitedQuantity(child(value, 'idle_timeout'), 'duration', idleLimits, diagnostics);
    const groupName = siblingAt(check, owner, 'NLB', 'server_groups', value, 'server_group_id');
    const group = groups.find((candidate) => candidate.name === groupName);
    if (frontendPort === undefined || portNode === undefined || group === undefined) return [];
    const key = `${frontendPort}/${protocol}`;
    const earlier = byPort.get(key);
    if (earlier !== undefined) {
      const message = `listener '${earlier}' already has port ${key}`;
      const expected = 'a port of its own per protocol';
      diagnostics.error('duplicate-listener', portNode.span, message, { expected });
    }
    byPort.set(key, name);
    const { port, scheduler, healthCheck, options, servers: backends } = group;
    const groupNode = child(value, 'server_group_id');
    if (group.protocol !== protocol && groupNode !== undefined) {
      const message = `server group '${group.name}' is of protocol ${group.protocol.toUpperCase()}`;
      const expected = `a group with protocol: ${protocol.toUpperCase()}`;
      diagnostics.error('bad-target', groupNode.span, message, { expected });
    }
    for (const { instance } of backends)
      serveListener(check, ports, { protocol, backendPort: port, healthCheck }, instance, portNode.span);
    const shared = { name, protocol, product: 'nlb', frontendPort, backendPort: port } as const;
    const rest = { serverGroup: group.name, ...optional('establishedTimeoutNs', idle) };
    return [{ ...shared, scheduler, healthCheck, options, ...rest, backends }];
  });
}

/** A CLB per zone, with its address. */
export function finishNlbs(book: AddressBook, drafts: readonly NlbDraft[]): Clb[] {
  return drafts.flatMap(({ zones, serverGroups: _, ...draft }) =>
    zones.flatMap(({ zone, vswitch, span }) => {
      const name = albZoneName(draft.name, zone);
      const address =
        draft.addressType === 'internet'
          ? book.assignPublic(CLB_POOL, name, span)
          : book.assignPrivate(vswitch.vpc, vswitch.name, vswitch.cidr, name, span);
      if (address === undefined) return [];
      return [{ ...draft, name, address, masterZone: zone, slaveZone: null, capacity: {} }];
    }),
  );
}

/** What shows the state of a server: each zone has its own view. */
export function nlbPaths(drafts: readonly NlbDraft[], added: ReadonlySet<string>): string[] {
  return drafts.flatMap(({ name, zones, listeners }) =>
    zones.flatMap(({ zone }) =>
      listeners.flatMap((listener) => {
        const group = `${name}/${listener.serverGroup}/`;
        const later = [...added].flatMap((path) => (path.startsWith(group) ? path.slice(group.length) : []));
        const servers = new Set([...listener.backends.map(({ instance }) => instance), ...later]);
        return [...servers].map((server) => `${albZoneName(name, zone)}/${listener.name}/${server}`);
      }),
    ),
  );
}
