/** The head of a file: everything that is no resource, flow, event or expectation. */
import type { ParameterId } from '../base/parameters.ts';
import { isParameterId, parameterIds, parameterSpec } from '../base/parameters.ts';
import { TCP_PROFILE_NAMES } from '../base/tcp-profiles.ts';
import { parseQuantity } from '../base/units.ts';
import type { Diagnostics } from './diagnostic.ts';
import {
  describeLimits,
  integerOf,
  limitedQuantity,
  optional,
  textItems,
  textOf,
  wordOf,
} from './reading.ts';
import type { Scenario } from './scenario.ts';
import type { Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

const DAY_NS = 86_400e9;
const MAX_DURATION_NS = 30 * DAY_NS;
const MAX_SETTLE_NS = DAY_NS;
const DEFAULT_SETTLE_NS = 300e9;

export type Settings = Pick<
  Scenario,
  'title' | 'covers' | 'description' | 'seed' | 'settleNs' | 'replications' | 'tcpProfile'
> & { readonly durationNs: number | undefined };

export function lowerSettings(root: Tree, diagnostics: Diagnostics): Settings {
  const durationNode = child(root, 'duration');
  const durationLimits = { max: MAX_DURATION_NS, isPositive: true };
  const description = child(root, 'description');
  return {
    title: textOf(child(root, 'title')) ?? '',
    covers: textItems(child(root, 'covers')).map(({ text }) => text),
    description: description?.kind === 'scalar' ? String(description.value ?? '').trim() : '',
    seed: seedOf(child(root, 'seed')),
    durationNs: limitedQuantity(durationNode, 'duration', durationLimits, diagnostics),
    settleNs:
      limitedQuantity(child(root, 'settle'), 'duration', { max: MAX_SETTLE_NS }, diagnostics) ??
      DEFAULT_SETTLE_NS,
    replications: integerOf(child(root, 'replications'), 1, 10_000) ?? 1,
    tcpProfile: wordOf(child(root, 'tcp_profile'), TCP_PROFILE_NAMES) ?? 'linux-6.6',
  };
}

/** Numbers that a double cannot hold keep their digits. */
function seedOf(node: Tree | undefined): string {
  if (node?.kind !== 'scalar' || node.value === null) return '1';
  if (typeof node.value === 'number' && Number.isSafeInteger(node.value)) return String(node.value);
  return node.text;
}

/** Overrides of parameters, in base units. */
export function lowerAssume(root: Tree, diagnostics: Diagnostics): Record<string, number> {
  const assumed: Record<string, number> = {};
  for (const { key, keySpan, value } of entriesOf(child(root, 'assume'))) {
    if (!isParameterId(key)) {
      diagnostics.error('unknown-parameter', keySpan, `there is no parameter '${key}'`, {
        expected: "an id that 'vpcsim params' lists",
        unknown: key,
        known: parameterIds(),
      });
      continue;
    }
    const amount = parameterValue(key, value, diagnostics);
    if (amount !== undefined) assumed[key] = amount;
  }
  checkPortRange(root, assumed, diagnostics);
  return assumed;
}

function parameterValue(id: ParameterId, node: Tree, diagnostics: Diagnostics): number | undefined {
  const spec = parameterSpec(id);
  const { kind, min, max } = spec;
  const limits = { ...optional('min', min), ...optional('max', max) };
  if (node.kind !== 'scalar' || typeof node.value === 'boolean' || node.value === null) return undefined;
  if (kind !== 'count') {
    const parsed = parseQuantity(node.text, kind);
    if (parsed.ok && typeof node.value === 'string') {
      return limitedQuantity(node, kind, kind === 'share' ? { max: 1, ...limits } : limits, diagnostics);
    }
    const [reason = '', expected] = parsed.ok ? [''] : parsed.problem.split(/;? ?expected /);
    diagnostics.error(
      'bad-unit',
      node.span,
      `'${node.text}' does not fit ${id}${reason === '' ? '' : `: ${reason}`}`,
      {
        ...optional('expected', expected),
      },
    );
    return undefined;
  }
  const value = typeof node.value === 'number' ? node.value : Number.NaN;
  // A count whose default is whole is a number of things.
  if (!Number.isFinite(value) || (Number.isInteger(spec.default) && !Number.isInteger(value))) {
    const expected = Number.isInteger(spec.default) ? 'a whole number' : 'a number';
    diagnostics.error('bad-value', node.span, `'${node.text}' does not fit ${id}`, { expected });
    return undefined;
  }
  if (value >= (min ?? 0) && value <= (max ?? Number.MAX_SAFE_INTEGER)) return value;
  diagnostics.error('out-of-range', node.span, `'${node.text}' is out of range`, {
    expected: describeLimits(kind, limits),
  });
  return undefined;
}

function checkPortRange(
  root: Tree,
  assumed: Readonly<Record<string, number>>,
  diagnostics: Diagnostics,
): void {
  const first = assumed['host.ephemeral_first'] ?? parameterSpec('host.ephemeral_first').default;
  const last = assumed['host.ephemeral_last'] ?? parameterSpec('host.ephemeral_last').default;
  if (first <= last) return;
  const assume = child(root, 'assume');
  const node = child(assume, 'host.ephemeral_first') ?? child(assume, 'host.ephemeral_last') ?? root;
  diagnostics.error(
    'out-of-range',
    node.span,
    `the first ephemeral port ${first} is above the last ${last}`,
    {
      expected: 'host.ephemeral_first at most host.ephemeral_last',
    },
  );
}
