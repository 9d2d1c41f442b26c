/** What one flow did in each step of the run. Steps are added as time reaches them; figures are worked out at the end. */
import { SECOND_NS } from '../base/units.ts';
import type { FlowSeriesResult } from './result.ts';

/** Values of one result, over all flows, and of one flow. */
const MOST_VALUES = 100_000;
const MOST_STEPS = 10_000;

/** A whole multiple of the step wished for, so long that the series of so many flows stay within bounds. */
export function seriesStepNs(wishedNs: number, durationNs: number, flows: number): number {
  const steps = Math.max(1, Math.min(MOST_STEPS, Math.floor(MOST_VALUES / Math.max(1, flows))));
  return wishedNs * Math.max(1, Math.ceil(durationNs / (wishedNs * steps)));
}

export class FlowSeries {
  private readonly stepNs: number;
  private readonly bytes: number[] = [];
  private readonly retransmitted: number[] = [];
  private readonly roundTripSumNs: number[] = [];
  private readonly roundTrips: number[] = [];

  constructor(stepNs: number) {
    this.stepNs = stepNs;
  }

  addDelivered(nowNs: number, bytes: number): void {
    this.add(this.bytes, nowNs, bytes);
  }

  addRetransmission(nowNs: number): void {
    this.add(this.retransmitted, nowNs, 1);
  }

  addRoundTrip(nowNs: number, roundTripNs: number): void {
    this.add(this.roundTripSumNs, nowNs, roundTripNs);
    this.add(this.roundTrips, nowNs, 1);
  }

  /** Steps up to `endNs`, the last of which may be cut short. */
  describe(endNs: number, usesTcp: boolean): FlowSeriesResult {
    const count = Math.ceil(endNs / this.stepNs);
    const steps = Array.from({ length: count }, (_, step) => step);
    return {
      goodputBps: steps.map((step) => this.goodputBps(step, endNs)),
      retransmitted: usesTcp ? steps.map((step) => this.retransmitted[step] ?? 0) : [],
      roundTripNs: usesTcp ? steps.map((step) => this.meanRoundTripNs(step)) : [],
    };
  }

  private goodputBps(step: number, endNs: number): number {
    const lengthNs = Math.min(this.stepNs, endNs - step * this.stepNs);
    return Math.round(((this.bytes[step] ?? 0) * 8) / (lengthNs / SECOND_NS));
  }

  private meanRoundTripNs(step: number): number | null {
    const samples = this.roundTrips[step] ?? 0;
    return samples === 0 ? null : Math.round((this.roundTripSumNs[step] as number) / samples);
  }

  private add(values: number[], nowNs: number, amount: number): void {
    const step = Math.floor(nowNs / this.stepNs);
    while (values.length <= step) values.push(0);
    values[step] = (values[step] as number) + amount;
  }
}
