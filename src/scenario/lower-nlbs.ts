/**
 * NLBs. In each of its zones an NLB is a cluster with an address of its own that works as that of a CLB with one zone
 * does, with other timers: lowered to such a CLB per zone, `front/cn-hangzhou-h`.
 */
import type { AddressBook } from './address-book.ts';
import { CLB_POOL } from './address-rules.ts';
import { albZoneName } from './alb-types.ts';
import { limitsOf } from './listener-settings.ts';
import { type AlbInputs, serversOf, siblingAt, type ZoneDraft, zonesOf } from './lower-albs.ts';
import { referenceAt, risksOf } from './lower-vpcs.ts';
import type { Declared } from './names.ts';
import { integerOf, limitedQuantity, optional, wordOf } from './reading.ts';
import type { Clb, ClbBackend, ClbListener, HealthCheck, Scheduler, Vpc } from './scenario.ts';
import { NLB_SCHEDULERS } from './schema-nlbs.ts';
import type { Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

export type NlbDraft = Pick<Clb, 'name' | 'addressType' | 'region' | 'vpc' | 'listeners' | 'risks'> & {
  readonly zones: readonly ZoneDraft[];
};

interface Group {
  readonly name: string;
  readonly port: number;
  readonly scheduler: Scheduler;
  readonly healthCheck: HealthCheck;
  readonly backends: readonly ClbBackend[];
}

const SCHEDULER_OF: Readonly<Record<(typeof NLB_SCHEDULERS)[number], Scheduler>> = {
  Wrr: 'wrr',
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
  const groups = groupsOf(inputs, value, vpc);
  const listeners = listenersOf(inputs, value, groups);
  if (vpc === undefined) return undefined;
  const zones = zonesOf(inputs, `NLB '${name}'`, value, vpc);
  places.useRegion(vpc.region, span);
  if (type === undefined) return undefined;
  const addressType = type === 'Internet' ? 'internet' : 'intranet';
  return { name, addressType, region: vpc.region, vpc: vpc.name, zones, listeners, risks };
}

function groupsOf(inputs: AlbInputs, owner: Tree, vpc: Vpc | undefined): Group[] {
  return entriesOf(child(owner, 'server_groups')).flatMap(({ key: name, value }) => {
    const port = integerOf(child(value, 'port'), 1, 65535);
    const word = wordOf(child(value, 'scheduler'), NLB_SCHEDULERS) ?? 'Wrr';
    const healthCheck = healthCheckOf(inputs, child(value, 'health_check'));
    const backends = serversOf(inputs, value, vpc);
    return port === undefined ? [] : [{ name, port, scheduler: SCHEDULER_OF[word], healthCheck, backends }];
  });
}

function healthCheckOf({ check }: AlbInputs, node: Tree | undefined): HealthCheck {
  const time = (key: string, id: 'nlb.health_check_interval' | 'nlb.health_check_timeout') =>
    limitedQuantity(child(node, key), 'duration', limitsOf(id), check.diagnostics);
  return {
    ...optional('intervalNs', time('health_check_interval', 'nlb.health_check_interval')),
    ...optional('timeoutNs', time('health_check_connect_timeout', 'nlb.health_check_timeout')),
    ...optional('unhealthyThreshold', integerOf(child(node, 'unhealthy_threshold'), 2, 10)),
    ...optional('healthyThreshold', integerOf(child(node, 'healthy_threshold'), 2, 10)),
    ...optional('port', integerOf(child(node, 'health_check_connect_port'), 1, 65535)),
  };
}

function listenersOf({ check, ports }: AlbInputs, owner: Tree, groups: readonly Group[]): ClbListener[] {
  const { diagnostics } = check;
  const byPort = new Map<number, string>();
  return entriesOf(child(owner, 'listeners')).flatMap(({ key: name, value }) => {
    const portNode = child(value, 'listener_port');
    const frontendPort = integerOf(portNode, 1, 65535);
    const idleNode = child(value, 'idle_timeout');
    const idle = limitedQuantity(idleNode, 'duration', limitsOf('nlb.tcp_idle_timeout'), diagnostics);
    const groupName = siblingAt(check, owner, 'NLB', 'server_groups', value, 'server_group_id');
    const group = groups.find((candidate) => candidate.name === groupName);
    if (frontendPort === undefined || portNode === undefined || group === undefined) return [];
    const earlier = byPort.get(frontendPort);
    if (earlier !== undefined) {
      const message = `listener '${earlier}' already has port ${frontendPort}`;
      diagnostics.error('duplicate-listener', portNode.span, message, { expected: 'a port of its own' });
    }
    byPort.set(frontendPort, name);
    const { port, scheduler, healthCheck, backends } = group;
    for (const { instance } of backends) ports.add(instance, 'tcp', port);
    const shared = { name, protocol: 'tcp', product: 'nlb', frontendPort, backendPort: port } as const;
    const timeouts = optional('establishedTimeoutNs', idle);
    return [{ ...shared, scheduler, healthCheck, options: {}, ...timeouts, backends }];
  });
}

/** A CLB per zone, with its address. */
export function finishNlbs(book: AddressBook, drafts: readonly NlbDraft[]): Clb[] {
  return drafts.flatMap(({ zones, ...draft }) =>
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
export function nlbPaths(drafts: readonly NlbDraft[]): string[] {
  return drafts.flatMap(({ name, zones, listeners }) =>
    zones.flatMap(({ zone }) =>
      listeners.flatMap((listener) =>
        listener.backends.map(({ instance }) => `${albZoneName(name, zone)}/${listener.name}/${instance}`),
      ),
    ),
  );
}
