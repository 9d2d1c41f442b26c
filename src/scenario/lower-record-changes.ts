/** The verbs that change DNS records while running: `set`, `add` and `remove`. */
import type { Check } from './check.ts';
import type { DnsRecord } from './dns-types.ts';
import { checkPublic, type IsPublic, policyOf, ttlOf, VALUE_SECTIONS, valuesOf } from './lower-dns.ts';
import { integerOf, optional, textOf } from './reading.ts';
import type { Action, SetAttributes } from './scenario.ts';
import { MAX_DNS_WEIGHT } from './schema-dns.ts';
import type { MapNode, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

const DEFAULT_WEIGHT = 100;

export class RecordChanges {
  private readonly check: Check;
  private readonly records: ReadonlyMap<string, DnsRecord>;
  private readonly isPublic: IsPublic;
  /** Paths of values that some event brings. */
  private readonly brought: ReadonlySet<string>;

  constructor(check: Check, records: readonly DnsRecord[], isPublic: IsPublic) {
    this.check = check;
    this.records = new Map(records.map((record) => [record.name, record]));
    this.isPublic = isPublic;
    this.brought = new Set(broughtPaths(check));
  }

  find(name: string): DnsRecord | undefined {
    return this.records.get(name);
  }

  /** Attributes of `set: www`. */
  attributes(record: DnsRecord, value: MapNode): SetAttributes {
    const values = child(value, 'values') === undefined ? [] : valuesOf(this.check, value, record.domain);
    if (record.healthCheck !== null)
      for (const { target } of values) checkPublic(this.check, value, target, this.isPublic);
    return {
      record: {
        ...optional('ttlSeconds', ttlOf(this.check, value)),
        ...optional('policy', policyOf(value)),
        ...(values.length === 0 ? {} : { values }),
      },
    };
  }

  /** `add: www/front-sg` with a weight, `remove: www/front-sg`. */
  change(
    verb: 'add' | 'remove',
    record: DnsRecord,
    node: Tree,
    text: string,
    value: MapNode,
  ): Action | undefined {
    const [, target = '', ...rest] = text.split('/');
    if (target === '' || rest.length > 0) {
      this.check.diagnostics.error('unknown-reference', node.span, `'${text}' is no value of a DNS record`, {
        expected: `a record and a value such as ${record.name}/${record.values[0]?.target ?? 'front-ip'}`,
      });
      return undefined;
    }
    if (this.check.names.resolve(target, node.span, ...VALUE_SECTIONS) === undefined) return undefined;
    if (verb === 'remove') return this.isValue(record, target, text, node) ? { verb, path: text } : undefined;
    if (record.healthCheck !== null) checkPublic(this.check, node, target, this.isPublic);
    return {
      verb,
      path: text,
      weight: integerOf(child(value, 'weight'), 0, MAX_DNS_WEIGHT) ?? DEFAULT_WEIGHT,
    };
  }

  /** Every path that can be set or is shown. */
  paths(): string[] {
    return [...this.records.values()].flatMap(({ name, values }) => [
      name,
      ...values.map(({ target }) => `${name}/${target}`),
    ]);
  }

  private isValue(record: DnsRecord, target: string, text: string, node: Tree): boolean {
    const known = record.values.map((value) => value.target);
    if (known.includes(target) || this.brought.has(text)) return true;
    this.check.diagnostics.error(
      'unknown-reference',
      node.span,
      `'${target}' is no value of '${record.name}', and no event makes it one`,
      { expected: `a value of record '${record.name}'`, unknown: target, known },
    );
    return false;
  }
}

/** Paths of values that events add or set. */
function broughtPaths(check: Check): string[] {
  return check.names.inSections('events').flatMap(({ value }) => {
    const added = textOf(child(value, 'add'));
    const record = textOf(child(value, 'set'));
    const set = entriesOf(child(value, 'values')).map(({ key }) => `${record}/${key}`);
    return added === undefined ? set : [added, ...set];
  });
}

/** Per record, everything it ever leads to: what flows to it ask a port of. */
export function everyValue(check: Check, records: readonly DnsRecord[]): Map<string, string[]> {
  const brought = broughtPaths(check);
  return new Map(
    records.map(({ name, values }) => {
      const later = brought
        .filter((path) => path.startsWith(`${name}/`))
        .map((path) => path.slice(name.length + 1));
      return [name, [...new Set([...values.map(({ target }) => target), ...later])]];
    }),
  );
}
