/**
 * What scoped expectations look at. Units of a window are counted as they are offered; everything else is a copy of
 * counters taken at an instant, or the difference of two such copies.
 */
import { assert } from '../base/assert.ts';
import type { FlowMeter } from './flow-meter.ts';
import type { FlowTally } from './flow-tally.ts';
import { FlowView } from './flow-view.ts';
import type { RecorderSources, ScopeMeasures, ScopePlan } from './plan.ts';
import type {
  DeviceResult,
  PacketCounts,
  ReasonCounts,
  ResourceMeasures,
  ScopeResult,
  StateChange,
} from './result.ts';

export interface ScopeMeter {
  /** Instants at which it wants to look, before anything else happens then. */
  readonly boundariesNs: readonly number[];
  atBoundary(timeNs: number): void;
  /** For `by`: something it watches has changed. Returns false once it no longer needs to be told. */
  watch(nowNs: number): boolean;
  finish(endNs: number): void;
  result(): ScopeResult;
}

const MISSED = 'the run passed the boundary of a scope without telling the recorder';

/** Takes the measures of the subject as they are now. */
export type TakeMeasures = (nowNs: number) => ScopeMeasures;

/** `at` and `by`, of any subject. */
export class InstantScope implements ScopeMeter {
  readonly boundariesNs: readonly number[];
  private readonly plan: ScopePlan;
  private readonly look: TakeMeasures;
  private readonly keep: TakeMeasures;
  private measures: ScopeMeasures | null = null;
  private heldAtNs: number | null = null;

  /** `look` may answer with a view that is only good now; `keep` makes a copy. */
  constructor(plan: ScopePlan, look: TakeMeasures, keep: TakeMeasures) {
    this.plan = plan;
    this.look = look;
    this.keep = keep;
    this.boundariesNs = plan.kind === 'by' ? [plan.fromNs, plan.toNs] : [plan.toNs];
  }

  atBoundary(timeNs: number): void {
    if (this.plan.kind === 'by') this.watch(timeNs);
    if (timeNs === this.plan.toNs) this.measures ??= this.keep(timeNs);
  }

  watch(nowNs: number): boolean {
    if (this.measures !== null) return false;
    const { fromNs, toNs, holds } = this.plan;
    if (nowNs < fromNs || nowNs > toNs) return nowNs < fromNs;
    if (holds === undefined || !holds(this.look(nowNs), nowNs)) return true;
    this.heldAtNs = nowNs;
    this.measures = this.keep(nowNs);
    return false;
  }

  finish(endNs: number): void {
    if (this.measures !== null) return;
    assert(this.plan.toNs >= endNs, MISSED);
    if (this.plan.kind === 'by') this.watch(endNs);
    this.measures ??= this.keep(endNs);
  }

  result(): ScopeResult {
    const held = this.plan.kind === 'by' ? { heldAtNs: this.heldAtNs } : {};
    return { ...describePlan(this.plan), measures: this.measures as ScopeMeasures, ...held };
  }
}

/** Units of a flow offered in a window, with their final outcome. */
export class FlowWindow implements ScopeMeter {
  readonly boundariesNs = [];
  private readonly plan: ScopePlan;
  private readonly flow: FlowMeter;
  private readonly tally: FlowTally;
  private endNs = 0;

  constructor(plan: ScopePlan, flow: FlowMeter) {
    this.plan = plan;
    this.flow = flow;
    this.tally = flow.openWindow(plan.fromNs, plan.toNs);
  }

  atBoundary(): void {}

  watch(): boolean {
    return false;
  }

  finish(endNs: number): void {
    this.endNs = endNs;
  }

  result(): ScopeResult {
    const view = new FlowView(this.tally, this.flow.ring, this.endNs, this.plan.direction);
    return { ...describePlan(this.plan), measures: view.describe() };
  }
}

/** Packets or devices: what was counted between two instants. */
export class CountWindow<Counts extends PacketCounts | ResourceMeasures> implements ScopeMeter {
  readonly boundariesNs: readonly number[];
  private readonly plan: ScopePlan;
  private readonly take: () => Counts;
  private readonly subtract: (after: Counts, before: Counts) => Counts;
  private before: Counts | null = null;
  private after: Counts | null = null;

  constructor(plan: ScopePlan, take: () => Counts, subtract: (after: Counts, before: Counts) => Counts) {
    this.plan = plan;
    this.take = take;
    this.subtract = subtract;
    this.boundariesNs = [plan.fromNs, plan.toNs];
  }

  atBoundary(timeNs: number): void {
    if (timeNs === this.plan.fromNs) this.before ??= this.take();
    if (timeNs === this.plan.toNs) this.after ??= this.take();
  }

  watch(): boolean {
    return false;
  }

  /** A window that the run did not reach is empty. */
  finish(endNs: number): void {
    assert(this.before !== null || this.plan.fromNs >= endNs, MISSED);
    assert(this.after !== null || this.plan.toNs >= endNs, MISSED);
    this.before ??= this.take();
    this.after ??= this.take();
  }

  result(): ScopeResult {
    return {
      ...describePlan(this.plan),
      measures: this.subtract(this.after as Counts, this.before as Counts),
    };
  }
}

/** Packets and the devices of a resource as measures of now. */
export function takeResource(sources: RecorderSources, names: readonly string[]): DeviceResult {
  return names.map((name) => sources.deviceResult(name)).reduce(addDevices, NO_DEVICE);
}

const NO_DEVICE: DeviceResult = {
  forwarded: 0,
  delivered: 0,
  consumed: 0,
  dropped: 0,
  droppedByReason: {},
  retransmitted: 0,
  gauges: {},
};

/** The devices of a resource together. */
function addDevices(a: DeviceResult, b: DeviceResult): DeviceResult {
  return {
    forwarded: a.forwarded + b.forwarded,
    delivered: a.delivered + b.delivered,
    consumed: a.consumed + b.consumed,
    dropped: a.dropped + b.dropped,
    droppedByReason: addCounts(a.droppedByReason, b.droppedByReason),
    retransmitted: a.retransmitted + b.retransmitted,
    gauges: addCounts(a.gauges, b.gauges),
  };
}

/** Gauges are levels, not counts: those of the later instant stay. */
export function subtractResources(after: ResourceMeasures, before: ResourceMeasures): ResourceMeasures {
  return {
    ...after,
    forwarded: after.forwarded - before.forwarded,
    delivered: after.delivered - before.delivered,
    consumed: after.consumed - before.consumed,
    dropped: after.dropped - before.dropped,
    droppedByReason: subtractCounts(after.droppedByReason, before.droppedByReason),
    retransmitted: after.retransmitted - before.retransmitted,
    changes: after.changes - before.changes,
  };
}

export function subtractPackets(after: PacketCounts, before: PacketCounts): PacketCounts {
  return {
    created: after.created - before.created,
    delivered: after.delivered - before.delivered,
    consumed: after.consumed - before.consumed,
    dropped: after.dropped - before.dropped,
    inFlight: after.inFlight,
    droppedByReason: subtractCounts(after.droppedByReason, before.droppedByReason),
  };
}

/** The latest state of a subject and how often it has changed so far. */
export function describeState(
  name: string,
  changes: readonly StateChange[],
): Pick<ResourceMeasures, 'state' | 'changes'> {
  const own = changes.filter(({ subject }) => subject === name);
  return { state: own.at(-1)?.to ?? null, changes: own.filter(({ from }) => from !== null).length };
}

function addCounts(a: ReasonCounts, b: ReasonCounts): ReasonCounts {
  const sums: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

/** What did not occur between the two is left out, as it is everywhere. */
function subtractCounts(after: ReasonCounts, before: ReasonCounts): ReasonCounts {
  const differences = Object.entries(after).map(
    ([name, count]) => [name, count - (before[name] ?? 0)] as const,
  );
  return Object.fromEntries(differences.filter(([, count]) => count !== 0));
}

function describePlan({ subject, name, fromNs, toNs, direction }: ScopePlan) {
  return { subject, name, fromNs, toNs, direction };
}
