/**
 * Finds what an expectation names in a result: the subject (of the whole run or of a scope) and, by the path of a
 * measure, its value. Paths are the result's own fields in snake case without unit; only durations that sum up lists
 * (`outage`, `impairment_total`, ...) are worked out here.
 */
import { present } from '../base/assert.ts';
import type {
  DeviceResult,
  EventFlowResult,
  EventResult,
  FlowResult,
  Impairment,
  Outage,
  ResourceMeasures,
  RunResult,
  ScopeResult,
} from '../measure/result.ts';
import { type FoundMeasure, findMeasure, type MeasureKind, type MeasureSpec } from '../scenario/measures.ts';
import { isDeviceOf } from '../scenario/parts.ts';
import type { Expectation, Measure, SubjectKind } from '../scenario/scenario.ts';
import type { Reading } from './bound.ts';

/** What an expectation looks at. */
export interface Subject {
  readonly kind: SubjectKind;
  readonly name: string;
  readonly measures: object;
  /** Until when it was watched: outages without an end last until then. */
  readonly endNs: number;
  /** Flows of the whole run, for the parts of events; null when a run is under way. */
  readonly flows: Readonly<Record<string, FlowResult>> | null;
}

export interface MeasureReading extends Reading {
  readonly kind: MeasureKind;
}

/** The subject over the whole run, or within the scope if there is one. */
export function findSubject(expectation: Expectation, run: RunResult, scope: ScopeResult | null): Subject {
  const { subject: kind, name } = expectation;
  const flows = run.flows;
  // Events and costs have no part of the run to be narrowed to.
  if (scope !== null && kind !== 'event' && kind !== 'cost') {
    return {
      kind,
      name,
      measures: scope.measures,
      endNs: Math.min(scope.heldAtNs ?? scope.toNs, run.simulatedNs),
      flows,
    };
  }
  return { kind, name, measures: wholeRunMeasures(kind, name, run), endNs: run.simulatedNs, flows };
}

/** Why nothing can be expected of the subject, or null: a flow must have sent, an event must have happened. */
export function whyAbsent(subject: Subject): string | null {
  if (subject.kind === 'flow' && (subject.measures as FlowResult).sent === 0) return 'nothing was sent';
  if (subject.kind === 'event' && (subject.measures as EventResult).atNs === null)
    return 'the run ends before the event';
  return null;
}

export function readMeasure(measure: Measure, subject: Subject): MeasureReading {
  return readFound(lookUp(measure, subject.kind, subject.name), subject);
}

/** Looking a measure up takes far longer than reading it, which matters where it is read all the time. */
export function lookUp(measure: Measure, kind: SubjectKind, name: string): FoundMeasure {
  const found = findMeasure(kind, name, measure.path);
  return present(found, `unknown measure '${measure.path.join('.')}' passed the checks`);
}

export function readFound({ spec, path }: FoundMeasure, subject: Subject): MeasureReading {
  const kind = spec.kind;
  if (subject.kind === 'event' && path[0] === 'flows') return { kind, ...readEventFlow(path, spec, subject) };
  const value = readPath(path, spec, subject);
  const whole = spec.of === undefined ? null : sumOf(spec.of, subject);
  return { kind, value, whole, resolutionNs: resolutionOf(path, subject) };
}

function wholeRunMeasures(kind: SubjectKind, name: string, run: RunResult): object {
  switch (kind) {
    case 'flow':
      return present(run.flows[name], `the result has no flow '${name}'`);
    case 'event':
      return present(run.events[name], `the result has no event '${name}'`);
    case 'packets':
      return name === 'all' ? run.packets : resourceMeasures(name, run);
    case 'resource':
      return resourceMeasures(name, run);
    case 'cost':
      return run.cost.find(({ item }) => item === name) ?? { amount: null, quantity: null };
  }
}

function resourceMeasures(name: string, run: RunResult): ResourceMeasures {
  const devices = Object.entries(run.devices).flatMap(([device, counts]) =>
    isDeviceOf(device, name) ? [counts] : [],
  );
  const own = run.stateChanges.filter(({ subject }) => subject === name);
  const total = (pick: (device: DeviceResult) => number): number =>
    devices.reduce((sum, d) => sum + pick(d), 0);
  return {
    forwarded: total((device) => device.forwarded),
    delivered: total((device) => device.delivered),
    consumed: total((device) => device.consumed),
    dropped: total((device) => device.dropped),
    droppedByReason: addUp(devices.map((device) => device.droppedByReason)),
    retransmitted: total((device) => device.retransmitted),
    gauges: addUp(devices.map((device) => device.gauges)),
    state: own.at(-1)?.to ?? null,
    changes: own.filter(({ from }) => from !== null).length,
  };
}

function addUp(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const each of counts) for (const [key, n] of Object.entries(each)) sums[key] = (sums[key] ?? 0) + n;
  return sums;
}

function readPath(
  path: readonly string[],
  spec: MeasureSpec,
  { kind, measures, endNs }: Subject,
): number | string | null {
  if (kind === 'flow') {
    const derived = DERIVED[path.join('.')];
    if (derived !== undefined) return derived(measures as FlowResult, endNs);
  }
  const value = path.reduce<unknown>(fieldOf, measures);
  if (typeof value === 'number' || typeof value === 'string') return value;
  // A reason or outcome that never occurred is not listed; every other absence is a null of the result.
  return value === undefined && spec.names === 'reason' ? 0 : null;
}

/** The field that a step in snake case without unit names. */
function fieldOf(parent: unknown, step: string): unknown {
  if (typeof parent !== 'object' || parent === null) return undefined;
  const key = spellingsOf(step).find((name) => hasField(parent, name));
  return key === undefined ? undefined : (parent as Record<string, unknown>)[key];
}

/** How the result may spell it; kept, since `by` scopes ask all the time. */
function spellingsOf(step: string): readonly string[] {
  let spellings = SPELLINGS.get(step);
  if (spellings === undefined) {
    const camel = step.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    spellings = [step, camel, `${camel}Ns`, `${camel}Bps`];
    SPELLINGS.set(step, spellings);
  }
  return spellings;
}

const SPELLINGS = new Map<string, readonly string[]>();

/** Measures of a run under way have getters, which are inherited; names such as `constructor` must not be found. */
function hasField(parent: object, name: string): boolean {
  return Object.hasOwn(parent, name) || (name in parent && !(name in Object.prototype));
}

type Span = Pick<Outage | Impairment, 'startNs' | 'endNs'>;

const spans = (list: readonly Span[], endNs: number): number[] =>
  list.map((span) => (span.endNs ?? endNs) - span.startNs);
const longest = (list: readonly Span[], endNs: number): number => Math.max(0, ...spans(list, endNs));
const total = (list: readonly Span[], endNs: number): number =>
  spans(list, endNs).reduce((sum, ns) => sum + ns, 0);

const DERIVED: Readonly<Record<string, (flow: FlowResult, endNs: number) => number>> = {
  outage: (flow, endNs) => longest(flow.outages, endNs),
  outage_total: (flow, endNs) => total(flow.outages, endNs),
  outages: (flow) => flow.outages.length,
  impairment: (flow, endNs) => longest(flow.impairments, endNs),
  impairment_total: (flow, endNs) => total(flow.impairments, endNs),
  impairments: (flow) => flow.impairments.length,
};

/** Times that only the units of the flow tell. */
const TOLD_BY_UNITS = new Set([
  'outage',
  'outage_total',
  'impairment',
  'impairment_total',
  'loss_derived',
  'healed_after',
]);

function resolutionOf(path: readonly string[], subject: Subject): number | null {
  if (!TOLD_BY_UNITS.has(path.join('.'))) return null;
  if (subject.kind === 'flow') return (subject.measures as FlowResult).resolutionNs;
  return subject.kind === 'event' ? healResolution(subject) : null;
}

/**
 * An event has healed when the last flow it hurt has: the coarsest of these tells. If it hurt none, the finest of all
 * flows would have noticed.
 */
function healResolution({ measures, flows }: Subject): number {
  const all = flows ?? {};
  const hurt = Object.entries((measures as EventResult).flows).flatMap(([name, cost]) =>
    cost.lost > 0 ? [all[name]?.resolutionNs ?? 0] : [],
  );
  if (hurt.length > 0) return Math.max(...hurt);
  const sending = Object.values(all).flatMap((flow) => (flow.sent > 0 ? [flow.resolutionNs] : []));
  return sending.length > 0 ? Math.min(...sending) : 0;
}

const NO_COST: EventFlowResult = {
  lost: 0,
  outageNs: 0,
  impairmentNs: 0,
  healedAfterNs: 0,
  sessionsBroken: 0,
  connectionsMoved: 0,
  connectionsAffected: 0,
};

/** `flows.NAME.*` of an event; a flow that is not listed lost nothing, unless it sent nothing. */
function readEventFlow(path: readonly string[], spec: MeasureSpec, { measures, flows }: Subject): Reading {
  const name = path[1] as string;
  const flow = flows?.[name];
  if (flow === undefined || flow.sent === 0) return { value: null, whole: null, resolutionNs: null };
  const event = measures as EventResult;
  const cost = Object.hasOwn(event.flows, name) ? event.flows[name] : NO_COST;
  const value = path.slice(2).reduce<unknown>(fieldOf, cost);
  const ofWhole: Subject = { kind: 'flow', name, measures: flow, endNs: 0, flows };
  return {
    value: typeof value === 'number' ? value : null,
    whole: spec.ofFlow === undefined ? null : sumOf(spec.ofFlow, ofWhole),
    resolutionNs: spec.kind === 'time' ? flow.resolutionNs : null,
  };
}

function sumOf(paths: readonly string[], subject: Subject): number {
  return paths.reduce(
    (sum, path) => sum + Number(path.split('.').reduce<unknown>(fieldOf, subject.measures)),
    0,
  );
}
