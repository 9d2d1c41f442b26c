// hot path
/**
 * A limit that several servers hold together: each passes an equal share of it, and the hash of a packet's flow says
 * which one the packet is on. One flow gets one share at most, however idle the other servers are.
 */
import { TokenBucket } from './token-bucket.ts';

export class SplitBucket {
  private readonly buckets: TokenBucket[] = [];

  /** `burstBytes`: of each server. */
  constructor(rateBps: number, burstBytes: number, servers: number) {
    for (let server = 0; server < servers; server++)
      this.buckets.push(new TokenBucket(shareOf(rateBps, server, servers), burstBytes));
  }

  /** `hash`: a whole number from 0. */
  take(hash: number, lengthBytes: number, nowNs: number): boolean {
    const { buckets } = this;
    return (buckets[hash % buckets.length] as TokenBucket).take(lengthBytes, nowNs);
  }

  change(rateBps: number, burstBytes: number, nowNs: number): void {
    const { buckets } = this;
    for (let server = 0; server < buckets.length; server++)
      (buckets[server] as TokenBucket).change(shareOf(rateBps, server, buckets.length), burstBytes, nowNs);
  }
}

/** Whole bits a second that add up to the rate. */
function shareOf(rateBps: number, server: number, servers: number): number {
  return Math.floor((rateBps * (server + 1)) / servers) - Math.floor((rateBps * server) / servers);
}
