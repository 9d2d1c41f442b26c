/** Goal: the bucket lets through exactly rate and burst. Method: a twin on BigInt, and the envelope as a law. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TokenBucket } from '../../src/policy/token-bucket.ts';

/** Tokens as bits x 1e9, exact. */
class PlainBucket {
  private tokens: bigint;
  private lastNs = 0;
  private rateBps: bigint;
  private depth: bigint;

  constructor(rateBps: number, burstBytes: number) {
    this.rateBps = BigInt(rateBps);
    this.depth = BigInt(burstBytes) * 8_000_000_000n;
    this.tokens = this.depth;
  }

  private refill(nowNs: number): void {
    this.tokens += BigInt(nowNs - this.lastNs) * this.rateBps;
    if (this.tokens > this.depth) this.tokens = this.depth;
    this.lastNs = nowNs;
  }

  take(lengthBytes: number, nowNs: number): boolean {
    this.refill(nowNs);
    const cost = BigInt(lengthBytes) * 8_000_000_000n;
    if (cost > this.tokens) return false;
    this.tokens -= cost;
    return true;
  }

  /** What is left stays, as far as it fits. */
  change(rateBps: number, burstBytes: number, nowNs: number): void {
    this.refill(nowNs);
    this.rateBps = BigInt(rateBps);
    this.depth = BigInt(burstBytes) * 8_000_000_000n;
    if (this.tokens > this.depth) this.tokens = this.depth;
  }
}

const packets = fc.array(
  fc.record({ gapNs: fc.nat(3_000_000), bytes: fc.integer({ min: 20, max: 1_500 }) }),
  {
    minLength: 1,
    maxLength: 300,
  },
);
const rate = fc.integer({ min: 1_000, max: 10_000_000_000 });
const burst = fc.integer({ min: 1_500, max: 2_000_000_000 });

test('decides every packet as exact arithmetic does', () => {
  fc.assert(
    fc.property(
      packets,
      rate,
      burst,
      fc.integer({ min: 0, max: 1e15 }),
      (list, rateBps, burstBytes, startNs) => {
        const bucket = new TokenBucket(rateBps, burstBytes);
        const twin = new PlainBucket(rateBps, burstBytes);
        let nowNs = startNs;
        const decisions: [boolean, boolean][] = [];
        for (const { gapNs, bytes } of list) {
          nowNs += gapNs;
          decisions.push([bucket.take(bytes, nowNs), twin.take(bytes, nowNs)]);
        }
        expect(decisions.map(([mine]) => mine)).toEqual(decisions.map(([, exact]) => exact));
      },
    ),
    { seed: 14, numRuns: 400 },
  );
});

test('never lets more through than the burst and the rate over any span of a long run', () => {
  const [rateBps, burstBytes] = [7_000_003, 20_000];
  const bucket = new TokenBucket(rateBps, burstBytes);
  let nowNs = 0;
  let acceptedBits = 0n;
  let excess = 0n;
  for (let i = 0; i < 300_000; i++) {
    nowNs += (i * 7_919) % 2_000_003;
    const bytes = 40 + ((i * 104_729) % 1_460);
    if (bucket.take(bytes, nowNs)) acceptedBits += BigInt(bytes) * 8n;
    // Over the whole run: accepted - rate * t never exceeds the burst, and a greedy sender gets all of it.
    const envelope = acceptedBits * 1_000_000_000n - BigInt(nowNs) * BigInt(rateBps);
    if (envelope > excess) excess = envelope;
  }
  expect(excess).toBeLessThanOrEqual(BigInt(burstBytes) * 8_000_000_000n);
});

test('fractions of a nanosecond are not lost: a sender that asks at every one gets what exact arithmetic gives', () => {
  // 100 B at 3 Gbit/s: 266 2/3 ns.
  const bucket = new TokenBucket(3_000_000_000, 100);
  const twin = new PlainBucket(3_000_000_000, 100);
  const [mine, exact]: [number[], number[]] = [[], []];
  for (let nowNs = 0; nowNs < 50_000; nowNs++) {
    if (bucket.take(100, nowNs)) mine.push(nowNs);
    if (twin.take(100, nowNs)) exact.push(nowNs);
  }
  expect(mine).toEqual(exact);
});

test('a sender that always has more gets the rate to within a packet over ten minutes', () => {
  const bucket = new TokenBucket(5_000_000, 62_500);
  let accepted = 0;
  const endNs = 600e9;
  for (let nowNs = 0; nowNs < endNs; nowNs += 500_000) if (bucket.take(1_500, nowNs)) accepted += 1_500 * 8;
  const most = 5_000_000 * 600 + 62_500 * 8;
  expect(accepted).toBeLessThanOrEqual(most);
  expect(accepted).toBeGreaterThan(most - 3 * 1_500 * 8);
});

test('a refused packet takes nothing', () => {
  const bucket = new TokenBucket(8_000, 1_000);
  expect(bucket.take(1_001, 0)).toBe(false);
  expect(bucket.take(1_000, 0)).toBe(true);
  expect(bucket.take(1, 0)).toBe(false);
  expect(bucket.take(1, 999_999)).toBe(false);
  expect(bucket.take(1, 1_000_000)).toBe(true);
});

test('a change of rate and burst acts at once and keeps what is left', () => {
  const bucket = new TokenBucket(8_000, 1_000);
  expect(bucket.take(1_000, 0)).toBe(true);
  // Nothing is left; at a tenth of the rate a byte comes in every 10 ms.
  bucket.change(800, 600, 0);
  expect(bucket.take(1, 9_999_999)).toBe(false);
  expect(bucket.take(1, 10_000_000)).toBe(true);
});

test('changes of rate and burst at random times agree with the twin', () => {
  const changes = fc.array(
    fc.record({
      rateBps: fc.integer({ min: 100_000, max: 10_000_000_000 }),
      burstBytes: fc.integer({ min: 2_000, max: 200_000_000 }),
    }),
    { minLength: 1, maxLength: 8 },
  );
  fc.assert(
    fc.property(packets, changes, (list, settings) => {
      const bucket = new TokenBucket(1_000_000, 10_000);
      const twin = new PlainBucket(1_000_000, 10_000);
      let nowNs = 0;
      const decisions: [boolean, boolean][] = [];
      list.forEach(({ gapNs, bytes }, i) => {
        nowNs += gapNs;
        const change = i % 20 === 19 ? settings[(i / 20) | 0] : undefined;
        if (change !== undefined) {
          for (const b of [bucket, twin]) b.change(change.rateBps, change.burstBytes, nowNs);
        }
        decisions.push([bucket.take(bytes, nowNs), twin.take(bytes, nowNs)]);
      });
      expect(decisions.map(([mine]) => mine)).toEqual(decisions.map(([, exact]) => exact));
    }),
    { seed: 15, numRuns: 200 },
  );
});

test('is exact over 100 days, in quiet hours and in bursts', () => {
  const [rateBps, burstBytes] = [1_000_000_007, 500_000];
  const bucket = new TokenBucket(rateBps, burstBytes);
  const twin = new PlainBucket(rateBps, burstBytes);
  const hourNs = 3_600e9;
  let [nowNs, taken, refused, differing] = [0, 0, 0, 0];
  for (let hour = 0; hour < 2_400; hour++) {
    nowNs = hour * hourNs + ((hour * 7_919) % 1_009);
    const isBusy = hour % 3 === 0;
    for (let i = 0; i < 30; i++) {
      nowNs += isBusy ? 25 : 11_999;
      const bytes = isBusy ? 40_000 + i : 1_500;
      const isTaken = bucket.take(bytes, nowNs);
      if (isTaken) taken++;
      else refused++;
      if (isTaken !== twin.take(bytes, nowNs)) differing++;
    }
  }
  expect(nowNs).toBeGreaterThan(2_399 * hourNs);
  expect(differing).toBe(0);
  expect([taken, refused]).toEqual([57_600, 14_400]);
});
