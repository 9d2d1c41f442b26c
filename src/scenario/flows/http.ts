/** `kind: http`: requests with their responses, in an open or a closed loop. */
import { constant } from '../../base/distribution.ts';
import {
  booleanOf,
  distributionOf,
  integerOf,
  limitedQuantity,
  optional,
  textAt,
  wordOf,
} from '../reading.ts';
import type { ClosedHttpFlow, HttpPool, OpenHttpFlow, OpenLoop } from '../scenario.ts';
import { child, entriesOf } from '../tree.ts';
import { type FlowDraft, servedDestination } from './flow-draft.ts';
import { connectionsOf, frequencyOf, MAX_CONNECTIONS_PER_SENDER } from './flow-settings.ts';
import { retriesOf } from './http-retries.ts';
import { pacingOf } from './pacing.ts';

type Own = Omit<OpenHttpFlow, 'name' | 'from'> | Omit<ClosedHttpFlow, 'name' | 'from'>;

const BODY_SIZES = { min: 1, max: 1e9 } as const;
/** Longest mean think time. */
const THINK_TIMES = { max: 86_400_000_000_000 } as const;

export function lowerHttp(draft: FlowDraft): Own | undefined {
  const { check, value } = draft;
  const { diagnostics } = check;
  const to = servedDestination(draft, { protocol: 'tcp', name: 'http' });
  const loop = loopOf(draft);
  const requestSize = distributionOf(child(value, 'request_size'), 'size', BODY_SIZES, diagnostics);
  const connectTimeout = limitedQuantity(
    child(value, 'connect_timeout'),
    'duration',
    { isPositive: true },
    diagnostics,
  );
  const common = {
    kind: 'http' as const,
    pool: poolOf(draft, loop),
    ...optional('requestSize', requestSize),
    ...optional('responseSize', responseSizeOf(draft)),
    ...optional('connectTimeoutNs', connectTimeout),
    ...optional('host', textAt(value, 'host')),
    ...optional('path', textAt(value, 'path')),
    ...optional('retries', retriesOf(draft)),
  };
  if (to === undefined || to.port === null || loop === undefined) return undefined;
  return { ...common, to: to.name, port: to.port, ...loop };
}

type Loop = OpenLoop | Pick<ClosedHttpFlow, 'users' | 'thinkTime'>;

/** Either a rate or users. */
function loopOf(draft: FlowDraft): Loop | undefined {
  const { check, name, value, span } = draft;
  const { diagnostics } = check;
  const hasRate = child(value, 'rate') !== undefined;
  const hasUsers = child(value, 'users') !== undefined;
  if (hasUsers && !hasRate) return closedLoopOf(draft);
  refuse(draft, 'think_time', 'think_time applies to users', 'users in place of rate');
  if (hasUsers) {
    const { keySpan } = entriesOf(value).find(({ key }) => key === 'users') ?? { keySpan: span };
    diagnostics.error('exactly-one', keySpan, `'${name}' has both a rate and users`, {
      expected: 'rate for an open loop, or users for a closed one',
    });
    return undefined;
  }
  if (!hasRate) {
    diagnostics.error('missing-key', span, `'${name}' has no rate`, {
      expected: 'rate: a frequency such as 200/s, or users: how many',
    });
    return undefined;
  }
  return pacingOf(draft, () => frequencyOf(draft));
}

function closedLoopOf(draft: FlowDraft): Loop | undefined {
  const { check, value, from } = draft;
  const node = child(value, 'users');
  const users = integerOf(node, 1, 1_000_000);
  const thinkTime = distributionOf(child(value, 'think_time'), 'duration', THINK_TIMES, check.diagnostics);
  for (const key of ['arrivals', 'on', 'off']) {
    refuse(draft, key, `${key} belongs to a rate`, 'think_time, which says when a user comes back');
  }
  if (node === undefined || users === undefined) return undefined;
  if (users < from.length) {
    check.diagnostics.warning(
      'few-connections',
      node.span,
      `${from.length} senders share ${users} users: some send nothing`,
    );
  }
  return { users, thinkTime: thinkTime ?? constant(0) };
}

/** Null: a connection per request. */
function poolOf(draft: FlowDraft, loop: Loop | undefined): HttpPool | null {
  const { check, value } = draft;
  const keepAlive = booleanOf(child(value, 'keep_alive')) ?? false;
  if (!keepAlive) {
    for (const key of ['connections', 'reuse', 'idle_timeout']) {
      refuse(
        draft,
        key,
        `${key} does not apply to http that opens one per request`,
        'keep_alive: true with it',
      );
    }
    return null;
  }
  const limits = { isPositive: true } as const;
  const idleTimeout = limitedQuantity(child(value, 'idle_timeout'), 'duration', limits, check.diagnostics);
  const isOnePerUser = loop !== undefined && 'users' in loop && child(value, 'connections') === undefined;
  return {
    connections: isOnePerUser ? onePerUser(draft, loop.users) : connectionsOf(draft),
    reuse: wordOf(child(value, 'reuse'), ['rotate', 'recent'] as const) ?? 'rotate',
    ...optional('idleTimeoutNs', idleTimeout),
  };
}

function onePerUser({ check, value, from }: FlowDraft, users: number): number {
  const node = child(value, 'users');
  const most = MAX_CONNECTIONS_PER_SENDER * Math.max(1, from.length);
  if (node !== undefined && users > most) {
    check.diagnostics.error('out-of-range', node.span, `${users} users cannot keep a connection each`, {
      expected: `at most ${MAX_CONNECTIONS_PER_SENDER} per sender, or connections for them to share`,
    });
  }
  return users;
}

/** `size` is another name of it. */
function responseSizeOf(draft: FlowDraft) {
  const { check, value } = draft;
  const size = child(value, 'size');
  const responseSize = child(value, 'response_size');
  if (size !== undefined && responseSize !== undefined) {
    check.diagnostics.error('exactly-one', size.span, 'size and response_size are names of one thing', {
      expected: 'one of them',
    });
  }
  return distributionOf(responseSize ?? size, 'size', BODY_SIZES, check.diagnostics);
}

function refuse({ check, value }: FlowDraft, key: string, reason: string, expected: string): void {
  const node = child(value, key);
  if (node !== undefined) check.diagnostics.error('not-applicable', node.span, reason, { expected });
}
