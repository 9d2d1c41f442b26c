// hot path
/**
 * Whether the congestion window is what holds a sender back, judged once a window: one that is not used must not grow
 * (Linux: tcp_cwnd_validate).
 */
import type { CongestionControl } from './congestion-control.ts';

export class WindowUsage {
  private isUsed = false;
  private largestFlight = 0;
  /** Offset whose acknowledgement ends the window that is judged. */
  private endOffset = 0;

  /** Something was sent, or (`isHeld`) the congestion window forbade it; `flightBytes` are under way from `una` to `next`. */
  note(isHeld: boolean, una: number, next: number, flightBytes: number): void {
    if (una < this.endOffset && !isHeld && (this.isUsed || flightBytes <= this.largestFlight)) return;
    this.isUsed = isHeld;
    this.largestFlight = flightBytes;
    this.endOffset = next;
  }

  /** Whether more window would have meant more data: in slow start half of it in use is enough. */
  wasHeldBack(congestion: CongestionControl): boolean {
    if (this.isUsed) return true;
    return congestion.isInSlowStart && congestion.windowBytes < 2 * this.largestFlight;
  }
}
