/**
 * Variables and ranges: `${x}` becomes the value under `vars`, a key `line-1..4` becomes four, with `$n` in its values
 * the number of the member. What comes out has neither any more, except ranges used as references, which their
 * readers expand by `RangeBudget.namesOf`.
 */
import { coreScalar } from './core-scalar.ts';
import type { Diagnostics } from './diagnostic.ts';
import type { Entry, MapNode, Scalar, ScalarNode, Span, Tree } from './tree.ts';
import { child, entriesOf, listNode, mapNode, scalarNode } from './tree.ts';

/** Members of all ranges together, and values that their expansion may make. */
const MAX_RANGE_MEMBERS = 10_000;
/** The same things may be referred to many times. */
const MAX_REFERENCES = 200_000;
const MAX_NODES = 300_000;
const MAX_TEXT = 10_000;

/** Texts that may hold a dollar sign or two dots of their own. */
const VERBATIM: ReadonlySet<string> = new Set(['description']);

export interface Range {
  readonly stem: string;
  readonly first: number;
  readonly last: number;
  readonly rest: string;
}

/** Null: not a range. The stem has no dot, so that nothing else with two dots is taken for one. */
export function parseRange(text: string): Range | 'malformed' | null {
  if (!text.includes('..')) return null;
  const match = /^([^.]*?)(\d+)\.\.(\d+)([^.]*)$/.exec(text);
  if (match === null) return 'malformed';
  const [, stem = '', first = '', last = '', rest = ''] = match;
  const hasZeros = [first, last].some((digits) => digits.length > 1 && digits.startsWith('0'));
  if (hasZeros || Number(first) > Number(last)) return 'malformed';
  return { stem, first: Number(first), last: Number(last), rest };
}

/** Counts what ranges make, over a whole file. */
export class RangeBudget {
  private members = 0;
  private references = 0;
  private nodes = 0;
  private readonly diagnostics: Diagnostics;

  constructor(diagnostics: Diagnostics) {
    this.diagnostics = diagnostics;
  }

  /** What a key stands for: the members of a range, itself if it is none, nothing after an error. */
  keysOf(text: string, span: Span): { name: string; number: number | null }[] {
    const members = this.membersOf(text, span, MAX_RANGE_MEMBERS - this.members);
    if (members.length > 1) this.members += members.length;
    return members;
  }

  /** The names that a reference stands for. */
  namesOf(text: string, span: Span): string[] {
    const members = this.membersOf(text, span, Math.min(MAX_RANGE_MEMBERS, MAX_REFERENCES - this.references));
    if (members.length > 1) this.references += members.length;
    return members.map(({ name }) => name);
  }

  private membersOf(text: string, span: Span, limit: number): { name: string; number: number | null }[] {
    const range = parseRange(text);
    if (range === null) return [{ name: text, number: null }];
    if (range === 'malformed') {
      this.diagnostics.error('bad-range', span, `'${text}' is no range`, {
        expected: 'a name with two rising numbers such as line-1..4',
      });
      return [];
    }
    const count = range.last - range.first + 1;
    if (count > limit) {
      this.diagnostics.error('range-too-large', span, `with '${text}' ranges have too many members`, {
        expected: `at most ${MAX_RANGE_MEMBERS} members in all ranges of a file`,
      });
      return [];
    }
    return Array.from({ length: count }, (_, i) => {
      const number = range.first + i;
      return { name: `${range.stem}${number}${range.rest}`, number };
    });
  }

  /** False once expansion has made more than a scenario can hold. */
  hasRoom(size: number, span: Span): boolean {
    this.nodes += size;
    if (this.nodes <= MAX_NODES) return true;
    this.diagnostics.error('range-too-large', span, `ranges and aliases make more than ${MAX_NODES} values`);
    return false;
  }
}

/** The tree without variables and range keys. */
export function expand(root: Tree, diagnostics: Diagnostics, budget: RangeBudget): Tree {
  const variables = readVariables(child(root, 'vars'), diagnostics);
  return new Expansion(diagnostics, variables, budget).top(root);
}

type Variables = ReadonlyMap<string, ScalarNode>;

/** A variable may use those above it. */
function readVariables(vars: Tree | undefined, diagnostics: Diagnostics): Variables {
  const variables = new Map<string, ScalarNode>();
  if (vars !== undefined && vars.kind !== 'map') {
    diagnostics.error('bad-value', vars.span, 'vars is no map', { expected: 'a map of names to values' });
  }
  const expansion = new Expansion(diagnostics, variables, new RangeBudget(diagnostics));
  for (const { key, keySpan, value } of entriesOf(vars)) {
    if (!/^[a-z][a-z0-9_-]*$/.test(key)) {
      diagnostics.error('bad-name', keySpan, `'${key}' is no name for a variable`, {
        expected: 'lower-case letters, digits, - and _, starting with a letter',
      });
    } else if (value.kind !== 'scalar' || value.value === null) {
      diagnostics.error('bad-value', value.span, `variable '${key}' has no single value`, {
        expected: 'a text, a number, true or false',
      });
      // Known all the same: its uses are not wrong.
      variables.set(key, scalarNode('', '', false, value.span));
    } else {
      variables.set(key, expansion.scalar(value, null));
    }
  }
  return variables;
}

class Expansion {
  private readonly diagnostics: Diagnostics;
  private readonly variables: Variables;
  private readonly budget: RangeBudget;

  constructor(diagnostics: Diagnostics, variables: Variables, budget: RangeBudget) {
    this.diagnostics = diagnostics;
    this.variables = variables;
    this.budget = budget;
  }

  top(root: Tree): Tree {
    if (root.kind !== 'map') return root;
    const entries = new Map<string, Entry>();
    for (const entry of root.entries.values()) {
      const isVerbatim = VERBATIM.has(entry.key) || entry.key === 'vars';
      entries.set(entry.key, isVerbatim ? entry : { ...entry, value: this.tree(entry.value, null) });
    }
    return mapNode(entries, root.span);
  }

  /** `member` is the number that `$n` stands for; null outside ranges. */
  private tree(tree: Tree, member: number | null): Tree {
    if (tree.kind === 'scalar') return this.scalar(tree, member);
    if (tree.kind === 'map') return this.map(tree, member);
    return listNode(
      tree.items.map((item) => this.tree(item, member)),
      tree.span,
    );
  }

  private map(map: MapNode, member: number | null): Tree {
    const entries = new Map<string, Entry>();
    for (const { key, keySpan, value } of map.entries.values()) {
      const members = this.budget.keysOf(this.substitute(key, keySpan, member), keySpan);
      for (const { name, number } of members) {
        if (!this.budget.hasRoom(value.size, keySpan)) return mapNode(entries, map.span);
        const earlier = entries.get(name);
        if (earlier !== undefined) {
          const line = this.diagnostics.lineOf(earlier.keySpan);
          this.diagnostics.error(
            'duplicate-key',
            keySpan,
            `'${name}' stands twice in this map, first in line ${line}`,
          );
          continue;
        }
        entries.set(name, { key: name, keySpan, value: this.tree(value, number ?? member) });
      }
    }
    return mapNode(entries, map.span);
  }

  scalar(node: ScalarNode, member: number | null): ScalarNode {
    if (typeof node.value !== 'string' || !node.value.includes('$')) return node;
    const whole = /^\$\{([^}]*)\}$/.exec(node.value)?.[1];
    const variable = whole === undefined ? undefined : this.variables.get(whole);
    // Alone, a variable keeps its type even in quotes, which flow style needs around ${x}.
    if (variable !== undefined) return scalarNode(variable.value, variable.text, variable.isPlain, node.span);
    const text = this.substitute(node.value, node.span, member);
    if (text === node.value) return node;
    const value: Scalar = node.isPlain ? coreScalar(text) : text;
    return scalarNode(value, text, node.isPlain, node.span);
  }

  private substitute(text: string, span: Span, member: number | null): string {
    if (!text.includes('$')) return text;
    const replaced = text.replace(/\$\{([^}]*)\}/g, (whole, name: string) => {
      const variable = this.variables.get(name);
      if (variable !== undefined) return variable.text;
      this.diagnostics.error('unknown-variable', span, `variable '${name}' is not defined under vars`, {
        unknown: name,
        known: this.variables.keys(),
      });
      return whole;
    });
    if (replaced.length > MAX_TEXT) {
      this.diagnostics.error('bad-value', span, `variables make this longer than ${MAX_TEXT} characters`);
      return text;
    }
    return member === null ? replaced : replaced.replace(/\$n\b/g, String(member));
  }
}
