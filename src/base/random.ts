/**
 * Random streams: one algorithm (seedrandom's alea), one named stream per purpose. A stream is seeded by
 * `seed/entity/purpose/replication`, so adding a device moves no other device's draws. Every sample costs one
 * uniform draw (inversion), which keeps variants of a scenario on common random numbers.
 */
import seedrandom from 'seedrandom';

export interface RandomStream {
  /** Uniform in [0, 1), 53 bits. */
  uniform(): number;
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
  /** Exponential with the given mean, by inversion. */
  exponential(mean: number): number;
}

class AleaStream implements RandomStream {
  private readonly prng: seedrandom.PRNG;

  constructor(seed: string) {
    this.prng = seedrandom.alea(seed);
  }

  uniform(): number {
    return this.prng.double();
  }

  below(bound: number): number {
    return Math.floor(this.prng.double() * bound);
  }

  exponential(mean: number): number {
    return -Math.log(1 - this.prng.double()) * mean;
  }
}

/** Hands out the streams of one run. */
export class RandomStreams {
  private readonly seed: string;
  private readonly replication: number;

  constructor(seed: string, replication: number) {
    this.seed = seed;
    this.replication = replication;
  }

  /** A fresh stream; ask once and keep it: asking again starts it over. */
  stream(entity: string, purpose: string): RandomStream {
    return new AleaStream(`${this.seed}/${entity}/${purpose}/${this.replication}`);
  }
}
