/**
 * How the rate of a flow changes: step functions of the time since the flow's start, handed out step by step in order.
 * Owns nothing of when units come: that is the pacer's.
 */
import { type Distribution, sample } from '../base/distribution.ts';
import type { RandomStream } from '../base/random.ts';
import { SECOND_NS } from '../base/units.ts';

export interface RateStep {
  /** Offset at which the next step begins; infinite for the last one. */
  readonly untilNs: number;
  /** Units per ns. */
  readonly perNs: number;
}

export interface RateCurve {
  /** The step after the one answered last. */
  nextStep(): RateStep;
}

/** `values[i]` units per second from `timesNs[i]` on, and none before. */
export interface RateSteps {
  readonly timesNs: readonly number[];
  readonly values: readonly number[];
}

/** Nothing before the first row; the last one stays. */
export class MeasuredRate implements RateCurve {
  private readonly steps: RateSteps;
  private row = -1;

  constructor(steps: RateSteps) {
    this.steps = steps;
  }

  nextStep(): RateStep {
    const { timesNs, values } = this.steps;
    const perNs = (values[this.row] ?? 0) / SECOND_NS;
    this.row++;
    return { untilNs: timesNs[this.row] ?? Number.POSITIVE_INFINITY, perNs };
  }
}

/** Lengths of the periods of a source that sends and pauses in turn. */
export interface OnOff {
  readonly on: Distribution;
  readonly off: Distribution;
}

/** One rate while on and none while off; it begins with a pause, as the OnOff source of ns-3 does. */
export class OnOffRate implements RateCurve {
  private readonly perNs: number;
  private readonly periods: OnOff;
  private readonly onRandom: RandomStream;
  private readonly offRandom: RandomStream;
  private untilNs = 0;
  private isOn = true;

  constructor(ratePerSecond: number, periods: OnOff, onRandom: RandomStream, offRandom: RandomStream) {
    this.perNs = ratePerSecond / SECOND_NS;
    this.periods = periods;
    this.onRandom = onRandom;
    this.offRandom = offRandom;
  }

  nextStep(): RateStep {
    this.isOn = !this.isOn;
    const { on, off } = this.periods;
    this.untilNs += this.isOn ? sample(on, this.onRandom) : sample(off, this.offRandom);
    return { untilNs: this.untilNs, perNs: this.isOn ? this.perNs : 0 };
  }
}
