/** What is counted of a flow's units: of all, or of those offered in a window. */
import { DROP_REASONS } from '../network/drop-reason.ts';
import { IN } from '../network/packet-table.ts';
import { FAILURES } from '../traffic/ledger.ts';
import { Histogram } from './histogram.ts';
import { NumberSet } from './number-set.ts';
import type { FlowPlan } from './plan.ts';
import { LossRuns } from './runs.ts';
import { DELIVERED, LOST, type UnitRing } from './unit-ring.ts';

/** Why units are lost: the reasons of dropped packets, then how an application sees a failure. */
export const LOSS_REASONS: readonly string[] = [...DROP_REASONS, ...FAILURES];

export class FlowTally {
  readonly plan: FlowPlan;
  /** Units offered in [fromNs, toNs) count. */
  readonly fromNs: number;
  readonly toNs: number;
  sent = 0;
  delivered = 0;
  lost = 0;
  deliveredBytes = 0;
  /** Units tried more than once; attempts beyond the first of all of them. */
  retried = 0;
  retries = 0;
  readonly lostByReason = new Float64Array(LOSS_REASONS.length);
  readonly latency = new Histogram();
  /** Connections it began with (never more than the flow keeps open) and those opened since. */
  opened = 0;
  readonly affected = new NumberSet();
  readonly affectedOut = new NumberSet();
  readonly affectedIn = new NumberSet();
  /** Sessions it began with and those opened since. */
  sessionsOpened = 0;
  sessionsCompleted = 0;
  sessionsBroken = 0;
  readonly sessionsSurvived = new NumberSet();
  /** By direction. */
  readonly segments = new Float64Array(2);
  readonly retransmitted = new Float64Array(2);
  readonly roundTrips = new Histogram();
  /** Outages and impairments of the units that have left the ring. */
  readonly runs: LossRuns;

  constructor(plan: FlowPlan, quietNs: number, fromNs: number, toNs: number) {
    this.plan = plan;
    this.fromNs = fromNs;
    this.toNs = toNs;
    this.runs = new LossRuns(quietNs, plan.slots);
  }

  covers(timeNs: number): boolean {
    return timeNs >= this.fromNs && timeNs < this.toNs;
  }

  addDelivered(latencyNs: number, bytes: number): void {
    this.delivered += 1;
    this.deliveredBytes += bytes;
    this.latency.record(latencyNs);
  }

  addLost(reason: number): void {
    this.lost += 1;
    this.lostByReason[reason] = (this.lostByReason[reason] as number) + 1;
  }

  addRetry(isFirst: boolean): void {
    if (isFirst) this.retried += 1;
    this.retries += 1;
  }

  addConnection(nowNs: number): void {
    if (nowNs >= this.toNs) return;
    if (nowNs >= this.fromNs || this.opened < this.plan.slots) this.opened += 1;
  }

  addAffected(connection: number, direction: number): void {
    this.affected.add(connection);
    (direction === IN ? this.affectedIn : this.affectedOut).add(connection);
  }

  addSession(nowNs: number): void {
    if (nowNs < this.toNs) this.sessionsOpened += 1;
  }

  endSession(connection: number, isCompleted: boolean, nowNs: number): void {
    if (nowNs >= this.toNs) return;
    // Over before it began: not one of those it began with.
    if (nowNs < this.fromNs) this.sessionsOpened -= 1;
    else if (isCompleted) this.sessionsCompleted += 1;
    else {
      this.sessionsBroken += 1;
      this.sessionsSurvived.delete(connection);
    }
  }

  /** Follows a unit in send order; outstanding ones are passed over. */
  addInOrder(runs: LossRuns, ring: UnitRing, unit: number): void {
    const row = ring.row(unit);
    const offeredNs = ring.offeredNs[row] as number;
    if (!this.covers(offeredNs)) return;
    const slot = ring.slot[row] as number;
    if (ring.state[row] === LOST) runs.addLost(unit, offeredNs, slot);
    else if (ring.state[row] === DELIVERED) runs.addDelivered(offeredNs, slot);
  }
}
