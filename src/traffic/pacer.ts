/**
 * When a flow offers its units. Constant: every 1/rate from a random phase, by multiplication, so nothing drifts.
 * Poisson: exponential gaps. Where the rate changes the same is done with the units that have fallen due by then, the
 * integral of the rate: the n-th unit comes when that reaches phase + n, or the sum of n exponential draws of mean 1. So
 * no unit is lost where one step meets the next.
 */
import type { RandomStream, RandomStreams } from '../base/random.ts';
import { SECOND_NS } from '../base/units.ts';
import {
  MeasuredRate,
  type OnOff,
  OnOffRate,
  type RateCurve,
  type RateStep,
  type RateSteps,
} from './rate-curve.ts';

export type Arrivals = 'constant' | 'poisson' | 'on-off';

/** How a flow is paced; `ratePerSecond` is the one while on, and of no account where steps or times are given. */
export interface Pacing {
  readonly ratePerSecond: number;
  readonly arrivals: Arrivals;
  readonly rateSteps?: RateSteps | undefined;
  /** With arrivals `on-off`. */
  readonly onOff?: OnOff | undefined;
  /** Offsets of all units, as recorded. */
  readonly unitTimesNs?: readonly number[] | undefined;
}

export interface UnitClock {
  /** Offset of the next unit from the flow's start, in ns; infinite when there is none to come. */
  next(): number;
}

/** The clock of the flow `name`. */
export function buildClock(pacing: Pacing, streams: RandomStreams, name: string): UnitClock {
  const { ratePerSecond, arrivals, rateSteps, onOff, unitTimesNs } = pacing;
  if (unitTimesNs !== undefined) return new RecordedClock(unitTimesNs);
  const random = streams.stream(name, 'arrivals');
  if (onOff !== undefined) {
    const [on, off] = [streams.stream(name, 'on periods'), streams.stream(name, 'off periods')];
    return new CurvePacer(new OnOffRate(ratePerSecond, onOff, on, off), false, random);
  }
  if (rateSteps !== undefined)
    return new CurvePacer(new MeasuredRate(rateSteps), arrivals === 'poisson', random);
  return new Pacer(ratePerSecond, arrivals === 'poisson' ? 'poisson' : 'constant', random);
}

/** At one rate. */
export class Pacer implements UnitClock {
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

  next(): number {
    if (this.isPoisson) {
      this.elapsedNs += this.random.exponential(this.gapNs);
      return Math.floor(this.elapsedNs);
    }
    return Math.floor(this.phaseNs + this.index++ * this.gapNs);
  }
}

/** At a rate that changes. */
class CurvePacer implements UnitClock {
  private readonly curve: RateCurve;
  private readonly isPoisson: boolean;
  private readonly random: RandomStream;
  private readonly phase: number;
  private index = 0;
  private sum = 0;
  private step: RateStep;
  private startNs = 0;
  /** Units due when the step began. */
  private unitsBefore = 0;

  constructor(curve: RateCurve, isPoisson: boolean, random: RandomStream) {
    this.curve = curve;
    this.isPoisson = isPoisson;
    this.random = random;
    this.phase = random.uniform();
    this.step = curve.nextStep();
  }

  next(): number {
    const due = this.nextDue();
    for (;;) {
      const { untilNs, perNs } = this.step;
      const units = perNs === 0 ? 0 : (untilNs - this.startNs) * perNs;
      if (due < this.unitsBefore + units)
        return Math.floor(this.startNs + Math.max(0, due - this.unitsBefore) / perNs);
      if (untilNs === Number.POSITIVE_INFINITY) return untilNs;
      this.unitsBefore += units;
      this.startNs = untilNs;
      this.step = this.curve.nextStep();
    }
  }

  /** The integral of the rate at which the next unit comes. */
  private nextDue(): number {
    if (!this.isPoisson) return this.phase + this.index++;
    this.sum += this.random.exponential(1);
    return this.sum;
  }
}

/** At the times of a record. */
class RecordedClock implements UnitClock {
  private readonly timesNs: readonly number[];
  private index = 0;

  constructor(timesNs: readonly number[]) {
    this.timesNs = timesNs;
  }

  next(): number {
    return this.timesNs[this.index++] ?? Number.POSITIVE_INFINITY;
  }
}
