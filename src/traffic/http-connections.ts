/**
 * The connections of one HTTP flow: finds one for each request, opens them, and takes back what is idle. Owns sockets
 * and pools; what a request does with its connection, and how it ends, is the client's.
 */
import { NONE } from '../base/brand.ts';
import type { Engine } from '../engine/engine.ts';
import { type TimerId, Timers } from '../engine/timers.ts';
import { OUT } from '../network/packet-table.ts';
import type { HttpResponse } from '../protocols/http-messages.ts';
import type { CloseReason, SocketHandlers, TcpSocket } from '../protocols/tcp-socket.ts';
import { failureOf } from './connection-failure.ts';
import { withAddress } from './destination.ts';
import { type HttpConnection, type HttpExchange, newConnection, type Pool } from './http-exchange.ts';
import { HttpPool, type PoolSettings } from './http-pool.ts';
import type { Failure } from './ledger.ts';
import type { WorkloadOptions } from './workload.ts';

/** What a client hears of the connections of its requests. */
export interface HttpConnectionEvents {
  /** The request has got this connection, which may still have to be opened. */
  onAssigned(exchange: HttpExchange): void;
  /** It is open: the request can be sent. */
  onReady(exchange: HttpExchange, socket: TcpSocket): void;
  onResponse(exchange: HttpExchange, response: HttpResponse): void;
  /** It could not be opened, or is gone; the request has none any more. */
  onLost(exchange: HttpExchange, failure: Failure): void;
}

export class HttpConnections {
  private readonly options: WorkloadOptions;
  private readonly events: HttpConnectionEvents;
  private readonly engine: Engine;
  /** One a sender; null: a connection per request. */
  private readonly pools: readonly Pool[] | null;
  private readonly idleTimeoutNs: number;
  private readonly idleTimers: Timers;
  private readonly byIdleTimer: HttpConnection[] = [];
  /** A connection that fails at once must not serve the line from within. */
  private isServing = false;

  private readonly handlers: SocketHandlers = {
    onConnected: (socket) => this.onConnected(socket),
    onMessage: (socket, message) => this.onMessage(socket, message as HttpResponse),
    onPeerClosed: (socket) => this.onPeerClosed(socket),
    onClosed: (socket, reason) => this.onClosed(socket, reason),
  };

  constructor(options: WorkloadOptions, settings: PoolSettings | null, events: HttpConnectionEvents) {
    this.options = options;
    this.engine = options.engine;
    this.events = events;
    this.pools = settings === null ? null : makePools(options, settings);
    this.idleTimeoutNs = settings?.idleTimeoutNs ?? Number.POSITIVE_INFINITY;
    this.idleTimers = new Timers(options.engine, (timer) => this.onIdle(timer));
  }

  /** A connection for the request, now or when its turn has come. */
  acquire(exchange: HttpExchange): void {
    const { sender } = exchange;
    if (this.pools === null) {
      const stack = this.options.senders[sender] as HttpConnection['stack'];
      this.assign(exchange, newConnection(stack, null, NONE));
      return;
    }
    const pool = this.pools[sender] as Pool;
    const connection = pool.take();
    if (connection === null) pool.line.append(exchange);
    else this.assign(exchange, connection);
  }

  /** The request is answered: its connection is free for the next one, or closed. */
  release(exchange: HttpExchange): void {
    const connection = this.detach(exchange);
    const { pool, socket } = connection;
    if (pool === null) {
      socket?.close();
      return;
    }
    pool.add(connection, true);
    this.armIdle(connection);
    this.serveLine(pool);
  }

  /** The request is given up: a connection that waits for its answer is of no use to anybody else. */
  abandon(exchange: HttpExchange): void {
    if (exchange.state === 'in-line') {
      this.pools?.[exchange.sender]?.line.remove(exchange);
      return;
    }
    const connection = this.detach(exchange);
    const { socket } = connection;
    connection.socket = null;
    socket?.abort();
    this.vacate(connection);
  }

  private assign(exchange: HttpExchange, connection: HttpConnection): void {
    exchange.connection = connection;
    connection.exchange = exchange;
    const { idleTimer, socket } = connection;
    if (idleTimer !== NONE) this.idleTimers.disarm(idleTimer);
    this.events.onAssigned(exchange);
    // The machine may have restarted under a kept connection: nobody was there to hear that it is gone.
    if (socket === null || socket.state === 'closed') {
      this.connect(exchange, connection);
      return;
    }
    socket.billing.unit = exchange.unit;
    this.events.onReady(exchange, socket);
  }

  private connect(exchange: HttpExchange, connection: HttpConnection): void {
    const { attempts, unit } = exchange;
    connection.socket = null;
    connection.isConnected = false;
    withAddress(this.options.destination, connection.stack, unit, (address) => {
      // The attempt may have been given up while its destination's name was asked for.
      const isWanted = connection.exchange === exchange && exchange.attempts === attempts;
      if (isWanted) this.connectTo(exchange, connection, address);
    });
  }

  private connectTo(exchange: HttpExchange, connection: HttpConnection, address: number): void {
    const { ledger, flow, port } = this.options;
    const { stack } = connection;
    if (address === NONE) {
      this.lose(connection, 'name-error');
      return;
    }
    const billing = {
      flow,
      unit: exchange.unit,
      connection: ledger.openConnection(flow),
      direction: OUT,
    };
    const socket = stack.tcp.connect(stack.address, address, port, billing, this.handlers);
    connection.socket = socket;
    // Without a free ephemeral port the host itself refuses.
    if (socket === null) this.lose(connection, 'refused');
    else socket.attachment = connection;
  }

  private onConnected(socket: TcpSocket): void {
    const connection = socket.attachment as HttpConnection;
    connection.isConnected = true;
    if (connection.exchange !== null) this.events.onReady(connection.exchange, socket);
  }

  private onMessage(socket: TcpSocket, response: HttpResponse): void {
    const { exchange, socket: current } = socket.attachment as HttpConnection;
    if (current === socket && exchange !== null) this.events.onResponse(exchange, response);
  }

  /** A server that closes before its answer leaves the request without one. */
  private onPeerClosed(socket: TcpSocket): void {
    const connection = socket.attachment as HttpConnection;
    if (connection.socket === socket && (connection.exchange !== null || connection.pool !== null)) {
      connection.socket = null;
      this.lose(connection, 'reset');
    }
    socket.close();
  }

  private onClosed(socket: TcpSocket, reason: CloseReason): void {
    const connection = socket.attachment as HttpConnection;
    if (connection.socket !== socket) return;
    connection.socket = null;
    this.lose(connection, failureOf(reason, connection.isConnected));
  }

  /** A connection is gone, and the request on it, if any, has none. */
  private lose(connection: HttpConnection, failure: Failure): void {
    const { exchange } = connection;
    if (exchange === null) {
      this.forgetIdle(connection);
      return;
    }
    this.detach(exchange);
    this.events.onLost(exchange, failure);
    this.vacate(connection);
  }

  private detach(exchange: HttpExchange): HttpConnection {
    const connection = exchange.connection as HttpConnection;
    exchange.connection = null;
    connection.exchange = null;
    return connection;
  }

  /** A place whose request has gone with its connection. */
  private vacate(connection: HttpConnection): void {
    const { pool } = connection;
    if (pool === null) return;
    pool.add(connection, false);
    this.serveLine(pool);
  }

  private forgetIdle(connection: HttpConnection): void {
    const { pool, idleTimer } = connection;
    if (idleTimer !== NONE) this.idleTimers.disarm(idleTimer);
    pool?.vacate(connection);
  }

  private serveLine(pool: Pool): void {
    if (this.isServing) return;
    this.isServing = true;
    while (pool.line.length > 0) {
      const connection = pool.take();
      if (connection === null) break;
      this.assign(pool.line.takeFirst() as HttpExchange, connection);
    }
    this.isServing = false;
  }

  private armIdle(connection: HttpConnection): void {
    if (this.idleTimeoutNs === Number.POSITIVE_INFINITY) return;
    if (connection.idleTimer === NONE) {
      connection.idleTimer = this.idleTimers.create();
      this.byIdleTimer[connection.idleTimer] = connection;
    }
    this.idleTimers.arm(connection.idleTimer, this.engine.nowNs + this.idleTimeoutNs);
  }

  private onIdle(timer: TimerId): void {
    const connection = this.byIdleTimer[timer] as HttpConnection;
    const { socket } = connection;
    connection.socket = null;
    socket?.close();
    this.forgetIdle(connection);
  }
}

/** Places dealt to the senders in turn; every sender has at least one. */
function makePools({ senders }: WorkloadOptions, { connections, reuse }: PoolSettings): Pool[] {
  const pools: Pool[] = senders.map(() => new HttpPool(reuse));
  const count = Math.max(connections, senders.length);
  for (let place = 0; place < count; place++) {
    const sender = place % senders.length;
    const pool = pools[sender] as Pool;
    pool.add(newConnection(senders[sender] as HttpConnection['stack'], pool, place), false);
  }
  return pools;
}
