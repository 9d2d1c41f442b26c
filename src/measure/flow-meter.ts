/**
 * Follows one flow: its outstanding units, the tally of the whole run, those of scoped windows, and what each event of
 * the scenario cost it. Units are counted when they are resolved, and analysed in send order when they leave the ring.
 */
import { NONE } from '../base/brand.ts';
import { DROP_REASONS } from '../network/drop-reason.ts';
import { BALANCER_ANSWERS, FAILURES, type Failure } from '../traffic/ledger.ts';
import { FlowSeries } from './flow-series.ts';
import { FlowTally } from './flow-tally.ts';
import { FlowView } from './flow-view.ts';
import { NumberSet } from './number-set.ts';
import type { EventPlan, FlowPlan } from './plan.ts';
import type { EventFlowResult, FlowSeriesResult } from './result.ts';
import { FEWEST_LOST, LossGroups } from './runs.ts';
import { SessionMeter } from './session-meter.ts';
import { StreamStalls } from './stream-stalls.ts';
import { DELIVERED, LOST, OUTSTANDING, UnitRing } from './unit-ring.ts';

/** A group of three mean gaps or fewer would break on a single delivered unit. */
const GAPS_PER_QUIET = 3;

/** What one event cost the flow, so far. */
class EventLosses {
  lost = 0;
  lastLostNs = 0;
  /** Offer of the last unit still under way at the end that the event has met. */
  lastAtRiskNs = 0;
  longestOutageNs = 0;
  longestImpairmentNs = 0;
  /** The run of lost units that last had one blamed on the event. */
  runNumber = 0;
  sessionsBroken = 0;
  readonly groups: LossGroups;
  readonly affected = new NumberSet();

  constructor(quietNs: number) {
    this.groups = new LossGroups(quietNs);
  }

  endGroup(): void {
    const { lost, startNs, lastNs } = this.groups;
    if (lost >= FEWEST_LOST) this.longestImpairmentNs = Math.max(this.longestImpairmentNs, lastNs - startNs);
    this.groups.lost = 0;
  }
}

export class FlowMeter {
  readonly plan: FlowPlan;
  readonly quietNs: number;
  readonly ring = new UnitRing();
  readonly whole: FlowTally;
  private readonly windows: FlowTally[] = [];
  /** By event number. */
  private readonly byEvent = new Map<number, EventLosses>();
  private readonly sessions = new SessionMeter();
  private readonly series: FlowSeries;
  /** Of a stream, per slot: what befell it last since it last delivered. */
  private readonly stalls: StreamStalls | null;
  private readonly events: readonly EventPlan[];

  constructor(plan: FlowPlan, quietNs: number, stepNs: number, events: readonly EventPlan[]) {
    this.plan = plan;
    this.events = events;
    this.series = new FlowSeries(stepNs);
    this.stalls = plan.isStream === true ? new StreamStalls(plan.slots) : null;
    this.quietNs = Math.max(quietNs, GAPS_PER_QUIET * plan.meanGapNs, plan.leastQuietNs ?? 0);
    this.whole = new FlowTally(plan, this.quietNs, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  /** A tally of the units offered in [fromNs, toNs). To be asked for before the run. */
  openWindow(fromNs: number, toNs: number): FlowTally {
    const window = new FlowTally(this.plan, this.quietNs, fromNs, toNs);
    this.windows.push(window);
    return window;
  }

  offer(nowNs: number, slot: number): number {
    this.whole.sent += 1;
    for (const window of this.windows) if (window.covers(nowNs)) window.sent += 1;
    return this.ring.push(nowNs, slot);
  }

  openConnection(nowNs: number): number {
    for (const window of this.windows) window.addConnection(nowNs);
    this.whole.addConnection(nowNs);
    return this.whole.opened - 1;
  }

  place(unit: number, slot: number): void {
    const row = this.ring.outstandingRow(unit);
    if (row !== NONE) this.ring.slot[row] = slot;
  }

  /** What befell the packets of earlier attempts explains nothing any more. */
  retry(unit: number, isFirst: boolean): void {
    const { ring } = this;
    const row = ring.outstandingRow(unit);
    if (row === NONE) return;
    ring.reason[row] = NONE;
    ring.dropEvent[row] = NONE;
    ring.impairEvent[row] = NONE;
    const offeredNs = ring.offeredNs[row] as number;
    this.whole.addRetry(isFirst);
    for (const window of this.windows) if (window.covers(offeredNs)) window.addRetry(isFirst);
  }

  deliver(unit: number, bytes: number, nowNs: number): void {
    const { ring } = this;
    const row = ring.outstandingRow(unit);
    if (row === NONE) return;
    const offeredNs = ring.offeredNs[row] as number;
    const latencyNs = nowNs - offeredNs;
    this.whole.addDelivered(latencyNs, bytes);
    for (const window of this.windows) if (window.covers(offeredNs)) window.addDelivered(latencyNs, bytes);
    ring.state[row] = DELIVERED;
    this.series.addDelivered(nowNs, bytes);
    this.stalls?.clear(ring.slot[row] as number);
    this.releaseResolved();
  }

  fail(unit: number, failure: Failure): void {
    const row = this.ring.outstandingRow(unit);
    if (row === NONE) return;
    this.stalls?.passOn(this.ring, row);
    const dropReason = this.ring.reason[row] as number;
    const isFailure = dropReason === NONE || BALANCER_ANSWERS.has(failure);
    this.lose(row, isFailure ? DROP_REASONS.length + FAILURES.indexOf(failure) : dropReason);
  }

  /** A packet of the unit (which may be NONE) was dropped. */
  drop(
    unit: number,
    connection: number,
    direction: number,
    reason: number,
    event: number,
    nowNs: number,
  ): void {
    if (event !== NONE) this.affect(connection, direction, event, nowNs);
    const { ring } = this;
    const row = ring.outstandingRow(unit);
    if (row === NONE) return;
    ring.reason[row] = reason;
    ring.dropEvent[row] = event;
    this.stalls?.note(ring, row);
    if (this.plan.isOnePacket) this.lose(row, reason);
  }

  /** A packet of the unit (which may be NONE) was delayed or left unanswered for the event's sake. */
  impair(unit: number, connection: number, direction: number, event: number, nowNs: number): void {
    this.affect(connection, direction, event, nowNs);
    const row = this.ring.outstandingRow(unit);
    if (row === NONE) return;
    this.ring.impairEvent[row] = event;
    this.stalls?.note(this.ring, row);
  }

  openSession(connection: number, nowNs: number): void {
    this.sessions.open(connection, nowNs);
    for (const window of this.windows) window.addSession(nowNs);
    this.whole.addSession(nowNs);
  }

  useSession(connection: number, nowNs: number): void {
    if (!this.sessions.use(connection)) return;
    this.whole.sessionsSurvived.add(connection);
    for (const window of this.windows) if (window.covers(nowNs)) window.sessionsSurvived.add(connection);
  }

  /** `unit` is under way on it, or NONE: one that is broken is blamed on the event that the unit would be. */
  endSession(connection: number, unit: number, isCompleted: boolean, nowNs: number): void {
    const metBy = this.sessions.end(connection);
    for (const window of this.windows) window.endSession(connection, isCompleted, nowNs);
    this.whole.endSession(connection, isCompleted, nowNs);
    if (isCompleted) return;
    const row = this.ring.outstandingRow(unit);
    const event = row === NONE ? metBy : this.eventOf(row);
    if (event !== NONE) this.lossesOf(event).sessionsBroken += 1;
  }

  countSegment(direction: number, nowNs: number): void {
    count(this.whole.segments, direction);
    for (const window of this.windows) if (window.covers(nowNs)) count(window.segments, direction);
  }

  countRetransmission(direction: number, nowNs: number): void {
    this.series.addRetransmission(nowNs);
    count(this.whole.retransmitted, direction);
    for (const window of this.windows) if (window.covers(nowNs)) count(window.retransmitted, direction);
  }

  addRoundTrip(roundTripNs: number, nowNs: number): void {
    this.series.addRoundTrip(nowNs, roundTripNs);
    this.whole.roundTrips.record(roundTripNs);
    for (const window of this.windows) if (window.covers(nowNs)) window.roundTrips.record(roundTripNs);
  }

  describeSeries(endNs: number): FlowSeriesResult {
    return this.series.describe(endNs, this.plan.usesTcp === true);
  }

  /** After the last unit: those still outstanding stay pending, the others are analysed past them. */
  finish(endNs: number): void {
    const { ring, whole } = this;
    for (; ring.head < ring.next; ring.head++) {
      this.noteAtRisk(ring.row(ring.head));
      this.followHead();
    }
    for (const losses of this.byEvent.values()) {
      losses.endGroup();
      if (whole.runs.runLost >= FEWEST_LOST && losses.runNumber === whole.runs.runNumber) {
        losses.longestOutageNs = Math.max(losses.longestOutageNs, endNs - whole.runs.runStartNs);
      }
    }
  }

  view(nowNs: number): FlowView {
    return new FlowView(this.whole, this.ring, nowNs);
  }

  /** What the event cost this flow, or null if nothing; asked after `finish`. */
  eventResult(event: number, atNs: number, endNs: number): EventFlowResult | null {
    const losses = this.byEvent.get(event);
    if (losses === undefined) return null;
    const lastNs = Math.max(losses.lastLostNs, losses.lastAtRiskNs);
    const isStillLosing = losses.lost > 0 && endNs - lastNs < this.quietNs;
    const healedAfterNs = losses.lost === 0 ? 0 : Math.max(0, losses.lastLostNs - atNs);
    return {
      lost: losses.lost,
      outageNs: losses.longestOutageNs,
      impairmentNs: losses.longestImpairmentNs,
      healedAfterNs: isStillLosing ? null : healedAfterNs,
      sessionsBroken: losses.sessionsBroken,
      connectionsMoved: 0,
      connectionsAffected: losses.affected.size,
    };
  }

  private lose(row: number, reason: number): void {
    const { ring } = this;
    const offeredNs = ring.offeredNs[row] as number;
    this.whole.addLost(reason);
    for (const window of this.windows) if (window.covers(offeredNs)) window.addLost(reason);
    ring.state[row] = LOST;
    this.releaseResolved();
  }

  private affect(connection: number, direction: number, event: number, nowNs: number): void {
    if (connection === NONE) return;
    this.lossesOf(event).affected.add(connection);
    this.sessions.meet(connection, event, this.events[event]?.atNs ?? null);
    this.whole.addAffected(connection, direction);
    for (const window of this.windows) if (window.covers(nowNs)) window.addAffected(connection, direction);
  }

  private lossesOf(event: number): EventLosses {
    let losses = this.byEvent.get(event);
    if (losses === undefined) {
      losses = new EventLosses(this.quietNs);
      this.byEvent.set(event, losses);
    }
    return losses;
  }

  private releaseResolved(): void {
    const { ring } = this;
    while (ring.head < ring.next && ring.state[ring.row(ring.head)] !== OUTSTANDING) {
      this.followHead();
      ring.head += 1;
    }
  }

  /** Analyses the oldest unit kept, in send order. */
  private followHead(): void {
    const { ring, whole } = this;
    const row = ring.row(ring.head);
    if (ring.state[row] === DELIVERED && whole.runs.runLost >= FEWEST_LOST) this.endOutage(row);
    whole.addInOrder(whole.runs, ring, ring.head);
    for (const window of this.windows) window.addInOrder(window.runs, ring, ring.head);
    if (ring.state[row] === LOST) this.blame(row);
  }

  /** The outage that this delivered unit ends is that of every event with a lost unit in it. */
  private endOutage(row: number): void {
    const { runs } = this.whole;
    const lengthNs = (this.ring.offeredNs[row] as number) - runs.runStartNs;
    for (const losses of this.byEvent.values()) {
      if (losses.runNumber === runs.runNumber)
        losses.longestOutageNs = Math.max(losses.longestOutageNs, lengthNs);
    }
  }

  /** A unit still under way at the end whose packets the event has met may yet be lost for its sake. */
  private noteAtRisk(row: number): void {
    if (this.ring.state[row] !== OUTSTANDING) return;
    const event = this.eventOf(row);
    if (event !== NONE) this.lossesOf(event).lastAtRiskNs = this.ring.offeredNs[row] as number;
  }

  /** That of the last packet dropped, which may be nobody's; without one that of what delayed it or left it unanswered. */
  private eventOf(row: number): number {
    const { reason, dropEvent, impairEvent } = this.ring;
    return (reason[row] === NONE ? impairEvent[row] : dropEvent[row]) as number;
  }

  private blame(row: number): void {
    const { ring } = this;
    const event = this.eventOf(row);
    if (event === NONE) return;
    const offeredNs = ring.offeredNs[row] as number;
    const losses = this.lossesOf(event);
    losses.lost += 1;
    losses.lastLostNs = offeredNs;
    losses.runNumber = this.whole.runs.runNumber;
    if (losses.groups.isOver(offeredNs)) losses.endGroup();
    losses.groups.addLost(ring.head, offeredNs);
  }
}

function count(counts: Float64Array, direction: number): void {
  counts[direction] = (counts[direction] as number) + 1;
}
