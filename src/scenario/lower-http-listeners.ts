/** Listeners of a CLB at layer 7: what they have besides, and what they have not. */
import type { Check } from './check.ts';
import { limitsOf } from './listener-settings.ts';
import { limitedQuantity, optional, wordOf } from './reading.ts';
import type { ClbListener, HttpListener } from './scenario.ts';
import type { Tree } from './tree.ts';
import { child } from './tree.ts';

const HTTP_KEYS = [
  'idle_timeout',
  'request_timeout',
  'health_check',
  'sticky_session',
  'sticky_session_type',
  'cookie_timeout',
] as const;
const LAYER4_KEYS = [
  'established_timeout',
  'connection_drain',
  'connection_drain_timeout',
  'persistence_timeout',
  'master_slave_server_group_id',
] as const;
const COOKIE_TIMEOUT = { min: 1e9, max: 86_400e9 } as const;

/** What carries it. */
export function transportOf(protocol: ClbListener['protocol']): 'tcp' | 'udp' {
  return protocol === 'udp' ? 'udp' : 'tcp';
}

/** Of a listener in the file; `undefined` at layer 4. */
export function httpListenerOf(
  check: Check,
  owner: Tree,
  protocol: ClbListener['protocol'],
): HttpListener | undefined {
  if (protocol !== 'http') {
    refuseKeys(check, owner, HTTP_KEYS, protocol, 'an http listener');
    return undefined;
  }
  refuseLayer4Keys(check, owner);
  const time = (key: string, id: 'clb.http_idle_timeout' | 'clb.http_request_timeout') =>
    limitedQuantity(child(owner, key), 'duration', limitsOf(id), check.diagnostics);
  return {
    isChecked: wordOf(child(owner, 'health_check'), ['on', 'off'] as const) !== 'off',
    ...optional('idleTimeoutNs', time('idle_timeout', 'clb.http_idle_timeout')),
    ...optional('requestTimeoutNs', time('request_timeout', 'clb.http_request_timeout')),
    cookieTimeoutNs: cookieTimeoutOf(check, owner),
    rules: [],
    groups: [],
  };
}

/** In the file as in an event. */
export function refuseLayer4Keys(check: Check, owner: Tree): void {
  refuseKeys(check, owner, LAYER4_KEYS, 'http', 'a tcp or udp listener');
  const scheduler = child(owner, 'scheduler');
  if (scheduler === undefined || wordOf(scheduler, ['wrr', 'rr'] as const) !== undefined) return;
  check.diagnostics.error('not-applicable', scheduler.span, 'this scheduler does not apply to http', {
    expected: 'wrr or rr',
  });
}

/** Null: off. */
function cookieTimeoutOf({ diagnostics }: Check, owner: Tree): number | null {
  const switchNode = child(owner, 'sticky_session');
  const timeoutNode = child(owner, 'cookie_timeout');
  const timeout = limitedQuantity(timeoutNode, 'duration', COOKIE_TIMEOUT, diagnostics);
  if (wordOf(switchNode, ['on', 'off'] as const) !== 'on' || switchNode === undefined) {
    if (timeoutNode !== undefined)
      diagnostics.error('not-applicable', timeoutNode.span, 'cookie_timeout without sticky sessions', {
        expected: 'sticky_session: on',
      });
    return null;
  }
  if (timeoutNode === undefined)
    diagnostics.error('missing-key', switchNode.span, 'sticky_session has no cookie_timeout', {
      expected: 'cookie_timeout: how long the cookie lasts, 1s to 24h',
    });
  return timeout ?? null;
}

function refuseKeys(
  { diagnostics }: Check,
  owner: Tree,
  keys: readonly string[],
  protocol: string,
  expected: string,
): void {
  for (const key of keys) {
    const node = child(owner, key);
    if (node === undefined) continue;
    diagnostics.error('not-applicable', node.span, `${key} does not apply to ${protocol}`, { expected });
  }
}
