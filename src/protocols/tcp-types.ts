/** What applications and the layers around know of a connection, apart from the connection itself. */
import type { TcpSocket } from './tcp-socket.ts';

export type TcpState =
  | 'syn-sent'
  | 'syn-received'
  | 'established'
  | 'fin-wait-1'
  | 'fin-wait-2'
  | 'close-wait'
  | 'closing'
  | 'last-ack'
  | 'time-wait'
  | 'closed';

/** `closed`: in order. `refused`: RST to our SYN. `reset`: RST later. `timeout`: the peer stayed silent too long. */
export type CloseReason = 'closed' | 'refused' | 'reset' | 'timeout';

/** What an application hears. */
export interface SocketHandlers {
  /** The handshake is complete. */
  onConnected?(socket: TcpSocket): void;
  onMessage?(socket: TcpSocket, message: unknown): void;
  /** So many bytes arrived in order; told before the messages among them. */
  onReceived?(socket: TcpSocket, bytes: number): void;
  /** The peer has so many more bytes: the cue of a sender that keeps its queue short. */
  onAcknowledged?(socket: TcpSocket, bytes: number): void;
  /** The peer will send no more. Without it the socket closes its own side too. */
  onPeerClosed?(socket: TcpSocket): void;
  /** The connection is over; in order only once both sides have closed. */
  onClosed?(socket: TcpSocket, reason: CloseReason): void;
}

/** Which of a socket's timers fired. */
export const RETRANSMISSION_TIMER = 0;
export const ACK_TIMER = 1;
export const KEEPALIVE_TIMER = 2;
/** The token of a timer is the socket's row times this, plus which. */
export const TIMERS_PER_SOCKET = 4;
