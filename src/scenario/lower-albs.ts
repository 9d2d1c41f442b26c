/** ALBs: zones and their addresses, server groups, listeners and rules. */
import type { AddressBook } from './address-book.ts';
import { CLB_POOL } from './address-rules.ts';
import { albGroupOptionsOf } from './alb-group-options.ts';
import { type Alb, type AlbListener, type AlbRule, type AlbServerGroup, albZoneName } from './alb-types.ts';
import type { Check } from './check.ts';
import type { ListenPorts } from './listen-ports.ts';
import { limitsOf } from './listener-settings.ts';
import type { InstanceDraft } from './lower-hosts.ts';
import type { Places } from './lower-regions.ts';
import { referenceAt, risksOf } from './lower-vpcs.ts';
import type { Declared } from './names.ts';
import { booleanOf, integerOf, limitedQuantity, optional, textAt, textItems, wordOf } from './reading.ts';
import type { ClbBackend, HealthCheck, Vpc, VSwitch } from './scenario.ts';
import { checkServerHome } from './server-home.ts';
import type { Span, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

export interface ZoneDraft {
  readonly zone: string;
  readonly vswitch: VSwitch;
  readonly span: Span;
}

export type AlbDraft = Omit<Alb, 'zones'> & { readonly zones: readonly ZoneDraft[] };

export interface AlbInputs {
  readonly check: Check;
  readonly places: Places;
  readonly vpcs: ReadonlyMap<string, Vpc>;
  readonly vswitches: ReadonlyMap<string, VSwitch>;
  readonly instances: ReadonlyMap<string, InstanceDraft>;
  readonly ports: ListenPorts;
}

const MIN_ZONES = 2;

export function draftAlbs(inputs: AlbInputs): AlbDraft[] {
  return inputs.check.names.inSections('albs').flatMap((declared) => draftAlb(inputs, declared) ?? []);
}

function draftAlb(inputs: AlbInputs, { name, span, value }: Declared): AlbDraft | undefined {
  const { check, places } = inputs;
  const addressType = wordOf(child(value, 'address_type'), ['Internet', 'Intranet'] as const);
  const vpc = inputs.vpcs.get(referenceAt(check, value, 'vpc_id', 'vpcs') ?? '');
  const risks = risksOf(check, value);
  const serverGroups = serverGroupsOf(inputs, value, vpc);
  const listeners = listenersOf(check, value);
  const rules = rulesOf(check, value);
  if (vpc === undefined) return undefined;
  const zones = zonesOf(inputs, `ALB '${name}'`, value, vpc);
  places.useRegion(vpc.region, span);
  if (addressType === undefined) return undefined;
  const { region } = vpc;
  return { name, addressType, region, vpc: vpc.name, zones, listeners, serverGroups, rules, risks };
}

/** `what` has them: `ALB 'front'`. */
export function zonesOf(
  { check, places, vswitches }: AlbInputs,
  what: string,
  value: Tree,
  vpc: Vpc,
): ZoneDraft[] {
  const { diagnostics } = check;
  const node = child(value, 'zone_mappings');
  const entries = entriesOf(node);
  if (node !== undefined && entries.length < MIN_ZONES) {
    diagnostics.error('out-of-range', node.span, `${what} has ${entries.length} zones`, {
      expected: `at least ${MIN_ZONES} zones under zone_mappings`,
    });
  }
  return entries.flatMap(({ key: zone, keySpan: span, value: mapping }) => {
    if (!places.isZoneOf(zone, vpc.region, span, `VPC '${vpc.name}'`)) return [];
    const vswitch = vswitches.get(referenceAt(check, mapping, 'vswitch_id', 'vswitches') ?? '');
    if (vswitch === undefined) return [];
    const at = child(mapping, 'vswitch_id')?.span ?? span;
    if (vswitch.vpc !== vpc.name) {
      const message = `vSwitch '${vswitch.name}' is in VPC '${vswitch.vpc}', not in '${vpc.name}'`;
      diagnostics.error('wrong-vpc', at, message, { expected: `a vSwitch of VPC '${vpc.name}'` });
    } else if (vswitch.zone !== zone) {
      const message = `vSwitch '${vswitch.name}' is in zone '${vswitch.zone}', not in '${zone}'`;
      diagnostics.error('bad-target', at, message, { expected: `a vSwitch in ${zone}` });
    }
    return [{ zone, vswitch, span }];
  });
}

function serverGroupsOf(inputs: AlbInputs, owner: Tree, vpc: Vpc | undefined): AlbServerGroup[] {
  const { check, ports } = inputs;
  return entriesOf(child(owner, 'server_groups')).flatMap(({ key: name, value }) => {
    const portNode = child(value, 'port');
    const port = integerOf(portNode, 1, 65535);
    const healthCheck = healthCheckOf(check, child(value, 'health_check_config'));
    const servers = serversOf(inputs, value, vpc);
    if (port === undefined || portNode === undefined) return [];
    for (const { instance } of servers) offerPorts(check, ports, instance, port, healthCheck, portNode.span);
    const options = { ...stickyOf(check, value), ...albGroupOptionsOf(check, value) };
    return [{ name, port, healthCheck, ...options, servers }];
  });
}

/** Instances of the VPC with their weights. */
export function serversOf(inputs: AlbInputs, owner: Tree, vpc: Vpc | undefined): ClbBackend[] {
  return entriesOf(child(owner, 'servers')).flatMap(({ key, keySpan, value: node }) => {
    const instance = inputs.check.names.resolve(key, keySpan, 'instances')?.name;
    const weight = integerOf(node, 0, 100);
    if (instance === undefined || weight === undefined) return [];
    if (vpc !== undefined) checkServerHome(inputs, instance, { vpc: vpc.name, region: vpc.region }, keySpan);
    return [{ instance, weight }];
  });
}

/** A server speaks HTTP where requests go, and where probes go. */
export function offerPorts(
  check: Check,
  ports: ListenPorts,
  instance: string,
  port: number,
  healthCheck: HealthCheck | null,
  span: Span,
): void {
  ports.offer(check, instance, port, span);
  if (healthCheck?.port !== undefined) ports.offer(check, instance, healthCheck.port, span);
}

/** Null: switched off. */
function healthCheckOf({ diagnostics }: Check, node: Tree | undefined): HealthCheck | null {
  if (booleanOf(child(node, 'health_check_enabled')) === false) return null;
  const time = (key: string, id: 'alb.health_check_interval' | 'alb.health_check_timeout') =>
    limitedQuantity(child(node, key), 'duration', limitsOf(id), diagnostics);
  return {
    ...optional('intervalNs', time('health_check_interval', 'alb.health_check_interval')),
    ...optional('timeoutNs', time('health_check_timeout', 'alb.health_check_timeout')),
    ...optional('unhealthyThreshold', integerOf(child(node, 'unhealthy_threshold'), 2, 10)),
    ...optional('healthyThreshold', integerOf(child(node, 'healthy_threshold'), 2, 10)),
    ...optional('port', integerOf(child(node, 'health_check_connect_port'), 1, 65535)),
  };
}

/** Off unless enabled. */
function stickyOf(check: Check, owner: Tree): Pick<AlbServerGroup, 'cookieTimeoutNs'> {
  const node = child(owner, 'sticky_session_config');
  const timeoutNode = child(node, 'cookie_timeout');
  const timeout = limitedQuantity(timeoutNode, 'duration', limitsOf('alb.cookie_timeout'), check.diagnostics);
  const isOn = booleanOf(child(node, 'sticky_session_enabled')) === true;
  const isOfServer = wordOf(child(node, 'sticky_session_type'), ['Insert', 'Server'] as const) === 'Server';
  const cookieNode = child(node, 'cookie');
  if (isOfServer && node !== undefined && cookieNode === undefined) {
    check.diagnostics.error('missing-key', node.span, 'a cookie of type Server has no name', {
      expected: 'cookie: the name of what servers set',
    });
  }
  const stray = isOfServer ? timeoutNode : cookieNode;
  if (stray !== undefined) {
    const [key, type] = isOfServer ? ['cookie_timeout', 'Server'] : ['cookie', 'Insert'];
    check.diagnostics.error('not-applicable', stray.span, `${key} does not apply to type ${type}`, {
      expected: isOfServer ? 'cookie' : 'cookie_timeout',
    });
  }
  if (!isOn) return { cookieTimeoutNs: null };
  // As long as the client is there.
  return isOfServer ? { cookieTimeoutNs: Number.MAX_SAFE_INTEGER } : optional('cookieTimeoutNs', timeout);
}

function listenersOf(check: Check, owner: Tree): AlbListener[] {
  const { diagnostics } = check;
  const byPort = new Map<number, string>();
  return entriesOf(child(owner, 'listeners')).flatMap(({ key: name, value }) => {
    const portNode = child(value, 'listener_port');
    const port = integerOf(portNode, 1, 65535);
    const time = (key: string, id: 'alb.idle_timeout' | 'alb.request_timeout') =>
      limitedQuantity(child(value, key), 'duration', limitsOf(id), diagnostics);
    const idle = time('idle_timeout', 'alb.idle_timeout');
    const request = time('request_timeout', 'alb.request_timeout');
    const serverGroup = siblingAt(check, owner, 'ALB', 'server_groups', value, 'server_group_id');
    if (port === undefined || portNode === undefined || serverGroup === undefined) return [];
    const earlier = byPort.get(port);
    if (earlier !== undefined) {
      diagnostics.error(
        'duplicate-listener',
        portNode.span,
        `listener '${earlier}' already has port ${port}`,
        {
          expected: 'a port of its own',
        },
      );
    }
    byPort.set(port, name);
    return [
      {
        name,
        port,
        ...optional('idleTimeoutNs', idle),
        ...optional('requestTimeoutNs', request),
        serverGroup,
      },
    ];
  });
}

function rulesOf(check: Check, owner: Tree): AlbRule[] {
  const taken = new Map<string, string>();
  return entriesOf(child(owner, 'rules')).flatMap(({ key: name, keySpan, value }) => {
    const listener = siblingAt(check, owner, 'ALB', 'listeners', value, 'listener_id');
    const serverGroup = siblingAt(check, owner, 'ALB', 'server_groups', value, 'server_group_id');
    const priorityNode = child(value, 'priority');
    const priority = integerOf(priorityNode, 1, 10_000);
    const texts = (key: string): string[] => textItems(child(value, key)).map(({ text }) => text);
    const [hosts, paths] = [texts('host_config'), texts('path_config')];
    if (child(value, 'host_config') === undefined && child(value, 'path_config') === undefined) {
      check.diagnostics.error('missing-key', keySpan, `rule '${name}' has no condition`, {
        expected: 'host_config, path_config, or both',
      });
    }
    if (listener === undefined || serverGroup === undefined) return [];
    if (priority === undefined || priorityNode === undefined) return [];
    const key = `${listener} ${priority}`;
    const earlier = taken.get(key);
    if (earlier !== undefined) {
      const message = `rule '${earlier}' of listener '${listener}' already has priority ${priority}`;
      check.diagnostics.error('bad-value', priorityNode.span, message, { expected: 'a priority of its own' });
    }
    taken.set(key, name);
    return [{ name, listener, priority, hosts, paths, serverGroup }];
  });
}

/** A reference to another child of the same balancer. */
export function siblingAt(
  { diagnostics }: Check,
  owner: Tree,
  what: 'ALB' | 'NLB',
  section: 'listeners' | 'server_groups',
  value: Tree,
  key: string,
): string | undefined {
  const node = child(value, key);
  const name = textAt(value, key);
  if (node === undefined || name === undefined) return undefined;
  if (child(child(owner, section), name) !== undefined) return name;
  diagnostics.error('unknown-reference', node.span, `'${name}' does not exist`, {
    expected: `the name of one of the ${section} of this ${what}`,
    unknown: name,
    known: entriesOf(child(owner, section)).map((entry) => entry.key),
  });
  return undefined;
}

/** With an address per zone: private ones of their vSwitches, or public ones. */
export function finishAlbs(book: AddressBook, drafts: readonly AlbDraft[]): Alb[] {
  return drafts.map((draft) => ({
    ...draft,
    zones: draft.zones.flatMap(({ zone, vswitch, span }) => {
      const name = albZoneName(draft.name, zone);
      const address =
        draft.addressType === 'Internet'
          ? book.assignPublic(CLB_POOL, name, span)
          : book.assignPrivate(vswitch.vpc, vswitch.name, vswitch.cidr, name, span);
      return address === undefined ? [] : [{ zone, vswitch: vswitch.name, address }];
    }),
  }));
}
