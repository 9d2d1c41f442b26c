/**
 * Goal: a link serialises exactly, keeps order, drops what it must and nothing else. Method: one direction of a link
 * alone, compared with arithmetic on BigInt and with a slow twin.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { RandomStreams } from '../../src/base/random.ts';
import { Impairment } from '../../src/network/impairment.ts';
import { Wire } from '../support/fixtures.ts';
import { PlainLink } from '../support/plain-link.ts';

const SECOND = 1_000_000_000;
const lengths = fc.array(fc.integer({ min: 20, max: 65_535 }), { minLength: 1, maxLength: 200 });
const rates = fc.integer({ min: 1_000, max: 400_000_000_000 });

test('back-to-back packets leave exactly when their bits have been sent, whatever sizes and rate', () => {
  fc.assert(
    fc.property(lengths, rates, fc.nat(SECOND), (sizes, rateBps, startNs) => {
      const wire = new Wire({ rateBps, latencyNs: 7, queueNs: Number.MAX_SAFE_INTEGER, mtuBytes: 65_535 });
      wire.at(startNs, () => {
        for (const size of sizes) wire.send(size);
      });
      wire.run();
      let bits = 0n;
      const expected = sizes.map((size, number) => {
        bits += BigInt(size) * 8n;
        return [number, startNs + Number((bits * 1_000_000_000n) / BigInt(rateBps)) + 7];
      });
      expect(wire.all('arrives')).toEqual(expected);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('a million packets back to back end where the arithmetic says, to the nanosecond', () => {
  const rateBps = 7_000_000_001;
  const wire = new Wire({ rateBps, queueNs: Number.MAX_SAFE_INTEGER });
  let leftNs = 0;
  let bits = 0n;
  for (let i = 0; i < 1_000_000; i++) {
    const size = 64 + ((i * 7_919) % 1_437);
    bits += BigInt(size) * 8n;
    leftNs = wire.links.serialise(wire.link, size, 0);
  }
  expect(leftNs).toBe(Number((bits * 1_000_000_000n) / BigInt(rateBps)));
});

test('a slow link that is busy for 100 days ends where the arithmetic says, to the nanosecond', () => {
  const rateBps = 1_003;
  const wire = new Wire({ rateBps, queueNs: Number.MAX_SAFE_INTEGER });
  const hundredDaysNs = 100 * 86_400e9;
  let leftNs = 0;
  let bits = 0n;
  for (let i = 0; leftNs < hundredDaysNs; i++) {
    const size = 1_400 + (i % 101);
    bits += BigInt(size) * 8n;
    leftNs = wire.links.serialise(wire.link, size, 0);
  }
  expect(leftNs).toBe(Number((bits * 1_000_000_000n) / BigInt(rateBps)));
});

test('a link serialises as exactly on the hundredth day as on the first', () => {
  const wire = new Wire({ rateBps: 3_000_000_000, latencyNs: 100, queueNs: 1_000 });
  const starts = [0, 100 * 86_400e9];
  for (const atNs of starts) for (let i = 0; i < 3; i++) wire.at(atNs, () => wire.send(100));
  wire.run();
  const arrivals = wire.all('arrives').map(([, atNs]) => atNs);
  expect(arrivals).toEqual(starts.flatMap((atNs) => [366, 633, 900].map((sinceNs) => atNs + sinceNs)));
});

test('an idle link starts each packet afresh', () => {
  const wire = new Wire({ rateBps: 3_000_000_000, latencyNs: 100 });
  for (const atNs of [0, 5_000, 10_000]) wire.at(atNs, () => wire.send(100));
  wire.run();
  // 800 bits at 3 Gbit/s: 266 2/3 ns.
  expect(wire.all('arrives')).toEqual([
    [0, 366],
    [1, 5_366],
    [2, 10_366],
  ]);
});

test('a link without a rate only delays', () => {
  const wire = new Wire({ rateBps: 0, latencyNs: 100 });
  wire.send(1_500);
  wire.send(1_500);
  wire.run();
  expect(wire.all('arrives')).toEqual([
    [0, 100],
    [1, 100],
  ]);
});

test('a packet larger than the MTU is dropped, one as large is not', () => {
  const wire = new Wire({ mtuBytes: 1_400 });
  wire.send(1_401);
  wire.send(1_400);
  wire.run();
  expect(wire.all('mtu-exceeded')).toEqual([[0, 0]]);
  expect(wire.all('arrives')).toHaveLength(1);
});

test('the queue takes what waits no longer than it may, and drops the rest as queue-full', () => {
  // 1,000 B take 1 ms; the queue holds 3 ms, so the packets that wait 0, 1, 2 and 3 ms are taken.
  const wire = new Wire({ rateBps: 8_000_000, queueNs: 3_000_000, latencyNs: 0 });
  for (let i = 0; i < 6; i++) wire.send(1_000);
  wire.run();
  expect(wire.all('arrives').map(([number]) => number)).toEqual([0, 1, 2, 3]);
  expect(wire.all('queue-full')).toEqual([
    [4, 0],
    [5, 0],
  ]);
});

test('a queue that overflows at the normal rate is nobody’s fault, one that does at a lowered rate is the event’s', () => {
  const wire = new Wire({ rateBps: 8_000_000, queueNs: 0 });
  wire.send(1_000);
  wire.send(1_000);
  wire.at(SECOND, () => {
    wire.links.impair(wire.link, null, 4);
    wire.layer.setRate(wire.link, 4_000_000);
    wire.send(1_000);
    wire.send(1_000);
  });
  wire.run();
  expect(wire.log.filter(({ what }) => what === 'queue-full').map(({ event }) => event)).toEqual([-1, 4]);
});

test('a link that fails drops all it holds at that instant and refuses more until it is restored', () => {
  const wire = new Wire({ rateBps: 8_000_000, latencyNs: 1_500_000 });
  for (let i = 0; i < 4; i++) wire.send(1_000);
  wire.at(3_000_000, () => wire.layer.fail(wire.link, 2));
  wire.at(3_500_000, () => wire.send(1_000));
  wire.at(4_000_000, () => wire.layer.restore(wire.link, 3));
  wire.at(4_000_000, () => wire.send(1_000));
  wire.run();
  expect(wire.all('arrives')).toEqual([
    [0, 2_500_000],
    [5, 6_500_000],
  ]);
  expect(wire.all('link-down')).toEqual([
    [1, 3_000_000],
    [2, 3_000_000],
    [3, 3_000_000],
    [4, 3_500_000],
  ]);
  expect(wire.log.filter(({ what }) => what === 'link-down').map(({ event }) => event)).toEqual([2, 2, 2, 2]);
  expect(wire.all('revived')).toEqual([[5, 4_000_000]]);
});

test('a restored link owes nothing to the packets that died on it', () => {
  // The flushed queue would have arrived until 20 ms; a packet sent after the restore must not wait for that.
  const wire = new Wire({ rateBps: 8_000_000, latencyNs: 0 });
  for (let i = 0; i < 20; i++) wire.send(1_000);
  wire.at(1_500_000, () => wire.layer.fail(wire.link, 0));
  wire.at(2_000_000, () => {
    wire.layer.restore(wire.link, 1);
    wire.send(1_000);
  });
  wire.run();
  expect(wire.all('arrives')).toEqual([
    [0, 1_000_000],
    [20, 3_000_000],
  ]);
});

test('a lower rate stretches what is not yet sent, and a higher one shortens it', () => {
  const wire = new Wire({ rateBps: 8_000_000, latencyNs: 100, queueNs: SECOND });
  for (let i = 0; i < 3; i++) wire.send(1_000);
  // Half of the second packet is left at 1.5 ms: 0.5 ms at full rate is 1 ms at half of it.
  wire.at(1_500_000, () => wire.layer.setRate(wire.link, 4_000_000));
  wire.at(3_500_000, () => wire.layer.setRate(wire.link, 16_000_000));
  wire.run();
  expect(wire.all('arrives')).toEqual([
    [0, 1_000_100],
    [1, 2_500_100],
    [2, 4_000_000 - 250_000 + 100],
  ]);
});

test('a rate changed in the very instant the line falls silent leaves no debt', () => {
  // 100 B at 3 Gbit/s leave 2/3 ns behind; at 1 kbit/s that remainder would be half a second.
  const wire = new Wire({ rateBps: 3_000_000_000, latencyNs: 0 });
  wire.send(100);
  wire.at(266, () => {
    wire.layer.setRate(wire.link, 1_000);
    wire.send(125);
  });
  wire.run();
  expect(wire.all('arrives')).toEqual([
    [0, 266],
    [1, SECOND + 266],
  ]);
});

test('lifting the limit sends at once what still waits', () => {
  const wire = new Wire({ rateBps: 8_000_000, latencyNs: 100 });
  for (let i = 0; i < 3; i++) wire.send(1_000);
  wire.at(1_500_000, () => wire.layer.setRate(wire.link, 0));
  wire.run();
  expect(wire.all('arrives')).toEqual([
    [0, 1_000_100],
    [1, 1_500_100],
    [2, 1_500_100],
  ]);
});

type Step =
  | { readonly gapNs: number; readonly verb: 'send'; readonly bytes: number }
  | { readonly gapNs: number; readonly verb: 'rate'; readonly rateBps: number }
  | { readonly gapNs: number; readonly verb: 'break' };

const gapNs = fc.integer({ min: 1, max: 2_000_000 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      gapNs,
      verb: fc.constant('send' as const),
      bytes: fc.integer({ min: 40, max: 1_500 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      gapNs,
      verb: fc.constant('rate' as const),
      rateBps: fc.integer({ min: 500_000, max: 50_000_000 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ gapNs, verb: fc.constant('break' as const) }) },
);

test('sends, rate changes and failures agree with a slow twin', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const wire = new Wire({ rateBps: 8_000_000, latencyNs: 500_000, queueNs: 3_600 * SECOND });
      const twin = new PlainLink(8_000_000, 500_000);
      let timeNs = 0;
      let sent = 0;
      for (const next of steps) {
        timeNs += next.gapNs;
        const number = sent;
        if (next.verb === 'send') sent++;
        twin.advance(timeNs);
        if (next.verb === 'send') twin.send(number, next.bytes);
        else if (next.verb === 'rate') twin.setRate(next.rateBps);
        else twin.fail();
        wire.at(timeNs, () => {
          if (next.verb === 'send') wire.send(next.bytes);
          else if (next.verb === 'rate') wire.layer.setRate(wire.link, next.rateBps);
          else {
            wire.layer.fail(wire.link, 0);
            wire.layer.restore(wire.link, 1);
          }
        });
      }
      wire.run();
      twin.advance(timeNs + 3_600 * SECOND);
      const arrivals = wire.all('arrives');
      // Each change of rate may cost a nanosecond at the rate before it: up to 100 at one a hundred times slower.
      const changes = steps.filter(({ verb }) => verb === 'rate').length;
      expect(arrivals.map(([number]) => number)).toEqual(twin.arrivals.map(([number]) => number));
      arrivals.forEach(([, atNs], i) => {
        expect(Math.abs(atNs - (twin.arrivals[i]?.[1] as number))).toBeLessThanOrEqual(100 * changes);
      });
      const byNumber = (a: [number, number], b: [number, number]) => a[0] - b[0];
      expect(wire.all('link-down').sort(byNumber)).toEqual(twin.dropped.sort(byNumber));
      expect(wire.packets.live).toBe(0);
    }),
    { seed: 5, numRuns: 400 },
  );
});

test('a packet that was lost keeps the sender busy, also across a change of rate', () => {
  const wire = new Wire({ rateBps: 8_000_000, latencyNs: 0 });
  const stream = new RandomStreams('links', 0).stream('wire', 'impairment out');
  wire.links.impair(wire.link, [new Impairment({ loss: 1 }, 0, () => stream, 0)], NONE);
  wire.send(1_000);
  wire.at(500_000, () => {
    wire.links.impair(wire.link, null, NONE);
    wire.layer.setRate(wire.link, 4_000_000);
    wire.send(1_000);
  });
  wire.run();
  // Half a packet is left at half the rate, then a whole one.
  expect(wire.all('arrives')).toEqual([[1, 500_000 + 1_000_000 + 2_000_000]]);
});

test('a packet has its place among events of one instant from when it enters the link', () => {
  const wire = new Wire({ latencyNs: 100 });
  const order: string[] = [];
  wire.at(100, () => order.push(`${wire.log.length} arrived`));
  wire.send(100);
  wire.send(100);
  wire.at(100, () => order.push(`${wire.log.length} arrived`));
  wire.run();
  expect(order).toEqual(['0 arrived', '2 arrived']);
});
