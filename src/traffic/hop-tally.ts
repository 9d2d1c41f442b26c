/** Who answered the probes of traces, by time to live and address, and how long that took. */

export interface HopRow {
  readonly ttl: number;
  /** Null: nobody has ever answered at this time to live. */
  readonly address: number | null;
  /** Probes with this time to live, whoever answered them. */
  readonly sent: number;
  readonly answered: number;
  /** Null when nobody answered. */
  readonly rttNs: { readonly min: number; readonly mean: number; readonly max: number } | null;
}

interface Answers {
  count: number;
  sumNs: number;
  minNs: number;
  maxNs: number;
}

interface Hop {
  sent: number;
  /** By address, in the order of their first answers. */
  readonly answers: Map<number, Answers>;
}

export class HopTally {
  private readonly hops: Hop[] = [];

  /** A probe of which all is known; `address` is null when nobody answered it. */
  add(ttl: number, address: number | null, roundTripNs: number): void {
    while (this.hops.length < ttl) this.hops.push({ sent: 0, answers: new Map() });
    const hop = this.hops[ttl - 1] as Hop;
    hop.sent++;
    if (address === null) return;
    const answers = hop.answers.get(address) ?? {
      count: 0,
      sumNs: 0,
      minNs: roundTripNs,
      maxNs: roundTripNs,
    };
    answers.count++;
    answers.sumNs += roundTripNs;
    answers.minNs = Math.min(answers.minNs, roundTripNs);
    answers.maxNs = Math.max(answers.maxNs, roundTripNs);
    hop.answers.set(address, answers);
  }

  /** In the order of times to live; one of an address each, or one of none. */
  rows(): HopRow[] {
    return this.hops.flatMap(({ sent, answers }, index): HopRow[] => {
      const ttl = index + 1;
      if (answers.size === 0) return [{ ttl, address: null, sent, answered: 0, rttNs: null }];
      return [...answers].map(([address, { count, sumNs, minNs, maxNs }]) => ({
        ttl,
        address,
        sent,
        answered: count,
        rttNs: { min: minNs, mean: Math.round(sumNs / count), max: maxNs },
      }));
    });
  }
}
