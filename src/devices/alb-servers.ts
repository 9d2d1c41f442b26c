/** Server groups of an ALB as one of its nodes knows them, and how a group picks a server for a request. */

import { type Warming, whileWarming } from '../policy/slow-start.ts';
import { textHash, urlParameter } from '../policy/url-parameter.ts';
import type { HealthProber, HealthState, ProbeSettings } from '../protocols/health-prober.ts';
import type { HttpCheck } from '../protocols/http-prober.ts';
import { type Schedulable, schedule } from './clb-scheduler.ts';

export type GroupScheduler = 'Wrr' | 'Rr' | 'Wlc' | 'Sch' | 'Uch';

const SCHEDULER_OF = { Wrr: 'wrr', Rr: 'rr', Wlc: 'wlc', Sch: 'sch' } as const;

/** `active`: requests of this node that it has not answered. */
export interface AlbServer extends Schedulable, Warming {
  readonly name: string;
  /** Null: its group has no health check, and it is always in the pool. */
  readonly prober: HealthProber | null;
  /** What this node's probes found last. */
  verdict: HealthState;
  /** Requests of this node so far. */
  requests: number;
  /** Event that last changed its place in the pool; NONE at first. */
  event: number;
}

/** What is asked, of which port, and how often; HEAD of `/` unless it says otherwise. */
export interface ServerCheck {
  readonly port: number;
  readonly settings: ProbeSettings;
  readonly http?: HttpCheck;
}

export interface ServerGroup {
  readonly name: string;
  /** Of every server, for requests. */
  readonly port: number;
  scheduler: GroupScheduler;
  /** Of Uch: the parameter of the query that it hashes. */
  readonly urlParameter?: string;
  /** Null: servers are not checked. */
  check: ServerCheck | null;
  /** How long a client's cookie keeps it at its server; null: there are no cookies. */
  readonly cookieLifeNs: number | null;
  /** How long a new server's weight grows; 0, absent: it has all of it at once. */
  readonly slowStartNs?: number;
  /** How long requests under way at a server that leaves the pool may go on; null, absent: until they end. */
  readonly drainNs?: number | null;
  readonly servers: AlbServer[];
  /** Whether an instance may serve here; absent: any may. */
  readonly accepts?: (instance: string) => boolean;
  /** Event by which an administrator last took a server away or set its weight to 0; NONE at first. */
  event: number;
}

/** Null when none has both weight and health. */
export function pickServer(
  group: ServerGroup,
  clientAddr: number,
  path: string,
  nowNs: number,
): AlbServer | null {
  const { scheduler, servers, slowStartNs = 0 } = group;
  if (scheduler === 'Uch') {
    // Requests without the parameter go in turn (assumed).
    const value = urlParameter(path, group.urlParameter ?? '');
    return schedule(value === null ? 'wrr' : 'sch', servers, textHash(value ?? ''), 0, 0);
  }
  const pick = () => schedule(SCHEDULER_OF[scheduler], servers, clientAddr, 0, 0);
  return slowStartNs === 0 ? pick() : whileWarming(servers, slowStartNs, nowNs, pick);
}

/** The server that a cookie names, whatever its weight, while it is in the pool. */
export function serverOfCookie({ cookieLifeNs, servers }: ServerGroup, cookie: string): AlbServer | null {
  if (cookieLifeNs === null) return null;
  return servers.find(({ name, isInPool }) => isInPool && name === cookie) ?? null;
}
