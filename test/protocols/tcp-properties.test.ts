/**
 * Goal: whatever happens to a connection, the stream stays whole and it ends. Method: random losses, windows, pauses, path
 * MTUs, half-closes and power cuts over two hosts; afterwards nothing is in flight and nothing is armed.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import type { TcpSocket } from '../../src/protocols/tcp-socket.ts';
import { ADDRESS_A, ADDRESS_B, twoHosts } from '../support/fixtures.ts';
import { narrowHop } from '../support/mtu-host.ts';
import { dataOf, watchSegments } from '../support/segments.ts';
import { connect, listen, newEnd, noteInto, PORT } from '../support/sockets.ts';

const MS = MILLISECOND_NS;
const share = (max: number) => fc.double({ min: 0, max, noNaN: true });
const sizes = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 12 });
const flag = fc.constantFrom(0, 1);

test('readers that pause and buffers of any size delay the stream and never break it', () => {
  const pauses = fc.array(fc.tuple(fc.integer({ min: 0, max: 9_000 }), fc.integer({ min: 1, max: 3_000 })), {
    maxLength: 6,
  });
  fc.assert(
    fc.property(
      fc.nat(),
      sizes,
      share(0.15),
      fc.integer({ min: 600, max: 100_000 }),
      pauses,
      flag,
      (seed, list, loss, buffer, stops, sack) => {
        const net = twoHosts({
          seed: `${seed}`,
          latencyNs: 5 * MS,
          rateBps: 20_000_000,
          impairment: { loss, jitterNs: MS },
          assume: { 'tcp.receive_buffer': buffer, 'tcp.sack': sack },
        });
        const accepted = listen(net);
        const client = connect(net);
        for (const [i, size] of list.entries()) client.socket?.send(size, i);
        for (const [at, length] of stops) {
          net.engine.call(at * MS, () => accepted[0]?.socket?.pause());
          net.engine.call((at + length) * MS, () => accepted[0]?.socket?.resume());
        }
        net.engine.call(20 * SECOND_NS, () => accepted[0]?.socket?.resume());
        net.engine.call(2_000 * SECOND_NS, () => client.socket?.close());
        net.run(8_000 * SECOND_NS);
        expect(accepted.flatMap(({ messages }) => messages)).toEqual(list.map((_, i) => i));
        expect(client.closed.map(({ reason }) => reason)).toEqual(['closed']);
        expect(net.network.packets.live).toBe(0);
      },
    ),
    { seed: 41, numRuns: 150 },
  );
});

test('a sender never has more under way than the peer’s window takes', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 2_000, max: 60_000 }), share(0.1), (seed, buffer, loss) => {
      const net = twoHosts({
        seed: `${seed}`,
        latencyNs: 20 * MS,
        rateBps: 50_000_000,
        impairment: { loss },
        assume: { 'tcp.receive_buffer': buffer },
      });
      listen(net);
      const seen = watchSegments(net);
      const client = connect(net);
      client.socket?.send(300_000);
      net.run(30 * SECOND_NS);
      let promised = 0;
      let sent = 0;
      for (const { side, seq, ack, bytes, window } of seen) {
        if (side === 'b') promised = Math.max(promised, ack + window);
        else {
          expect(seq + bytes).toBeLessThanOrEqual(Math.max(promised, 1));
          sent = Math.max(sent, seq + bytes);
        }
      }
      expect(sent).toBe(300_001);
      expect(dataOf(seen, 'a').every(({ bytes }) => bytes <= 1_448)).toBe(true);
    }),
    { seed: 42, numRuns: 40 },
  );
});

test('a path that takes less than the ends think delivers everything, with losses too', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      sizes,
      fc.integer({ min: 600, max: 1_499 }),
      share(0.1),
      flag,
      (seed, list, mtu, loss, sack) => {
        const net = twoHosts({
          seed: `${seed}`,
          latencyNs: 5 * MS,
          rateBps: 20_000_000,
          impairment: { loss },
          assume: { 'tcp.sack': sack },
          ...narrowHop(mtu),
        });
        const accepted = listen(net);
        const client = connect(net);
        for (const [i, size] of list.entries()) client.socket?.send(size, i);
        net.engine.call(2_000 * SECOND_NS, () => client.socket?.close());
        net.run(8_000 * SECOND_NS);
        expect(accepted.flatMap(({ messages }) => messages)).toEqual(list.map((_, i) => i));
        expect(client.closed.map(({ reason }) => reason)).toEqual(['closed']);
      },
    ),
    { seed: 43, numRuns: 80 },
  );
});

test('closes, half-closes, aborts and power cuts at any time leave no socket, no packet and no timer', () => {
  const acts = fc.array(
    fc.record({
      atMs: fc.integer({ min: 0, max: 3_000 }),
      side: fc.constantFrom('a', 'b'),
      what: fc.constantFrom('send', 'send', 'close', 'half', 'abort', 'power'),
    }),
    { minLength: 1, maxLength: 10 },
  );
  fc.assert(
    fc.property(fc.nat(), acts, share(0.3), (seed, list, loss) => {
      const net = twoHosts({ seed: `${seed}`, latencyNs: 30 * MS, impairment: { loss, jitterNs: 10 * MS } });
      const keepalive = { idleNs: 60 * SECOND_NS, intervalNs: 10 * SECOND_NS, probes: 5 };
      const ends = { a: newEnd(), b: newEnd() };
      net.b.stack.serveTcp(
        PORT,
        (socket) => {
          ends.b.socket = socket;
          return noteInto(ends.b, net);
        },
        { keepalive },
      );
      const { tcp } = net.a.stack;
      ends.a.socket = tcp.connect(ADDRESS_A, ADDRESS_B, PORT, net.billing(), noteInto(ends.a, net), {
        keepalive,
      });
      for (const { atMs, side, what } of list) {
        const socket = (): TcpSocket | null => ends[side as 'a' | 'b'].socket;
        net.engine.call(atMs * MS, () => {
          const it = socket();
          if (it === null || it.state === 'closed') return;
          if (what === 'send' && !it.sender.isFinQueued) it.send(5_000, 'x');
          else if (what === 'close') it.close();
          else if (what === 'half') it.closeSending();
          else if (what === 'abort') it.abort();
          else if (what === 'power') {
            net.network.setPower(side === 'a' ? net.idA : net.idB, false, 0);
            net.network.setPower(side === 'a' ? net.idA : net.idB, true, 1);
          }
        });
      }
      net.engine.call(10 * SECOND_NS, () => {
        for (const end of [ends.a, ends.b]) if (end.socket?.state !== 'closed') end.socket?.close();
      });
      net.run(10_000 * SECOND_NS);
      for (const end of [ends.a, ends.b]) {
        expect(end.socket === null || end.socket.state === 'closed').toBe(true);
        expect(end.closed.length).toBeLessThanOrEqual(1);
      }
      expect(net.network.packets.live).toBe(0);
      const { eventsProcessed } = net.engine;
      net.run(1_000_000 * SECOND_NS);
      expect(net.engine.eventsProcessed).toBe(eventsProcessed);
    }),
    { seed: 44, numRuns: 300 },
  );
});
