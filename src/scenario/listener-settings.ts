/** The attributes of a listener that may also change while running. */
import type { ParameterId } from '../base/parameters.ts';
import { parameterSpec } from '../base/parameters.ts';
import type { Check } from './check.ts';
import type { Limits } from './reading.ts';
import { integerOf, limitedQuantity, optional, wordOf } from './reading.ts';
import type { ClbBackend, ClbListener, HealthCheck, Scheduler } from './scenario.ts';
import type { Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

const SCHEDULERS = ['wrr', 'rr', 'wlc', 'sch', 'tch'] as const;

/** The limits of a parameter hold wherever its value can be set. */
export function limitsOf(id: ParameterId): Limits {
  const { min, max } = parameterSpec(id);
  return { ...optional('min', min), ...optional('max', max) };
}

export function schedulerOf(owner: Tree): Scheduler | undefined {
  return wordOf(child(owner, 'scheduler'), SCHEDULERS);
}

export function healthCheckOf(
  check: Check,
  owner: Tree,
  protocol: ClbListener['protocol'] | undefined,
): HealthCheck {
  const prefix = protocol === 'udp' ? 'clb.udp_health_check' : 'clb.health_check';
  const time = (key: string, id: ParameterId): number | undefined =>
    limitedQuantity(child(owner, key), 'duration', limitsOf(id), check.diagnostics);
  return {
    ...optional('intervalNs', time('health_check_interval', `${prefix}_interval`)),
    ...optional('timeoutNs', time('health_check_timeout', `${prefix}_timeout`)),
    ...optional('unhealthyThreshold', integerOf(child(owner, 'unhealthy_threshold'), 2, 10)),
    ...optional('healthyThreshold', integerOf(child(owner, 'healthy_threshold'), 2, 10)),
    ...optional('port', integerOf(child(owner, 'health_check_connect_port'), 1, 65535)),
  };
}

/** Backends whose name is that of an instance; others are reported. */
export function backendsOf(check: Check, owner: Tree): ClbBackend[] {
  return serversIn(check, child(owner, 'backend_servers'));
}

export function serversIn(check: Check, servers: Tree | undefined): ClbBackend[] {
  return entriesOf(servers).flatMap(({ key, keySpan, value }) => {
    const instance = check.names.resolve(key, keySpan, 'instances')?.name;
    const weight = integerOf(value, 0, 100);
    return instance === undefined || weight === undefined ? [] : [{ instance, weight }];
  });
}
