/** `retries` of an HTTP flow. */
import { integerOf, limitedQuantity, optional, quantityOf } from '../reading.ts';
import type { HttpRetries } from '../scenario.ts';
import { child } from '../tree.ts';
import type { FlowDraft } from './flow-draft.ts';

const POSITIVE = { isPositive: true } as const;

export function retriesOf(draft: FlowDraft): HttpRetries | undefined {
  const { check, value } = draft;
  const node = child(value, 'retries');
  if (node === undefined) return undefined;
  const durationOf = (key: string): number | undefined =>
    limitedQuantity(child(node, key), 'duration', POSITIVE, check.diagnostics);
  const perTryTimeout = durationOf('per_try_timeout');
  const baseInterval = durationOf('base_interval');
  const maxInterval = durationOf('max_interval');
  remarkOnTimeout(draft, perTryTimeout);
  const base = baseInterval ?? check.parameters.get('traffic.http_retry_base_interval');
  const maxNode = child(node, 'max_interval');
  if (maxNode !== undefined && maxInterval !== undefined && maxInterval < base) {
    check.diagnostics.error('out-of-range', maxNode.span, 'max_interval is shorter than base_interval', {
      expected: 'at least base_interval',
    });
  }
  return {
    ...optional('limit', integerOf(child(node, 'num_retries'), 1, 100)),
    ...optional('perTryTimeoutNs', perTryTimeout),
    ...optional('baseIntervalNs', baseInterval),
    ...optional('maxIntervalNs', maxInterval),
  };
}

/** An attempt that may last as long as the request is never ended by its own time-out. */
function remarkOnTimeout({ check, value }: FlowDraft, perTryTimeoutNs: number | undefined): void {
  const timeoutNs =
    quantityOf(child(value, 'timeout'), 'duration') ?? check.parameters.get('traffic.http_timeout');
  const node = child(child(value, 'retries'), 'per_try_timeout');
  if (node === undefined || perTryTimeoutNs === undefined || perTryTimeoutNs < timeoutNs) return;
  check.diagnostics.warning(
    'no-effect',
    node.span,
    'per_try_timeout is not below timeout, so no attempt ever runs into it',
  );
}
