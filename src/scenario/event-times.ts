/** When events happen: reads their times, finds cycles, and what can be known of the order. */
import { formatDuration, parseQuantity } from '../base/units.ts';
import type { Check } from './check.ts';
import { quantityOf, textOf } from './reading.ts';
import type { EventTime, ScopeTime } from './scenario.ts';
import type { Span, Tree } from './tree.ts';
import { child } from './tree.ts';

const EVENT_AND_OFFSET = /^([a-z][a-z0-9-]*)(?:\s+([+-])\s+(\S.*))?$/;

type Reference = { readonly event: string; readonly offsetNs: number };

/** `30s`, `cut`, `cut + 5s`. Anything else is reported. */
function timeOrReference(check: Check, text: string, span: Span): number | Reference | undefined {
  const { diagnostics } = check;
  const match = EVENT_AND_OFFSET.exec(text.trim());
  if (match === null) {
    const parsed = parseQuantity(text, 'duration');
    if (parsed.ok) return parsed.value;
    if (/^[\d.+-]/.test(text.trim())) {
      const reason = parsed.problem.split(/;? ?expected /)[0] ?? '';
      diagnostics.error('bad-unit', span, `'${text}' is no time${reason === '' ? '' : `: ${reason}`}`, {
        expected: 'a time such as 30s',
      });
    } else {
      diagnostics.error('bad-value', span, `'${text}' is no time`, {
        expected: "a time such as 30s, or an event and an offset such as 'cut + 5s', with the spaces",
      });
    }
    return undefined;
  }
  const [, event = '', sign, amount] = match;
  const parsed = amount === undefined ? ({ ok: true, value: 0 } as const) : parseQuantity(amount, 'duration');
  if (!parsed.ok) {
    diagnostics.error('bad-unit', span, `offset '${amount}' is no time`, { expected: 'a time such as 5s' });
    return undefined;
  }
  const declared = check.names.resolve(event, span, 'events');
  return declared === undefined
    ? undefined
    : { event, offsetNs: sign === '-' && parsed.value > 0 ? -parsed.value : parsed.value };
}

export function eventTimeOf(check: Check, node: Tree | undefined): EventTime | undefined {
  const pair = child(node, 'uniform');
  if (node !== undefined && pair?.kind === 'list' && pair.items.length === 2) {
    const [fromNs, toNs] = [quantityOf(pair.items[0], 'duration'), quantityOf(pair.items[1], 'duration')];
    if (fromNs === undefined || toNs === undefined) return undefined;
    if (fromNs <= toNs) return { kind: 'uniform', fromNs, toNs };
    check.diagnostics.error('out-of-range', pair.span, 'the first time is later than the second', {
      expected: 'an earlier and a later time',
    });
    return undefined;
  }
  const text = textOf(node);
  if (node === undefined || text === undefined) return undefined;
  const time = timeOrReference(check, text, node.span);
  if (time === undefined) return undefined;
  return typeof time === 'number' ? { kind: 'at', atNs: time } : { kind: 'after', ...time };
}

/** A time inside `expect`; `end - 5s` is a plain time, since the duration is known. */
export function scopeTimeOf(check: Check, node: Tree | undefined, durationNs: number): ScopeTime | undefined {
  const text = textOf(node);
  if (node === undefined || text === undefined) return undefined;
  const end = /^end(?:\s+-\s+(\S+))?$/.exec(text.trim());
  if (end !== null) {
    if (end[1] === undefined) return { kind: 'end' };
    const before = parseQuantity(end[1], 'duration');
    if (before.ok && before.value <= durationNs) return { kind: 'at', atNs: durationNs - before.value };
    check.diagnostics.error('bad-unit', node.span, `'${text}' is no time of the run`, {
      expected: 'end - 5s',
    });
    return undefined;
  }
  const time = timeOrReference(check, text, node.span);
  if (time === undefined) return undefined;
  if (typeof time !== 'number') return { kind: 'after', ...time };
  if (time > durationNs) {
    check.diagnostics.warning(
      'after-end',
      node.span,
      `'${text}' is after the end of the run at ${formatDuration(durationNs)}`,
    );
  }
  return { kind: 'at', atNs: time };
}

/** Earliest and latest time of an event. */
interface Bounds {
  readonly lowNs: number;
  readonly highNs: number;
}

/** Reports cycles, times before 0 s, and events that the run ends before or at. */
export function checkEventTimes(
  check: Check,
  times: ReadonlyMap<string, EventTime>,
  durationNs: number | undefined,
): void {
  const known = new Map<string, Bounds | null>();
  for (const name of times.keys()) followTimes(check, times, name, known);
  for (const [name, bounds] of known) {
    const node = child(check.names.find(name)?.value, 'at');
    if (bounds === null || node === undefined) continue;
    if (bounds.lowNs < 0) {
      const when = formatDuration(bounds.lowNs);
      check.diagnostics.error(
        'negative-time',
        node.span,
        `event '${name}' can be at ${when}, before the run`,
        {
          expected: 'a time from 0s on',
        },
      );
    } else if (durationNs !== undefined && bounds.lowNs >= durationNs) {
      const end = formatDuration(durationNs);
      check.diagnostics.warning(
        'after-end',
        node.span,
        `event '${name}' does not happen: the run ends at ${end}`,
      );
    }
  }
}

/** Walks from one event to those it waits for, without recursion: chains can be long. */
function followTimes(
  check: Check,
  times: ReadonlyMap<string, EventTime>,
  start: string,
  known: Map<string, Bounds | null>,
): void {
  const chain: string[] = [];
  const onChain = new Set<string>();
  let name = start;
  let bounds: Bounds | null = null;
  for (;;) {
    const resolved = known.get(name);
    if (resolved !== undefined) {
      bounds = resolved;
      break;
    }
    if (onChain.has(name)) {
      reportCycle(check, [...chain.slice(chain.indexOf(name)), name]);
      break;
    }
    const time = times.get(name);
    if (time === undefined) break;
    chain.push(name);
    onChain.add(name);
    if (time.kind === 'after') {
      name = time.event;
      continue;
    }
    bounds =
      time.kind === 'at'
        ? { lowNs: time.atNs, highNs: time.atNs }
        : { lowNs: time.fromNs, highNs: time.toNs };
    known.set(name, bounds);
    chain.pop();
    break;
  }
  for (const waiting of chain.reverse()) {
    const time = times.get(waiting);
    const offsetNs = time?.kind === 'after' ? time.offsetNs : 0;
    bounds = bounds === null ? null : { lowNs: bounds.lowNs + offsetNs, highNs: bounds.highNs + offsetNs };
    known.set(waiting, bounds);
  }
}

function reportCycle(check: Check, cycle: readonly string[]): void {
  const node = child(check.names.find(cycle[0] ?? '')?.value, 'at');
  if (node === undefined) return;
  const shown = cycle.length > 8 ? [...cycle.slice(0, 7), '...', cycle[0]] : cycle;
  check.diagnostics.error('event-cycle', node.span, `events wait for one another: ${shown.join(', ')}`, {
    expected: 'a time that leads back to no event of the chain',
  });
}
