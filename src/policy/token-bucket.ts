// hot path
/**
 * Token bucket as one theoretical arrival time (the GCRA of ITU-T I.371): a packet conforms when the time by which
 * all accepted bits would have drained at the rate lies no further ahead than a full bucket reaches.
 *
 *   now            drainedAt               now + depth
 *    |--- ahead --->|--- this packet --->|      |          conforms, and moves drainedAt to its end
 *
 * Both times are kept exactly, as whole ns plus remainder / rate: no rounding per packet, no product that grows with
 * the length of a run or the depth of the bucket. Rates (bit/s) and bursts (bytes) are whole numbers.
 */
import { assert } from '../base/assert.ts';

const BITS_NS_PER_BYTE = 8_000_000_000n;

export class TokenBucket {
  private rateBps: number;
  private burstBytes: number;
  /** How far ahead of now a full bucket reaches, as depthNs + depthRemainder / rate. */
  private depthNs = 0;
  private depthRemainder = 0;
  private drainedAtNs = 0;
  /** Part of a nanosecond beyond drainedAtNs, as remainder / rate. */
  private remainder = 0;

  constructor(rateBps: number, burstBytes: number) {
    this.rateBps = rateBps;
    this.burstBytes = burstBytes;
    this.setDepth(rateBps, burstBytes);
  }

  /** Takes the packet's bits and says true, or leaves the bucket as it is and says false. */
  take(lengthBytes: number, nowNs: number): boolean {
    const { rateBps } = this;
    const isFull = this.drainedAtNs < nowNs;
    // Bits times 1e9 stay below 2^53 for any IP packet, so the division is exact after its correction.
    const work = lengthBytes * 8e9 + (isFull ? 0 : this.remainder);
    let spentNs = Math.floor(work / rateBps);
    let remainder = work - spentNs * rateBps;
    if (remainder < 0) {
      spentNs--;
      remainder += rateBps;
    } else if (remainder >= rateBps) {
      spentNs++;
      remainder -= rateBps;
    }
    const drainedAtNs = (isFull ? nowNs : this.drainedAtNs) + spentNs;
    const aheadNs = drainedAtNs - nowNs;
    if (aheadNs > this.depthNs || (aheadNs === this.depthNs && remainder > this.depthRemainder)) return false;
    this.drainedAtNs = drainedAtNs;
    this.remainder = remainder;
    return true;
  }

  /** A new rate and burst act at once: what is in the bucket stays, as far as the new one holds it. */
  change(rateBps: number, burstBytes: number, nowNs: number): void {
    const owed = this.drainedAtNs < nowNs ? 0n : this.owed(nowNs);
    const left = BigInt(this.burstBytes) * BITS_NS_PER_BYTE - owed;
    const most = BigInt(burstBytes) * BITS_NS_PER_BYTE;
    const owedNow = left > most ? 0n : most - left;
    this.drainedAtNs = nowNs + Number(owedNow / BigInt(rateBps));
    this.remainder = Number(owedNow % BigInt(rateBps));
    this.rateBps = rateBps;
    this.burstBytes = burstBytes;
    this.setDepth(rateBps, burstBytes);
  }

  /** Bits times 1e9 that are taken and not yet refilled. */
  private owed(nowNs: number): bigint {
    return BigInt(this.drainedAtNs - nowNs) * BigInt(this.rateBps) + BigInt(this.remainder);
  }

  private setDepth(rateBps: number, burstBytes: number): void {
    assert(rateBps > 0 && Number.isInteger(rateBps), 'a bucket is filled at a whole number of bits a second');
    assert(burstBytes > 0 && Number.isInteger(burstBytes), 'a bucket holds a whole number of bytes');
    const depth = BigInt(burstBytes) * BITS_NS_PER_BYTE;
    this.depthNs = Number(depth / BigInt(rateBps));
    this.depthRemainder = Number(depth % BigInt(rateBps));
  }
}
