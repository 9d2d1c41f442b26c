/** Settings of flows whose TCP connections last: how they come back, keepalive, user time-out. */
import { parseQuantity } from '../../base/units.ts';
import type { Check } from '../check.ts';
import { integerOf, type Limits, limitedQuantity, optional, textOf } from '../reading.ts';
import type { Keepalive, Reconnect } from '../scenario.ts';
import { QUANTITY_PATTERNS } from '../schema-leaves.ts';
import type { Tree } from '../tree.ts';
import { child } from '../tree.ts';
import type { FlowDraft } from './flow-draft.ts';

const POSITIVE = { isPositive: true } as const;
/** Linux keeps TCP_KEEPIDLE and TCP_KEEPINTVL as whole seconds from 1 to 32767. */
const KEEPALIVE = { min: 1e9, max: 32_767e9 } as const;

/** `fallback` is what it means to leave `reconnect` out. */
export function reconnectOf(draft: FlowDraft, fallback: Reconnect | null): Reconnect | null {
  const { check, value } = draft;
  const node = child(value, 'reconnect');
  if (node === undefined) return fallback;
  if (isNever(node)) return null;
  const delay = limitedQuantity(child(node, 'delay'), 'duration', POSITIVE, check.diagnostics);
  const maxNode = child(node, 'max_delay');
  const maxDelay = limitedQuantity(maxNode, 'duration', POSITIVE, check.diagnostics);
  const least = delay ?? check.parameters.get('traffic.reconnect_delay');
  if (maxNode !== undefined && maxDelay !== undefined && maxDelay < least) {
    check.diagnostics.error('out-of-range', maxNode.span, 'max_delay is shorter than delay', {
      expected: 'at least delay',
    });
  }
  return { ...optional('delayNs', delay), ...optional('maxDelayNs', maxDelay) };
}

export function keepaliveOf({ check, value }: FlowDraft): Keepalive | null {
  const node = child(value, 'keepalive');
  if (node === undefined) return null;
  const read = (tree: Tree | undefined) => durationOf(check, tree, KEEPALIVE);
  const isMap = node.kind === 'map';
  return {
    ...optional('idleNs', read(isMap ? child(node, 'time') : node)),
    ...optional('intervalNs', read(isMap ? child(node, 'intvl') : undefined)),
    ...optional('probes', integerOf(isMap ? child(node, 'probes') : undefined, 1, 127)),
  };
}

export function userTimeoutOf({ check, value }: FlowDraft): number | undefined {
  return limitedQuantity(child(value, 'user_timeout'), 'duration', POSITIVE, check.diagnostics);
}

/** Where something else than a time may stand: what is none has been reported. */
export function durationOf(check: Check, node: Tree | undefined, limits: Limits): number | undefined {
  const isTime = QUANTITY_PATTERNS.duration.test(textOf(node) ?? '');
  return isTime ? limitedQuantity(node, 'duration', limits, check.diagnostics) : undefined;
}

export function isNever(node: Tree | undefined): boolean {
  return textOf(node) === 'never';
}

/** A bit rate; a frequency says nothing about a stream. */
export function bitRateOf({ check, value }: FlowDraft): number | undefined {
  const node = child(value, 'rate');
  const text = textOf(node);
  if (node?.kind === 'map') {
    check.diagnostics.error('not-applicable', node.span, 'the rate of a stream is not read from a file', {
      expected: 'a bit rate such as 20Mbps',
    });
  }
  if (node === undefined || text === undefined) return undefined;
  const parsed = parseQuantity(text, 'bitrate');
  if (!parsed.ok) {
    check.diagnostics.error('bad-unit', node.span, `'${text}' is no bit rate, which a stream has`, {
      expected: 'a bit rate such as 20Mbps',
    });
    return undefined;
  }
  return limitedQuantity(node, 'bitrate', { min: 1, max: 1e12 }, check.diagnostics);
}
