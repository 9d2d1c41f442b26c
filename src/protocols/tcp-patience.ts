// hot path
/** When a sender gives up a peer that does not answer: after its retries, or by the user time-out where there is one. */
import type { TcpSettings } from './tcp-settings.ts';

export class Patience {
  private readonly settings: TcpSettings;
  /** 0: none. */
  private readonly userTimeoutNs: number;

  constructor(settings: TcpSettings, userTimeoutNs: number) {
    this.settings = settings;
    this.userTimeoutNs = userTimeoutNs;
  }

  /** Whether data that was sent again so long ago for the first time has been waited for enough. */
  isOverForData(waitedNs: number): boolean {
    return waitedNs >= (this.userTimeoutNs > 0 ? this.userTimeoutNs : this.retriesNs());
  }

  /** Whether so many probes of a shut window, the first one so long ago, are enough. */
  isOverForProbes(probes: number, waitedNs: number): boolean {
    if (this.userTimeoutNs > 0) return probes > 0 && waitedNs >= this.userTimeoutNs;
    return probes >= this.settings.retries;
  }

  /** When a timer that is due at `atNs` must fire, where data was sent again for the first time at `firstRepeatNs` or never (-1). */
  boundNs(atNs: number, firstRepeatNs: number, nowNs: number): number {
    if (this.userTimeoutNs === 0 || firstRepeatNs < 0) return atNs;
    return Math.min(atNs, Math.max(firstRepeatNs + this.userTimeoutNs, nowNs));
  }

  /** Linux: as long as tcp_retries2 time-outs would take that begin with the minimum and double up to the maximum. */
  private retriesNs(): number {
    const { retries, minRtoNs, maxRtoNs } = this.settings;
    let sumNs = 0;
    let stepNs = minRtoNs;
    for (let i = 0; i <= retries; i++) {
      sumNs += Math.min(stepNs, maxRtoNs);
      stepNs = Math.min(2 * stepNs, maxRtoNs);
    }
    return sumNs;
  }
}
