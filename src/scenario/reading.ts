/**
 * Values out of a tree. Whatever does not fit reads as undefined, without a word: the shape check has reported it.
 * Only limits that depend on the place are reported here.
 */
import { constant, type Distribution } from '../base/distribution.ts';
import type { QuantityKind } from '../base/units.ts';
import { formatQuantity, parseQuantity } from '../base/units.ts';
import type { Diagnostics } from './diagnostic.ts';
import type { Tree } from './tree.ts';
import { child } from './tree.ts';

export function textOf(tree: Tree | undefined): string | undefined {
  return tree?.kind === 'scalar' && typeof tree.value === 'string' && tree.value !== ''
    ? tree.value
    : undefined;
}

export function numberOf(tree: Tree | undefined): number | undefined {
  return tree?.kind === 'scalar' && typeof tree.value === 'number' && Number.isFinite(tree.value)
    ? tree.value
    : undefined;
}

export function integerOf(tree: Tree | undefined, min: number, max: number): number | undefined {
  const value = numberOf(tree);
  return value !== undefined && Number.isInteger(value) && value >= min && value <= max ? value : undefined;
}

export function booleanOf(tree: Tree | undefined): boolean | undefined {
  return tree?.kind === 'scalar' && typeof tree.value === 'boolean' ? tree.value : undefined;
}

export function wordOf<T extends string>(tree: Tree | undefined, words: readonly T[]): T | undefined {
  const text = textOf(tree);
  return words.find((word) => word === text);
}

/** 95 hundredths are a little more than 0.95 in binary; a bound has to mean what it says. */
export function exactShare(share: number): number {
  return Number(share.toPrecision(12));
}

export function quantityOf(tree: Tree | undefined, kind: QuantityKind): number | undefined {
  const text = textOf(tree);
  if (text === undefined) return undefined;
  const parsed = parseQuantity(text, kind);
  return parsed.ok ? parsed.value : undefined;
}

export interface Limits {
  readonly min?: number;
  readonly max?: number;
  /** Refuses 0 where it is below every useful value. */
  readonly isPositive?: boolean;
}

/** A quantity within limits; one outside is reported and reads as undefined. */
export function limitedQuantity(
  tree: Tree | undefined,
  kind: QuantityKind,
  limits: Limits,
  diagnostics: Diagnostics,
): number | undefined {
  const text = textOf(tree);
  if (tree === undefined || text === undefined) return undefined;
  const parsed = parseQuantity(text, kind);
  if (!parsed.ok) {
    // The form is right and was passed; what is left is a number too large or too small to be kept.
    const reason = parsed.problem.split(/;? ?expected /)[0] ?? '';
    diagnostics.error('bad-unit', tree.span, `'${text}' does not fit: ${reason}`);
    return undefined;
  }
  const value = kind === 'share' ? exactShare(parsed.value) : parsed.value;
  const { min = 0, max = Number.POSITIVE_INFINITY, isPositive = false } = limits;
  if (value >= min && value <= max && (value > 0 || !isPositive)) return value;
  diagnostics.error('out-of-range', tree.span, `'${text}' is out of range`, {
    expected: describeLimits(kind, limits),
  });
  return undefined;
}

/** A quantity, or a distribution of it whose every parameter keeps to the limits. */
export function distributionOf(
  tree: Tree | undefined,
  kind: QuantityKind,
  limits: Limits,
  diagnostics: Diagnostics,
): Distribution | undefined {
  const read = (node: Tree | undefined): number | undefined =>
    limitedQuantity(node, kind, limits, diagnostics);
  if (tree?.kind !== 'map') {
    const value = read(tree);
    return value === undefined ? undefined : constant(value);
  }
  const uniform = child(tree, 'uniform');
  if (uniform?.kind === 'list') return uniformOf(uniform, read, diagnostics);
  const exponential = child(tree, 'exponential');
  if (exponential !== undefined) {
    const mean = read(exponential);
    return mean === undefined ? undefined : { kind: 'exponential', mean };
  }
  const pareto = child(tree, 'pareto');
  const lognormal = child(tree, 'lognormal');
  const mean = read(child(pareto ?? lognormal, 'mean'));
  const shape = numberOf(child(pareto, 'shape'));
  const sigma = numberOf(child(lognormal, 'sigma'));
  if (mean !== undefined && shape !== undefined) return { kind: 'pareto', mean, shape };
  return mean === undefined || sigma === undefined ? undefined : { kind: 'lognormal', mean, sigma };
}

function uniformOf(
  list: Extract<Tree, { kind: 'list' }>,
  read: (node: Tree | undefined) => number | undefined,
  diagnostics: Diagnostics,
): Distribution | undefined {
  const [min, max] = [read(list.items[0]), read(list.items[1])];
  if (min === undefined || max === undefined) return undefined;
  if (min <= max) return { kind: 'uniform', min, max };
  diagnostics.error('out-of-range', list.span, 'the range of the uniform distribution is upside down', {
    expected: 'the smaller value first',
  });
  return undefined;
}

export function describeLimits(kind: QuantityKind, { min, max, isPositive }: Limits): string {
  const low = min === undefined || min === 0 ? null : formatQuantity(min, kind);
  const high = max === undefined ? null : formatQuantity(max, kind);
  if (low !== null && high !== null) return `${low} to ${high}`;
  if (low !== null) return `at least ${low}`;
  const above = isPositive === true ? 'more than 0' : 'at least 0';
  return high === null ? above : `${above}, at most ${high}`;
}

/** `{key: value}` if there is a value, to spread into an object with optional fields. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

/** The texts of a list, each with its node. */
export function textItems(tree: Tree | undefined): { text: string; node: Tree }[] {
  const nodes = tree?.kind === 'list' ? tree.items : tree === undefined ? [] : [tree];
  return nodes.flatMap((node) => {
    const text = textOf(node);
    return text === undefined ? [] : [{ text, node }];
  });
}

export function textAt(tree: Tree | undefined, key: string): string | undefined {
  return textOf(child(tree, key));
}
