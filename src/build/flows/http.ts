/** `kind: http`. */
import { constant, meanOf } from '../../base/distribution.ts';
import type { ClosedHttpFlow, HttpFlow, HttpRetries, OpenHttpFlow } from '../../scenario/scenario.ts';
import { HttpWorkload } from '../../traffic/http.ts';
import type { HttpSettings } from '../../traffic/http-client.ts';
import { NO_RETRIES, type RetrySettings } from '../../traffic/http-retries.ts';
import { HttpUsers } from '../../traffic/http-users.ts';
import type { Workload } from '../../traffic/workload.ts';
import type { Plant } from '../plant.ts';
import {
  type FlowBuilder,
  type FlowSite,
  meanGapNs,
  pacedOptions,
  timeoutOf,
  workloadOptions,
} from './flow-parts.ts';

const DEFAULTS = { timeout: 'traffic.http_timeout' } as const;

export const httpFlows: FlowBuilder<HttpFlow, Workload> = {
  build: (site) => {
    const { plant, flow } = site;
    const http = settingsOf(plant, flow);
    if (!isClosed(flow)) {
      const open = site as FlowSite<OpenHttpFlow>;
      return new HttpWorkload(pacedOptions(open, flow.port, DEFAULTS.timeout), http);
    }
    const { users, thinkTime } = flow;
    const failurePauseNs = plant.values.get('traffic.http_failure_pause');
    const options = workloadOptions(site, flow.port, DEFAULTS.timeout);
    return new HttpUsers(options, { users, thinkTime, failurePauseNs }, http);
  },
  plan: (plant, flow) => {
    const timeoutNs = timeoutOf(plant, flow, DEFAULTS.timeout);
    return {
      name: flow.name,
      latencyKind: 'response',
      isHttp: true,
      isOnePacket: false,
      usesTcp: true,
      timeoutNs,
      slots: flow.pool === null ? 0 : Math.max(flow.pool.connections, flow.from.length),
      ...(isClosed(flow) ? closedPlan(flow, timeoutNs) : { closedLoop: false, meanGapNs: meanGapNs(flow) }),
    };
  },
};

/**
 * Users who are not answered try again once in their time-out and think time: so sparse are the units while something
 * is broken, which is when gaps matter; and as far apart may be the attempts of users who all lost one at the same time.
 */
function closedPlan({ users, thinkTime }: ClosedHttpFlow, timeoutNs: number) {
  const cycleNs = meanOf(thinkTime) + timeoutNs;
  return { closedLoop: true, meanGapNs: cycleNs / users, leastQuietNs: cycleNs };
}

function isClosed(flow: HttpFlow): flow is ClosedHttpFlow {
  return 'users' in flow;
}

function settingsOf({ values }: Plant, flow: HttpFlow): HttpSettings {
  const { pool, connectTimeoutNs, retries } = flow;
  return {
    requestSize: flow.requestSize ?? constant(values.get('traffic.http_request_size')),
    responseSize: flow.responseSize ?? constant(values.get('traffic.http_response_size')),
    pool: pool === null ? null : { ...pool, idleTimeoutNs: pool.idleTimeoutNs ?? Number.POSITIVE_INFINITY },
    connectTimeoutNs: connectTimeoutNs ?? Number.POSITIVE_INFINITY,
    retries: retries === undefined ? NO_RETRIES : retriesOf(values, retries),
    host: flow.host ?? '',
    path: flow.path ?? '/',
  };
}

function retriesOf(values: Plant['values'], retries: HttpRetries): RetrySettings {
  const baseIntervalNs = retries.baseIntervalNs ?? values.get('traffic.http_retry_base_interval');
  return {
    limit: retries.limit ?? values.get('traffic.http_retries'),
    perTryTimeoutNs: retries.perTryTimeoutNs ?? Number.POSITIVE_INFINITY,
    baseIntervalNs,
    maxIntervalNs: retries.maxIntervalNs ?? values.get('traffic.http_retry_max_factor') * baseIntervalNs,
  };
}
