/** Bounds of measures: plain values, `{min, max}`, `{never: true}`, held against the kind of the measure. */
import type { QuantityKind } from '../base/units.ts';
import { describeKind, parseQuantity } from '../base/units.ts';
import type { Diagnostics } from './diagnostic.ts';
import type { MeasureKind, MeasureSpec } from './measures.ts';
import { exactShare, textOf } from './reading.ts';
import type { Bound, BoundValue } from './scenario.ts';
import type { MapNode, ScalarNode, Tree } from './tree.ts';
import { child, entriesOf, formatTree } from './tree.ts';

const QUANTITIES: Readonly<Partial<Record<MeasureKind, QuantityKind>>> = {
  time: 'duration',
  bitrate: 'bitrate',
};

/** Undefined after an error. */
export function boundOf(spec: MeasureSpec, node: Tree, diagnostics: Diagnostics): Bound | undefined {
  if (node.kind === 'list') return misfit(node, spec, diagnostics);
  if (node.kind === 'map') return rangeOf(spec, node, diagnostics);
  if (spec.kind === 'text' || spec.kind === 'refusal') {
    if (spec.kind === 'refusal' && typeof node.value === 'boolean')
      return { kind: 'boolean', value: node.value };
    return textOf(node) === undefined ? misfit(node, spec, diagnostics) : { kind: 'text', value: node.text };
  }
  const value = singleValue(spec, node, diagnostics);
  return value === undefined ? undefined : { kind: 'range', min: value, max: value };
}

function rangeOf(spec: MeasureSpec, node: MapNode, diagnostics: Diagnostics): Bound | undefined {
  const never = child(node, 'never');
  const head = { start: node.span.start, end: node.span.start + 1 };
  if (never !== undefined) {
    if (never.kind === 'scalar' && never.value === true && node.entries.size === 1) return { kind: 'never' };
    diagnostics.error('bad-bound', head, 'never stands alone and is true', { expected: '{ never: true }' });
    return undefined;
  }
  for (const { key, keySpan } of entriesOf(node)) {
    if (key === 'min' || key === 'max') continue;
    diagnostics.error('unknown-key', keySpan, `unknown key '${key}' in a bound`, {
      expected: 'min, max or never',
      unknown: key,
      known: ['min', 'max', 'never'],
    });
  }
  const [minNode, maxNode] = [child(node, 'min'), child(node, 'max')];
  if (minNode === undefined && maxNode === undefined) {
    if (node.entries.size === 0)
      diagnostics.error('bad-bound', head, 'the bound is empty', { expected: 'min, max or both' });
    return undefined;
  }
  if (spec.kind === 'text' || spec.kind === 'refusal') return misfit(node, spec, diagnostics);
  const min = minNode === undefined ? null : limitOf(spec, minNode, diagnostics);
  const max = maxNode === undefined ? null : limitOf(spec, maxNode, diagnostics);
  if (min === undefined || max === undefined) return undefined;
  if (
    minNode !== undefined &&
    min !== null &&
    max !== null &&
    min.relative === max.relative &&
    min.value > max.value
  ) {
    diagnostics.error('bad-bound', minNode.span, `min ${formatTree(minNode)} is more than max`, {
      expected: 'min at most max',
    });
    return undefined;
  }
  return { kind: 'range', min, max };
}

function limitOf(spec: MeasureSpec, node: Tree, diagnostics: Diagnostics): BoundValue | undefined {
  return node.kind === 'scalar' ? singleValue(spec, node, diagnostics) : misfit(node, spec, diagnostics);
}

function singleValue(spec: MeasureSpec, node: ScalarNode, diagnostics: Diagnostics): BoundValue | undefined {
  const { value, text } = node;
  const quantity = QUANTITIES[spec.kind];
  if (quantity !== undefined) {
    const parsed = parseQuantity(text, quantity);
    if (parsed.ok) return { value: parsed.value, relative: false };
    const reason = parsed.problem.split(/;? ?expected /)[0] ?? '';
    diagnostics.error(
      'bad-unit',
      node.span,
      `'${text}' does not fit ${spec.path}${reason === '' ? '' : `: ${reason}`}`,
      {
        expected: describeKind(quantity),
      },
    );
    return undefined;
  }
  if (typeof value === 'string' && value.trim().endsWith('%')) return percentageOf(spec, node, diagnostics);
  if (typeof value !== 'number' || !Number.isFinite(value)) return misfit(node, spec, diagnostics);
  if (spec.kind === 'count' && (value < 0 || !Number.isSafeInteger(value)))
    return misfit(node, spec, diagnostics);
  return { value, relative: false };
}

function percentageOf(spec: MeasureSpec, node: ScalarNode, diagnostics: Diagnostics): BoundValue | undefined {
  if (spec.of === undefined && spec.ofFlow === undefined) {
    diagnostics.error(
      'no-percentage',
      node.span,
      `${spec.path} is not part of a whole, so '${node.text}' means nothing`,
      {
        expected: describeMeasure(spec),
      },
    );
    return undefined;
  }
  const parsed = parseQuantity(node.text, 'share');
  if (!parsed.ok) return misfit(node, spec, diagnostics);
  const value = exactShare(parsed.value);
  if (value <= 1) return { value, relative: true };
  diagnostics.error('out-of-range', node.span, `'${node.text}' is more than the whole`, {
    expected: '0% to 100%',
  });
  return undefined;
}

function misfit(node: Tree, spec: MeasureSpec, diagnostics: Diagnostics): undefined {
  const span = node.kind === 'scalar' ? node.span : { start: node.span.start, end: node.span.start + 1 };
  const found = node.kind === 'scalar' && node.text === '' ? 'nothing' : `'${formatTree(node).slice(0, 60)}'`;
  diagnostics.error('bad-bound', span, `${found} does not fit ${spec.path}`, {
    expected: describeMeasure(spec),
  });
}

function describeMeasure({ kind, of, ofFlow }: MeasureSpec): string {
  const percentage =
    of === undefined && ofFlow === undefined ? '' : ` or a percentage of ${(of ?? ofFlow ?? []).join(' + ')}`;
  switch (kind) {
    case 'time':
    case 'bitrate':
      return `${describeKind(QUANTITIES[kind] ?? 'count')}, { min, max } of these, or { never: true }`;
    case 'count':
      return `a whole number${percentage}, { min, max } of these, or { never: true }`;
    case 'number':
      return 'a number, { min, max } of these, or { never: true }';
    case 'text':
      return 'a word, or { never: true }';
    case 'refusal':
      return 'true, false, the reason as a text, or { never: true }';
  }
}
