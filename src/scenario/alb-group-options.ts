/** What a server group of an ALB may do besides checking and cookies: its scheduler, slow start, draining. */
import type { AlbServerGroup } from './alb-types.ts';
import type { Check } from './check.ts';
import { limitsOf } from './listener-settings.ts';
import { booleanOf, limitedQuantity, optional, textAt, wordOf } from './reading.ts';
import { ALB_SCHEDULERS } from './schema-albs.ts';
import type { Tree } from './tree.ts';
import { child } from './tree.ts';

type Options = Pick<AlbServerGroup, 'scheduler' | 'urlParameter' | 'slowStartNs' | 'drainNs' | 'isZonal'>;

export function albGroupOptionsOf(check: Check, owner: Tree): Options {
  const scheduler = wordOf(child(owner, 'scheduler'), ALB_SCHEDULERS) ?? 'Wrr';
  const slowStart = child(owner, 'slow_start_config');
  const slowStartNs = spanOf(check, slowStart, {
    enabled: 'slow_start_enabled',
    span: 'slow_start_duration',
    id: 'alb.slow_start_duration',
  });
  if (slowStart !== undefined && slowStartNs !== null && scheduler !== 'Wrr') {
    check.diagnostics.error('not-applicable', slowStart.span, `slow start does not apply to ${scheduler}`, {
      expected: 'scheduler: Wrr',
    });
  }
  const drainNs = spanOf(check, child(owner, 'connection_drain_config'), {
    enabled: 'connection_drain_enabled',
    span: 'connection_drain_timeout',
    id: 'alb.connection_drain_timeout',
  });
  const zonalNode = child(owner, 'cross_zone_enabled');
  const isZonal = booleanOf(zonalNode) === false;
  const isSticky = booleanOf(child(child(owner, 'sticky_session_config'), 'sticky_session_enabled')) === true;
  if (isZonal && isSticky && zonalNode !== undefined) {
    check.diagnostics.error('not-applicable', zonalNode.span, 'cookies need servers of all zones', {
      expected: 'cross_zone_enabled: true, or no sticky_session_config',
    });
  }
  return {
    scheduler,
    isZonal,
    ...optional('urlParameter', urlParameterOf(check, owner, scheduler)),
    ...optional('slowStartNs', slowStartNs),
    ...optional('drainNs', drainNs),
  };
}

/** Uch has a parameter to hash, and nothing else has. */
function urlParameterOf({ diagnostics }: Check, owner: Tree, scheduler: string): string | undefined {
  const node = child(owner, 'uch_config');
  const schedulerNode = child(owner, 'scheduler');
  if (scheduler === 'Uch' && node === undefined && schedulerNode !== undefined) {
    diagnostics.error('missing-key', schedulerNode.span, 'scheduler Uch has no parameter to hash', {
      expected: 'uch_config: { type: QueryString, value: NAME }',
    });
  }
  if (scheduler !== 'Uch' && node !== undefined) {
    diagnostics.error('not-applicable', node.span, `uch_config does not apply to ${scheduler}`, {
      expected: 'scheduler: Uch',
    });
  }
  return textAt(node, 'value');
}

interface Switched {
  /** The key that switches it on, and that of its time. */
  readonly enabled: string;
  readonly span: string;
  readonly id: 'alb.slow_start_duration' | 'alb.connection_drain_timeout';
}

/** Null: off, as it is unless enabled. Undefined: on for as long as the registry says. */
function spanOf({ diagnostics }: Check, node: Tree | undefined, keys: Switched): number | null | undefined {
  const spanNode = child(node, keys.span);
  const spanNs = limitedQuantity(spanNode, 'duration', limitsOf(keys.id), diagnostics);
  if (booleanOf(child(node, keys.enabled)) === true) return spanNs;
  if (spanNode !== undefined) {
    diagnostics.error('not-applicable', spanNode.span, `${keys.span} without ${keys.enabled}`, {
      expected: `${keys.enabled}: true`,
    });
  }
  return null;
}
