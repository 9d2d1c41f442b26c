/** `kind: tcp`: bulk transfers. */
import { limitedQuantity, optional, wordOf } from '../reading.ts';
import type { BulkFlow } from '../scenario.ts';
import { child } from '../tree.ts';
import { bitRateOf, keepaliveOf, reconnectOf, userTimeoutOf } from './connected.ts';
import { type FlowDraft, servedDestination } from './flow-draft.ts';
import { connectionsOf, fixedSizeOf } from './flow-settings.ts';

const TRANSFER_SIZES = { min: 1, max: 1e15 } as const;
/** Linux holds SO_RCVBUF to 2304 B at least; 2^30 - 1 is the largest window that TCP can announce. */
const RECEIVE_BUFFERS = { min: 2304, max: 1_073_741_823 } as const;

export function lowerBulk(draft: FlowDraft): Omit<BulkFlow, 'name' | 'from'> | undefined {
  const { check, value } = draft;
  const { diagnostics } = check;
  const receiveBuffer = limitedQuantity(child(value, 'receive_buffer'), 'size', RECEIVE_BUFFERS, diagnostics);
  const to = servedDestination(draft, {
    protocol: 'tcp',
    name: 'stream',
    ...optional('receiveBufferBytes', receiveBuffer),
  });
  const size = fixedSizeOf(draft, TRANSFER_SIZES);
  const common = {
    kind: 'tcp' as const,
    connections: connectionsOf(draft),
    reconnect: reconnectOf(draft, null),
    keepalive: keepaliveOf(draft),
    ...optional('sizeBytes', size),
    ...optional('rateBps', bitRateOf(draft)),
    ...optional('congestion', wordOf(child(value, 'congestion'), ['cubic', 'newreno'] as const)),
    ...optional('userTimeoutNs', userTimeoutOf(draft)),
  };
  if (to === undefined || to.port === null) return undefined;
  return { ...common, to: to.name, port: to.port };
}
