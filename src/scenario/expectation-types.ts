/** Checked entries of `expect`: what is measured, over what, and within which bounds. */

/** A time inside `expect`: like an event's, or the end of the run. */
export type ScopeTime =
  | { readonly kind: 'at'; readonly atNs: number }
  | { readonly kind: 'after'; readonly event: string; readonly offsetNs: number }
  | { readonly kind: 'end' };

export type Scope =
  | { readonly kind: 'whole' }
  | { readonly kind: 'at'; readonly at: ScopeTime }
  | { readonly kind: 'during'; readonly from: ScopeTime; readonly to: ScopeTime }
  | { readonly kind: 'before'; readonly to: ScopeTime }
  /** Until the next event after `from`, or the end. */
  | { readonly kind: 'after'; readonly from: ScopeTime }
  /** The bound must hold at some instant up to it. */
  | { readonly kind: 'by'; readonly at: ScopeTime };

export type SubjectKind = 'flow' | 'event' | 'resource' | 'packets' | 'cost';

/** A number compared with a measure; `relative` is a share of what the measure is a part of. */
export interface BoundValue {
  readonly value: number;
  readonly relative: boolean;
}

export type Bound =
  | { readonly kind: 'range'; readonly min: BoundValue | null; readonly max: BoundValue | null }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'never' };

export interface Measure {
  /** Snake case as written: `['requests', 'failed']`. */
  readonly path: readonly string[];
  readonly bound: Bound;
}

export interface Expectation {
  /** As written, on one line. */
  readonly text: string;
  readonly subject: SubjectKind;
  /** Name of the flow, event, resource, device or cost item; `all` for the packets of the whole network. */
  readonly name: string;
  readonly scope: Scope;
  readonly direction: 'in' | 'out' | null;
  readonly measures: readonly Measure[];
  /** Share of replications that must pass; null: every run. */
  readonly inShareOfRuns: number | null;
}
