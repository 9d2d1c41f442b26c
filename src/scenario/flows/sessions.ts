/** `kind: sessions`: long-lived connections that talk now and then. */
import { distributionOf, limitedQuantity, optional, textOf, wordOf } from '../reading.ts';
import type { SessionsFlow } from '../scenario.ts';
import { child } from '../tree.ts';
import { durationOf, isNever, keepaliveOf, reconnectOf, userTimeoutOf } from './connected.ts';
import { type FlowDraft, servedDestination } from './flow-draft.ts';
import { connectionsOf, fixedSizeOf } from './flow-settings.ts';

/** Of a message or its answer. */
const MESSAGE_SIZES = { min: 1, max: 1e9 } as const;
const HEARTBEATS = { min: 1e6 } as const;
/** Of openings per second: beyond this no run ends. */
const OPEN_RATES = { isPositive: true, max: 1_000_000 } as const;

export function lowerSessions(draft: FlowDraft): Omit<SessionsFlow, 'name' | 'from'> | undefined {
  const { check, value } = draft;
  const { diagnostics } = check;
  const to = servedDestination(draft, { protocol: 'tcp', name: 'messages' });
  const connections = isUnlimited(draft) ? null : connectionsOf(draft);
  const openRate = limitedQuantity(child(value, 'open_rate'), 'frequency', OPEN_RATES, diagnostics);
  const beat = child(value, 'heartbeat');
  const heartbeat = isNever(beat) ? null : durationOf(check, beat, HEARTBEATS);
  const life = distributionOf(child(value, 'duration'), 'duration', { isPositive: true }, diagnostics);
  const size = fixedSizeOf(draft, MESSAGE_SIZES);
  const answer = fixedSizeOf(draft, MESSAGE_SIZES, 'response_size');
  const common = {
    kind: 'sessions' as const,
    connections,
    arrivals: arrivalsOf(draft),
    reconnect: reconnectOf(draft, {}),
    keepalive: keepaliveOf(draft),
    ...optional('openRatePerSecond', openRate),
    ...optional('heartbeatNs', heartbeat),
    ...optional('life', life),
    ...optional('sizeBytes', size),
    ...optional('responseSizeBytes', answer),
    ...optional('userTimeoutNs', userTimeoutOf(draft)),
  };
  if (connections === null) needLife(draft);
  if (to === undefined || to.port === null) return undefined;
  return { ...common, to: to.name, port: to.port };
}

/** Of sessions: how their openings are spaced. */
function arrivalsOf({ check, value }: FlowDraft): SessionsFlow['arrivals'] {
  const node = child(value, 'arrivals');
  const arrivals = wordOf(node, ['constant', 'poisson'] as const);
  if (arrivals === undefined && node !== undefined && textOf(node) === 'on-off') {
    check.diagnostics.error('not-applicable', node.span, 'sessions are not opened on and off', {
      expected: 'constant or poisson',
    });
  }
  return arrivals ?? 'constant';
}

function isUnlimited({ value }: FlowDraft): boolean {
  return textOf(child(value, 'connections')) === 'unlimited';
}

/** What arrives without end must leave. */
function needLife({ check, name, span, value }: FlowDraft): void {
  if (child(value, 'duration') !== undefined) return;
  check.diagnostics.error('missing-key', span, `'${name}' opens sessions without limit that never end`, {
    expected: 'duration: how long a session lasts, or connections: how many are held',
  });
}
