/** Congestion avoidance of RFC 5681: one segment more per window of bytes acknowledged; half after a loss. */
import { CongestionControl } from './congestion-control.ts';

export class NewReno extends CongestionControl {
  protected readonly decrease = 1 / 2;
  private countedBytes = 0;

  protected avoidCongestion(bytes: number): void {
    this.countedBytes += bytes;
    while (this.countedBytes >= this.windowBytes) {
      this.countedBytes -= this.windowBytes;
      this.windowBytes += this.segmentBytes;
    }
  }

  protected override noteReduction(): void {
    this.countedBytes = 0;
  }
}
