/** A rate that may change while it is in force, and the event to blame for what it drops. */
import { NONE } from '../base/brand.ts';
import { TokenBucket } from './token-bucket.ts';

export class RateLimiter {
  /** Event that lowered the rate; NONE when it is as first set, or was raised. */
  event: number = NONE;
  private readonly bucket: TokenBucket;
  private rateBps: number;

  constructor(rateBps: number, burstBytes: number) {
    this.bucket = new TokenBucket(rateBps, burstBytes);
    this.rateBps = rateBps;
  }

  take(lengthBytes: number, nowNs: number): boolean {
    return this.bucket.take(lengthBytes, nowNs);
  }

  /** A rate that stays is left alone, with whom to blame for it. */
  change(rateBps: number, burstBytes: number, nowNs: number, event: number): void {
    if (rateBps === this.rateBps) return;
    this.bucket.change(rateBps, burstBytes, nowNs);
    this.event = rateBps < this.rateBps ? event : NONE;
    this.rateBps = rateBps;
  }
}
