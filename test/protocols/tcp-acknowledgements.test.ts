/**
 * Goal: a receiver acknowledges when RFC 5681 and Linux say, and its window opens, shuts and scales as RFC 9293 and 7323
 * have it. Method: two hosts and a link; what was sent is read off the link.
 */
import { describe, expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { ACK, FIN } from '../../src/protocols/tcp-segment.ts';
import { type TwoHostsOptions, twoHosts } from '../support/fixtures.ts';
import { loseSegments } from '../support/lossy-host.ts';
import { acksOf, dataOf, watchSegments } from '../support/segments.ts';
import { connect, listen, PORT } from '../support/sockets.ts';

const MS = MILLISECOND_NS;
const FULL = 1_448;

/** Without the acknowledgements at once that Linux gives to the first segments. */
const SLOW = { 'tcp.quick_acks': 0 };

function open(options: TwoHostsOptions = {}) {
  const net = twoHosts({ latencyNs: 10 * MS, ...options });
  const accepted = listen(net);
  const seen = watchSegments(net);
  const client = connect(net);
  const sendAt = (atNs: number, bytes: number) =>
    net.engine.call(atNs, () => client.socket?.send(bytes, `${atNs / MS}`));
  /** Bare acknowledgements of b after the handshake, in ms. */
  const ackedMs = () => acksOf(seen, 'b').map(({ atNs, ack }) => [atNs / MS, ack]);
  return { net, accepted, seen, client, sendAt, ackedMs };
}

describe('an acknowledgement', () => {
  test('of a lone segment waits 40 ms for company', () => {
    const { net, sendAt, ackedMs } = open({ assume: SLOW });
    sendAt(SECOND_NS, 100);
    net.run(2 * SECOND_NS);
    expect(ackedMs()).toEqual([[1_000 + 10 + 40, 101]]);
  });

  test('of every second full segment goes at once', () => {
    const { net, sendAt, ackedMs } = open({ assume: SLOW });
    sendAt(SECOND_NS, 5 * FULL);
    net.run(2 * SECOND_NS);
    expect(ackedMs()).toEqual([
      [1_010, 1 + 2 * FULL],
      [1_010, 1 + 4 * FULL],
      [1_050, 1 + 5 * FULL],
    ]);
  });

  test('of the first 16 segments goes at once, so that slow start gets going', () => {
    const { net, sendAt, ackedMs } = open();
    for (let i = 0; i < 17; i++) sendAt(SECOND_NS + i * 100 * MS, 100);
    net.run(4 * SECOND_NS);
    expect(ackedMs().map(([ms]) => ms)).toEqual([
      ...Array.from({ length: 16 }, (_, i) => 1_010 + i * 100),
      2_650,
    ]);
  });

  test('rides on data that is sent meanwhile', () => {
    const { net, sendAt, ackedMs, accepted, seen } = open({ assume: SLOW });
    sendAt(SECOND_NS, 100);
    net.engine.call(SECOND_NS + 30 * MS, () => accepted[0]?.socket?.send(100, 'answer'));
    net.run(2 * SECOND_NS);
    expect(ackedMs()).toEqual([]);
    expect(dataOf(seen, 'b').map(({ atNs, ack }) => [atNs / MS, ack])).toEqual([[1_030, 101]]);
  });

  test('goes at once for a segment out of order, for one that fills a gap, for a FIN', () => {
    const { net, sendAt, ackedMs } = open({ assume: SLOW, ...loseSegments([0]) });
    sendAt(SECOND_NS, 2 * FULL);
    net.run(SECOND_NS + 20 * MS);
    expect(ackedMs()).toEqual([[1_010, 1]]);
    net.run(2 * SECOND_NS);
    expect(ackedMs()[1]?.[1]).toBe(1 + 2 * FULL);
    const other = open({ assume: SLOW });
    other.net.engine.call(SECOND_NS, () => other.client.socket?.close());
    other.net.run(2 * SECOND_NS);
    const answer = other.seen.find(({ side, flags }) => side === 'b' && (flags & FIN) !== 0);
    expect(answer?.atNs).toBe(SECOND_NS + 10 * MS);
  });

  test('reports what lies beyond a gap, the latest segment’s range first, three at most beside time stamps', () => {
    const { net, sendAt, seen } = open(loseSegments([0, 2, 4, 6]));
    sendAt(SECOND_NS, 9 * FULL);
    net.run(SECOND_NS + 15 * MS);
    const range = (from: number, end: number) => [1 + from * FULL, 1 + end * FULL];
    expect(acksOf(seen, 'b').map(({ blocks }) => blocks)).toEqual([
      [range(1, 2)],
      [range(3, 4), range(1, 2)],
      [range(5, 6), range(3, 4), range(1, 2)],
      [range(7, 8), range(5, 6), range(3, 4)],
      [range(7, 9), range(5, 6), range(3, 4)],
    ]);
    expect(acksOf(seen, 'b').map(({ optionBytes }) => optionBytes)).toEqual([24, 32, 40, 40, 40]);
  });

  test('reports four ranges without time stamps', () => {
    const options = { assume: { 'tcp.timestamps': 0 }, ...loseSegments([0, 2, 4, 6]) };
    const { net, sendAt, seen } = open(options);
    sendAt(SECOND_NS, 9 * FULL);
    net.run(SECOND_NS + 15 * MS);
    const last = acksOf(seen, 'b').at(-1);
    expect([last?.blocks.length, last?.optionBytes]).toEqual([4, 36]);
  });
});

describe('the window', () => {
  test('is 64,240 bytes in a SYN and scaled by 128 after it, as a buffer of 6 MiB needs', () => {
    const { net, seen, sendAt } = open();
    sendAt(SECOND_NS, 100);
    net.run(2 * SECOND_NS);
    const [syn, synAck, ack] = seen;
    expect([syn?.window, syn?.shift, synAck?.window, synAck?.shift]).toEqual([64_240, 7, 64_240, 7]);
    expect(ack?.window).toBe(6_291_456 / 128);
  });

  test('without scaling is at most 65,535 bytes', () => {
    const { net, seen, sendAt } = open({ assume: { 'tcp.window_scaling': 0 } });
    sendAt(SECOND_NS, 100);
    net.run(2 * SECOND_NS);
    expect(seen[0]?.shift).toBeNull();
    expect(seen.slice(2).map(({ window }) => window)).toEqual([65_535, 65_535, 65_535]);
  });

  test('that is large enough lets one flow fill 1 Gbit/s over 100 ms; an unscaled one does not', () => {
    const goodput = (scaling: number): number => {
      const net = twoHosts({
        latencyNs: 50 * MS,
        rateBps: 1e9,
        queueNs: 200 * MS,
        assume: { 'tcp.window_scaling': scaling, 'tcp.receive_buffer': 32 << 20 },
      });
      listen(net);
      const client = connect(net);
      net.engine.call(SECOND_NS, () => client.socket?.send(500_000_000, 'bulk'));
      // Slow start needs ten round trips from ten segments to 12.5 MB.
      net.run(2.5 * SECOND_NS);
      const before = client.socket?.sender.una as number;
      net.run(3.5 * SECOND_NS);
      return ((client.socket?.sender.una as number) - before) * 8;
    };
    // 1,448 of 1,500 bytes of a packet are the stream's; the link counts IP lengths.
    expect(goodput(1) / 1e9).toBeGreaterThan(0.96);
    expect(goodput(0) / (65_535 * 10 * 8)).toBeCloseTo(1, 1);
  });

  test('shuts while the application does not read, is probed at growing intervals, and opens again', () => {
    const { net, accepted, seen, client } = open({ assume: { 'tcp.receive_buffer': 20_000 } });
    net.engine.call(SECOND_NS / 2, () => accepted[0]?.socket?.pause());
    net.engine.call(SECOND_NS, () => client.socket?.send(50_000, 'all'));
    net.run(10 * SECOND_NS);
    const arrived = dataOf(seen, 'a').reduce((sum, { bytes }) => sum + bytes, 0);
    expect(arrived).toBeGreaterThan(20_000 - FULL);
    expect(arrived).toBeLessThanOrEqual(20_000);
    const probes = acksOf(seen, 'a').filter(({ atNs, seq }) => atNs > 1.1 * SECOND_NS && seq <= arrived);
    const gaps = probes.slice(1).map(({ atNs }, i) => (atNs - (probes[i]?.atNs as number)) / MS);
    expect(gaps.length).toBeGreaterThan(3);
    for (const [i, gap] of gaps.entries()) expect(gap / ((gaps[0] as number) * (1 << i))).toBeCloseTo(1, 5);
    expect(accepted[0]?.messages).toEqual([]);
    net.engine.call(10 * SECOND_NS, () => accepted[0]?.socket?.resume());
    net.run(12 * SECOND_NS);
    expect(accepted[0]?.messages).toEqual(['all']);
    expect(client.socket?.retransmissions).toBe(0);
  });

  test('opens by a segment at least, never by crumbs', () => {
    const { net, accepted, seen, client } = open({ assume: { 'tcp.receive_buffer': 10_000 } });
    net.engine.call(SECOND_NS / 2, () => accepted[0]?.socket?.pause());
    net.engine.call(SECOND_NS, () => client.socket?.send(40_000, 'all'));
    for (let i = 0; i < 50; i++) {
      net.engine.call(2 * SECOND_NS + i * 10 * MS, () => {
        accepted[0]?.socket?.resume();
        accepted[0]?.socket?.pause();
      });
    }
    net.run(10 * SECOND_NS);
    const sizes = dataOf(seen, 'a').map(({ bytes }) => bytes);
    expect(sizes.slice(0, -1).every((bytes) => bytes >= FULL / 2)).toBe(true);
  });

  test('that nobody opens, and whose owner is gone, ends the connection after the retries', () => {
    const { net, accepted, client } = open({ assume: { 'tcp.receive_buffer': 20_000, 'tcp.retries': 3 } });
    net.engine.call(SECOND_NS / 2, () => accepted[0]?.socket?.pause());
    net.engine.call(SECOND_NS, () => client.socket?.send(50_000, 'all'));
    net.engine.call(5 * SECOND_NS, () => net.network.layer.fail(net.link.out, 0));
    net.run(100 * SECOND_NS);
    expect(client.closed.map(({ reason }) => reason)).toEqual(['timeout']);
  });
});

describe('the application', () => {
  test('hears what arrives in order and what the peer has acknowledged, byte for byte', () => {
    const net = twoHosts({ latencyNs: 5 * MS, rateBps: 10_000_000, impairment: { loss: 0.03 } });
    let [received, acknowledged] = [0, 0];
    net.b.stack.serveTcp(PORT, () => ({ onReceived: (_socket, bytes) => (received += bytes) }));
    const { stack } = net.a;
    const socket = stack.tcp.connect(stack.address, net.b.stack.address, PORT, net.billing(), {
      onConnected: (it) => it.send(500_000),
      onAcknowledged: (_it, bytes) => (acknowledged += bytes),
    });
    net.run(200 * MS);
    const under = (socket?.unacknowledgedBytes ?? 0) + (socket?.queuedBytes ?? 0);
    expect(under).toBe(500_000 - acknowledged);
    net.run(60 * SECOND_NS);
    expect([received, acknowledged]).toEqual([500_000, 500_000]);
    expect([socket?.unacknowledgedBytes, socket?.queuedBytes]).toEqual([0, 0]);
  });

  test('sends no segment of a bare acknowledgement with a flag but ACK', () => {
    const { net, sendAt, seen } = open();
    sendAt(SECOND_NS, 10 * FULL);
    net.run(2 * SECOND_NS);
    expect(new Set(acksOf(seen, 'b').map(({ flags }) => flags))).toEqual(new Set([ACK]));
  });
});
