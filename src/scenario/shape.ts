/**
 * Holds a tree against the zod schema and says what does not fit. Reserved words are taken out first: they are part of
 * the language and get a message of their own.
 */
import type { z } from 'zod';
import { parseQuantity } from '../base/units.ts';
import type { Diagnostics } from './diagnostic.ts';
import { withoutReserved } from './reserved-words.ts';
import { scenarioSchema } from './schema.ts';
import type { Leaf } from './schema-leaves.ts';
import { leafOf } from './schema-leaves.ts';
import type { Span, Tree } from './tree.ts';
import { child, formatTree, nodeAt, plainValue } from './tree.ts';

type Schema = z.core.$ZodType;
type Issue = z.core.$ZodIssue;

/** Reports everything whose form is wrong. The measures of `expect` are left to their own reader. */
export function checkShape(root: Tree, diagnostics: Diagnostics): void {
  const tree = withoutReserved(root, diagnostics);
  const result = scenarioSchema.safeParse(plainValue(tree));
  for (const issue of result.error?.issues ?? []) reportIssue(issue, tree, diagnostics);
}

function reportIssue(issue: Issue, root: Tree, diagnostics: Diagnostics): void {
  const { path } = issue;
  const schema = schemaAt(scenarioSchema, path);
  const node = nodeAt(root, path);
  if (path[0] === 'expect' && path.length >= 2 && isMeasure(path, issue)) return;
  if (issue.code === 'unrecognized_keys') {
    reportUnknownKeys(issue.keys, node, schema, diagnostics);
  } else if (!exists(root, path)) {
    reportMissing(path, root, schema, diagnostics);
  } else {
    const branch = issue.code === 'invalid_union' ? fittingBranch(issue.errors, node, schema) : null;
    if (branch === null) reportValue(issue, node, schema, diagnostics);
    for (const inner of branch ?? []) {
      reportIssue({ ...inner, path: [...path, ...inner.path] }, root, diagnostics);
    }
  }
}

/** What is wrong with a map or list in the branch of a union that takes maps or lists; null if there is none. */
function fittingBranch(
  errors: readonly (readonly Issue[])[],
  node: Tree,
  schema: Schema | null,
): readonly Issue[] | null {
  if (schema === null || node.kind === 'scalar') return null;
  const { options = [] } = schema._zod.def as unknown as AnyDef;
  const fitting = options.flatMap((option, i) => {
    const { type } = unwrap(option)._zod.def;
    return (node.kind === 'map' ? type === 'object' : type === 'array') ? [errors[i] ?? []] : [];
  });
  return fitting.length === 1 && fitting[0] !== undefined && fitting[0].length > 0 ? fitting[0] : null;
}

const SCOPE_KEYS: ReadonlySet<PropertyKey> = new Set([
  'at',
  'during',
  'before',
  'after',
  'by',
  'direction',
  'in',
]);
const SUBJECT_KEYS: ReadonlySet<PropertyKey> = new Set(['flow', 'event', 'resource', 'packets', 'cost']);

/** Whether an issue under `expect` is about a measure rather than about subject or scope. */
function isMeasure(path: readonly PropertyKey[], issue: Issue): boolean {
  if (path.length === 2) return issue.code === 'unrecognized_keys';
  const key = path[2] as PropertyKey;
  return !SCOPE_KEYS.has(key) && !SUBJECT_KEYS.has(key);
}

function exists(root: Tree, path: readonly PropertyKey[]): boolean {
  const parent = nodeAt(root, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined) return true;
  return parent.kind === 'list'
    ? parent.items[Number(last)] !== undefined
    : child(parent, String(last)) !== undefined;
}

function reportUnknownKeys(
  keys: readonly string[],
  node: Tree,
  schema: Schema | null,
  diagnostics: Diagnostics,
): void {
  const known = schema === null ? [] : keysOf(schema);
  for (const key of keys) {
    const span = (node.kind === 'map' ? node.entries.get(key)?.keySpan : undefined) ?? node.span;
    const expected = known.length <= 14 ? { expected: `one of ${known.join(', ')}` } : {};
    diagnostics.error('unknown-key', span, `unknown key '${clip(key)}'`, {
      unknown: key,
      known,
      ...expected,
    });
  }
}

function reportMissing(
  path: readonly PropertyKey[],
  root: Tree,
  schema: Schema | null,
  diagnostics: Diagnostics,
): void {
  const expected = schema === null ? undefined : leafOf(schema)?.expected;
  const where = path.length === 1 ? 'the file' : `'${String(path.at(-2))}'`;
  const key = String(path.at(-1));
  const message = typeof path.at(-1) === 'number' ? `${where} has too few entries` : `${where} has no ${key}`;
  const hints = expected === undefined ? {} : { expected: `${key}: ${expected}` };
  diagnostics.error('missing-key', keySpanAt(root, path.slice(0, -1)), message, hints);
}

/** The key that leads to a node, which names what is incomplete; the start of the file at the top. */
function keySpanAt(root: Tree, path: readonly PropertyKey[]): Span {
  if (path.length === 0) return { start: root.span.start, end: root.span.start + 1 };
  const parent = nodeAt(root, path.slice(0, -1));
  const entry = parent.kind === 'map' ? parent.entries.get(String(path.at(-1))) : undefined;
  return entry?.keySpan ?? headOf(nodeAt(root, path));
}

/** A map or list as a whole is no place to point at: its beginning is. */
function headOf(node: Tree): Span {
  return node.kind === 'scalar' ? node.span : { start: node.span.start, end: node.span.start + 1 };
}

function reportValue(issue: Issue, node: Tree, schema: Schema | null, diagnostics: Diagnostics): void {
  const span = headOf(node);
  const about = schema === null ? undefined : leafOf(schema);
  const found = node.kind === 'scalar' && node.text === '' ? 'nothing' : `'${clip(formatTree(node))}'`;
  if (about?.kind !== undefined && node.kind === 'scalar') {
    reportQuantity(node.text, about, span, diagnostics);
    return;
  }
  const isLimit = issue.code === 'too_big' || issue.code === 'too_small';
  if (isLimit && typeof plainValue(node) === 'number') {
    const limits = about === undefined ? {} : { expected: about.expected };
    diagnostics.error('out-of-range', span, `${found} is out of range`, limits);
    return;
  }
  const expected = about?.expected ?? describeForm(issue, schema);
  const nearest = about?.words === undefined ? {} : { unknown: clip(formatTree(node)), known: about.words };
  const message = found === 'nothing' ? 'there is no value here' : `${found} does not fit here`;
  diagnostics.error(about?.code ?? 'bad-value', span, message, { expected, ...nearest });
}

/** Names what is wrong with a quantity: no unit, an unknown one, or no number at all. */
function reportQuantity(text: string, { kind, expected }: Leaf, span: Span, diagnostics: Diagnostics): void {
  const parsed = parseQuantity(text, kind ?? 'count');
  const [detail = ''] = parsed.ok ? [''] : parsed.problem.split(/;? ?expected /);
  const reason = detail === '' ? 'does not fit here' : `does not fit: ${detail}`;
  diagnostics.error('bad-unit', span, `'${clip(text)}' ${reason}`, { expected });
}

function describeForm(issue: Issue, schema: Schema | null): string {
  const type = schema === null ? '' : unwrap(schema)._zod.def.type;
  if (type === 'record') return 'a map of names';
  if (type === 'object')
    return schema === null ? 'a map' : `a map of ${keysOf(schema).slice(0, 6).join(', ')}`;
  if (type === 'array') return describeList(issue);
  if (type === 'tuple') return 'a list of two';
  return issue.message;
}

/** A list that is one, but too short or too long, is told how many. */
function describeList(issue: Issue): string {
  if (issue.code === 'too_small') return `a list of at least ${issue.minimum}`;
  return issue.code === 'too_big' ? `a list of at most ${issue.maximum}` : 'a list';
}

const clip = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** The schema below optionals. */
function unwrap(schema: Schema): Schema {
  const def = schema._zod.def as { type: string; innerType?: Schema };
  return def.type === 'optional' && def.innerType !== undefined ? unwrap(def.innerType) : schema;
}

interface AnyDef {
  readonly type: string;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly valueType?: Schema;
  readonly element?: Schema;
  readonly items?: readonly Schema[];
  readonly options?: readonly Schema[];
}

/** The schema that a path of the data leads to; null if there is none. */
function schemaAt(root: Schema, path: readonly PropertyKey[]): Schema | null {
  let schema: Schema | null = root;
  for (const step of path) {
    if (schema === null) return null;
    schema = schemaBelow(unwrap(schema), step);
  }
  return schema === null ? null : unwrap(schema);
}

function schemaBelow(schema: Schema, step: PropertyKey): Schema | null {
  const def = schema._zod.def as unknown as AnyDef;
  for (const option of def.options ?? []) {
    const below = schemaBelow(unwrap(option), step);
    if (below !== null) return below;
  }
  if (def.shape === undefined) return def.valueType ?? def.element ?? def.items?.[Number(step)] ?? null;
  const key = String(step);
  return Object.hasOwn(def.shape, key) ? (def.shape[key] as Schema) : null;
}

function keysOf(schema: Schema): string[] {
  const { shape } = unwrap(schema)._zod.def as unknown as AnyDef;
  return shape === undefined ? [] : Object.keys(shape);
}
