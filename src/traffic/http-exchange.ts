/** The two things an HTTP client keeps: a request with its answer, and a connection that carries one after the other. */
import { NONE } from '../base/brand.ts';
import type { InLine } from '../base/line.ts';
import type { TimerId } from '../engine/timers.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { TcpSocket } from '../protocols/tcp-socket.ts';
import type { HttpPool } from './http-pool.ts';
import type { Failure } from './ledger.ts';

/** Where a request is: in line for a connection, waiting for it to open, for the answer, or for its next attempt. */
export type ExchangeState = 'in-line' | 'connecting' | 'answering' | 'backing-off';

/** A request from its offer to its end, over all attempts. */
export interface HttpExchange extends InLine<HttpExchange> {
  readonly unit: number;
  readonly sender: number;
  /** Whose request it is, in a closed loop. */
  readonly user: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly offeredNs: number;
  readonly timer: TimerId;
  state: ExchangeState;
  /** Attempts begun. */
  attempts: number;
  /** When the present attempt began, and when it got a connection. */
  attemptNs: number;
  connectNs: number;
  /** When the pause before the next attempt ends. */
  retryNs: number;
  /** How the last attempt ended; null during the first. */
  failure: Failure | null;
  connection: HttpConnection | null;
}

export type Pool = HttpPool<HttpConnection, HttpExchange>;

/** A place for a connection: in a pool, or of one request alone. */
export interface HttpConnection extends InLine<HttpConnection> {
  readonly stack: HostStack;
  /** Null: it carries one request. */
  readonly pool: Pool | null;
  /** Number of its place within the flow; NONE outside pools. */
  readonly place: number;
  socket: TcpSocket | null;
  isConnected: boolean;
  /** The request it carries now. */
  exchange: HttpExchange | null;
  /** Closes it when idle; NONE until first needed. */
  idleTimer: TimerId;
}

export function newConnection(stack: HostStack, pool: Pool | null, place: number): HttpConnection {
  return {
    stack,
    pool,
    place,
    socket: null,
    isConnected: false,
    exchange: null,
    idleTimer: NONE as TimerId,
    previous: null,
    next: null,
  };
}
