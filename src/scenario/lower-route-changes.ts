/** The verbs that change route tables while running: `add` and `remove` of `TABLE/ENTRY`. */
import { checkAddable } from './lower-access-changes.ts';
import { type RouteInputs, routeEntryOf } from './lower-routes.ts';
import { textAt, textOf } from './reading.ts';
import type { Action } from './scenario.ts';
import type { MapNode, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

interface RoutePath {
  readonly table: string;
  readonly vpc: string;
  readonly entry: string;
  /** Of the table. */
  readonly value: Tree;
}

export class RouteChanges {
  private readonly inputs: RouteInputs;
  /** Paths of entries that events bring. */
  private readonly added: ReadonlySet<string>;

  constructor(inputs: RouteInputs) {
    this.inputs = inputs;
    const events = inputs.check.names.inSections('events');
    this.added = new Set(events.flatMap(({ value }) => textOf(child(value, 'add')) ?? []));
  }

  /** Undefined: not the path of a route entry. */
  find(path: string): RoutePath | undefined {
    const [table = '', entry = '', ...rest] = path.split('/');
    const declared = this.inputs.check.names.find(table);
    if (declared === undefined || entry === '' || rest.length > 0) return undefined;
    const { section, value } = declared;
    if (section === 'vpcs') return { table, vpc: table, entry, value };
    return section === 'route_tables'
      ? { table, vpc: textAt(value, 'vpc_id') ?? '', entry, value }
      : undefined;
  }

  change(verb: 'add' | 'remove', path: RoutePath, node: Tree, value: MapNode): Action | undefined {
    const { check } = this.inputs;
    const text = `${path.table}/${path.entry}`;
    if (verb === 'remove') return this.isThere(path, text, node) ? { verb, path: text } : undefined;
    checkAddable(check, 'route-entry', text, value);
    const missing = ['destination_cidrblock', 'nexthop_type', 'nexthop_id'].filter(
      (key) => !value.entries.has(key),
    );
    for (const key of missing)
      check.diagnostics.error('missing-key', node.span, `'${text}' is added without ${key}`, {
        expected: `${key} beside add`,
      });
    if (missing.length > 0) return undefined;
    const entry = { key: path.entry, keySpan: node.span, value };
    const route = routeEntryOf(this.inputs, path.table, path.vpc, entry);
    return route === undefined ? undefined : { verb: 'add', path: text, weight: 0, route };
  }

  /** Every entry of the file. */
  paths(): string[] {
    return this.inputs.check.names
      .inSections('vpcs', 'route_tables')
      .flatMap(({ name, value }) =>
        entriesOf(child(value, 'route_entries')).map(({ key }) => `${name}/${key}`),
      );
  }

  private isThere({ value, entry, table }: RoutePath, text: string, node: Tree): boolean {
    const known = entriesOf(child(value, 'route_entries')).map(({ key }) => key);
    if (known.includes(entry) || this.added.has(text)) return true;
    const message = `'${entry}' is no route entry of '${table}', and no event adds it`;
    this.inputs.check.diagnostics.error('unknown-reference', node.span, message, {
      expected: `a route entry of '${table}'`,
      unknown: entry,
      known,
    });
    return false;
  }
}
