import { IN, OUT } from '../network/packet-table.ts';
import type { FlowTally } from './flow-tally.ts';
import { LOSS_REASONS } from './flow-tally.ts';
import type { Histogram } from './histogram.ts';
import type {
  ConnectionCounts,
  FlowResult,
  Impairment,
  LatencySummary,
  Outage,
  ReasonCounts,
} from './result.ts';
import type { LossRuns } from './runs.ts';
import type { UnitRing } from './unit-ring.ts';

/**
 * A tally as a FlowResult of this instant. Every field is worked out when it is asked for, so that watching one
 * counter costs no percentiles; `describe` makes the plain copy that goes into a result.
 */
export class FlowView implements FlowResult {
  private readonly tally: FlowTally;
  private readonly ring: UnitRing;
  private readonly endNs: number;
  private readonly onlyDirection: 'in' | 'out' | null;
  private closedRuns: LossRuns | null = null;

  constructor(tally: FlowTally, ring: UnitRing, nowNs: number, direction: 'in' | 'out' | null = null) {
    this.tally = tally;
    this.ring = ring;
    this.endNs = Math.min(nowNs, tally.toNs);
    this.onlyDirection = direction;
  }

  get sent(): number {
    return this.tally.sent;
  }

  get delivered(): number {
    return this.tally.delivered;
  }

  get lost(): number {
    return this.tally.lost;
  }

  get pending(): number {
    return this.tally.sent - this.tally.delivered - this.tally.lost;
  }

  get lostByReason(): ReasonCounts {
    const counts: Record<string, number> = {};
    LOSS_REASONS.forEach((reason, index) => {
      const lost = this.tally.lostByReason[index] as number;
      if (lost > 0) counts[reason] = lost;
    });
    return counts;
  }

  get strayLost(): number {
    return this.runs.strayLost;
  }

  get latencyKind(): FlowResult['latencyKind'] {
    return this.tally.plan.latencyKind;
  }

  get latencyNs(): LatencySummary | null {
    return summarise(this.tally.latency);
  }

  get outages(): readonly Outage[] {
    return this.runs.outages;
  }

  get impairments(): readonly Impairment[] {
    return this.runs.impairments;
  }

  get resolutionNs(): number {
    return Math.round(this.tally.plan.meanGapNs);
  }

  get lossDerivedNs(): number | null {
    const { plan, sent, lost } = this.tally;
    return plan.closedLoop || sent === 0 ? null : Math.round((lost / sent) * this.activeNs);
  }

  get connections(): ConnectionCounts {
    const { opened, affected, affectedIn, affectedOut } = this.tally;
    const only = this.onlyDirection;
    const narrowed = only === null ? affected : only === 'in' ? affectedIn : affectedOut;
    // No path changes are observed yet, so nothing has moved.
    return {
      opened,
      affected: narrowed.size,
      moved: 0,
      outageNs: this.slotOutages(),
      byDirection: {
        in: { affected: affectedIn.size, moved: 0 },
        out: { affected: affectedOut.size, moved: 0 },
      },
    };
  }

  get requests(): FlowResult['requests'] {
    const { plan, retried, retries } = this.tally;
    if (!plan.isHttp) return { ok: 0, failed: 0, byOutcome: {}, retried, retries };
    const ok = this.delivered === 0 ? {} : { ok: this.delivered };
    return {
      ok: this.delivered,
      failed: this.lost,
      byOutcome: { ...ok, ...this.lostByReason },
      retried,
      retries,
    };
  }

  get sessions(): FlowResult['sessions'] {
    const { sessionsOpened, sessionsCompleted, sessionsBroken, sessionsSurvived } = this.tally;
    return {
      opened: sessionsOpened,
      completed: sessionsCompleted,
      survived: sessionsSurvived.size,
      broken: sessionsBroken,
      alive: sessionsOpened - sessionsCompleted - sessionsBroken,
    };
  }

  get tcp(): FlowResult['tcp'] {
    const { plan, segments, retransmitted, roundTrips } = this.tally;
    if (plan.usesTcp !== true) return null;
    const counts = (direction: number) => ({
      segments: segments[direction] as number,
      retransmitted: retransmitted[direction] as number,
    });
    const [out, inward] = [counts(OUT), counts(IN)];
    return {
      segments: out.segments + inward.segments,
      retransmitted: out.retransmitted + inward.retransmitted,
      roundTripNs: summarise(roundTrips),
      byDirection: { in: inward, out },
    };
  }

  get goodputBps(): number | null {
    if (this.tally.sent === 0 || this.activeNs <= 0) return null;
    return (this.tally.deliveredBytes * 8) / (this.activeNs / 1e9);
  }

  describe(): FlowResult {
    return {
      sent: this.sent,
      delivered: this.delivered,
      lost: this.lost,
      pending: this.pending,
      lostByReason: this.lostByReason,
      strayLost: this.strayLost,
      latencyKind: this.latencyKind,
      latencyNs: this.latencyNs,
      outages: this.outages,
      impairments: this.impairments,
      resolutionNs: this.resolutionNs,
      lossDerivedNs: this.lossDerivedNs,
      connections: this.connections,
      requests: this.requests,
      sessions: this.sessions,
      goodputBps: this.goodputBps,
      tcp: this.tcp,
    };
  }

  private get activeNs(): number {
    return Math.max(0, this.endNs - Math.max(0, this.tally.fromNs));
  }

  /** The runs as they stand: units wait in the ring for older ones, so a copy looks past those. */
  private get runs(): LossRuns {
    if (this.closedRuns === null) {
      const { tally, ring } = this;
      const runs = tally.runs.clone();
      for (let unit = ring.head; unit < ring.next; unit++) tally.addInOrder(runs, ring, unit);
      runs.close();
      this.closedRuns = runs;
    }
    return this.closedRuns;
  }

  private slotOutages(): ConnectionCounts['outageNs'] {
    const { opened, plan } = this.tally;
    // Three units in a row cannot be lost on a connection that carries one.
    if (plan.slots === 0) return opened === 0 ? null : { p50: 0, p99: 0, max: 0 };
    const longestNs = this.runs.longestOutageBySlot(this.endNs).toSorted();
    const rank = (share: number): number =>
      longestNs[Math.max(1, Math.ceil(share * plan.slots - 1e-9)) - 1] as number;
    return { p50: rank(0.5), p99: rank(0.99), max: rank(1) };
  }
}

function summarise(times: Histogram): LatencySummary | null {
  if (times.count === 0) return null;
  return {
    min: times.min,
    p50: times.percentile(0.5),
    p90: times.percentile(0.9),
    p99: times.percentile(0.99),
    p999: times.percentile(0.999),
    max: times.max,
    mean: Math.round(times.mean),
  };
}
