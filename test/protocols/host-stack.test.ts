/**
 * Goal: a host answers as a machine with a kernel and a process behind its ports does: while it runs, after it has
 * restarted, and under each fault of the process. Method: two hosts and a link.
 */
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import type { PacketId } from '../../src/network/ids.ts';
import { PORT_UNREACHABLE } from '../../src/protocols/ip.ts';
import { RST, SYN } from '../../src/protocols/tcp-segment.ts';
import { ADDRESS_A, ADDRESS_B, twoHosts } from '../support/fixtures.ts';
import { connect, listen, PORT } from '../support/sockets.ts';

const MS = MILLISECOND_NS;
const EVENT = 5;

describe('a machine that lost power', () => {
  test('swallows what it is sent, as device-down, blamed on the event', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    net.network.setPower(net.idB, false, EVENT);
    connect(net);
    net.run(100 * MS);
    expect(net.drops).toMatchObject([{ atNs: 5 * MS, reason: 'device-down', device: net.idB, event: EVENT }]);
    expect(net.network.flows.missOf(0 as never)).toBe(EVENT);
  });

  test('answers its old connections with RST once it is back', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net);
    const client = connect(net);
    net.engine.call(SECOND_NS, () => net.network.setPower(net.idB, false, EVENT));
    net.engine.call(2 * SECOND_NS, () => net.network.setPower(net.idB, true, EVENT + 1));
    net.engine.call(3 * SECOND_NS, () => client.socket?.send(100, 'hello?'));
    net.run(4 * SECOND_NS);
    expect(client.closed).toEqual([{ reason: 'reset', atNs: 3 * SECOND_NS + 10 * MS }]);
    expect(accepted[0]?.closed).toEqual([]);
    expect(accepted[0]?.socket?.state).toBe('closed');
  });

  test('still serves its ports when it is back', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net);
    net.network.setPower(net.idB, false, EVENT);
    net.engine.call(SECOND_NS, () => net.network.setPower(net.idB, true, EVENT + 1));
    net.engine.call(2 * SECOND_NS, () => connect(net));
    net.run(3 * SECOND_NS);
    expect(accepted[0]?.socket?.state).toBe('established');
  });

  test('forgets what was asked of it while it was off', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    listen(net);
    net.network.setPower(net.idA, false, EVENT);
    const client = connect(net);
    net.engine.call(SECOND_NS / 2, () => net.network.setPower(net.idA, true, EVENT + 1));
    net.run(200 * SECOND_NS);
    expect(net.drops).toMatchObject([{ atNs: 0, reason: 'device-down', device: net.idA, flags: SYN }]);
    expect([client.connectedNs, client.closed]).toEqual([null, []]);
  });

  test('as a client that comes back on its old port gets through by resetting what the server still holds', () => {
    const net = twoHosts({ latencyNs: 5 * MS, tcp: { ephemeralFirst: 40_000, ephemeralLast: 40_000 } });
    const accepted = listen(net);
    connect(net).socket?.send(1_000, 'before');
    net.engine.call(SECOND_NS, () => net.network.setPower(net.idA, false, EVENT));
    net.engine.call(2 * SECOND_NS, () => net.network.setPower(net.idA, true, EVENT + 1));
    let again = null as ReturnType<typeof connect> | null;
    net.engine.call(3 * SECOND_NS, () => {
      again = connect(net);
    });
    net.run(10 * SECOND_NS);
    expect(accepted[0]?.closed).toEqual([{ reason: 'reset', atNs: 3 * SECOND_NS + 15 * MS }]);
    // The next SYN is due a second after the first.
    expect(again?.connectedNs).toBe(4 * SECOND_NS + 10 * MS);
  });
});

describe('a process under a fault', () => {
  test('that refuses resets its connections and refuses new ones; the machine still answers pings', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net);
    const old = connect(net);
    net.engine.call(SECOND_NS, () => net.b.stack.setServiceFault('refuse', EVENT));
    let late = null as ReturnType<typeof connect> | null;
    const replies: number[] = [];
    net.a.stack.onEchoReply(7, () => replies.push(net.engine.nowNs));
    net.engine.call(2 * SECOND_NS, () => {
      late = connect(net);
      net.a.stack.sendEcho(net.billing(), 7, ADDRESS_B, 84);
    });
    net.run(3 * SECOND_NS);
    expect(old.closed).toEqual([{ reason: 'reset', atNs: SECOND_NS + 5 * MS }]);
    expect(accepted).toHaveLength(1);
    expect(late?.closed).toEqual([{ reason: 'refused', atNs: 2 * SECOND_NS + 10 * MS }]);
    expect(replies).toEqual([2 * SECOND_NS + 10 * MS]);
    expect(net.network.flows.missOf(0 as never)).toBe(EVENT);
  });

  test('that recovers serves again, and its answers carry the event that brought it back', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const accepted = listen(net);
    net.b.stack.setServiceFault('refuse', EVENT);
    net.engine.call(SECOND_NS, () => net.b.stack.setServiceFault('none', EVENT + 1));
    net.engine.call(2 * SECOND_NS, () => connect(net));
    net.run(3 * SECOND_NS);
    expect(accepted[0]?.socket?.state).toBe('established');
    expect(net.network.flows.answerOf(0 as never)).toBe(EVENT + 1);
  });

  test('that hangs leaves the kernel completing handshakes', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    listen(net);
    net.b.stack.setServiceFault('hang', EVENT);
    const client = connect(net);
    net.run(SECOND_NS);
    expect(client.connectedNs).toBe(10 * MS);
    expect(net.network.flows.missOf(0 as never)).toBe(EVENT);
  });

  test('is healthy again after a restart of its machine', () => {
    const net = twoHosts();
    listen(net);
    net.b.stack.setServiceFault('hang', EVENT);
    net.network.setPower(net.idB, false, EVENT + 1);
    net.network.setPower(net.idB, true, EVENT + 2);
    expect(net.b.stack.serviceFault).toBe('none');
  });
});

describe('datagrams', () => {
  test('reach the bound port with their message', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const heard: unknown[] = [];
    net.b.stack.serveUdp(53, (packet: PacketId) => heard.push(net.network.packets.content[packet]));
    net.a.stack.sendDatagram(net.billing(), 4_000, ADDRESS_B, 53, 100, { question: 'who?' });
    net.run(SECOND_NS);
    expect(heard).toEqual([{ question: 'who?' }]);
    expect(net.network.describePackets()).toMatchObject({ created: 1, delivered: 1, dropped: 0 });
  });

  test('to a closed port end as not-listening and are answered with ICMP port unreachable about them', () => {
    const net = twoHosts({ latencyNs: 5 * MS });
    const unreachable: unknown[] = [];
    net.a.stack.bindUdp(
      4_000,
      () => {},
      (kind, quoted) => unreachable.push({ kind, ...quoted }),
    );
    net.a.stack.sendDatagram(net.billing(), 4_000, ADDRESS_B, 53, 100, null);
    net.run(SECOND_NS);
    expect(net.drops).toMatchObject([{ reason: 'not-listening', device: net.idB, event: NONE }]);
    expect(unreachable).toEqual([
      {
        kind: PORT_UNREACHABLE,
        srcAddr: ADDRESS_A,
        dstAddr: ADDRESS_B,
        protocol: 17,
        srcPort: 4_000,
        dstPort: 53,
        nextHopMtu: 0,
        lengthBytes: 100,
        fragment: 0x4000,
      },
    ]);
    expect(net.arrivals.map(({ lengthBytes }) => lengthBytes)).toEqual([56]);
  });

  test('to a service that refuses end as not-listening, blamed on the event', () => {
    const net = twoHosts();
    net.b.stack.serveUdp(53, () => {});
    net.b.stack.setServiceFault('refuse', EVENT);
    net.a.stack.sendDatagram(net.billing(), 4_000, ADDRESS_B, 53, 100, null);
    net.run(SECOND_NS);
    expect(net.drops).toMatchObject([{ reason: 'not-listening', event: EVENT }]);
  });

  test('to a service that hangs arrive and are not heard', () => {
    const net = twoHosts();
    let heard = 0;
    net.b.stack.serveUdp(53, () => heard++);
    net.b.stack.setServiceFault('hang', EVENT);
    net.a.stack.sendDatagram(net.billing(), 4_000, ADDRESS_B, 53, 100, null);
    net.run(SECOND_NS);
    expect([heard, net.arrivals.length]).toEqual([0, 1]);
  });
});

test('a packet for another address than the host’s ends as no-route', () => {
  const net = twoHosts();
  net.a.stack.sendEcho(net.billing(), 1, ADDRESS_B + 1, 84);
  net.run(SECOND_NS);
  expect(net.drops).toMatchObject([{ reason: 'no-route', device: net.idB }]);
});

test('a segment that belongs to no connection is answered with RST, a RST with nothing', () => {
  const net = twoHosts({ latencyNs: 5 * MS });
  listen(net);
  const client = connect(net);
  net.engine.call(SECOND_NS, () => net.b.stack.vanish());
  net.engine.call(SECOND_NS, () => client.socket?.send(100));
  net.run(2 * SECOND_NS);
  expect(client.closed).toEqual([{ reason: 'reset', atNs: SECOND_NS + 10 * MS }]);
  expect(net.arrivals.filter(({ flags }) => (flags & RST) !== 0)).toHaveLength(1);
});

test('two connections of one pair of hosts to two ports do not mix', () => {
  const net = twoHosts({ latencyNs: 5 * MS, tcp: { ephemeralFirst: 40_000, ephemeralLast: 40_000 } });
  const first = listen(net);
  const second: unknown[] = [];
  net.b.stack.serveTcp(PORT + 1, () => ({ onMessage: (_socket, message) => second.push(message) }));
  connect(net).socket?.send(500, 'to the first');
  const { stack } = net.a;
  stack.tcp.connect(stack.address, ADDRESS_B, PORT + 1, net.billing(), {})?.send(500, 'to the second');
  net.run(SECOND_NS);
  expect(first[0]?.messages).toEqual(['to the first']);
  expect(second).toEqual(['to the second']);
});
