/** Retransmission time-out after RFC 6298: smoothed round-trip time plus four deviations, doubled on expiry. */
import type { TcpSettings } from './tcp-settings.ts';

export class RttEstimator {
  private readonly settings: TcpSettings;
  /** The shortest round trip so far; Infinity before the first. */
  minNs = Number.POSITIVE_INFINITY;
  private smoothed = -1;
  private deviationNs = 0;
  private rtoNs: number;
  private expiries = 0;

  constructor(settings: TcpSettings) {
    this.settings = settings;
    this.rtoNs = settings.initialRtoNs;
  }

  /** -1 before the first sample. */
  get smoothedNs(): number {
    return this.smoothed;
  }

  /** The time-out to arm now, back-off included. */
  get timeoutNs(): number {
    return this.backedOffNs(this.expiries);
  }

  /** The time-out after that many doublings, up to the maximum. */
  backedOffNs(doublings: number): number {
    const { maxRtoNs } = this.settings;
    let timeoutNs = this.rtoNs;
    for (let i = 0; i < doublings && timeoutNs < maxRtoNs; i++) timeoutNs *= 2;
    return Math.min(timeoutNs, maxRtoNs);
  }

  /** A round trip of something sent once (Karn's algorithm), or of a time stamp that came back. */
  sample(roundTripNs: number): void {
    if (roundTripNs < this.minNs) this.minNs = roundTripNs;
    if (this.smoothed < 0) {
      this.smoothed = roundTripNs;
      this.deviationNs = roundTripNs / 2;
    } else {
      this.deviationNs += (Math.abs(this.smoothed - roundTripNs) - this.deviationNs) / 4;
      this.smoothed += (roundTripNs - this.smoothed) / 8;
    }
    const { minRtoNs, maxRtoNs } = this.settings;
    // As Linux has it, the minimum bounds the deviation's share, so a stable path keeps rtt + 200 ms.
    const rtoNs = this.smoothed + Math.max(minRtoNs, 4 * this.deviationNs);
    this.rtoNs = Math.round(Math.min(rtoNs, maxRtoNs));
  }

  backOff(): void {
    this.expiries++;
  }

  /** New data was acknowledged. */
  progress(): void {
    this.expiries = 0;
  }
}
