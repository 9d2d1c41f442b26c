/**
 * The verbs that change ALBs and NLBs while running: `set: front/web/web-1` with a weight, `add` and `remove` of a server of
 * a group, and of a zone (`front/cn-hangzhou-h`): removing one shifts it away, adding it back cancels that.
 */
import { albZoneName } from './alb-types.ts';
import { checkAddable } from './lower-access-changes.ts';
import { type AlbDraft, type AlbInputs, offerPorts } from './lower-albs.ts';
import { serveListener } from './lower-listener-checks.ts';
import type { NlbDraft } from './lower-nlbs.ts';
import { integerOf, textOf } from './reading.ts';
import type { Action } from './scenario.ts';
import { checkServerHome } from './server-home.ts';
import type { MapNode, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';
import { VERBS } from './verbs.ts';

const DEFAULT_WEIGHT = 100;
const MAX_WEIGHT = 100;

type Balancer = AlbDraft | NlbDraft;
type Group = Balancer['serverGroups'][number];

export class AlbChanges {
  private readonly inputs: AlbInputs;
  private readonly albs: ReadonlyMap<string, AlbDraft>;
  private readonly balancers: ReadonlyMap<string, Balancer>;
  /** Paths that some event adds. */
  readonly added: ReadonlySet<string>;

  constructor(inputs: AlbInputs, albs: ReadonlyMap<string, AlbDraft>, nlbs: ReadonlyMap<string, NlbDraft>) {
    this.inputs = inputs;
    this.albs = albs;
    this.balancers = new Map<string, Balancer>([...albs, ...nlbs]);
    const events = inputs.check.names.inSections('events');
    this.added = new Set(events.flatMap(({ value }) => textOf(child(value, 'add')) ?? []));
  }

  /** Whether a path is about an ALB or NLB. */
  has(path: string): boolean {
    return this.balancers.has(path.split('/')[0] ?? '');
  }

  change(verb: 'set' | 'add' | 'remove', node: Tree, path: string, value: MapNode): Action | undefined {
    const [name = '', part = '', instance, ...rest] = path.split('/');
    const balancer = this.balancers.get(name);
    const groups: readonly Group[] = balancer?.serverGroups ?? [];
    const group = groups.find((candidate) => candidate.name === part);
    if (instance === undefined && verb !== 'set' && balancer?.zones.some(({ zone }) => zone === part)) {
      if (verb === 'remove') return { verb, path };
      checkAddable(this.inputs.check, 'zone', path, value);
      return { verb, path, weight: 0 };
    }
    if (balancer === undefined || group === undefined || instance === undefined || rest.length > 0) {
      this.reportPath(node, path);
      return undefined;
    }
    if (this.inputs.check.names.resolve(instance, node.span, 'instances') === undefined) return undefined;
    if (verb === 'add') return this.add(balancer, group, instance, node, path, value);
    if (!this.isServing(group, instance, path, node)) return undefined;
    return verb === 'remove' ? { verb, path } : this.set(node, path, value);
  }

  /** Every path that can change or is shown. */
  paths(): string[] {
    const zones = [...this.balancers.values()].flatMap((balancer) =>
      balancer.zones.map(({ zone }) => albZoneName(balancer.name, zone)),
    );
    const servers = [...this.albs.values()].flatMap(({ name, serverGroups }) =>
      serverGroups.flatMap((group) =>
        group.servers.map(({ instance }) => `${name}/${group.name}/${instance}`),
      ),
    );
    // And servers that come. What is shown of those of an NLB bears other names.
    const added = [...this.added].filter((path) => this.albs.has(path.split('/')[0] ?? ''));
    return [...new Set([...zones, ...servers, ...added])];
  }

  private add(
    balancer: Balancer,
    group: Group,
    instance: string,
    node: Tree,
    path: string,
    value: MapNode,
  ): Action {
    const { check, ports } = this.inputs;
    checkAddable(check, 'server', path, value);
    checkServerHome(this.inputs, instance, balancer, node.span);
    const { port, healthCheck } = group;
    if ('protocol' in group)
      serveListener(
        check,
        ports,
        { protocol: group.protocol, backendPort: port, healthCheck: group.healthCheck },
        instance,
        node.span,
      );
    else offerPorts(check, ports, instance, port, healthCheck, node.span);
    return {
      verb: 'add',
      path,
      weight: integerOf(child(value, 'weight'), 0, MAX_WEIGHT) ?? DEFAULT_WEIGHT,
    };
  }

  private set(node: Tree, path: string, value: MapNode): Action | undefined {
    const { diagnostics } = this.inputs.check;
    const all: readonly string[] = VERBS.set;
    for (const { key, keySpan } of entriesOf(value)) {
      if (!all.includes(key) || key === 'weight') continue;
      diagnostics.error('unknown-option', keySpan, `'${key}' cannot be set on '${path}'`, {
        expected: 'weight',
      });
    }
    const weightNode = child(value, 'weight');
    if (weightNode === undefined) {
      diagnostics.error('missing-key', node.span, 'set changes nothing', { expected: 'weight beside set' });
    }
    const weight = integerOf(weightNode, 0, MAX_WEIGHT);
    return weight === undefined ? undefined : { verb: 'set', path, attributes: { weight } };
  }

  private isServing(group: Group, instance: string, path: string, node: Tree): boolean {
    const known = group.servers.map((server) => server.instance);
    if (known.includes(instance) || this.added.has(path)) return true;
    this.inputs.check.diagnostics.error(
      'unknown-reference',
      node.span,
      `'${path}' is no server, and no event adds it`,
      { expected: `a server of group '${group.name}'`, unknown: instance, known },
    );
    return false;
  }

  private reportPath(node: Tree, path: string): void {
    this.inputs.check.diagnostics.error(
      'unknown-reference',
      node.span,
      `'${path}' is no path of something that can change`,
      {
        expected:
          'a server of a group (front/web/web-1), or with add and remove a zone (front/cn-hangzhou-h)',
        unknown: path,
        known: () => this.paths(),
      },
    );
  }
}
