// hot path
/**
 * Counts of latencies in whole ns, 0 to 2^53, in buckets that are linear within an octave: values below 256 have a
 * bucket each, above that every octave has 128 of equal width.
 *
 *   value   0 ... 255 | 256 ... 511 | 512 ... 1023 | ...
 *   width       1     |      2      |      4       | ...      a bucket is at most 1/128 (0.8 %) of its values wide
 *
 * Memory grows an octave at a time with the largest value seen: 4 B a bucket, 23.5 KiB at most. Minimum, maximum,
 * sum and therefore the mean are kept apart and are exact.
 */
const SUB_BUCKETS = 128;
const SMALL_VALUE = 0x80000000;
/** Values that do not fit 31 bits are looked up without their lowest 23 bits, which their bucket ignores anyway. */
const LOW_BITS = 23;
const LOW_BITS_FACTOR = 0x800000;

export class Histogram {
  private counts = new Uint32Array(0);
  private total = 0;
  private sumNs = 0;
  private minNs = Number.POSITIVE_INFINITY;
  private maxNs = 0;

  record(valueNs: number): void {
    const bucket = bucketOf(valueNs);
    if (bucket >= this.counts.length) this.grow(bucket);
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.total += 1;
    this.sumNs += valueNs;
    if (valueNs < this.minNs) this.minNs = valueNs;
    if (valueNs > this.maxNs) this.maxNs = valueNs;
  }

  get count(): number {
    return this.total;
  }

  /** 0 when empty, like all figures here; ask `count` first. */
  get min(): number {
    return this.total === 0 ? 0 : this.minNs;
  }

  get max(): number {
    return this.maxNs;
  }

  get mean(): number {
    return this.total === 0 ? 0 : this.sumNs / this.total;
  }

  /**
   * The smallest value that at least `share` of all values do not exceed (nearest rank): the upper edge of its
   * bucket, never above the maximum, so at most 0.8 % too high and never too low.
   */
  percentile(share: number): number {
    // The product of a decimal share such as 0.07 and a count may end just above a whole number.
    const rank = Math.max(1, Math.ceil(share * this.total - 1e-9));
    let seen = 0;
    for (let bucket = 0; bucket < this.counts.length; bucket++) {
      seen += this.counts[bucket] as number;
      if (seen >= rank) return Math.min(upperEdge(bucket), this.maxNs);
    }
    return this.maxNs;
  }

  private grow(bucket: number): void {
    const octaves = Math.floor(bucket / SUB_BUCKETS) + 1;
    const counts = new Uint32Array(octaves * SUB_BUCKETS);
    counts.set(this.counts);
    this.counts = counts;
  }
}

function bucketOf(value: number): number {
  if (value < SMALL_VALUE) return smallBucketOf(value);
  return smallBucketOf(Math.floor(value / LOW_BITS_FACTOR)) + LOW_BITS * SUB_BUCKETS;
}

/** The bucket is told by the octave and the eight highest bits. */
function smallBucketOf(value: number): number {
  if (value < SUB_BUCKETS) return value;
  const shift = 24 - Math.clz32(value);
  return shift * SUB_BUCKETS + (value >>> shift);
}

/** The largest value that falls into the bucket. */
function upperEdge(bucket: number): number {
  if (bucket < 2 * SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  let width = 1;
  for (let i = 0; i < shift; i++) width *= 2;
  return (bucket - shift * SUB_BUCKETS + 1) * width - 1;
}
