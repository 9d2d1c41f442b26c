// hot path
/**
 * How a listener of one node picks a server for a new connection.
 * Source: Terraform alicloud_slb_listener, `scheduler`: wrr, rr, sch (source address), tch (4-tuple); SLB
 * CreateLoadBalancerTCPListener: wlc.
 */
import { flowHash } from '../routing/flow-hash.ts';

export interface Schedulable {
  /** What hashing knows the server by. */
  readonly address: number;
  weight: number;
  isInPool: boolean;
  /** Smooth weighted round robin's running credit. */
  credit: number;
  /** What it has in hand: connections, or requests. */
  active: number;
}

export type SchedulerName = 'wrr' | 'rr' | 'wlc' | 'sch' | 'tch';

/** The chosen server, or null when none has both weight and health. */
export function schedule<T extends Schedulable>(
  scheduler: SchedulerName,
  servers: readonly T[],
  srcAddr: number,
  srcPort: number,
  dstPort: number,
): T | null {
  if (scheduler === 'sch') return byHash(servers, flowHash(srcAddr, 0, 0, 0, 0, 0));
  if (scheduler === 'tch') return byHash(servers, flowHash(srcAddr, 0, 0, srcPort, dstPort, 0));
  const mostLoad = scheduler === 'wlc' ? leastLoad(servers) : Number.POSITIVE_INFINITY;
  return byRotation(servers, scheduler === 'rr', mostLoad);
}

/** Of what a server has in hand for its weight. */
function leastLoad(servers: readonly Schedulable[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < servers.length; i++) {
    const { isInPool, weight, active } = servers[i] as Schedulable;
    if (isInPool && weight > 0 && active / weight < least) least = active / weight;
  }
  return least;
}

/**
 * Smooth weighted round robin: everyone gains its weight in credit, the richest serves and pays the total. Spreads a
 * heavy server's turns instead of bunching them. Those with more load sit out.
 */
function byRotation<T extends Schedulable>(
  servers: readonly T[],
  ignoresWeight: boolean,
  mostLoad: number,
): T | null {
  let best: T | null = null;
  let total = 0;
  for (let i = 0; i < servers.length; i++) {
    const server = servers[i] as T;
    if (!server.isInPool || server.weight === 0 || server.active / server.weight > mostLoad) continue;
    const weight = ignoresWeight ? 1 : server.weight;
    total += weight;
    server.credit += weight;
    if (best === null || server.credit > best.credit) best = server;
  }
  if (best !== null) best.credit -= total;
  return best;
}

/** Highest random weight (rendezvous) hashing: a server that leaves moves only its own clients. */
function byHash<T extends Schedulable>(servers: readonly T[], hash: number): T | null {
  let best: T | null = null;
  let bestScore = -1;
  for (let i = 0; i < servers.length; i++) {
    const server = servers[i] as T;
    if (!server.isInPool || server.weight === 0) continue;
    const draw = (flowHash(hash, server.address, 0, 0, 0, 0x5bd1e995) + 1) / 0x100000001;
    // -weight / ln(draw): shares follow weights (Schindelhauer and Schomaker 2005).
    const score = -server.weight / Math.log(draw);
    if (score > bestScore) {
      bestScore = score;
      best = server;
    }
  }
  return best;
}
