/**
 * What one node of a cluster carries at most: its share of the bandwidth of the instance, which is the ceiling of a
 * single connection too, and of the connections and new connections a second of its specification.
 * Source: CLB FAQ: bandwidth / (N - 1) for one connection, N nodes; that the other limits are shared alike is assumed.
 */
import { NONE } from '../base/brand.ts';
import { dropReason } from '../network/drop-reason.ts';
import { drop, type Verdict } from '../network/verdict.ts';
import { RateLimiter } from '../policy/rate-limiter.ts';

const CONN_LIMIT = drop(dropReason('conn-limit'));
const CPS_LIMIT = drop(dropReason('cps-limit'));

export interface Specification {
  readonly connections: number;
  readonly connectionsPerSecond: number;
}

export class ClbLimits {
  /** Null: no limit. */
  bandwidth: RateLimiter | null = null;
  /** Event that last changed the specification; NONE at first. */
  specEvent: number = NONE;
  private connections = Number.POSITIVE_INFINITY;
  /** A connection is a byte of it. */
  private rate: RateLimiter | null = null;

  setBandwidth(rateBps: number, burstBytes: number, nowNs: number, event: number): void {
    if (this.bandwidth === null) this.bandwidth = new RateLimiter(rateBps, burstBytes);
    else this.bandwidth.change(rateBps, burstBytes, nowNs, event);
  }

  /** The node's share. What is open stays open. */
  setSpecification(
    { connections, connectionsPerSecond }: Specification,
    burst: number,
    nowNs: number,
    event: number,
  ): void {
    this.connections = connections;
    const bps = connectionsPerSecond * 8;
    if (this.rate === null) this.rate = new RateLimiter(bps, burst);
    else this.rate.change(bps, burst, nowNs, event);
    this.specEvent = event;
  }

  /** Why there is no room for one more connection beside so many; null if there is. */
  refuse(open: number, nowNs: number): Verdict | null {
    if (open >= this.connections) return CONN_LIMIT;
    return this.rate === null || this.rate.take(1, nowNs) ? null : CPS_LIMIT;
  }
}
