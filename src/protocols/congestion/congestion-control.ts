/**
 * How much a connection may have under way: slow start, what ends it, and the seam between the algorithms. Owns the
 * congestion window and the slow start threshold, in bytes; does not own loss detection, which tells it.
 * Source: RFC 5681 section 3.1, RFC 6928; bytes are counted as RFC 3465 has it, without its limit L, as Linux does.
 */

export abstract class CongestionControl {
  windowBytes = 0;
  thresholdBytes = Number.POSITIVE_INFINITY;
  protected segmentBytes = 0;

  /** The handshake has settled how large a segment is. */
  start(segmentBytes: number, initialSegments: number): void {
    this.segmentBytes = segmentBytes;
    this.windowBytes = initialSegments * segmentBytes;
  }

  get isInSlowStart(): boolean {
    return this.windowBytes < this.thresholdBytes;
  }

  /** The path takes smaller segments from now on; the window stays what it is in bytes. */
  setSegmentBytes(segmentBytes: number): void {
    this.segmentBytes = segmentBytes;
  }

  /** Bytes arrived, by cumulative or selective acknowledgement, while the window was what held the sender back. */
  onDelivered(bytes: number, nowNs: number, smoothedRttNs: number): void {
    let rest = bytes;
    if (this.isInSlowStart) {
      const step = Math.min(rest, this.thresholdBytes - this.windowBytes);
      this.windowBytes += step;
      rest -= step;
    }
    if (rest > 0) this.avoidCongestion(rest, nowNs, smoothedRttNs);
  }

  /** Fast recovery begins, or a probe showed a loss; `flightBytes` were under way. */
  onLoss(flightBytes: number): void {
    this.lowerThreshold(flightBytes);
    this.windowBytes = this.thresholdBytes;
  }

  /** The retransmission time-out expired. A repeated one leaves the threshold alone (RFC 5681 section 3.1). */
  onTimeout(flightBytes: number, isRepeated: boolean): void {
    if (!isRepeated) this.lowerThreshold(flightBytes);
    this.windowBytes = this.segmentBytes;
    this.restartAvoidance();
  }

  /** No more than this for now; the threshold stays. */
  limit(bytes: number): void {
    this.windowBytes = Math.min(this.windowBytes, bytes);
  }

  /** Nothing was sent for this long: the window halves for every time-out in it, as Linux does (RFC 2861). */
  onIdle(idleNs: number, timeoutNs: number, restartBytes: number): void {
    this.thresholdBytes = Math.max(this.thresholdBytes, (3 / 4) * this.windowBytes);
    const floorBytes = Math.min(restartBytes, this.windowBytes);
    for (let left = idleNs - timeoutNs; left > 0 && this.windowBytes > floorBytes; left -= timeoutNs) {
      this.windowBytes /= 2;
    }
    this.windowBytes = Math.max(this.windowBytes, floorBytes);
    this.shiftAvoidance(idleNs);
  }

  /** Factor that a loss multiplies the window by. */
  protected abstract readonly decrease: number;
  protected abstract avoidCongestion(bytes: number, nowNs: number, smoothedRttNs: number): void;

  /** The next congestion avoidance starts afresh. */
  protected restartAvoidance(): void {}
  /** Time that does not count as congestion avoidance. */
  protected shiftAvoidance(_idleNs: number): void {}
  /** Called with the window before the reduction. */
  protected noteReduction(): void {}

  private lowerThreshold(flightBytes: number): void {
    this.noteReduction();
    const usedBytes = Math.min(this.windowBytes, flightBytes);
    this.thresholdBytes = Math.max(2 * this.segmentBytes, this.decrease * usedBytes);
  }
}
