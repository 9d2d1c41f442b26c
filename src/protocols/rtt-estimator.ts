/** Retransmission time-out after RFC 6298: smoothed round-trip time plus four deviations, doubled on expiry. */
import type { TcpSettings } from './tcp-settings.ts';

export class RttEstimator {
  private readonly settings: TcpSettings;
  private smoothedNs = -1;
  private deviationNs = 0;
  private rtoNs: number;
  private expiries = 0;

  constructor(settings: TcpSettings) {
    this.settings = settings;
    this.rtoNs = settings.initialRtoNs;
  }

  /** The time-out to arm now, back-off included. */
  get timeoutNs(): number {
    let timeoutNs = this.rtoNs;
    for (let i = 0; i < this.expiries && timeoutNs < this.settings.maxRtoNs; i++) timeoutNs *= 2;
    return Math.min(timeoutNs, this.settings.maxRtoNs);
  }

  /** A round trip of something sent once (Karn's algorithm: never of a retransmission). */
  sample(roundTripNs: number): void {
    if (this.smoothedNs < 0) {
      this.smoothedNs = roundTripNs;
      this.deviationNs = roundTripNs / 2;
    } else {
      this.deviationNs += (Math.abs(this.smoothedNs - roundTripNs) - this.deviationNs) / 4;
      this.smoothedNs += (roundTripNs - this.smoothedNs) / 8;
    }
    const { minRtoNs, maxRtoNs } = this.settings;
    // As Linux has it, the minimum bounds the deviation's share, so a stable path keeps rtt + 200 ms.
    const rtoNs = this.smoothedNs + Math.max(minRtoNs, 4 * this.deviationNs);
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
