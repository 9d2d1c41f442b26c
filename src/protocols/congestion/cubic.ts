/**
 * CUBIC (RFC 9438): after a loss the window grows along C (t - K)^3 + W_max, t from the start of congestion avoidance,
 * never slower than Reno would on average (section 4.3), with fast convergence (section 4.7). Leaves out HyStart++ and
 * spurious congestion events (section 4.9). Windows inside are in segments, times in seconds, as in the RFC.
 */
import { SECOND_NS } from '../../base/units.ts';
import { CongestionControl } from './congestion-control.ts';

/** Section 4.1 and 4.6; Linux 6.6: bic_scale 41 of 100, beta 717 of 1024. */
const CUBIC_C = 0.4;
const CUBIC_BETA = 0.7;
const NOT_STARTED = -1;

export class Cubic extends CongestionControl {
  protected readonly decrease = CUBIC_BETA;
  /** W_max: where the plateau of the curve is; 0 before the first loss. */
  private plateau = 0;
  private windowBeforeLoss = 0;
  /** Start of this congestion avoidance stage; NOT_STARTED outside. */
  private epochNs = NOT_STARTED;
  private offsetSeconds = 0;
  private renoWindow = 0;
  private isAfterTimeout = false;

  protected avoidCongestion(bytes: number, nowNs: number, smoothedRttNs: number): void {
    if (this.epochNs === NOT_STARTED) this.startEpoch(nowNs);
    const segments = bytes / this.segmentBytes;
    const window = this.windowBytes / this.segmentBytes;
    const elapsed = (nowNs - this.epochNs) / SECOND_NS;
    // Section 4.3: as steep as Reno from where the window was when the loss came.
    const slope = this.renoWindow >= this.windowBeforeLoss ? 1 : (3 * (1 - CUBIC_BETA)) / (1 + CUBIC_BETA);
    this.renoWindow += (slope * segments) / window;
    if (this.curve(elapsed) < this.renoWindow) {
      this.windowBytes = Math.max(window, this.renoWindow) * this.segmentBytes;
      return;
    }
    const aim = this.curve(elapsed + smoothedRttNs / SECOND_NS);
    const target = Math.min(Math.max(aim, window), 1.5 * window);
    this.windowBytes += ((target - window) / window) * segments * this.segmentBytes;
  }

  protected override restartAvoidance(): void {
    this.epochNs = NOT_STARTED;
    this.isAfterTimeout = true;
  }

  protected override shiftAvoidance(idleNs: number): void {
    if (this.epochNs !== NOT_STARTED) this.epochNs += idleNs;
  }

  protected override noteReduction(): void {
    const window = this.windowBytes / this.segmentBytes;
    // Section 4.7: a flow that loses below its last plateau makes room for newer ones.
    this.plateau = window < this.plateau ? (window * (1 + CUBIC_BETA)) / 2 : window;
    this.windowBeforeLoss = window;
    this.epochNs = NOT_STARTED;
    this.isAfterTimeout = false;
  }

  /** W_cubic(t). */
  private curve(seconds: number): number {
    const t = seconds - this.offsetSeconds;
    return CUBIC_C * t * t * t + this.plateau;
  }

  private startEpoch(nowNs: number): void {
    const window = this.windowBytes / this.segmentBytes;
    this.epochNs = nowNs;
    this.renoWindow = window;
    // Section 4.8: after a time-out, or slow start that ended without a loss, the plateau is where we are.
    if (this.isAfterTimeout || this.plateau < window) {
      this.plateau = window;
      this.offsetSeconds = 0;
      this.isAfterTimeout = false;
      return;
    }
    this.offsetSeconds = Math.cbrt((this.plateau - window) / CUBIC_C);
  }
}
