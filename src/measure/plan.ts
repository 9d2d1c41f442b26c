/** What the recorder must know before a run: flows, events and the windows of scoped expectations, all by number. */
import type { DeviceResult, FlowResult, PacketCounts, ResourceMeasures } from './result.ts';

export interface RecorderPlan {
  /** A FlowId is a position here; higher ids belong to detectors and are not recorded. */
  readonly flows: readonly FlowPlan[];
  /** Events are known by their position here. */
  readonly events: readonly EventPlan[];
  /** The n-th scoped expectation. */
  readonly scopes: readonly ScopePlan[];
  readonly durationNs: number;
  /** Lost units less than this apart belong to one impairment. */
  readonly quietNs: number;
  /** Wished for; a long run has longer steps. */
  readonly seriesStepNs: number;
}

export interface FlowPlan {
  readonly name: string;
  readonly latencyKind: 'one-way' | 'round-trip' | 'response';
  readonly isHttp: boolean;
  /** One packet is all of a unit: a drop is its end (udp, ping). */
  readonly isOnePacket: boolean;
  readonly meanGapNs: number;
  /** Lost units less than this apart belong to one impairment, whatever the run's quiet is; absent: no such least. */
  readonly leastQuietNs?: number;
  readonly timeoutNs: number;
  /** Units wait for one another, so loss says nothing about elapsed time. */
  readonly closedLoop: boolean;
  /** Concurrent connections; 0 when each unit has its own. */
  readonly slots: number;
  /** Absent: no. */
  readonly usesTcp?: boolean;
  /**
   * The packets of a connection are billed to its oldest unit under way, so those behind it fail for the reason it
   * fails for. Absent: no.
   */
  readonly isStream?: boolean;
}

export interface EventPlan {
  readonly name: string;
  readonly what: string;
  /** Null when it lies after the end of the run. */
  readonly atNs: number | null;
  readonly targets: readonly string[];
}

/** What a scope narrows: the subjects of expectations. */
export type ScopeSubject = 'flow' | 'event' | 'resource' | 'packets' | 'cost';

/**
 * `window`: units offered in [fromNs, toNs) with their final outcome; of packets and devices, what was counted
 * between the two instants. `at`: everything counted up to the instant. `by`: the first instant up to `toNs` at which
 * everything counted so far satisfies `holds`.
 */
export interface ScopePlan {
  readonly subject: ScopeSubject;
  readonly name: string;
  readonly kind: 'window' | 'at' | 'by';
  readonly fromNs: number;
  readonly toNs: number;
  readonly direction: 'in' | 'out' | null;
  /** For `by`: whether the bounds hold on these measures, which are those of this instant. */
  readonly holds?: (measures: ScopeMeasures, nowNs: number) => boolean;
  /** Devices of a resource; the one of its name unless given. */
  readonly devices?: readonly string[];
}

export type ScopeMeasures = FlowResult | PacketCounts | ResourceMeasures;

/** What the recorder asks of the run it watches. */
export interface RecorderSources {
  /** In ns from 0 s. */
  now(): number;
  /** Columns may move when they grow, so they are read through this object every time. */
  readonly packets: {
    readonly flow: Int32Array;
    readonly unit: Int32Array;
    readonly connection: Int32Array;
    /** 0: from the flow's sender (`out`); 1: towards it (`in`). */
    readonly direction: Uint8Array;
  };
  packetCounts(): PacketCounts;
  deviceResult(name: string): DeviceResult;
}
