// hot path
/**
 * Token bucket as one theoretical arrival time (the GCRA of ITU-T I.371): a packet conforms when the time by which
 * all accepted bits would have drained at the rate lies no further ahead than the burst allows. Kept exactly, as
 * whole ns plus remainder / rate: no rounding per packet, nothing that grows with the length of a run.
 */
export class TokenBucket {
  private rateBps: number;
  private burstBytes: number;
  private drainedAtNs = 0;
  /** Part of a nanosecond beyond drainedAtNs, as remainder / rate. */
  private remainder = 0;

  constructor(rateBps: number, burstBytes: number) {
    this.rateBps = rateBps;
    this.burstBytes = burstBytes;
  }

  /** Takes the packet's bits and says true, or leaves the bucket as it is and says false. */
  take(lengthBytes: number, nowNs: number): boolean {
    const { rateBps } = this;
    const isFull = this.drainedAtNs < nowNs;
    const aheadNs = isFull ? 0 : this.drainedAtNs - nowNs;
    const rest = isFull ? 0 : this.remainder;
    const work = lengthBytes * 8e9 + rest;
    // In bits x 1e9; beyond a burst of about 1 MB the comparison, not the taking, is exact to a part in 2^53.
    if (aheadNs * rateBps + work > this.burstBytes * 8e9) return false;
    let spentNs = Math.floor(work / rateBps);
    let remainder = work - spentNs * rateBps;
    if (remainder < 0) {
      spentNs--;
      remainder += rateBps;
    } else if (remainder >= rateBps) {
      spentNs++;
      remainder -= rateBps;
    }
    this.drainedAtNs = (isFull ? nowNs : this.drainedAtNs) + spentNs;
    this.remainder = remainder;
    return true;
  }

  /** A new rate and burst act at once: what is in the bucket stays, as far as the new one holds it. */
  change(rateBps: number, burstBytes: number, nowNs: number): void {
    const isFull = this.drainedAtNs < nowNs;
    const taken = isFull ? 0 : (this.drainedAtNs - nowNs) * this.rateBps + this.remainder;
    const left = Math.min(this.burstBytes * 8e9 - taken, burstBytes * 8e9);
    const owed = burstBytes * 8e9 - left;
    this.drainedAtNs = nowNs + Math.floor(owed / rateBps);
    this.remainder = owed % rateBps;
    this.rateBps = rateBps;
    this.burstBytes = burstBytes;
  }
}
