/** What a listener may do besides scheduling and checking: draining, persistence, a bandwidth of its own. */
import type { Check } from './check.ts';
import { limitsOf } from './listener-settings.ts';
import { limitedQuantity, optional, wordOf } from './reading.ts';
import type { ClbListener, ListenerOptions } from './scenario.ts';
import type { Tree } from './tree.ts';
import { child } from './tree.ts';

export function listenerOptionsOf(
  check: Check,
  owner: Tree,
  protocol: ClbListener['protocol'] | undefined,
): ListenerOptions {
  const { diagnostics } = check;
  const drain = wordOf(child(owner, 'connection_drain'), ['on', 'off'] as const);
  const drainNs = limitedQuantity(
    child(owner, 'connection_drain_timeout'),
    'duration',
    limitsOf('clb.connection_drain_timeout'),
    diagnostics,
  );
  const persistenceNode = child(owner, 'persistence_timeout');
  const persistenceNs = limitedQuantity(
    persistenceNode,
    'duration',
    limitsOf('clb.persistence_timeout'),
    diagnostics,
  );
  if (persistenceNode !== undefined && protocol === 'udp') {
    diagnostics.error('not-applicable', persistenceNode.span, 'persistence_timeout does not apply to udp', {
      expected: 'a tcp listener',
    });
  }
  return {
    ...optional('drains', drain === undefined ? undefined : drain === 'on'),
    ...optional('drainNs', drainNs),
    ...optional('persistenceNs', persistenceNs),
  };
}

/** In a listener that stands in the file, where what is absent is off. */
export function checkListenerOptions(check: Check, owner: Tree): void {
  const timeout = child(owner, 'connection_drain_timeout');
  if (timeout === undefined || wordOf(child(owner, 'connection_drain'), ['on', 'off'] as const) === 'on')
    return;
  check.diagnostics.error('not-applicable', timeout.span, 'connection_drain_timeout without draining', {
    expected: 'connection_drain: on',
  });
}
