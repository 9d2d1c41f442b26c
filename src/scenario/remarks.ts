/** Warnings about bounds that are in order, but mean something else than they seem to, or nothing. */
import type { Check } from './check.ts';
import { FLOW_KINDS } from './flows/flow-keys.ts';
import type { MeasureSpec } from './measures.ts';
import { wordOf } from './reading.ts';
import type { SubjectKind } from './scenario.ts';
import type { Entry } from './tree.ts';
import { child } from './tree.ts';

/** `entry` holds the bound of a measure, whose path is given as written. */
export function remarkOnBound(
  check: Check,
  subject: SubjectKind,
  name: string,
  entry: Entry,
  path: readonly string[],
  spec: MeasureSpec,
): void {
  const { diagnostics } = check;
  const { keySpan, value } = entry;
  const reason = whyNothing(check, subject, name, path, spec);
  if (reason !== undefined) {
    const hasNone = subject === 'cost' || spec.path.startsWith('tcp.');
    const known = hasNone ? 'never has a value' : 'is always 0';
    diagnostics.warning('measures-nothing', keySpan, `${path.join('.')} ${known}: ${reason}`);
  }
  if (value.kind !== 'scalar' || !/\.(min|max)$/.test(spec.path)) return;
  const extreme = entry.key === 'min' ? 'smallest' : 'largest';
  const measured = path.slice(0, -1).join('.');
  const written = path.reduceRight((inner, step) => `${step}: { ${inner} }`, `${entry.key}: ${value.text}`);
  diagnostics.warning(
    'ambiguous-bound',
    keySpan,
    `this means that the ${extreme} ${measured} is exactly ${value.text}; for a bound write ${written}`,
  );
}

/** Why a measure has the same value in every run; undefined if it has not. */
function whyNothing(
  check: Check,
  subject: SubjectKind,
  name: string,
  written: readonly string[],
  { path }: MeasureSpec,
): string | undefined {
  if (subject === 'cost') {
    const isPriced = child(check.root, 'prices') !== undefined || child(check.root, 'usage') !== undefined;
    return isPriced ? undefined : 'the file has neither prices nor usage';
  }
  if (/\.(connections_)?moved$/.test(path)) return 'changes of path are not observed yet';
  const flow = subject === 'flow' ? name : path.startsWith('flows.') ? (written[1] ?? '') : '';
  const kind = wordOf(child(check.names.find(flow)?.value, 'kind'), FLOW_KINDS);
  if (kind === undefined) return undefined;
  if (path.startsWith('requests.') && kind !== 'http') return `flows of kind ${kind} make no requests`;
  if (/^sessions\.|\.sessions_broken$/.test(path) && kind !== 'sessions' && kind !== 'tcp')
    return `flows of kind ${kind} hold no sessions`;
  if (path.startsWith('tcp.') && (kind === 'ping' || kind === 'udp')) return `${kind} does not use TCP`;
  return undefined;
}
