/** Server groups of an ALB as one of its nodes knows them, and how a group picks a server for a request. */
import type { HealthProber, HealthState, ProbeSettings } from '../protocols/health-prober.ts';
import type { HttpCheck } from '../protocols/http-prober.ts';
import { type Schedulable, schedule } from './clb-scheduler.ts';

export type GroupScheduler = 'Wrr' | 'Rr' | 'Wlc' | 'Sch';

const SCHEDULER_OF = { Wrr: 'wrr', Rr: 'rr', Wlc: 'wlc', Sch: 'sch' } as const;

/** `active`: requests of this node that it has not answered. */
export interface AlbServer extends Schedulable {
  readonly name: string;
  /** Null: its group has no health check, and it is always in the pool. */
  readonly prober: HealthProber | null;
  /** What this node's probes found last. */
  verdict: HealthState;
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
  /** Null: servers are not checked. */
  check: ServerCheck | null;
  /** How long a client's cookie keeps it at its server; null: there are no cookies. */
  readonly cookieLifeNs: number | null;
  readonly servers: AlbServer[];
  /** Event by which an administrator last took a server away or set its weight to 0; NONE at first. */
  event: number;
}

/** Null when none has both weight and health. */
export function pickServer({ scheduler, servers }: ServerGroup, clientAddr: number): AlbServer | null {
  return schedule(SCHEDULER_OF[scheduler], servers, clientAddr, 0, 0);
}

/** The server that a cookie names, whatever its weight, while it is in the pool. */
export function serverOfCookie({ cookieLifeNs, servers }: ServerGroup, cookie: string): AlbServer | null {
  if (cookieLifeNs === null) return null;
  return servers.find(({ name, isInPool }) => isInPool && name === cookie) ?? null;
}
