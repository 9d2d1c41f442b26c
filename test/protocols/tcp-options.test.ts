/**
 * Goal: the ends agree on what RFC 6691, 7323 and 2018 let them agree on, segments are as long as that makes them, and
 * they fit the path (RFC 1191). Method: two hosts and a link; what was sent is read off the link.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { PORT_UNREACHABLE } from '../../src/protocols/ip.ts';
import { type TwoHostsOptions, twoHosts } from '../support/fixtures.ts';
import { narrowHop } from '../support/mtu-host.ts';
import { dataOf, watchSegments } from '../support/segments.ts';
import { connect, listen, PORT } from '../support/sockets.ts';

const MS = MILLISECOND_NS;

function open(options: TwoHostsOptions = {}) {
  const net = twoHosts({ latencyNs: 10 * MS, ...options });
  const accepted = listen(net);
  const seen = watchSegments(net);
  const client = connect(net);
  return { net, accepted, seen, client };
}

describe('options', () => {
  test('of a SYN take 20 bytes, those of other segments 12, and every segment forbids fragmentation', () => {
    const { net, seen, client } = open();
    net.engine.call(SECOND_NS, () => client.socket?.send(10_000));
    net.run(2 * SECOND_NS);
    expect(seen.slice(0, 3).map(({ optionBytes }) => optionBytes)).toEqual([20, 20, 12]);
    expect(seen[0]).toMatchObject({ mss: 1_460, shift: 7, maySack: true });
    expect(dataOf(seen, 'a')[0]).toMatchObject({ bytes: 1_448, optionBytes: 12 });
    expect(seen.every(({ isDontFragment }) => isDontFragment)).toBe(true);
  });

  test('are used only where both ends have them', () => {
    const flag = fc.constantFrom(0, 1);
    const own = fc.record({
      sack: flag,
      stamps: flag,
      scaling: flag,
      mss: fc.integer({ min: 100, max: 1_460 }),
    });
    fc.assert(
      fc.property(own, own, (a, b) => {
        const settings = (v: typeof a) => ({
          hasSack: v.sack > 0,
          hasTimestamps: v.stamps > 0,
          hasWindowScaling: v.scaling > 0,
          mssBytes: v.mss,
        });
        const net = twoHosts({ latencyNs: 10 * MS, tcp: settings(a), tcpB: settings(b) });
        const accepted = listen(net);
        const seen = watchSegments(net);
        const client = connect(net);
        net.engine.call(SECOND_NS, () => client.socket?.send(20_000, 'up'));
        net.engine.call(2 * SECOND_NS, () => accepted[0]?.socket?.send(20_000, 'down'));
        net.run(4 * SECOND_NS);
        const [syn, synAck, ...rest] = seen;
        expect([syn?.maySack, syn?.stamp !== 0, syn?.shift !== null]).toEqual([
          a.sack > 0,
          a.stamps > 0,
          a.scaling > 0,
        ]);
        const both = [a.sack && b.sack, a.stamps && b.stamps, a.scaling && b.scaling].map((v) => v > 0);
        expect([synAck?.maySack, synAck?.stamp !== 0, synAck?.shift !== null]).toEqual(both);
        expect(rest.every(({ stamp }) => (stamp !== 0) === both[1])).toBe(true);
        const full = Math.min(a.mss, b.mss) - (both[1] ? 12 : 0);
        for (const side of ['a', 'b'] as const) expect(dataOf(seen, side)[0]?.bytes).toBe(full);
        expect([accepted[0]?.messages, client.messages]).toEqual([['up'], ['down']]);
      }),
      { seed: 31, numRuns: 60 },
    );
  });

  test('a peer that names no segment size gets 536 bytes', () => {
    const { net, seen, accepted } = open({
      tcp: { mssBytes: 0, hasTimestamps: false },
      tcpB: { mssBytes: 1_460 },
    });
    net.engine.call(SECOND_NS, () => accepted[0]?.socket?.send(5_000));
    net.run(2 * SECOND_NS);
    expect(seen[0]?.mss).toBe(0);
    expect(dataOf(seen, 'b')[0]?.bytes).toBe(536);
  });

  test('time stamps tick in ms and come back, so that what was sent again gives samples too', () => {
    const { net, seen, client } = open({ latencyNs: 25 * MS });
    const trips: number[] = [];
    net.network.addObserver({ onRoundTrip: (_flow, ns) => trips.push(ns / MS) });
    net.engine.call(SECOND_NS, () => {
      net.network.layer.fail(net.link.out, 0);
      client.socket?.send(100, 'twice');
    });
    net.engine.call(SECOND_NS + 100 * MS, () => net.network.layer.restore(net.link.out, 1));
    net.run(3 * SECOND_NS);
    const [first, again] = dataOf(seen, 'a');
    expect((again?.stamp ?? 0) - (first?.stamp ?? 0)).toBe(Math.round(((again?.atNs ?? 0) - SECOND_NS) / MS));
    // The handshake at either end, and the segment that was sent twice.
    expect(trips).toEqual([50, 50, 50]);
  });
});

test('segments that carry SACK blocks beside data are no longer than others', () => {
  const net = twoHosts({
    latencyNs: 10 * MS,
    rateBps: 100_000_000,
    mtuBytes: 1_500,
    impairment: { loss: 0.01 },
  });
  const accepted = listen(net);
  const seen = watchSegments(net);
  const client = connect(net);
  net.engine.call(SECOND_NS, () => {
    client.socket?.send(2_000_000, 'there');
    accepted[0]?.socket?.send(2_000_000, 'back');
  });
  net.run(20 * SECOND_NS);
  const withBlocks = seen.filter(({ bytes, blocks }) => bytes > 500 && blocks.length > 0);
  expect(withBlocks.length).toBeGreaterThan(100);
  expect(Math.max(...seen.map(({ bytes, optionBytes }) => 40 + optionBytes + bytes))).toBe(1_500);
  expect(net.drops.filter(({ reason }) => reason !== 'random-loss')).toEqual([]);
  expect([accepted[0]?.messages, client.messages]).toEqual([['there'], ['back']]);
});

describe('path MTU discovery', () => {
  test('cuts smaller segments and sends at once again what was too big, without a time-out', () => {
    const { net, seen, client, accepted } = open(narrowHop(1_400));
    net.engine.call(SECOND_NS, () => client.socket?.send(20_000, 'all'));
    net.run(SECOND_NS + 100 * MS);
    const sizes = dataOf(seen, 'a').map(({ bytes }) => bytes);
    expect(sizes.slice(0, 10)).toEqual(new Array(10).fill(1_448));
    expect(Math.max(...sizes.slice(10))).toBe(1_400 - 40 - 12);
    expect(dataOf(seen, 'a')[10]?.atNs).toBe(SECOND_NS + 20 * MS);
    expect(accepted[0]?.messages).toEqual(['all']);
    expect(client.socket?.congestionWindowBytes).toBeGreaterThanOrEqual(10 * 1_448);
  });

  test('is remembered for the destination, and forgotten after 10 minutes', () => {
    const { net, seen, client } = open(narrowHop(1_400));
    net.engine.call(SECOND_NS, () => client.socket?.send(3_000, 'first'));
    const later = [2 * SECOND_NS, 700 * SECOND_NS];
    const first: number[] = [];
    for (const atNs of later) {
      net.engine.call(atNs, () => {
        const end = connect(net);
        net.engine.call(atNs + 100 * MS, () => end.socket?.send(3_000, 'next'));
      });
      net.run(atNs + 105 * MS);
      first.push(dataOf(seen, 'a').find((segment) => segment.atNs >= atNs)?.bytes as number);
    }
    expect(first).toEqual([1_348, 1_448]);
  });

  test('goes no lower than 552 bytes, whatever a router says', () => {
    const { net, seen, client } = open(narrowHop(300));
    net.engine.call(SECOND_NS, () => client.socket?.send(3_000, 'all'));
    net.run(2 * SECOND_NS);
    const again = dataOf(seen, 'a').slice(3);
    expect(again.length).toBeGreaterThan(1);
    expect(again.every(({ bytes }) => bytes === 552 - 52)).toBe(true);
  });

  test('without the ICMP is a black hole: small segments pass, full ones never, until the sender gives up', () => {
    const { net, client, accepted } = open(narrowHop(1_400, true));
    net.engine.call(SECOND_NS, () => client.socket?.send(500, 'small'));
    net.engine.call(2 * SECOND_NS, () => client.socket?.send(20_000, 'large'));
    net.run(2_000 * SECOND_NS);
    expect(accepted[0]?.messages).toEqual(['small']);
    expect(client.closed.map(({ reason }) => reason)).toEqual(['timeout']);
    expect(client.closed[0]?.atNs).toBeGreaterThan(920 * SECOND_NS);
  });

  test('switched off lets routers cut: segments do not forbid it', () => {
    const { net, seen, client, accepted } = open({
      assume: { 'ip.path_mtu_discovery': 0 },
      ...narrowHop(1_400),
    });
    net.engine.call(SECOND_NS, () => client.socket?.send(20_000, 'all'));
    net.run(2 * SECOND_NS);
    expect(seen.some(({ isDontFragment }) => isDontFragment)).toBe(false);
    expect(accepted[0]?.messages).toEqual(['all']);
  });

  test('starts from the host’s own link: the MSS announced fits it', () => {
    const { net, seen, client } = open({ mtuBytes: 1_300 });
    net.engine.call(SECOND_NS, () => client.socket?.send(20_000));
    net.run(2 * SECOND_NS);
    expect(seen[0]?.mss).toBe(1_260);
    expect(dataOf(seen, 'a')[0]?.bytes).toBe(1_248);
  });
});

test('ICMP port unreachable refuses a connection that is opening and leaves one that is open alone', () => {
  const net = twoHosts({ latencyNs: 10 * MS });
  listen(net);
  const old = connect(net);
  net.run(SECOND_NS);
  const quote = (port: number) => ({
    srcAddr: net.a.stack.address,
    dstAddr: net.b.stack.address,
    protocol: 6,
    srcPort: port,
    dstPort: PORT,
  });
  net.a.stack.tcp.onIcmpError(PORT_UNREACHABLE, quote(old.socket?.localPort as number));
  expect(old.socket?.state).toBe('established');
  net.network.layer.fail(net.link.out, 0);
  const fresh = connect(net);
  net.a.stack.tcp.onIcmpError(PORT_UNREACHABLE, quote(fresh.socket?.localPort as number));
  expect(fresh.closed.map(({ reason }) => reason)).toEqual(['refused']);
});
