/** The verbs that change resources while running: `set`, `associate`, `disassociate`, `add`, `remove`. */
import type { Check } from './check.ts';
import { poolsOf } from './clb-pools.ts';
import type { DnsRecord } from './dns-types.ts';
import { parseRange } from './expansion.ts';
import type { ListenPorts } from './listen-ports.ts';
import { listenerOptionsOf } from './listener-options.ts';
import { backendsOf, healthCheckOf, schedulerOf } from './listener-settings.ts';
import { type AccessChanges, type AccessPath, checkAddable, checkWord } from './lower-access-changes.ts';
import type { AlbChanges } from './lower-alb-changes.ts';
import type { PlanChanges } from './lower-bandwidth-plans.ts';
import { bandwidthOf, clbCapacityOf } from './lower-clb-capacity.ts';
import type { ClbDraft } from './lower-clbs.ts';
import type { EipDraft, EipTargets } from './lower-eips.ts';
import { EIP_BANDWIDTH, eipTarget } from './lower-eips.ts';
import { refuseLayer4Keys } from './lower-http-listeners.ts';
import { serveListener } from './lower-listener-checks.ts';
import { convertedIp, eipOf, PUBLIC_IP_BANDWIDTH } from './lower-public-ips.ts';
import type { RecordChanges } from './lower-record-changes.ts';
import type { RouteChanges } from './lower-route-changes.ts';
import { describeMissing } from './names.ts';
import type { NatChanges } from './nat-changes.ts';
import { integerOf, limitedQuantity, optional, textOf, wordOf } from './reading.ts';
import type { Action, ClbListener, NatGateway, SetAttributes } from './scenario.ts';
import { ANSWER_POLICIES } from './schema-dns.ts';
import { checkServerHome } from './server-home.ts';
import type { MapNode, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';
import { ACCESS_POLICIES, SETTABLE, VERBS } from './verbs.ts';

const DEFAULT_WEIGHT = 100;

export interface ReconfigurationInputs {
  readonly check: Check;
  readonly eips: ReadonlyMap<string, EipDraft>;
  readonly clbs: ReadonlyMap<string, ClbDraft>;
  readonly albs: AlbChanges;
  readonly eipTargets: EipTargets;
  readonly ports: ListenPorts;
  readonly records: RecordChanges;
  readonly plans: PlanChanges;
  readonly nats: NatChanges;
  readonly access: AccessChanges;
  readonly routes: RouteChanges;
}

type PathKind =
  | AccessPath
  | { readonly kind: 'record'; readonly record: DnsRecord }
  | { readonly kind: 'eip'; readonly eip: EipDraft }
  | { readonly kind: 'plan' }
  | { readonly kind: 'plan-member' }
  | { readonly kind: 'nat-gateway' }
  | { readonly kind: 'snat-entry'; readonly gateway: NatGateway }
  | { readonly kind: 'clb'; readonly clb: ClbDraft }
  | { readonly kind: 'listener'; readonly clb: ClbDraft; readonly listener: ClbListener }
  | {
      readonly kind: 'server';
      readonly clb: ClbDraft;
      readonly listener: ClbListener;
      readonly instance: string;
    };

export class Reconfigurations {
  private readonly inputs: ReconfigurationInputs;
  /** Server paths that some event adds. */
  private readonly added: ReadonlySet<string>;

  constructor(inputs: ReconfigurationInputs) {
    this.inputs = inputs;
    const events = inputs.check.names.inSections('events');
    this.added = new Set(events.flatMap(({ value }) => textOf(child(value, 'add')) ?? []));
  }

  read(
    verb: 'set' | 'associate' | 'disassociate' | 'convert' | 'add' | 'remove',
    value: MapNode,
  ): Action | undefined {
    const node = value.entries.get(verb)?.value;
    const text = textOf(node);
    if (node === undefined || text === undefined) return undefined;
    const isOfPart = verb === 'set' || verb === 'add' || verb === 'remove';
    if (isOfPart && this.inputs.albs.has(text)) return this.inputs.albs.change(verb, node, text, value);
    switch (verb) {
      case 'set':
        return this.set(node, text, value);
      case 'associate':
        return this.associate(node, text, value);
      case 'disassociate': {
        const eip = eipOf(this.inputs.check, this.inputs.eips, text, node.span);
        return eip === undefined ? undefined : { verb, eip: eip.name };
      }
      case 'convert': {
        const eip = convertedIp(this.inputs.check, this.inputs.eips, node);
        return eip === undefined ? undefined : { verb, eip };
      }
      case 'add':
      case 'remove':
        return this.addOrRemove(verb, node, text, value);
    }
  }

  private addOrRemove(verb: 'add' | 'remove', node: Tree, text: string, value: MapNode): Action | undefined {
    const { check, plans, records, nats, access, routes } = this.inputs;
    const plan = plans.find(text);
    if (plan !== undefined) return plans.change(verb, plan, node, text, value);
    const record = this.recordOf(text);
    if (record !== undefined) {
      if (verb === 'add') checkAddable(check, 'server', text, value);
      return records.change(verb, record, node, text, value);
    }
    const gateway = this.gatewayOf(text);
    if (gateway !== undefined) return nats.change(verb, gateway, node, text, value);
    const accessPath = access.find(text);
    if (accessPath !== undefined) return access.change(verb, accessPath, node, value);
    const route = routes.find(text);
    if (route !== undefined) return routes.change(verb, route, node, value);
    return verb === 'add' ? this.addServer(node, text, value) : this.removeServer(node, text);
  }

  private addServer(node: Tree, text: string, value: MapNode): Action | undefined {
    const { check, ports } = this.inputs;
    checkAddable(check, 'server', text, value);
    const server = this.server(node, text);
    if (server === undefined) return undefined;
    serveListener(check, ports, server.listener, server.instance, node.span);
    const weight = integerOf(child(value, 'weight'), 0, 100) ?? DEFAULT_WEIGHT;
    return { verb: 'add', path: text, weight };
  }

  private removeServer(node: Tree, text: string): Action | undefined {
    const server = this.server(node, text);
    return server !== undefined && this.isServing(server, text, node)
      ? { verb: 'remove', path: text }
      : undefined;
  }

  private gatewayOf(path: string): NatGateway | undefined {
    return this.inputs.nats.find(path.split('/')[0] ?? '');
  }

  private recordOf(path: string): DnsRecord | undefined {
    return this.inputs.records.find(path.split('/')[0] ?? '');
  }

  private associate(node: Tree, text: string, value: MapNode): Action | undefined {
    const { check, eips, eipTargets } = this.inputs;
    const eip = eipOf(check, eips, text, node.span);
    const targetNode = value.entries.get('with')?.value;
    if (targetNode === undefined) {
      const at = value.entries.get('associate')?.keySpan ?? node.span;
      check.diagnostics.error('missing-key', at, 'associate has no with', {
        expected: 'with: an instance, secondary ENI, HAVIP, CLB or NAT gateway',
      });
    }
    const target = eipTarget(check, eipTargets, targetNode, eips.get(text)?.region);
    return eip === undefined || target === undefined
      ? undefined
      : { verb: 'associate', eip: eip.name, target };
  }

  private set(node: Tree, text: string, value: MapNode): Action | undefined {
    const path = this.pathKind(node, text);
    if (path === undefined) return undefined;
    const { diagnostics } = this.inputs.check;
    const takes: readonly string[] = SETTABLE[path.kind];
    const all: readonly string[] = VERBS.set;
    const given = entriesOf(value).filter((entry) => all.includes(entry.key));
    for (const { key, keySpan } of given) {
      if (takes.includes(key)) continue;
      diagnostics.error('unknown-option', keySpan, `'${key}' cannot be set on '${text}'`, {
        expected: `one of ${takes.join(', ')}`,
      });
    }
    if (given.length === 0) {
      const at = value.entries.get('set')?.keySpan ?? node.span;
      diagnostics.error('missing-key', at, 'set changes nothing', {
        expected: `one of ${takes.join(', ')} beside set`,
      });
      return undefined;
    }
    this.checkPolicy(path, value);
    if (path.kind === 'server' && !this.isServing(path, text, node)) return undefined;
    return { verb: 'set', path: text, attributes: this.attributes(path, node, text, value) };
  }

  /** A word that is a policy of something else; one of nothing has been reported. */
  private checkPolicy({ kind }: PathKind, value: MapNode): void {
    const node = child(value, 'policy');
    if (wordOf(node, [...ANSWER_POLICIES, ...ACCESS_POLICIES]) === undefined) return;
    checkWord(this.inputs.check, 'policy', node, kind === 'record' ? ANSWER_POLICIES : ACCESS_POLICIES);
  }

  private attributes(path: PathKind, node: Tree, text: string, value: MapNode): SetAttributes {
    const { check, ports, records, nats } = this.inputs;
    if (isAccess(path)) return optional('access', this.inputs.access.settings(path, node, value));
    if (path.kind === 'record') return records.attributes(path.record, value);
    if (path.kind === 'eip') {
      const rate = child(value, 'bandwidth');
      const limits = path.eip.isStatic ? PUBLIC_IP_BANDWIDTH : EIP_BANDWIDTH;
      return optional('bandwidthBps', limitedQuantity(rate, 'bitrate', limits, check.diagnostics));
    }
    if (path.kind === 'plan' || path.kind === 'plan-member') return this.inputs.plans.attributes(text, value);
    if (path.kind === 'nat-gateway') return nats.attributes(value);
    if (path.kind === 'snat-entry') return { snatIp: nats.pool(path.gateway, value) };
    if (path.kind === 'clb')
      return { capacity: clbCapacityOf(check, value, path.clb.addressType === 'internet') };
    if (path.kind === 'server') return optional('weight', integerOf(child(value, 'weight'), 0, 100));
    const { listener, clb } = path;
    if (listener.protocol === 'http') refuseLayer4Keys(check, value);
    const healthCheck = healthCheckOf(check, value, listener.protocol);
    const isPublic = clb.addressType === 'internet';
    const bandwidth = optional('bandwidthBps', bandwidthOf(check, value, isPublic));
    const options = { ...listenerOptionsOf(check, value, listener.protocol), ...bandwidth };
    const serversNode = child(value, 'backend_servers');
    if (serversNode !== undefined) this.mayChangeServers(listener, serversNode);
    const weights = serversNode === undefined ? undefined : backendsOf(check, value);
    for (const { instance } of weights ?? []) {
      const entry = serversNode?.kind === 'map' ? serversNode.entries.get(instance) : undefined;
      if (entry !== undefined) this.checkVpc(instance, clb, entry.keySpan);
      serveListener(check, ports, listener, instance, entry?.keySpan ?? value.span);
    }
    return {
      ...optional('scheduler', schedulerOf(value)),
      ...(Object.keys(healthCheck).length === 0 ? {} : { healthCheck }),
      ...(Object.keys(options).length === 0 ? {} : { options }),
      ...optional('weights', weights),
    };
  }

  private pathKind(node: Tree, text: string): PathKind | undefined {
    const { check, eips, plans } = this.inputs;
    const [name = '', ...rest] = text.split('/');
    const eip = eips.get(text);
    if (eip !== undefined) return { kind: 'eip', eip };
    const plan = plans.find(text);
    if (plan !== undefined) {
      if (rest.length === 0) return { kind: 'plan' };
      return plans.member(plan, node, text) === undefined ? undefined : { kind: 'plan-member' };
    }
    const access = this.inputs.access.find(text);
    if (access !== undefined) return access;
    if (rest.length === 0) {
      const record = this.recordOf(name);
      if (record !== undefined) return { kind: 'record', record };
      if (this.gatewayOf(name) !== undefined) return { kind: 'nat-gateway' };
      const clb = this.inputs.clbs.get(name);
      if (clb !== undefined) return { kind: 'clb', clb };
      if (['eips', 'dns_records'].includes(check.names.find(name)?.section ?? '')) return undefined;
      this.reportPath(node, text);
      return undefined;
    }
    if (rest.length === 2) {
      const server = this.server(node, text);
      return server === undefined ? undefined : { kind: 'server', ...server };
    }
    const gateway = this.gatewayOf(name);
    if (gateway !== undefined && this.inputs.nats.hasSnatEntry(gateway, rest[0] ?? ''))
      return { kind: 'snat-entry', gateway };
    const found = this.listener(node, text, name, rest[0] ?? '', rest.length === 1);
    return found === undefined ? undefined : { kind: 'listener', ...found };
  }

  /** `isServed`: the path goes on to a server, which a group has as well. */
  private listener(
    node: Tree,
    text: string,
    name: string,
    child_: string,
    isPath: boolean,
    isServed = false,
  ) {
    const clb = this.inputs.clbs.get(name);
    const known = clb === undefined ? [] : isServed ? poolsOf(clb) : clb.listeners;
    const listener = known.find((candidate) => candidate.name === child_);
    if (isPath && clb !== undefined && listener !== undefined) return { clb, listener };
    // An incomplete CLB or listener has been reported where it stands.
    const declared = this.inputs.check.names.find(name);
    const isDeclared = ['listeners', 'server_groups', 'snat_entries'].some(
      (key) => child(child(declared?.value, key), child_) !== undefined,
    );
    if (!isPath || !isDeclared || !this.inputs.check.diagnostics.hasErrors) this.reportPath(node, text);
    return undefined;
  }

  /** `front/web/web-1`: an existing listener, and an instance in the VPC of its CLB. */
  private server(node: Tree, text: string) {
    const [name = '', listenerName = '', instance = '', ...rest] = text.split('/');
    const isPath = instance !== '' && rest.length === 0;
    const found = this.listener(node, text, name, listenerName, isPath, true);
    if (found === undefined || !this.mayChangeServers(found.listener, node)) return undefined;
    const declared = this.inputs.check.names.resolve(instance, node.span, 'instances');
    if (declared === undefined) return undefined;
    this.checkVpc(instance, found.clb, node.span);
    return { ...found, instance };
  }

  private mayChangeServers({ standby, name }: ClbListener, { span }: Tree): boolean {
    if (standby === undefined) return true;
    this.inputs.check.diagnostics.error(
      'not-applicable',
      span,
      `'${name}' keeps its primary and standby server`,
      {
        expected: 'a listener with backend_servers',
      },
    );
    return false;
  }

  private checkVpc(instance: string, clb: ClbDraft, span: Tree['span']): void {
    const { check, eipTargets } = this.inputs;
    checkServerHome({ check, ...eipTargets }, instance, clb, span);
  }

  private isServing(server: { listener: ClbListener; instance: string }, text: string, node: Tree): boolean {
    const { listener, instance } = server;
    if (listener.backends.some((backend) => backend.instance === instance) || this.added.has(text))
      return true;
    this.inputs.check.diagnostics.error(
      'unknown-reference',
      node.span,
      `'${text}' is no server, and no event adds it`,
      {
        expected: `a server of listener '${listener.name}'`,
        unknown: instance,
        known: listener.backends.map((backend) => backend.instance),
      },
    );
    return false;
  }

  private reportPath(node: Tree, text: string): void {
    const { diagnostics } = this.inputs.check;
    diagnostics.error(
      'unknown-reference',
      node.span,
      parseRange(text) === null ? `'${text}' is no path of something that can change` : describeMissing(text),
      {
        expected:
          'an EIP (front-ip), a CLB (front), a listener (front/web), a server (front/web/web-1), a NAT gateway (out), an SNAT entry (out/app-out), a DNS record (www), a network ACL (edge), a security group (web), an entry or rule of these (web/http), or an instance',
        unknown: text,
        known: () => this.paths(),
      },
    );
  }

  /** Every path that can be set. */
  paths(): string[] {
    const { eips, plans, records, albs, access, routes } = this.inputs;
    const parts = [plans, records, albs, access, routes].flatMap((changes) => changes.paths());
    const paths = [...eips.keys(), ...parts];
    for (const clb of this.inputs.clbs.values()) {
      paths.push(clb.name);
      paths.push(...clb.listeners.map(({ name }) => `${clb.name}/${name}`));
      for (const { name, backends } of poolsOf(clb))
        paths.push(...backends.map(({ instance }) => `${clb.name}/${name}/${instance}`));
    }
    return [...paths, ...this.inputs.nats.paths()];
  }
}

const ACCESS_KINDS: ReadonlySet<PathKind['kind']> = new Set([
  'network-acl',
  'network-acl-entry',
  'security-group',
  'security-group-rule',
  'instance',
]);

function isAccess(path: PathKind): path is AccessPath {
  return ACCESS_KINDS.has(path.kind);
}
