/**
 * Listens to traffic (what became of each unit) and to the network (what befell packets, and why) and ends with the
 * measured sections of a RunResult: flows, events, state changes, scopes. It owns definitions of measures, changes
 * nothing it watches, and allocates nothing per unit or packet.
 */
import { assert } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { DropReason } from '../network/drop-reason.ts';
import type { DeviceId, FlowId, LinkId, PacketId } from '../network/ids.ts';
import type { Change, NetworkObserver } from '../network/observer.ts';
import type { Failure, Ledger } from '../traffic/ledger.ts';
import { EventMeter } from './event-meter.ts';
import { FlowMeter } from './flow-meter.ts';
import { seriesStepNs } from './flow-series.ts';
import { FlowView } from './flow-view.ts';
import type { RecorderPlan, RecorderSources, ScopePlan } from './plan.ts';
import type {
  EventFlowResult,
  EventResult,
  FlowResult,
  ResourceMeasures,
  ScopeResult,
  SeriesResult,
  StateChange,
} from './result.ts';
import {
  CountWindow,
  describeState,
  FlowWindow,
  InstantScope,
  type ScopeMeter,
  subtractPackets,
  subtractResources,
  takeResource,
} from './scope-meter.ts';

export type { EventPlan, FlowPlan, RecorderPlan, RecorderSources, ScopePlan } from './plan.ts';

export class Recorder implements NetworkObserver, Ledger {
  private readonly plan: RecorderPlan;
  private readonly sources: RecorderSources;
  private readonly flows: readonly FlowMeter[];
  private readonly events: EventMeter;
  private readonly scopes: readonly ScopeMeter[];
  /** `by` scopes still waiting for their bounds, of each flow and of everything else. */
  private readonly waitingByFlow: ScopeMeter[][];
  private waiting: ScopeMeter[] = [];
  private endNs: number | null = null;
  private readonly stepNs: number;

  // Only there when a scope must hear of the end of every packet: an observer without them costs the network nothing.
  onDeliver?: (device: DeviceId, packet: PacketId) => void;
  onConsume?: (device: DeviceId, packet: PacketId) => void;
  /** Only there when a flow uses TCP. */
  onSegment?: (packet: PacketId) => void;

  constructor(plan: RecorderPlan, sources: RecorderSources) {
    this.plan = plan;
    this.sources = sources;
    this.stepNs = seriesStepNs(plan.seriesStepNs, plan.durationNs, plan.flows.length);
    this.flows = plan.flows.map((flow) => new FlowMeter(flow, plan.quietNs, this.stepNs, plan.events));
    this.events = new EventMeter(plan.events);
    this.waitingByFlow = plan.flows.map(() => []);
    this.scopes = plan.scopes.map((scope) => this.buildScope(clip(scope, plan.durationNs)));
    if (this.waiting.length > 0) {
      this.onDeliver = () => this.tellWaiting();
      this.onConsume = () => this.tellWaiting();
    }
    if (plan.flows.some(({ usesTcp }) => usesTcp === true))
      this.onSegment = (packet) => this.countSegment(packet);
  }

  get stateChanges(): readonly StateChange[] {
    return this.events.stateChanges;
  }

  // What traffic reports.

  offer(flow: FlowId, slot: number): number {
    const unit = this.meter(flow).offer(this.sources.now(), slot);
    this.tellWaitingOf(flow);
    return unit;
  }

  openConnection(flow: FlowId): number {
    const connection = this.meter(flow).openConnection(this.sources.now());
    this.tellWaitingOf(flow);
    return connection;
  }

  place(flow: FlowId, unit: number, slot: number): void {
    this.meter(flow).place(unit, slot);
  }

  retry(flow: FlowId, unit: number, isFirst: boolean): void {
    this.meter(flow).retry(unit, isFirst);
    this.tellWaitingOf(flow);
  }

  deliver(flow: FlowId, unit: number, bytes: number): void {
    this.meter(flow).deliver(unit, bytes, this.sources.now());
    this.tellWaitingOf(flow);
  }

  fail(flow: FlowId, unit: number, failure: Failure): void {
    this.meter(flow).fail(unit, failure);
    this.tellWaitingOf(flow);
  }

  openSession(flow: FlowId, connection: number): void {
    this.meter(flow).openSession(connection, this.sources.now());
    this.tellWaitingOf(flow);
  }

  useSession(flow: FlowId, connection: number): void {
    this.meter(flow).useSession(connection, this.sources.now());
    this.tellWaitingOf(flow);
  }

  completeSession(flow: FlowId, connection: number): void {
    this.meter(flow).endSession(connection, NONE, true, this.sources.now());
    this.tellWaitingOf(flow);
  }

  breakSession(flow: FlowId, connection: number, unit: number): void {
    this.meter(flow).endSession(connection, unit, false, this.sources.now());
    this.tellWaitingOf(flow);
  }

  // What the network reports.

  onDrop(_device: DeviceId, _link: LinkId, packet: PacketId, reason: DropReason, event: number): void {
    const { flow, unit, connection, direction } = this.sources.packets;
    const flowId = flow[packet] as FlowId;
    const meter = this.flows[flowId];
    if (meter !== undefined) {
      const connectionId = connection[packet] as number;
      meter.drop(
        unit[packet] as number,
        connectionId,
        direction[packet] as number,
        reason,
        event,
        this.sources.now(),
      );
      this.tellWaitingOf(flowId);
    }
    if (this.waiting.length > 0) this.tellWaiting();
  }

  onImpair(packet: PacketId, event: number): void {
    const { flow, unit, connection, direction } = this.sources.packets;
    const flowId = flow[packet] as FlowId;
    const meter = this.flows[flowId];
    if (meter === undefined || event === NONE) return;
    const connectionId = connection[packet] as number;
    meter.impair(
      unit[packet] as number,
      connectionId,
      direction[packet] as number,
      event,
      this.sources.now(),
    );
    this.tellWaitingOf(flowId);
  }

  onRetransmit(_device: DeviceId, packet: PacketId): void {
    const { flow, direction } = this.sources.packets;
    const flowId = flow[packet] as FlowId;
    const meter = this.flows[flowId];
    if (meter === undefined) return;
    meter.countRetransmission(direction[packet] as number, this.sources.now());
    this.tellWaitingOf(flowId);
  }

  onRoundTrip(flow: FlowId, roundTripNs: number): void {
    const meter = this.flows[flow];
    if (meter === undefined) return;
    meter.addRoundTrip(roundTripNs, this.sources.now());
    this.tellWaitingOf(flow);
  }

  onChange(change: Change): void {
    this.events.addChange(change, this.sources.now());
    if (this.waiting.length > 0) this.tellWaiting();
  }

  /** The product refused the event for this reason. */
  refuse(event: number, reason: string): void {
    this.events.refuse(event, reason);
  }

  // What the run loop does.

  /** Sorted instants before the end at which `atBoundary` must be called, ahead of all else that happens then. */
  boundaries(): number[] {
    const instants = new Set(this.scopes.flatMap((scope) => scope.boundariesNs));
    return [...instants].filter((timeNs) => timeNs < this.plan.durationNs).sort((a, b) => a - b);
  }

  atBoundary(timeNs: number): void {
    for (const scope of this.scopes) if (scope.boundariesNs.includes(timeNs)) scope.atBoundary(timeNs);
  }

  /** Ends the measurement; an interrupted run ends it before the planned end. */
  finish(endNs: number): void {
    assert(this.endNs === null, 'a recorder finishes once');
    this.endNs = endNs;
    for (const flow of this.flows) flow.finish(endNs);
    for (const scope of this.scopes) scope.finish(endNs);
  }

  // What was measured, once finished.

  flowResults(): Record<string, FlowResult> {
    const endNs = this.finishedAtNs();
    return Object.fromEntries(this.flows.map((flow) => [flow.plan.name, flow.view(endNs).describe()]));
  }

  seriesResult(): SeriesResult {
    const endNs = this.finishedAtNs();
    const flows = this.flows.map((flow) => [flow.plan.name, flow.describeSeries(endNs)] as const);
    return { stepNs: this.stepNs, flows: Object.fromEntries(flows) };
  }

  eventResults(): Record<string, EventResult> {
    const endNs = this.finishedAtNs();
    return Object.fromEntries(
      this.plan.events.map(({ name, atNs }, event) => {
        const costs: Record<string, EventFlowResult> = {};
        for (const flow of this.flows) {
          const cost = atNs === null ? null : flow.eventResult(event, atNs, endNs);
          if (cost !== null) costs[flow.plan.name] = cost;
        }
        return [name, this.events.result(event, costs, endNs)];
      }),
    );
  }

  scopeResults(): ScopeResult[] {
    this.finishedAtNs();
    return this.scopes.map((scope) => scope.result());
  }

  private finishedAtNs(): number {
    assert(this.endNs !== null, 'results are asked for after finish()');
    return this.endNs;
  }

  private countSegment(packet: PacketId): void {
    const { flow, direction } = this.sources.packets;
    this.flows[flow[packet] as FlowId]?.countSegment(direction[packet] as number, this.sources.now());
  }

  private meter(flow: FlowId): FlowMeter {
    return this.flows[flow] as FlowMeter;
  }

  private buildScope(plan: ScopePlan): ScopeMeter {
    const scope = plan.subject === 'flow' ? this.buildFlowScope(plan) : this.buildCountScope(plan);
    if (plan.kind === 'by') {
      const index = this.plan.flows.findIndex(({ name }) => name === plan.name);
      const waiting = plan.subject === 'flow' ? (this.waitingByFlow[index] as ScopeMeter[]) : this.waiting;
      waiting.push(scope);
    }
    return scope;
  }

  private buildFlowScope(plan: ScopePlan): ScopeMeter {
    const flow = this.flows.find((meter) => meter.plan.name === plan.name);
    assert(flow !== undefined, `a scope names the unknown flow '${plan.name}'`);
    if (plan.kind === 'window') return new FlowWindow(plan, flow);
    const look = (nowNs: number): FlowView => new FlowView(flow.whole, flow.ring, nowNs, plan.direction);
    return new InstantScope(plan, look, (nowNs) => look(nowNs).describe());
  }

  private buildCountScope(plan: ScopePlan): ScopeMeter {
    const { sources } = this;
    // `packets` may name one device; it then has the measures of that device.
    const isAllPackets = plan.subject !== 'resource' && (plan.subject !== 'packets' || plan.name === 'all');
    if (isAllPackets) {
      const takePackets = () => sources.packetCounts();
      if (plan.kind === 'window') return new CountWindow(plan, takePackets, subtractPackets);
      return new InstantScope(plan, takePackets, takePackets);
    }
    const names = plan.devices ?? [plan.name];
    const take = (): ResourceMeasures => ({
      ...takeResource(sources, names),
      ...describeState(plan.name, this.stateChanges),
    });
    if (plan.kind === 'window') return new CountWindow(plan, take, subtractResources);
    return new InstantScope(plan, take, take);
  }

  private tellWaitingOf(flow: FlowId): void {
    const waiting = this.waitingByFlow[flow] as ScopeMeter[];
    if (waiting.length > 0) this.waitingByFlow[flow] = this.stillWaiting(waiting);
  }

  private tellWaiting(): void {
    if (this.waiting.length > 0) this.waiting = this.stillWaiting(this.waiting);
  }

  private stillWaiting(scopes: ScopeMeter[]): ScopeMeter[] {
    const nowNs = this.sources.now();
    const still = scopes.filter((scope) => scope.watch(nowNs));
    return still.length === scopes.length ? scopes : still;
  }
}

/** Windows reach neither before the start nor past the end; one of an event that never happens is empty. */
function clip(plan: ScopePlan, durationNs: number): ScopePlan {
  const fromNs = Math.min(Math.max(0, plan.fromNs), durationNs);
  return { ...plan, fromNs, toNs: Math.min(Math.max(fromNs, plan.toNs), durationNs) };
}
