/**
 * Goal: what a degraded link does to packets has the rates and shapes it is told. Method: many packets over one link
 * with a fixed seed; bounds are five standard deviations of the law in question.
 */

import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { type RandomStream, RandomStreams } from '../../src/base/random.ts';
import type { PacketId } from '../../src/network/ids.ts';
import { Impairment, type ImpairmentOptions } from '../../src/network/impairment.ts';
import { ICMP, type PacketTable, TCP } from '../../src/network/packet-table.ts';
import { Wire } from '../support/fixtures.ts';

const PACKETS = 20_000;
const REORDER_NS = 1_000_000;

const EVENT = 3;

/** A stream a purpose, as links have them. */
function streamOf(purpose: string): RandomStream {
  return new RandomStreams('impairment', 0).stream('wire', `out ${purpose}`);
}

/** A wire on which a packet is sent every `gapNs`, all with the impairment. */
function sendMany(options: ImpairmentOptions, gapNs = 10_000, count = PACKETS): Wire {
  const wire = new Wire({ latencyNs: 1_000_000 });
  wire.links.impair(wire.link, [new Impairment(options, EVENT, streamOf, REORDER_NS)], NONE);
  for (let i = 0; i < count; i++) wire.at(i * gapNs, () => wire.send(100));
  wire.run();
  return wire;
}

/** Five standard deviations of a count of independent events. */
const slack = (share: number, count = PACKETS): number => 5 * Math.sqrt(count * share * (1 - share));

describe.each([
  ['loss', 'random-loss'],
  ['corrupt', 'corrupt'],
] as const)('%s', (option, reason) => {
  test.each([0.01, 0.3])(`ends a share of %s of the packets as ${reason}, blamed on the event`, (share) => {
    const wire = sendMany({ [option]: share });
    const lost = wire.log.filter(({ what }) => what === reason);
    expect(Math.abs(lost.length - PACKETS * share)).toBeLessThan(slack(share));
    expect(new Set(lost.map(({ event }) => event))).toEqual(new Set([3]));
    expect(lost.length + wire.all('arrives').length).toBe(PACKETS);
  });

  test('of 0 touches nothing and of 1 everything', () => {
    expect(sendMany({ [option]: 0 }, 10, 100).all('arrives')).toHaveLength(100);
    expect(sendMany({ [option]: 1 }, 10, 100).all(reason)).toHaveLength(100);
  });
});

test('losses of a Gilbert-Elliott link have the share and the run lengths of its closed form', () => {
  const burst = { loss: 1, meanBurst: 4, meanGap: 36 };
  const impairment = new Impairment({ burst }, EVENT, streamOf, REORDER_NS);
  const count = 400_000;
  const runs: number[] = [];
  let lost = 0;
  let run = 0;
  for (let i = 0; i < count; i++) {
    if (impairment.isLost()) {
      lost++;
      run++;
    } else if (run > 0) {
      runs.push(run);
      run = 0;
    }
  }
  // Stationary share of the bad state: meanBurst / (meanBurst + meanGap); burst lengths are geometric. The variance of
  // the share is that of a two-state chain: share (1 - share) (1 + r) / (1 - r), r = 1 - 1/meanBurst - 1/meanGap.
  const share = 4 / 40;
  const r = 1 - 1 / 4 - 1 / 36;
  const deviation = Math.sqrt((share * (1 - share) * (1 + r)) / (1 - r) / count);
  expect(Math.abs(lost / count - share)).toBeLessThan(5 * deviation);
  const mean = runs.reduce((sum, length) => sum + length, 0) / runs.length;
  expect(Math.abs(mean - 4)).toBeLessThan(5 * Math.sqrt((4 * 3) / runs.length));
  const single = runs.filter((length) => length === 1).length / runs.length;
  expect(Math.abs(single - 1 / 4)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / runs.length));
});

test('inside a burst only the given share is lost', () => {
  const burst = { loss: 0.5, meanBurst: 4, meanGap: 36 };
  const impairment = new Impairment({ burst }, EVENT, streamOf, REORDER_NS);
  let lost = 0;
  for (let i = 0; i < 200_000; i++) if (impairment.isLost()) lost++;
  expect(lost / 200_000).toBeGreaterThan(0.045);
  expect(lost / 200_000).toBeLessThan(0.055);
});

test('extra latency shifts every packet, and says so', () => {
  const wire = sendMany({ latencyNs: 5_000_000 }, 10_000, 10);
  expect(wire.all('arrives')).toEqual(Array.from({ length: 10 }, (_, i) => [i, i * 10_000 + 6_000_000]));
  expect(wire.all('delayed')).toHaveLength(10);
});

test('jitter is spread evenly from nothing to its maximum when packets are far apart', () => {
  const jitterNs = 1_000_000;
  const gapNs = 10_000_000;
  const extra = sendMany({ jitterNs }, gapNs)
    .all('arrives')
    .map(([number, atNs]) => atNs - number * gapNs - 1_000_000);
  expect(Math.min(...extra)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...extra)).toBeLessThan(jitterNs);
  const buckets = new Array<number>(10).fill(0);
  for (const ns of extra) {
    const bucket = Math.floor((ns / jitterNs) * 10);
    buckets[bucket] = (buckets[bucket] as number) + 1;
  }
  const chiSquare = buckets.reduce((sum, n) => sum + (n - PACKETS / 10) ** 2 / (PACKETS / 10), 0);
  // 9 degrees of freedom: 0.1 % of all samples exceed 27.9.
  expect(chiSquare).toBeLessThan(27.9);
});

test('jitter never lets a packet overtake another', () => {
  const numbers = sendMany({ jitterNs: 5_000_000 }, 1_000, 2_000).all('arrives');
  expect(numbers.map(([number]) => number)).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
  const times = numbers.map(([, atNs]) => atNs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

test('reorder holds its share of packets back while others pass them', () => {
  const wire = sendMany({ reorder: 0.1 });
  const arrivals = wire.all('arrives');
  expect(arrivals).toHaveLength(PACKETS);
  const late = arrivals.filter(([number, atNs]) => atNs === number * 10_000 + 1_000_000 + REORDER_NS);
  expect(Math.abs(late.length - PACKETS * 0.1)).toBeLessThan(slack(0.1));
  expect(
    wire
      .all('delayed')
      .map(([number]) => number)
      .sort((a, b) => a - b),
  ).toEqual(late.map(([number]) => number).sort((a, b) => a - b));
  const inOrder = arrivals.filter(([number, atNs]) => atNs === number * 10_000 + 1_000_000);
  expect(inOrder.length + late.length).toBe(PACKETS);
});

test('packets held back for reordering die with the link too', () => {
  const wire = new Wire({ latencyNs: 1_000 });
  wire.links.impair(wire.link, [new Impairment({ reorder: 1 }, EVENT, streamOf, REORDER_NS)], NONE);
  wire.send(100);
  wire.at(5_000, () => wire.layer.fail(wire.link, 1));
  wire.at(6_000, () => {
    wire.layer.restore(wire.link, 2);
    wire.send(100);
  });
  wire.run();
  expect(wire.all('link-down')).toEqual([[0, 5_000]]);
  expect(wire.all('arrives')).toEqual([[1, 6_000 + 1_000 + REORDER_NS]]);
  expect(wire.packets.live).toBe(0);
});

interface Header {
  readonly from: [number, number];
  readonly to: [number, number];
  readonly protocol: number;
}

function isTouched(impairment: Impairment, wire: Wire, header: Header): boolean {
  let touched = false;
  wire.send(100, (packets: PacketTable, packet: PacketId) => {
    [packets.srcAddr[packet], packets.srcPort[packet]] = header.from;
    [packets.dstAddr[packet], packets.dstPort[packet]] = header.to;
    packets.protocol[packet] = header.protocol;
    touched = impairment.touches(packets, packet);
  });
  return touched;
}

describe('share', () => {
  const impairment = new Impairment({ share: 0.25, loss: 1 }, EVENT, streamOf, REORDER_NS);
  const wire = new Wire();

  test('touches its share of connections', () => {
    let touched = 0;
    for (let port = 0; port < PACKETS; port++) {
      const header: Header = { from: [0xc6336401, 32_768 + port], to: [0xcb007101, 80], protocol: TCP };
      if (isTouched(impairment, wire, header)) touched++;
    }
    expect(Math.abs(touched - PACKETS / 4)).toBeLessThan(slack(0.25));
  });

  test('touches a connection in both directions or in neither', () => {
    for (let port = 0; port < 1_000; port++) {
      const [a, b]: [[number, number], [number, number]] = [
        [0xc6336401, 32_768 + port],
        [0xcb007101 + (port % 7), 80],
      ];
      const out = isTouched(impairment, wire, { from: a, to: b, protocol: TCP });
      expect(isTouched(impairment, wire, { from: b, to: a, protocol: TCP })).toBe(out);
    }
  });

  test('touches an echo and its reply alike', () => {
    for (let identifier = 1; identifier < 1_000; identifier++) {
      const [a, b] = [0xc6336401, 0xcb007101];
      const request: Header = { from: [a, identifier], to: [b, 8 * 256], protocol: ICMP };
      const reply: Header = { from: [b, identifier], to: [a, 0], protocol: ICMP };
      expect(isTouched(impairment, wire, reply)).toBe(isTouched(impairment, wire, request));
    }
  });

  test('leaves the rest of the connections as they were', () => {
    const untouched = new Wire();
    const shared = new Impairment({ share: 0, loss: 1 }, EVENT, streamOf, REORDER_NS);
    untouched.links.impair(untouched.link, [shared], NONE);
    untouched.send(100);
    untouched.run();
    expect(untouched.all('arrives')).toHaveLength(1);
  });
});
