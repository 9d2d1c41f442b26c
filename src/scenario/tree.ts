/**
 * A scenario as a tree in which everything knows its position: what is left of YAML once keys, aliases and syntax
 * are checked. Maps are `Map`s, so a key such as `__proto__` or `constructor` is a string like any other.
 */

/** Offsets into the text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type Scalar = string | number | boolean | null;

interface Node {
  readonly span: Span;
  /** Nodes in it, itself included, and how deep they go. */
  readonly size: number;
  readonly height: number;
}

export interface ScalarNode extends Node {
  readonly kind: 'scalar';
  readonly value: Scalar;
  /** As written, without quotes. */
  readonly text: string;
  /** Not quoted: the text decides whether it is a number. */
  readonly isPlain: boolean;
}

export interface ListNode extends Node {
  readonly kind: 'list';
  readonly items: readonly Tree[];
}

export interface Entry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: Tree;
}

export interface MapNode extends Node {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
}

export type Tree = ScalarNode | ListNode | MapNode;

export function scalarNode(value: Scalar, text: string, isPlain: boolean, span: Span): ScalarNode {
  return { kind: 'scalar', value, text, isPlain, span, size: 1, height: 1 };
}

export function listNode(items: readonly Tree[], span: Span): ListNode {
  return { kind: 'list', items, span, ...extent(items) };
}

export function mapNode(entries: ReadonlyMap<string, Entry>, span: Span): MapNode {
  return { kind: 'map', entries, span, ...extent([...entries.values()].map((entry) => entry.value)) };
}

function extent(children: readonly Tree[]): { size: number; height: number } {
  let size = 1;
  let height = 0;
  for (const child of children) {
    size += child.size;
    height = Math.max(height, child.height);
  }
  return { size, height: height + 1 };
}

/** The value of a key, if the node is a map that has it. */
export function child(tree: Tree | undefined, key: string): Tree | undefined {
  return tree?.kind === 'map' ? tree.entries.get(key)?.value : undefined;
}

/** The entries of a map; none for anything else. */
export function entriesOf(tree: Tree | undefined): Entry[] {
  return tree?.kind === 'map' ? [...tree.entries.values()] : [];
}

/** Where a path of keys and indices leads, as far as it exists. */
export function nodeAt(root: Tree, path: readonly PropertyKey[]): Tree {
  let node = root;
  for (const step of path) {
    const next = node.kind === 'list' ? node.items[Number(step)] : child(node, String(step));
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

/** Plain data for validation; objects have no prototype. */
export function plainValue(tree: Tree): unknown {
  if (tree.kind === 'scalar') return tree.value;
  if (tree.kind === 'list') return tree.items.map(plainValue);
  const object = Object.create(null) as object;
  for (const { key, value } of tree.entries.values()) {
    Object.defineProperty(object, key, { value: plainValue(value), enumerable: true });
  }
  return object;
}

/** On one line, in flow style. */
export function formatTree(tree: Tree): string {
  if (tree.kind === 'scalar') return tree.text;
  if (tree.kind === 'list') return `[${tree.items.map(formatTree).join(', ')}]`;
  return `{ ${formatEntries(tree)} }`;
}

export function formatEntries(tree: MapNode): string {
  return [...tree.entries.values()].map(({ key, value }) => `${key}: ${formatTree(value)}`).join(', ');
}
