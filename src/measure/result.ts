/**
 * The result of one run: plain JSON-safe data, times in ns from 0 s. docs/RESULTS.md defines every measure.
 * Everything but `wallMs` is a function of scenario, seed and version.
 */

export const RESULT_VERSION = 1;

export type Outcome = 'pass' | 'fail' | 'inconclusive';
export type Verdict = Outcome | 'none';

export interface RunResult {
  readonly resultVersion: number;
  readonly vpcsim: string;
  readonly scenario: string;
  readonly scenarioSha256: string;
  readonly title: string;
  readonly seed: string;
  readonly replication: number;
  readonly verdict: Verdict;
  /** False when the run was interrupted; everything then covers the time up to `simulatedNs`. */
  readonly complete: boolean;
  readonly simulatedNs: number;
  readonly eventsProcessed: number;
  readonly wallMs: number;
  /** 16 hex digits. */
  readonly fingerprint: string;
  readonly packets: PacketCounts;
  readonly flows: Readonly<Record<string, FlowResult>>;
  readonly events: Readonly<Record<string, EventResult>>;
  readonly devices: Readonly<Record<string, DeviceResult>>;
  readonly stateChanges: readonly StateChange[];
  readonly convergence: readonly { table: string; prefix: string; event: string; afterNs: number }[];
  /** What traceroutes found, by flow, in the order of times to live. */
  readonly hops: Readonly<Record<string, readonly HopResult[]>>;
  readonly series: SeriesResult;
  readonly topology: { readonly nodes: readonly TopologyNode[]; readonly links: readonly TopologyLink[] };
  /** By the month; the last row is the total. Empty where nothing is priced. */
  readonly cost: readonly CostRow[];
  readonly parameters: readonly ResultParameter[];
  readonly warnings: readonly string[];
  /** What scoped expectations looked at: the n-th scoped expectation's window is the n-th entry. */
  readonly scopes: readonly ScopeResult[];
  readonly expectations: readonly ExpectationResult[];
}

export interface CostRow {
  readonly item: string;
  readonly quantity: number;
  readonly unit: string;
  /** In the currency of the prices; null: unknown. */
  readonly amount: number | null;
}

export type ReasonCounts = Readonly<Record<string, number>>;

export interface PacketCounts {
  readonly created: number;
  readonly delivered: number;
  readonly consumed: number;
  readonly dropped: number;
  readonly inFlight: number;
  readonly droppedByReason: ReasonCounts;
}

/** One address that answered probes with one time to live. */
export interface HopResult {
  readonly ttl: number;
  /** Null: nobody answered. */
  readonly address: string | null;
  /** Who has the address, if that is known here. */
  readonly device: string | null;
  /** Probes with this time to live, whoever answered them. */
  readonly sent: number;
  /** Those that this address answered. */
  readonly answered: number;
  readonly rttNs: { readonly min: number; readonly mean: number; readonly max: number } | null;
}

export interface LatencySummary {
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly mean: number;
}

export interface Outage {
  readonly startNs: number;
  /** Send time of the next delivered unit; null if none. */
  readonly endNs: number | null;
  readonly lost: number;
}

export interface Impairment {
  readonly startNs: number;
  readonly endNs: number;
  readonly lost: number;
  /** Units offered from the first lost to the last. */
  readonly offered: number;
}

export interface FlowResult {
  readonly sent: number;
  readonly delivered: number;
  readonly lost: number;
  readonly pending: number;
  readonly lostByReason: ReasonCounts;
  /** Lost units in groups of fewer than three. */
  readonly strayLost: number;
  readonly latencyKind: 'one-way' | 'round-trip' | 'response';
  /** Null when nothing was delivered. */
  readonly latencyNs: LatencySummary | null;
  readonly outages: readonly Outage[];
  readonly impairments: readonly Impairment[];
  /** Mean spacing of the flow's units. */
  readonly resolutionNs: number;
  readonly lossDerivedNs: number | null;
  readonly connections: ConnectionCounts;
  readonly requests: RequestCounts;
  readonly sessions: SessionCounts;
  /** Delivered bits of units per second of the flow's active time; null when it offered nothing. */
  readonly goodputBps: number | null;
  /** What the flow's connections did; null for flows without TCP. */
  readonly tcp: TcpMeasures | null;
}

export interface TcpMeasures extends SegmentCounts {
  /** As the transports measured them; null without any sample. */
  readonly roundTripNs: LatencySummary | null;
  /** `out`: sent by those who send the flow. */
  readonly byDirection: Readonly<Record<'in' | 'out', SegmentCounts>>;
}

export interface SegmentCounts {
  /** Sent, repeated ones among them. */
  readonly segments: number;
  /** That repeat what was sent before. */
  readonly retransmitted: number;
}

/** The n-th value is that of the n-th step from 0 s. */
export interface SeriesResult {
  readonly stepNs: number;
  readonly flows: Readonly<Record<string, FlowSeriesResult>>;
}

export interface FlowSeriesResult {
  /** Bits of units that were completed in the step, per second. */
  readonly goodputBps: readonly number[];
  /** Empty for flows without TCP, like the next. */
  readonly retransmitted: readonly number[];
  /** Mean of the step's samples; null in a step without. */
  readonly roundTripNs: readonly (number | null)[];
}

export interface RequestCounts {
  readonly ok: number;
  readonly failed: number;
  readonly byOutcome: ReasonCounts;
  /** Requests that were tried more than once; attempts beyond the first of all of them. */
  readonly retried: number;
  readonly retries: number;
}

export interface ConnectionCounts {
  readonly opened: number;
  readonly affected: number;
  readonly moved: number;
  /** Over all connections, of each one's longest outage; null when none was opened. */
  readonly outageNs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  readonly byDirection: Readonly<Record<'in' | 'out', { readonly affected: number; readonly moved: number }>>;
}

export interface SessionCounts {
  readonly opened: number;
  readonly completed: number;
  readonly survived: number;
  readonly broken: number;
  readonly alive: number;
}

export interface EventResult {
  /** Null when the event lies after the end of the run. */
  readonly atNs: number | null;
  readonly what: string;
  /** The product's reason for refusing it, or null. */
  readonly refused: string | null;
  readonly detectedAfterNs: number | null;
  readonly detectedBy: string;
  readonly switchedAfterNs: number | null;
  /** 0: nothing was lost for its sake. Null: still losing near the end of the run. */
  readonly healedAfterNs: number | null;
  readonly flows: Readonly<Record<string, EventFlowResult>>;
}

export interface EventFlowResult {
  readonly lost: number;
  readonly outageNs: number;
  readonly impairmentNs: number;
  readonly healedAfterNs: number | null;
  readonly sessionsBroken: number;
  readonly connectionsMoved: number;
  readonly connectionsAffected: number;
}

export interface DeviceResult {
  readonly forwarded: number;
  readonly delivered: number;
  readonly consumed: number;
  readonly dropped: number;
  readonly droppedByReason: ReasonCounts;
  /** TCP segments it sent again. */
  readonly retransmitted: number;
  readonly gauges: Readonly<Record<string, number>>;
}

export interface StateChange {
  readonly atNs: number;
  readonly subject: string;
  readonly from: string | null;
  readonly to: string;
  /** Null at 0 s and for changes that no event caused. */
  readonly because: { readonly event: string; readonly chain: readonly string[] } | null;
}

export interface TopologyNode {
  readonly name: string;
  readonly kind: string;
  readonly zone: string | null;
  readonly region: string | null;
}

export interface TopologyLink {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly latencyNs: number;
  readonly rateBps: number;
}

export interface ResultParameter {
  readonly id: string;
  readonly value: number;
  readonly provenance: 'documented' | 'assumed' | 'scenario';
  readonly source: string;
}

/** `measures` has the fields of the flow, device or packet section it narrows. */
export interface ScopeResult {
  readonly subject: string;
  readonly name: string;
  readonly fromNs: number;
  readonly toNs: number;
  readonly direction: 'in' | 'out' | null;
  readonly measures: FlowResult | PacketCounts | ResourceMeasures;
  /** For `by`: when the bounds first held, null if never; absent otherwise. */
  readonly heldAtNs?: number | null;
}

/** The devices of a resource together, and its state. */
export interface ResourceMeasures extends DeviceResult {
  /** Latest state of the subject of this name at the end of the scope; null when it has none. */
  readonly state: string | null;
  /** State changes within the scope. */
  readonly changes: number;
}

export interface ExpectationResult {
  readonly text: string;
  readonly actual: string;
  readonly verdict: Outcome;
}
