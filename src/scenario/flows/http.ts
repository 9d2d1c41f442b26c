/** `kind: http`: requests with their responses. */
import { booleanOf, optional } from '../reading.ts';
import type { HttpFlow } from '../scenario.ts';
import { child } from '../tree.ts';
import { type FlowDraft, servedDestination } from './flow-draft.ts';
import { connectionsOf, fixedSizeOf, frequencyOf } from './flow-settings.ts';
import { pacingOf } from './pacing.ts';

const RESPONSE_SIZES = { min: 1, max: 1e9 } as const;

export function lowerHttp(draft: FlowDraft): Omit<HttpFlow, 'name' | 'from'> | undefined {
  const { check, value } = draft;
  const to = servedDestination(draft, { protocol: 'tcp', name: 'http' });
  const size = fixedSizeOf(draft, RESPONSE_SIZES);
  const pacing = pacingOf(draft, () => frequencyOf(draft));
  const keepAlive = booleanOf(child(value, 'keep_alive')) ?? false;
  const connectionsNode = child(value, 'connections');
  if (connectionsNode !== undefined && !keepAlive) {
    check.diagnostics.error(
      'not-applicable',
      connectionsNode.span,
      'connections do not apply to http that opens one per request',
      { expected: 'keep_alive: true with it' },
    );
  }
  const connections = keepAlive ? connectionsOf(draft) : null;
  if (to === undefined || to.port === null || pacing === undefined) return undefined;
  return {
    kind: 'http',
    to: to.name,
    port: to.port,
    ...pacing,
    keptConnections: connections,
    ...optional('sizeBytes', size),
  };
}
