/**
 * Keepalive of one connection (RFC 9293 section 3.8.4, SO_KEEPALIVE of Linux): when nothing has been heard for the idle
 * time, probes at an interval, and after so many without an answer the connection is dead. The timer is set once
 * and looks when it fires how long the silence is, so segments only note their time.
 */
import type { KeepaliveSettings } from './tcp-settings.ts';

/** What the socket must do now. */
export type KeepaliveVerdict = 'wait' | 'probe' | 'dead';

export class Keepalive {
  /** When to ask again. */
  dueNs = 0;
  private readonly settings: KeepaliveSettings;
  private readonly userTimeoutNs: number;
  private probes = 0;
  private lastHeardNs = 0;

  constructor(settings: KeepaliveSettings, userTimeoutNs: number) {
    this.settings = settings;
    this.userTimeoutNs = userTimeoutNs;
  }

  heard(nowNs: number): void {
    this.lastHeardNs = nowNs;
    this.probes = 0;
  }

  /** `isBusy`: data is under way, so that retransmission finds out instead. */
  check(nowNs: number, isBusy: boolean): KeepaliveVerdict {
    const { idleNs, intervalNs, probes } = this.settings;
    const silentNs = nowNs - this.lastHeardNs;
    if (isBusy || silentNs < idleNs) {
      this.dueNs = isBusy ? nowNs + idleNs : this.lastHeardNs + idleNs;
      return 'wait';
    }
    const isOver =
      this.userTimeoutNs > 0 ? this.probes > 0 && silentNs >= this.userTimeoutNs : this.probes >= probes;
    if (isOver) return 'dead';
    this.probes++;
    this.dueNs = nowNs + intervalNs;
    return 'probe';
  }
}
