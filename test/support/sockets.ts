/** Sockets that take notes: what each end of a TCP connection of two hosts heard. */
import { present } from '../../src/base/assert.ts';
import type { CloseReason, SocketHandlers, TcpSocket } from '../../src/protocols/tcp-socket.ts';
import { ADDRESS_B, type TwoHosts } from './fixtures.ts';

export const PORT = 80;

export interface End {
  socket: TcpSocket | null;
  readonly messages: unknown[];
  readonly closed: { readonly reason: CloseReason; readonly atNs: number }[];
  connectedNs: number | null;
  peerClosedNs: number | null;
}

export function newEnd(): End {
  return { socket: null, messages: [], closed: [], connectedNs: null, peerClosedNs: null };
}

/** Handlers that note everything; `staysOpen`: the peer's close is heard, not answered. */
export function noteInto(end: End, net: TwoHosts, staysOpen = false): SocketHandlers {
  const { engine } = net;
  const onPeerClosed = (): void => {
    end.peerClosedNs = engine.nowNs;
  };
  return {
    onConnected: () => {
      end.connectedNs = engine.nowNs;
    },
    onMessage: (_socket, message) => end.messages.push(message),
    onClosed: (_socket, reason) => end.closed.push({ reason, atNs: engine.nowNs }),
    ...(staysOpen ? { onPeerClosed } : {}),
  };
}

/** `b` serves PORT; every connection it accepts is noted in the answer, in order. */
export function listen(net: TwoHosts, staysOpen = false): End[] {
  const accepted: End[] = [];
  net.b.stack.serveTcp(PORT, (socket) => {
    const end = newEnd();
    end.socket = socket;
    accepted.push(end);
    return noteInto(end, net, staysOpen);
  });
  return accepted;
}

/** `a` connects to PORT of `b` now. */
export function connect(net: TwoHosts, staysOpen = false): End {
  const end = newEnd();
  const { stack } = net.a;
  const handlers = noteInto(end, net, staysOpen);
  end.socket = present(
    stack.tcp.connect(stack.address, ADDRESS_B, PORT, net.billing(), handlers),
    'a free port',
  );
  return end;
}
