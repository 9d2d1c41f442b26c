/**
 * Goal: connections open, carry, close and fail as RFC 9293 and Linux have it. Method: two hosts and a link, with
 * faults at exact times; what was sent is read off what the link dropped or delivered.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { ACK, FIN, RST, SYN } from '../../src/protocols/tcp-segment.ts';
import { type TwoHosts, twoHosts } from '../support/fixtures.ts';
import { connect, listen, PORT } from '../support/sockets.ts';

const MS = MILLISECOND_NS;

/** Times in ms at which segments with exactly these flags were lost. */
function lostMs(net: TwoHosts, flags: number): number[] {
  return net.drops.filter((drop) => drop.flags === flags).map(({ atNs }) => atNs / MS);
}

describe('opening', () => {
  test('takes one round trip', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net);
    const client = connect(net);
    net.run(SECOND_NS);
    expect(client.connectedNs).toBe(10 * MS);
    expect([client.socket?.state, accepted[0]?.socket?.state]).toEqual(['established', 'established']);
    expect(net.arrivals.map(({ flags }) => flags)).toEqual([SYN, SYN | ACK, ACK]);
  });

  test('repeats the SYN after 1, 2, 3, 4, 5, 7, 11, 19, 35 and 67 s and gives up at 131 s', () => {
    const net = twoHosts();
    net.network.layer.fail(net.link.out, 0);
    const client = connect(net);
    net.run(200 * SECOND_NS);
    expect(lostMs(net, SYN)).toEqual([0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67].map((s) => s * 1_000));
    expect(client.closed).toEqual([{ reason: 'timeout', atNs: 131 * SECOND_NS }]);
  });

  test('before Linux 6.5 repeated it after 1, 3, 7, 15, 31 and 63 s and gave up at 127 s', () => {
    const net = twoHosts({ assume: { 'tcp.syn_linear_timeouts': 0 } });
    net.network.layer.fail(net.link.out, 0);
    const client = connect(net);
    net.run(200 * SECOND_NS);
    expect(lostMs(net, SYN)).toEqual([0, 1, 3, 7, 15, 31, 63].map((s) => s * 1_000));
    expect(client.closed).toEqual([{ reason: 'timeout', atNs: 127 * SECOND_NS }]);
  });

  test('repeats the SYN/ACK after 1, 3, 7, 15 and 31 s and gives up at 63 s', () => {
    const net = twoHosts({ latencyNs: 0 });
    const accepted = listen(net);
    net.network.layer.fail(net.link.back, 0);
    connect(net);
    // The SYN is repeated as well, so only the first one is let through.
    net.engine.call(1, () => net.network.layer.fail(net.link.out, 0));
    net.run(200 * SECOND_NS);
    expect(lostMs(net, SYN | ACK)).toEqual([0, 1, 3, 7, 15, 31].map((s) => s * 1_000));
    expect(accepted[0]?.closed).toEqual([{ reason: 'timeout', atNs: 63 * SECOND_NS }]);
  });

  test('a lost SYN/ACK is repaired by either end’s repetition', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net);
    net.network.layer.fail(net.link.back, 0);
    net.engine.call(500 * MS, () => net.network.layer.restore(net.link.back, 1));
    const client = connect(net);
    net.run(5 * SECOND_NS);
    expect(client.connectedNs).toBe(1_010 * MS);
    expect(accepted).toHaveLength(1);
    expect(accepted[0]?.socket?.state).toBe('established');
  });

  test('towards a closed port is refused in one round trip', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const client = connect(net);
    net.run(SECOND_NS);
    expect(client.closed).toEqual([{ reason: 'refused', atNs: 10 * MS }]);
    expect(net.arrivals.map(({ flags }) => flags)).toEqual([SYN, RST | ACK]);
  });

  test('is impossible when every ephemeral port towards the destination is taken, and possible elsewhere', () => {
    const net = twoHosts({ tcp: { ephemeralFirst: 40_000, ephemeralLast: 40_009 } });
    listen(net);
    const ports = Array.from({ length: 10 }, () => connect(net).socket?.localPort as number);
    expect([...ports].sort((x, y) => x - y)).toEqual(Array.from({ length: 10 }, (_, i) => 40_000 + i));
    const { stack } = net.a;
    const open = (port: number) =>
      stack.tcp.connect(stack.address, net.b.stack.address, port, net.billing(), {});
    expect(open(PORT)).toBeNull();
    expect(open(PORT + 1)).not.toBeNull();
  });

  test('that is impossible costs no search through all ports', () => {
    const net = twoHosts({ tcp: { ephemeralFirst: 10_000, ephemeralLast: 60_000 } });
    const { stack } = net.a;
    const open = () => stack.tcp.connect(stack.address, net.b.stack.address, PORT, net.billing(), {});
    for (let port = 10_000; port <= 60_000; port++) expect(open()).not.toBeNull();
    const began = performance.now();
    for (let i = 0; i < 10_000; i++) expect(open()).toBeNull();
    expect(performance.now() - began).toBeLessThan(5_000);
    stack.tcp.vanish();
    expect(open()).not.toBeNull();
  });

  test('a port is free again once its connection is gone', () => {
    const net = twoHosts({
      tcp: { ephemeralFirst: 40_000, ephemeralLast: 40_000, timeWaitNs: 60 * SECOND_NS },
    });
    listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => client.socket?.close());
    net.run(2 * SECOND_NS);
    const { stack } = net.a;
    const open = () => stack.tcp.connect(stack.address, net.b.stack.address, PORT, net.billing(), {});
    expect(client.socket?.state).toBe('time-wait');
    expect(open()).toBeNull();
    net.run(62 * SECOND_NS);
    expect(open()).not.toBeNull();
  });
});

describe('data', () => {
  /** `a` sends messages of these sizes to `b` over a bad link; returns what b heard. */
  function transfer(seed: string, sizes: readonly number[], loss: number, reorder: number) {
    const net = twoHosts({
      seed,
      latencyNs: 5 * MS,
      rateBps: 50_000_000,
      impairment: { loss, reorder, jitterNs: MS },
      reorderDelayNs: 30 * MS,
    });
    const accepted = listen(net);
    const client = connect(net);
    for (const [i, size] of sizes.entries()) client.socket?.send(size, i);
    // A close before the handshake is over would throw away what is queued.
    net.engine.call(140 * SECOND_NS, () => client.socket?.close());
    net.run(3_600 * SECOND_NS);
    return { net, client, heard: accepted.flatMap(({ messages }) => messages), accepted };
  }

  test('arrives exactly once and in order, whatever the link loses and reorders', () => {
    const size = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(size, { minLength: 1, maxLength: 25 }),
        fc.double({ min: 0, max: 0.25, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (seed, sizes, loss, reorder) => {
          const { client, heard, net } = transfer(`${seed}`, sizes, loss, reorder);
          // The last acknowledgement may be lost so often that the server times out; the data is there all the same.
          expect(heard).toEqual(sizes.map((_, i) => i));
          expect(client.closed.map(({ reason }) => reason)).toEqual(['closed']);
          expect(net.network.packets.live).toBe(0);
        },
      ),
      { seed: 8, numRuns: 120 },
    );
  });

  test('flows both ways at once without mixing', () => {
    const net = twoHosts({ latencyNs: 5 * MS, impairment: { loss: 0.1 } });
    const accepted = listen(net);
    const client = connect(net);
    for (let i = 0; i < 50; i++) client.socket?.send(3_000, `up ${i}`);
    net.engine.call(20 * SECOND_NS, () => {
      for (let i = 0; i < 50; i++) accepted[0]?.socket?.send(3_000, `down ${i}`);
    });
    net.run(600 * SECOND_NS);
    expect(client.messages).toEqual(Array.from({ length: 50 }, (_, i) => `down ${i}`));
    expect(accepted[0]?.messages).toEqual(Array.from({ length: 50 }, (_, i) => `up ${i}`));
  });

  test('is cut into segments of the MSS, ten of them before the first acknowledgement', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => client.socket?.send(40_000, 'all'));
    net.run(SECOND_NS + 6 * MS);
    const sizes = net.arrivals.filter(({ lengthBytes }) => lengthBytes > 60).map((seen) => seen.lengthBytes);
    expect(sizes).toEqual(new Array<number>(10).fill(1_500));
  });

  test('that went missing is repeated after the round trip and 200 ms, then after twice that, and so on', () => {
    const net = twoHosts({ latencyNs: 0, assume: { 'tcp.tail_loss_probe': 0 } });
    listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => {
      net.network.layer.fail(net.link.out, 0);
      client.socket?.send(100, 'lost');
    });
    net.run(20 * SECOND_NS);
    const sinceMs = lostMs(net, ACK).map((ms) => ms - 1_000);
    expect(sinceMs).toEqual([0, 200, 600, 1_400, 3_000, 6_200, 12_600]);
  });

  test('is given up at the first time-out that comes 924.6 s or more after the first repetition', () => {
    const net = twoHosts({ latencyNs: 0 });
    listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => {
      net.network.layer.fail(net.link.out, 0);
      client.socket?.send(100);
    });
    net.run(2_000 * SECOND_NS);
    // A probe at 0.2 s, then time-outs at 0.4, 0.8 ... 204.8 s and every 120 s.
    expect(lostMs(net, ACK)).toHaveLength(17);
    expect(client.closed).toEqual([{ reason: 'timeout', atNs: (1_000 + 200 + 924_600) * MS }]);
  });

  test('is given up 120 s later where the first time-out misses that moment by its own 200 ms', () => {
    const net = twoHosts({ latencyNs: 0, assume: { 'tcp.tail_loss_probe': 0 } });
    listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => {
      net.network.layer.fail(net.link.out, 0);
      client.socket?.send(100);
    });
    net.run(2_000 * SECOND_NS);
    expect(client.closed).toEqual([{ reason: 'timeout', atNs: (1_000 + 924_600 + 120_000) * MS }]);
  });

  test('whose acknowledgements were all lost is acknowledged by the answer to one repeated segment', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => {
      net.network.layer.fail(net.link.back, 0);
      client.socket?.send(10_000, 'whole');
    });
    net.engine.call(SECOND_NS + 100 * MS, () => net.network.layer.restore(net.link.back, 1));
    net.run(10 * SECOND_NS);
    expect(accepted[0]?.messages).toEqual(['whole']);
    // The probe of the tail comes at 20 ms, too early; the time-out gets through.
    expect(client.socket?.retransmissions).toBe(2);
    const later = net.arrivals.filter(
      ({ atNs, lengthBytes }) => atNs > SECOND_NS + 50 * MS && lengthBytes > 60,
    );
    expect(later).toHaveLength(1);
  });
});

describe('closing', () => {
  test.each(['a', 'b'])('from side %s ends both ends in order; the closer waits out its port', (side) => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => (side === 'a' ? client : accepted[0])?.socket?.close());
    net.run(2 * SECOND_NS);
    const [closer, other] = side === 'a' ? [client, accepted[0]] : [accepted[0], client];
    expect(other?.closed).toEqual([{ reason: 'closed', atNs: SECOND_NS + 15 * MS }]);
    expect(closer?.closed).toEqual([{ reason: 'closed', atNs: SECOND_NS + 10 * MS }]);
    expect(closer?.socket?.state).toBe('time-wait');
    net.run(100 * SECOND_NS);
    expect(closer?.socket?.state).toBe('closed');
    expect(closer?.closed).toHaveLength(1);
  });

  test('from both sides at once ends both in order', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => {
      client.socket?.close();
      accepted[0]?.socket?.close();
    });
    net.run(2 * SECOND_NS);
    expect([client.socket?.state, accepted[0]?.socket?.state]).toEqual(['time-wait', 'time-wait']);
    expect([client.closed[0]?.reason, accepted[0]?.closed[0]?.reason]).toEqual(['closed', 'closed']);
    net.run(100 * SECOND_NS);
    expect([client.closed.length, accepted[0]?.closed.length]).toEqual([1, 1]);
  });

  test('leaves the other direction open until that side closes too', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net, true);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => client.socket?.close());
    net.engine.call(2 * SECOND_NS, () => accepted[0]?.socket?.send(5_000, 'late'));
    net.engine.call(3 * SECOND_NS, () => accepted[0]?.socket?.close());
    net.run(4 * SECOND_NS);
    expect(accepted[0]?.peerClosedNs).toBe(SECOND_NS + 5 * MS);
    expect(client.messages).toEqual(['late']);
    expect(client.closed).toEqual([{ reason: 'closed', atNs: 3 * SECOND_NS + 5 * MS }]);
    expect(accepted[0]?.closed).toEqual([{ reason: 'closed', atNs: 3 * SECOND_NS + 10 * MS }]);
  });

  test('survives the loss of a FIN and of its acknowledgement', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => {
      net.network.layer.fail(net.link.out, 0);
      client.socket?.close();
    });
    net.engine.call(SECOND_NS + 100 * MS, () => net.network.layer.restore(net.link.out, 1));
    // The FIN comes again at 210 ms; its answer is lost, and so b's own FIN is repeated.
    net.engine.call(SECOND_NS + 212 * MS, () => net.network.layer.fail(net.link.back, 2));
    net.engine.call(SECOND_NS + 300 * MS, () => net.network.layer.restore(net.link.back, 3));
    net.run(5 * SECOND_NS);
    expect(lostMs(net, FIN | ACK).length).toBeGreaterThanOrEqual(2);
    expect([client.closed[0]?.reason, accepted[0]?.closed[0]?.reason]).toEqual(['closed', 'closed']);
    net.run(200 * SECOND_NS);
    expect(net.network.packets.live).toBe(0);
  });

  test('by abort resets the peer and says no more', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => client.socket?.abort());
    net.run(2 * SECOND_NS);
    expect(accepted[0]?.closed).toEqual([{ reason: 'reset', atNs: SECOND_NS + 5 * MS }]);
    expect(client.closed).toEqual([]);
  });
});
