/**
 * Goal: what is lost is found and sent again as RFC 5681, 6582, 6675 and 8985 have it. Method: two hosts and a link that
 * loses chosen segments; what was sent is read off the link.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { SYN } from '../../src/protocols/tcp-segment.ts';
import { type TwoHosts, type TwoHostsOptions, twoHosts } from '../support/fixtures.ts';
import { loseCopies, loseSegments } from '../support/lossy-host.ts';
import { dataOf, type SeenSegment, watchSegments } from '../support/segments.ts';
import { connect, type End, listen } from '../support/sockets.ts';

const MS = MILLISECOND_NS;
/** Stream bytes of a full segment with time stamps. */
const FULL = 1_448;
const SACK = 'tcp.sack';

interface Transfer {
  readonly net: TwoHosts;
  readonly seen: SeenSegment[];
  readonly client: End;
  readonly server: () => End | undefined;
  /** Data segments of a, sent at or after 1 s. */
  data(): SeenSegment[];
}

/** `a` connects, and at 1 s sends so many segments; those of the numbers in `lost` do not arrive, counted as sent. */
function transfer(segments: number, lost: readonly number[], options: TwoHostsOptions = {}): Transfer {
  const net = twoHosts({ latencyNs: 10 * MS, rateBps: 100_000_000, ...loseSegments(lost), ...options });
  const accepted = listen(net);
  const seen = watchSegments(net);
  const client = connect(net);
  net.engine.call(SECOND_NS, () => client.socket?.send(segments * FULL, 'all'));
  return { net, seen, client, server: () => accepted[0], data: () => dataOf(seen, 'a') };
}

/** Numbers of the segments that were sent more than once, in the order they were sent again. */
function repeatedOf(data: readonly SeenSegment[]): number[] {
  let highest = 0;
  return data.flatMap(({ seq }) => {
    const number = (seq - 1) / FULL;
    if (seq < highest) return [number];
    highest = seq + 1;
    return [];
  });
}

describe('a lost segment', () => {
  test('is sent again when the third duplicate acknowledgement comes, within little more than a round trip', () => {
    const { net, data, server, client } = transfer(10, [2]);
    net.run(2 * SECOND_NS);
    expect(repeatedOf(data())).toEqual([2]);
    const again = data().at(-1) as SeenSegment;
    // Three segments of 0.12 ms each after it tell; the answer to the third one is there after 20 ms more.
    expect((again.atNs - SECOND_NS) / MS).toBeGreaterThan(20);
    expect((again.atNs - SECOND_NS) / MS).toBeLessThan(21.5);
    expect(server()?.messages).toEqual(['all']);
    expect(client.socket?.retransmissions).toBe(1);
  });

  test('is not sent again at once for two duplicates: they may be reordering', () => {
    const { net, data } = transfer(3, [0], { assume: { 'tcp.tail_loss_probe': 0, 'tcp.rack': 0 } });
    net.run(SECOND_NS + 200 * MS);
    expect(repeatedOf(data())).toEqual([]);
  });

  test('is sent again for one or two duplicates a quarter of the round trip later (RFC 8985)', () => {
    for (const lost of [7, 8]) {
      const { net, data, server, client } = transfer(10, [lost]);
      net.run(2 * SECOND_NS);
      expect(repeatedOf(data())).toEqual([lost]);
      const again = data().at(-1) as SeenSegment;
      // The answer to what overtook it is there after 20 ms and its own eight or nine segments of 0.12 ms.
      expect((again.atNs - SECOND_NS) / MS).toBeGreaterThan(25);
      expect((again.atNs - SECOND_NS) / MS).toBeLessThan(27);
      expect(server()?.messages).toEqual(['all']);
      expect(client.socket?.retransmissions).toBe(1);
    }
  });

  test('that was only late, less than a quarter of the round trip, is not sent again', () => {
    const late = { reorder: 0.05 };
    const net = twoHosts({
      latencyNs: 10 * MS,
      impairment: late,
      reorderDelayNs: 3 * MS,
      assume: { 'tcp.reordering': 300 },
    });
    const accepted = listen(net);
    const seen = watchSegments(net);
    const client = connect(net);
    for (let i = 0; i < 200; i++) {
      net.engine.call(SECOND_NS + i * 100 * MS, () => client.socket?.send(3 * FULL, i));
    }
    net.run(60 * SECOND_NS);
    expect(accepted[0]?.messages).toHaveLength(200);
    expect(seen.filter(({ blocks }) => blocks.length > 0).length).toBeGreaterThan(10);
    expect(client.socket?.retransmissions).toBe(0);
  });

  test('lets two more segments out while duplicates are counted (limited transmit, RFC 3042)', () => {
    for (const sack of [0, 1]) {
      // A window that never changes, since an acknowledgement that opens it is no duplicate.
      const window = { 'tcp.receive_buffer': 64_240, 'tcp.initial_window': 4 };
      const assume = { [SACK]: sack, 'tcp.tail_loss_probe': 0, ...window };
      const { net, data } = transfer(20, [0], { assume });
      // Three segments arrive after the lost one: two let a new one out, the third repairs.
      net.run(SECOND_NS + 25 * MS);
      expect(data().map(({ seq }) => (seq - 1) / FULL)).toEqual([0, 1, 2, 3, 4, 5, 0]);
    }
  });

  test('halves the window with NewReno and takes it to 0.7 with CUBIC', () => {
    for (const [cubic, factor] of [
      [0, 0.5],
      [1, 0.7],
    ] as const) {
      const { net, client } = transfer(10, [2], { assume: { 'tcp.cubic': cubic } });
      net.run(SECOND_NS + 60 * MS);
      // Two segments were acknowledged before the loss showed: the window was 12 segments, of which 10 were used.
      expect((client.socket?.congestionWindowBytes as number) / FULL).toBeCloseTo(8 * factor, 5);
    }
  });
});

describe('many lost segments', () => {
  /** Goodput in segments of the 2 s after slow start has overrun a queue of half a round trip. */
  function overrun(assume: Record<string, number>) {
    const net = twoHosts({ latencyNs: 50 * MS, rateBps: 1e8, queueNs: 50 * MS, assume });
    listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => client.socket?.send(1_000_000_000));
    net.run(2 * SECOND_NS);
    expect(net.drops.length).toBeGreaterThan(500);
    const before = client.socket?.sender.una as number;
    net.run(4 * SECOND_NS);
    return { segments: ((client.socket?.sender.una as number) - before) / FULL, net, client };
  }

  test('are repaired at the pace of what arrives (RFC 6937), so that no repair is lost and no time-out needed', () => {
    const { segments, net, client } = overrun({ 'tcp.cubic': 0 });
    // The link carries 8,333 segments a second.
    expect(segments).toBeGreaterThan(1.8 * 8_333);
    expect(client.socket?.retransmissions).toBe(net.drops.length);
  });

  test('are left to the time-out without selective acknowledgements, which is faster than one a round trip', () => {
    const { segments } = overrun({ 'tcp.cubic': 0, [SACK]: 0 });
    expect(segments).toBeGreaterThan(500);
  });
});

test('with one segment in 1,000 lost NewReno carries sqrt(3/2 x 1,000) segments a round trip: the sawtooth', () => {
  const every = 1_000;
  const lost = Array.from({ length: 60 }, (_, i) => (i + 1) * every);
  // The formula's receiver acknowledges every segment.
  const assume = { 'tcp.cubic': 0, 'tcp.delayed_ack': 0 };
  const net = twoHosts({ latencyNs: 20 * MS, assume, ...loseSegments(lost) });
  listen(net);
  const seen = watchSegments(net);
  const client = connect(net);
  net.engine.call(SECOND_NS, () => client.socket?.send(1_000_000_000));
  net.run(11 * SECOND_NS);
  const peaks: number[] = [];
  const before = client.socket?.sender.una as number;
  for (let atNs = 11 * SECOND_NS; atNs < 41 * SECOND_NS; atNs += 40 * MS) {
    net.run(atNs);
    peaks.push((client.socket?.congestionWindowBytes as number) / FULL);
  }
  const trips = 30 / 0.04;
  const carried = ((client.socket?.sender.una as number) - before) / FULL / trips;
  // Less than the formula by the round trip of each recovery, which it leaves out, and by growing in whole segments.
  expect(carried / Math.sqrt(1.5 * every)).toBeGreaterThan(0.91);
  expect(carried / Math.sqrt(1.5 * every)).toBeLessThan(1.02);
  // From half of the peak to the peak, one segment a round trip.
  const peak = Math.sqrt((8 / 3) * every);
  expect(Math.max(...peaks) / peak).toBeCloseTo(1, 1);
  expect(Math.min(...peaks) / peak).toBeCloseTo(0.5, 1);
  expect(repeatedOf(dataOf(seen, 'a')).length).toBe(client.socket?.retransmissions);
});

describe('several lost segments', () => {
  test('are all repaired within one round trip of the first, with selective acknowledgements', () => {
    const { net, data, server } = transfer(10, [1, 3, 5]);
    net.run(SECOND_NS + 60 * MS);
    expect(repeatedOf(data())).toEqual([1, 3, 5]);
    expect(server()?.messages).toEqual(['all']);
  });

  test('are repaired one a round trip without them (NewReno’s partial acknowledgements)', () => {
    const { net, data, server } = transfer(10, [1, 3, 5], { assume: { [SACK]: 0 } });
    net.run(SECOND_NS + 200 * MS);
    const again = data().slice(10);
    expect(repeatedOf(data())).toEqual([1, 3, 5]);
    const gaps = [1, 2].map(
      (i) => ((again[i] as SeenSegment).atNs - (again[i - 1] as SeenSegment).atNs) / MS,
    );
    for (const gap of gaps) expect(Math.abs(gap - 20)).toBeLessThan(1);
    expect(server()?.messages).toEqual(['all']);
  });

  test('cost one reduction of the window, not one each', () => {
    const { net, client } = transfer(40, [11, 14, 20], { assume: { 'tcp.cubic': 0 } });
    net.run(SECOND_NS + 75 * MS);
    const window = (client.socket?.congestionWindowBytes as number) / FULL;
    expect(window).toBeGreaterThan(7);
    expect(window).toBeLessThan(12);
  });

  test('whose first repair is lost as well goes again a round trip later, without a time-out, if the stream goes on', () => {
    const copies = loseCopies(new Map([[30, 3]]));
    const { net, data, server } = transfer(2_000, [], { rateBps: 20_000_000, ...copies });
    net.run(5 * SECOND_NS);
    const times = data()
      .filter(({ seq }) => seq === 1 + 30 * FULL)
      .map(({ atNs }) => (atNs - SECOND_NS) / MS);
    expect(times).toHaveLength(4);
    for (const i of [1, 2, 3]) {
      const gap = (times[i] as number) - (times[i - 1] as number);
      expect(gap).toBeGreaterThan(20);
      expect(gap).toBeLessThan(60);
    }
    expect(server()?.messages).toEqual(['all']);
  });

  test('whose repairs are mostly lost as well are all repaired again together, not one a round trip', () => {
    // As a policer does to slow start: four of five are lost, and of their repairs half.
    const numbers = Array.from({ length: 100 }, (_, i) => 100 + i).filter((number) => number % 5 !== 0);
    const copies = loseCopies(new Map(numbers.map((number, i) => [number, 1 + (i % 2)])));
    const { net, data, server } = transfer(1_000, [], copies);
    net.run(2 * SECOND_NS);
    const damaged = data().filter(({ seq }) => (seq - 1) / FULL < 200);
    // Slow start comes to them in its fourth round trip; one to find the losses, and a few at the pace of what arrives.
    const lastMs = ((damaged.at(-1) as SeenSegment).atNs - SECOND_NS) / MS;
    expect(lastMs).toBeLessThan(12 * 20);
    expect(repeatedOf(data()).length).toBeLessThanOrEqual(1.5 * numbers.length);
    expect(server()?.messages).toEqual(['all']);
  });

  test('of which one is lost again wait for the time-out, and what has arrived is not sent again', () => {
    const { net, data, server } = transfer(10, [2, 10]);
    net.run(3 * SECOND_NS);
    expect(repeatedOf(data())).toEqual([2, 2]);
    expect(server()?.messages).toEqual(['all']);
  });
});

describe('a lost tail', () => {
  test('of one segment is repaired by a probe after two round trips, where the time-out would take 200 ms more', () => {
    const { net, data, server } = transfer(5, [4]);
    net.run(2 * SECOND_NS);
    expect(repeatedOf(data())).toEqual([4]);
    const delayMs = ((data().at(-1) as SeenSegment).atNs - SECOND_NS) / MS;
    // The last acknowledgement comes after 20 ms; the probe 2 x 20 ms and the 200 ms of a delayed one later, or at the RTO.
    expect(delayMs).toBeLessThan(20 + 40 + 200 + 2);
    expect(server()?.messages).toEqual(['all']);
  });

  test('of several segments too: the probe’s own acknowledgement shows what else is missing', () => {
    const { net, data, server } = transfer(8, [4, 5, 6, 7]);
    net.run(SECOND_NS + 150 * MS);
    // The probe goes out 2 x 20 ms after the last acknowledgement and brings the repair a round trip later.
    expect(repeatedOf(data())).toEqual([7, 4, 5, 6]);
    const probe = data()[8] as SeenSegment;
    expect((probe.atNs - SECOND_NS) / MS).toBeLessThan(20 + 40 + 2);
    expect(server()?.messages).toEqual(['all']);
  });

  test('waits for the time-out when probes are off', () => {
    const { net, data } = transfer(8, [4, 5, 6, 7], { assume: { 'tcp.tail_loss_probe': 0 } });
    net.run(3 * SECOND_NS);
    const first = data()[8] as SeenSegment;
    expect((first.atNs - SECOND_NS) / MS).toBeGreaterThan(20 + 200);
    expect(repeatedOf(data())).toEqual([4, 5, 6, 7]);
  });

  test('is probed once; then the time-out takes over', () => {
    const { net, data } = transfer(8, [4, 5, 6, 7, 8], {});
    net.run(5 * SECOND_NS);
    expect(repeatedOf(data())).toEqual([7, 4, 5, 6, 7]);
  });
});

describe('a time-out', () => {
  test('starts again with one segment and doubles from there', () => {
    const lost = Array.from({ length: 10 }, (_, i) => i);
    const { net, data, server } = transfer(10, [...lost, 10], {});
    net.run(5 * SECOND_NS);
    const again = data().slice(11);
    expect(again[0]?.seq).toBe(1);
    const trips = again.map(({ atNs }) => Math.round((atNs - (again[0] as SeenSegment).atNs) / (20 * MS)));
    expect(trips.slice(0, 7)).toEqual([0, 1, 1, 2, 2, 2, 2]);
    expect(server()?.messages).toEqual(['all']);
  });

  test('with a minimum of 1 s comes after max(1 s, 4 deviations) on top of the round trip', () => {
    const { net, data } = transfer(1, [0], {
      assume: { 'tcp.min_rto': SECOND_NS, 'tcp.tail_loss_probe': 0 },
    });
    net.run(10 * SECOND_NS);
    const [sent, again] = data() as [SeenSegment, SeenSegment];
    expect((again.atNs - sent.atNs) / MS).toBeCloseTo(20 + 1_000, 0);
  });
});

describe('whatever is lost, delayed, doubled in order or out of it', () => {
  const variants = fc.record({
    sack: fc.constantFrom(0, 1),
    cubic: fc.constantFrom(0, 1),
    stamps: fc.constantFrom(0, 1),
    probe: fc.constantFrom(0, 1),
    scaling: fc.constantFrom(0, 1),
  });

  test('every message arrives once and in order, both ways, and the connection ends', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 15 });
    const share = (max: number) => fc.double({ min: 0, max, noNaN: true });
    fc.assert(
      fc.property(fc.nat(), sizes, share(0.25), share(0.5), variants, (seed, list, loss, reorder, v) => {
        const net = twoHosts({
          seed: `${seed}`,
          latencyNs: 5 * MS,
          rateBps: 50_000_000,
          impairment: { loss, reorder, jitterNs: MS },
          reorderDelayNs: 30 * MS,
          assume: {
            [SACK]: v.sack,
            'tcp.cubic': v.cubic,
            'tcp.timestamps': v.stamps,
            'tcp.tail_loss_probe': v.probe,
            'tcp.window_scaling': v.scaling,
          },
        });
        const accepted = listen(net);
        const client = connect(net);
        for (const [i, size] of list.entries()) client.socket?.send(size, `up ${i}`);
        net.engine.call(140 * SECOND_NS, () => {
          for (const end of accepted) {
            if (end.socket?.state !== 'established') continue;
            for (const [i, size] of list.entries()) end.socket.send(size, `down ${i}`);
          }
        });
        net.engine.call(2_000 * SECOND_NS, () => client.socket?.close());
        net.run(8_000 * SECOND_NS);
        expect(accepted.flatMap(({ messages }) => messages)).toEqual(list.map((_, i) => `up ${i}`));
        expect(client.messages).toEqual(list.map((_, i) => `down ${i}`));
        expect(client.closed.map(({ reason }) => reason)).toEqual(['closed']);
        expect(net.network.packets.live).toBe(0);
      }),
      { seed: 8, numRuns: 150 },
    );
  });

  test('the observer hears of exactly the segments that repeat sequence space', () => {
    const net = twoHosts({ latencyNs: 5 * MS, rateBps: 20_000_000, impairment: { loss: 0.05 } });
    listen(net);
    const seen = watchSegments(net);
    let told = 0;
    net.network.addObserver({ onRetransmit: () => told++ });
    const client = connect(net);
    net.engine.call(SECOND_NS, () => client.socket?.send(2_000_000, 'much'));
    net.engine.call(100 * SECOND_NS, () => client.socket?.close());
    net.run(200 * SECOND_NS);
    const highest = { a: -1, b: -1 };
    let repeats = 0;
    for (const { side, seq, bytes, flags } of seen) {
      const end = seq + bytes + ((flags & SYN) !== 0 || (flags & 1) !== 0 ? 1 : 0);
      if (end > seq && end <= highest[side]) repeats++;
      highest[side] = Math.max(highest[side], end);
    }
    expect(repeats).toBeGreaterThan(50);
    expect(told).toBe(repeats);
  });
});
