/**
 * When a flow offers its units. Constant: every 1/rate from a random phase, by multiplication, so nothing drifts.
 * Poisson: exponential gaps.
 */
import type { RandomStream } from '../base/random.ts';
import { SECOND_NS } from '../base/units.ts';

export class Pacer {
  private readonly gapNs: number;
  private readonly random: RandomStream;
  private readonly isPoisson: boolean;
  private readonly phaseNs: number;
  private index = 0;
  private elapsedNs = 0;

  constructor(ratePerSecond: number, arrivals: 'constant' | 'poisson', random: RandomStream) {
    this.gapNs = SECOND_NS / ratePerSecond;
    this.random = random;
    this.isPoisson = arrivals === 'poisson';
    this.phaseNs = random.uniform() * this.gapNs;
  }

  /** Offset of the next unit from the flow's start, in ns. */
  next(): number {
    if (this.isPoisson) {
      this.elapsedNs += this.random.exponential(this.gapNs);
      return Math.floor(this.elapsedNs);
    }
    return Math.floor(this.phaseNs + this.index++ * this.gapNs);
  }
}
