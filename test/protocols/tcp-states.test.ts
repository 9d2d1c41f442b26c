/**
 * Goal: connections open, stay, and end in the states of RFC 9293, against forged or old segments as RFC 5961 has it, and
 * after the silences that Linux allows. Method: two hosts and a link, with faults and hand-made segments at exact times.
 */
import { describe, expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import type { FlowId } from '../../src/network/ids.ts';
import { OUT, TCP } from '../../src/network/packet-table.ts';
import { ACK, RST, SYN, TCP_HEADERS } from '../../src/protocols/tcp-segment.ts';
import type { SocketOptions } from '../../src/protocols/tcp-settings.ts';
import type { TcpSocket } from '../../src/protocols/tcp-socket.ts';
import { ADDRESS_A, ADDRESS_B, type TwoHosts, twoHosts } from '../support/fixtures.ts';
import { acksOf, dataOf, watchSegments } from '../support/segments.ts';
import { connect, listen, newEnd, noteInto, PORT } from '../support/sockets.ts';

const MS = MILLISECOND_NS;

/** Sends `victim`, a connection of host b, a segment that looks like a's; its number is relative to what b expects. */
function forge(net: TwoHosts, victim: TcpSocket, flags: number, offset: number, ack = 0): void {
  const { packets } = net.network;
  const packet = net.network.createPacket(0 as FlowId, 0, 0, OUT);
  packets.srcAddr[packet] = ADDRESS_A;
  packets.dstAddr[packet] = ADDRESS_B;
  packets.srcPort[packet] = victim.remotePort;
  packets.dstPort[packet] = PORT;
  packets.protocol[packet] = TCP;
  packets.ttl[packet] = 64;
  packets.lengthBytes[packet] = TCP_HEADERS;
  packets.tcpFlags[packet] = flags;
  packets.tcpSeq[packet] = (victim.receiver.wireNext() + offset) >>> 0;
  packets.tcpAck[packet] = ack;
  packets.tcpWindow[packet] = 1_000;
  net.network.send(net.idA, packet, net.link.ifaceA);
}

function open(options: Parameters<typeof twoHosts>[0] = {}, staysOpen = false) {
  const net = twoHosts({ latencyNs: 10 * MS, ...options });
  const accepted = listen(net, staysOpen);
  const seen = watchSegments(net);
  const client = connect(net, staysOpen);
  return { net, accepted, seen, client, socket: client.socket as TcpSocket };
}

describe('a segment that may be a stranger’s', () => {
  test('a RST that is exactly next resets; one that is merely in the window is answered by an acknowledgement', () => {
    const { net, accepted, seen } = open();
    net.engine.call(SECOND_NS, () => forge(net, accepted[0]?.socket as TcpSocket, RST, 100));
    net.run(2 * SECOND_NS);
    expect(accepted[0]?.socket?.state).toBe('established');
    expect(acksOf(seen, 'b').filter(({ atNs }) => atNs > SECOND_NS)).toHaveLength(1);
    net.engine.call(2 * SECOND_NS, () => forge(net, accepted[0]?.socket as TcpSocket, RST, 0));
    net.run(3 * SECOND_NS);
    expect(accepted[0]?.closed).toEqual([{ reason: 'reset', atNs: 2 * SECOND_NS + 10 * MS }]);
  });

  test('a RST outside the window is nothing', () => {
    const { net, accepted, seen } = open();
    for (const offset of [-1_000, 7_000_000]) {
      net.engine.call(SECOND_NS, () => forge(net, accepted[0]?.socket as TcpSocket, RST, offset));
    }
    net.run(2 * SECOND_NS);
    expect(accepted[0]?.socket?.state).toBe('established');
    expect(acksOf(seen, 'b').filter(({ atNs }) => atNs > SECOND_NS)).toEqual([]);
  });

  test('a SYN on an open connection is answered by an acknowledgement, twice a second at most', () => {
    const { net, accepted, seen } = open();
    for (let i = 0; i < 10; i++) {
      net.engine.call(SECOND_NS + i * 100 * MS, () => forge(net, accepted[0]?.socket as TcpSocket, SYN, 500));
    }
    net.run(3 * SECOND_NS);
    expect(accepted[0]?.socket?.state).toBe('established');
    expect(acksOf(seen, 'b').filter(({ atNs }) => atNs > SECOND_NS)).toHaveLength(2);
  });

  test('an acknowledgement of what was never sent changes nothing', () => {
    const { net, accepted, client, socket } = open();
    net.engine.call(SECOND_NS, () => forge(net, accepted[0]?.socket as TcpSocket, ACK, 0, 12_345));
    net.engine.call(2 * SECOND_NS, () => socket.send(100, 'still here'));
    net.run(3 * SECOND_NS);
    expect(accepted[0]?.messages).toEqual(['still here']);
    expect(client.closed).toEqual([]);
  });
});

describe('opening', () => {
  test('at both ends at once makes one connection (RFC 9293 figure 8)', () => {
    const net = twoHosts({ latencyNs: 10 * MS, tcp: { ephemeralFirst: 40_000, ephemeralLast: 40_000 } });
    const seen = watchSegments(net);
    const ends = [newEnd(), newEnd()] as const;
    const [a, b] = [net.a.stack, net.b.stack];
    const options: SocketOptions = {};
    const socketA = a.tcp.connect(
      ADDRESS_A,
      ADDRESS_B,
      40_000,
      net.billing(),
      noteInto(ends[0], net),
      options,
    );
    const socketB = b.tcp.connect(
      ADDRESS_B,
      ADDRESS_A,
      40_000,
      net.billing(),
      noteInto(ends[1], net),
      options,
    );
    net.engine.call(SECOND_NS, () => socketA?.send(1_000, 'from a'));
    net.engine.call(SECOND_NS, () => socketB?.send(1_000, 'from b'));
    net.run(2 * SECOND_NS);
    expect([socketA?.state, socketB?.state]).toEqual(['established', 'established']);
    expect(ends.map(({ connectedNs, messages }) => [connectedNs, messages])).toEqual([
      [20 * MS, ['from b']],
      [20 * MS, ['from a']],
    ]);
    expect(seen.filter(({ flags }) => (flags & SYN) !== 0)).toHaveLength(4);
  });

  test('after two lost SYNs starts with one segment, after one with ten', () => {
    for (const [lostMs, segments] of [
      [500, 10],
      [1_500, 1],
    ] as const) {
      const { net, socket } = open();
      net.network.layer.fail(net.link.out, 0);
      net.engine.call(lostMs * MS, () => net.network.layer.restore(net.link.out, 1));
      const client = connect(net);
      net.run(4 * SECOND_NS);
      expect(client.socket?.congestionWindowBytes).toBe(segments * 1_448);
      expect(socket.state).toBe('established');
    }
  });

  test('anew on the port of a connection in time-wait takes its place', () => {
    const net = twoHosts({ latencyNs: 10 * MS, tcp: { ephemeralFirst: 40_000, ephemeralLast: 40_000 } });
    const accepted = listen(net);
    const first = connect(net);
    // The server closes first, so it is the one that waits.
    net.engine.call(SECOND_NS, () => accepted[0]?.socket?.close());
    net.run(2 * SECOND_NS);
    expect([accepted[0]?.socket?.state, first.socket?.state]).toEqual(['time-wait', 'closed']);
    const second = connect(net);
    net.engine.call(3 * SECOND_NS, () => second.socket?.send(100, 'again'));
    net.run(4 * SECOND_NS);
    expect(second.connectedNs).toBe(2 * SECOND_NS + 20 * MS);
    expect(accepted[1]?.messages).toEqual(['again']);
  });
});

describe('the end', () => {
  test('of a peer that never closes is not waited for longer than tcp_fin_timeout', () => {
    const { net, client } = open({}, true);
    net.engine.call(SECOND_NS, () => client.socket?.close());
    net.run(200 * SECOND_NS);
    expect(client.closed).toEqual([{ reason: 'timeout', atNs: 61 * SECOND_NS + 20 * MS }]);
  });

  test('of one direction alone may last as long as the application likes', () => {
    const { net, client, accepted } = open({}, true);
    net.engine.call(SECOND_NS, () => client.socket?.closeSending());
    net.engine.call(500 * SECOND_NS, () => accepted[0]?.socket?.send(100, 'late'));
    net.run(501 * SECOND_NS);
    expect(client.socket?.state).toBe('fin-wait-2');
    expect(client.messages).toEqual(['late']);
  });

  test('is acknowledged again, and waited out anew, when the peer repeats its FIN', () => {
    const { net, client } = open();
    net.engine.call(SECOND_NS, () => client.socket?.close());
    // The last acknowledgement leaves at 1.02 s and is lost; the FIN comes again.
    net.engine.call(SECOND_NS + 15 * MS, () => net.network.layer.fail(net.link.out, 0));
    net.engine.call(SECOND_NS + 100 * MS, () => net.network.layer.restore(net.link.out, 1));
    net.run(50 * SECOND_NS);
    expect(client.socket?.state).toBe('time-wait');
    net.run(61 * SECOND_NS + 100 * MS);
    expect(client.socket?.state).toBe('time-wait');
    net.run(63 * SECOND_NS);
    expect(client.socket?.state).toBe('closed');
  });
});

describe('silence', () => {
  const withOptions = (options: SocketOptions, assume: Record<string, number> = {}) => {
    const net = twoHosts({ latencyNs: 10 * MS, assume });
    listen(net);
    const seen = watchSegments(net);
    const end = newEnd();
    const { stack } = net.a;
    end.socket = stack.tcp.connect(ADDRESS_A, ADDRESS_B, PORT, net.billing(), noteInto(end, net), options);
    return { net, seen, end };
  };
  const keepalive = { idleNs: 60 * SECOND_NS, intervalNs: 10 * SECOND_NS, probes: 3 };

  test('is broken by keepalive probes of one byte before what is expected, which are answered', () => {
    const { net, seen, end } = withOptions({ keepalive });
    net.run(200 * SECOND_NS);
    const probes = acksOf(seen, 'a').slice(1);
    expect(probes.map(({ atNs, seq }) => [Math.round(atNs / SECOND_NS), seq])).toEqual([
      [60, 0],
      [120, 0],
      [180, 0],
    ]);
    expect(acksOf(seen, 'b')).toHaveLength(3);
    expect(end.socket?.state).toBe('established');
    expect(end.socket?.retransmissions).toBe(0);
  });

  test('without an answer to the probes ends the connection', () => {
    const { net, seen, end } = withOptions({ keepalive });
    net.engine.call(30 * SECOND_NS, () => net.network.layer.fail(net.link.out, 0));
    net.run(200 * SECOND_NS);
    expect(acksOf(seen, 'a').slice(1)).toHaveLength(3 + 1);
    expect(end.closed.map(({ reason, atNs }) => [reason, Math.round(atNs / SECOND_NS)])).toEqual([
      ['timeout', 60 + 3 * 10],
    ]);
  });

  test('without keepalive lasts for ever', () => {
    const { net, seen, end } = withOptions({});
    net.run(100_000 * SECOND_NS);
    expect(end.socket?.state).toBe('established');
    expect(acksOf(seen, 'a')).toHaveLength(1);
  });

  test('with the host’s keepalive is broken after two hours', () => {
    const { net, seen } = withOptions({ keepalive: true });
    net.run(7_300 * SECOND_NS);
    expect(acksOf(seen, 'a').at(-1)?.atNs).toBe(7_200 * SECOND_NS + 20 * MS);
  });

  test('is not probed while data is under way: the time-outs find out', () => {
    const { net, end } = withOptions({ keepalive: { ...keepalive, idleNs: SECOND_NS } });
    net.engine.call(10 * SECOND_NS, () => {
      net.network.layer.fail(net.link.out, 0);
      end.socket?.send(100);
    });
    net.run(600 * SECOND_NS);
    expect(end.closed).toEqual([]);
  });

  test('with a user time-out ends that long after the first repetition', () => {
    const { net, seen, end } = withOptions({ userTimeoutNs: 30 * SECOND_NS });
    net.engine.call(SECOND_NS, () => {
      net.network.layer.fail(net.link.out, 0);
      end.socket?.send(100);
    });
    net.run(100 * SECOND_NS);
    const again = dataOf(seen, 'a')[1]?.atNs as number;
    expect(end.closed).toEqual([{ reason: 'timeout', atNs: again + 30 * SECOND_NS }]);
  });

  test('of an application shrinks the window it may use at once: half for every time-out', () => {
    const windowAfter = (restart: number): number => {
      const { net, end } = withOptions({}, { 'tcp.slow_start_after_idle': restart });
      net.engine.call(SECOND_NS, () => end.socket?.send(200_000));
      net.engine.call(100 * SECOND_NS, () => end.socket?.send(100));
      net.run(101 * SECOND_NS);
      return (end.socket?.congestionWindowBytes as number) / 1_448;
    };
    expect(windowAfter(1)).toBeCloseTo(10, 0);
    expect(windowAfter(0)).toBeGreaterThan(100);
  });

  test('is not taken for capacity: a window that is not used does not grow', () => {
    const { net, end } = withOptions({});
    for (let i = 0; i < 1_000; i++) {
      net.engine.call(SECOND_NS + i * 30 * MS, () => end.socket?.send(1_448));
    }
    net.run(60 * SECOND_NS);
    expect(end.socket?.congestionWindowBytes).toBe(10 * 1_448);
  });
});
