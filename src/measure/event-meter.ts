/** State changes in order, and what they say about each event: when it was detected, by what, and what acted on it. */
import type { Change } from '../network/observer.ts';
import type { EventPlan } from './plan.ts';
import type { EventFlowResult, EventResult, StateChange } from './result.ts';

interface Reaction {
  refused: string | null;
  detectedAfterNs: number | null;
  detectedBy: string;
  switchedAfterNs: number | null;
}

export class EventMeter {
  readonly stateChanges: StateChange[] = [];
  private readonly plans: readonly EventPlan[];
  private readonly reactions: Reaction[];
  /** Of each event, when the next one on a common target happens: reactions from then on are to that one. */
  private readonly untilNs: number[];
  /** Where the initial state of a subject stands, so that settling leaves one entry each. */
  private readonly initialStates = new Map<string, number>();

  constructor(plans: readonly EventPlan[]) {
    this.plans = plans;
    this.untilNs = plans.map((plan) => nextOnSameTarget(plan, plans));
    this.reactions = plans.map(() => ({
      refused: null,
      detectedAfterNs: null,
      detectedBy: 'none',
      switchedAfterNs: null,
    }));
  }

  addChange(change: Change, nowNs: number): void {
    const { subject, from, to, cause } = change;
    if (nowNs < 0 || (nowNs === 0 && from === null)) {
      this.setInitialState(subject, to);
      return;
    }
    const plan = cause === null ? undefined : this.plans[cause.event];
    const because = cause === null || plan === undefined ? null : { event: plan.name, chain: cause.chain };
    this.stateChanges.push({ atNs: nowNs, subject, from, to, because });
    if (cause !== null) this.react(change, cause.event, nowNs);
  }

  refuse(event: number, reason: string): void {
    const reaction = this.reactions[event];
    if (reaction !== undefined) reaction.refused = reason;
  }

  /** `flows` holds what the event cost each flow it cost anything. */
  result(event: number, flows: Readonly<Record<string, EventFlowResult>>, endNs: number): EventResult {
    const { what, atNs } = this.plans[event] as EventPlan;
    const { refused, detectedAfterNs, detectedBy, switchedAfterNs } = this.reactions[event] as Reaction;
    const never = { detectedAfterNs: null, detectedBy: 'none', switchedAfterNs: null, healedAfterNs: null };
    if (atNs === null || atNs > endNs) return { atNs: null, what, refused, ...never, flows };
    return {
      atNs,
      what,
      refused,
      detectedAfterNs,
      detectedBy,
      switchedAfterNs,
      healedAfterNs: lastHealed(flows),
      flows,
    };
  }

  private setInitialState(subject: string, to: string): void {
    const initial = { atNs: 0, subject, from: null, to, because: null };
    const known = this.initialStates.get(subject);
    if (known !== undefined) {
      this.stateChanges[known] = initial;
      return;
    }
    this.initialStates.set(subject, this.stateChanges.length);
    this.stateChanges.push(initial);
  }

  private react(change: Change, event: number, nowNs: number): void {
    const atNs = this.plans[event]?.atNs ?? null;
    const reaction = this.reactions[event];
    if (atNs === null || reaction === undefined || nowNs < atNs) return;
    if (change.kind === 'detection' && reaction.detectedAfterNs === null) {
      reaction.detectedAfterNs = nowNs - atNs;
      reaction.detectedBy = change.detector ?? 'none';
    }
    if (change.kind === 'installation' && nowNs < (this.untilNs[event] as number)) {
      reaction.switchedAfterNs = nowNs - atNs;
    }
  }
}

function nextOnSameTarget(plan: EventPlan, plans: readonly EventPlan[]): number {
  const { atNs, targets } = plan;
  if (atNs === null) return Number.POSITIVE_INFINITY;
  const later = plans.flatMap((other) => {
    const isNext =
      other.atNs !== null && other.atNs > atNs && other.targets.some((target) => targets.includes(target));
    return isNext ? [other.atNs as number] : [];
  });
  return Math.min(...later, Number.POSITIVE_INFINITY);
}

/** Healed when the last flow is; null while any is still losing. */
function lastHealed(flows: Readonly<Record<string, EventFlowResult>>): number | null {
  let latest = 0;
  for (const { healedAfterNs } of Object.values(flows)) {
    if (healedAfterNs === null) return null;
    latest = Math.max(latest, healedAfterNs);
  }
  return latest;
}
