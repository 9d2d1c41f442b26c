/**
 * The requests that pass one node of a layer-7 balancer: takes each from its client's connection, hands it to a server
 * over a connection of its own, and passes the response on as it arrives; or answers itself with 502 (the server
 * refused or broke off, or was drained for long enough), 503 (no server is healthy) or 504 (no connection, or no response, in time). Owns both
 * connections and their time-outs; which servers are healthy is the node's.
 *
 *   idle --- request ---> connecting --- handshake ---> answering --- response ---> idle, or closed
 *
 * The client's flow and unit are billed on both sides. A connection carries one request at a time.
 */
import { assert, present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import { OUT } from '../network/packet-table.ts';
import type { ForwardingRules } from '../policy/forwarding-rules.ts';
import { withoutQuery } from '../policy/url-parameter.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import {
  BAD_GATEWAY,
  GATEWAY_TIMEOUT,
  type HttpRequest,
  type HttpResponse,
  UNAVAILABLE,
} from '../protocols/http-messages.ts';
import type { CloseReason, SocketHandlers, TcpSocket } from '../protocols/tcp-socket.ts';
import { type AlbServer, pickServer, type ServerGroup, serverOfCookie } from './alb-servers.ts';

export interface ProxyListener {
  readonly name: string;
  readonly port: number;
  readonly rules: ForwardingRules<ServerGroup>;
  /** A client's connection without a request for so long is closed. */
  readonly idleTimeoutNs: number;
  /** From the handshake with a server to its response. */
  readonly requestTimeoutNs: number;
}

export interface ProxySettings {
  /** Of connections to servers. */
  readonly connectTimeoutNs: number;
  /** Of the balancer's own answers. */
  readonly errorBytes: number;
}

/** What the node adds: whose doing it is that a request goes where it goes, or nowhere. */
export interface ProxyBlame {
  served(server: AlbServer): void;
  unserved(group: ServerGroup): void;
  /** What is sent next is the event's doing; NONE: no longer. */
  cut(event: number): void;
}

/** A client's connection and the request under way on it. */
interface Visit {
  readonly row: number;
  readonly listener: ProxyListener;
  readonly client: TcpSocket;
  readonly timer: DeviceTimer;
  /** Bytes of the request that is arriving. */
  requestBytes: number;
  request: HttpRequest | null;
  server: AlbServer | null;
  /** When its server's draining ends it, and the event that drains. */
  endsNs: number;
  drainEvent: number;
  /** When its time-out ends it. */
  dueNs: number;
  /** Of the cookie that goes with the response; null: none does. */
  cookieLifeNs: number | null;
  /** Connection to the server; null when no request is under way. */
  upstream: TcpSocket | null;
  /** Bytes of the response that the client has been sent: after that it can only break off. */
  passedBytes: number;
  /** Bytes that wait for the end of the response, which carries its status. */
  heldBytes: number;
}

export class HttpProxy {
  private readonly context: DeviceContext;
  private readonly stack: HostStack;
  private readonly localAddr: number;
  private readonly settings: ProxySettings;
  private readonly blame: ProxyBlame;
  private readonly tokenOf: (row: number) => number;
  private readonly onRequested: () => void;
  private readonly visits: (Visit | null)[] = [];
  private readonly freeRows: number[] = [];
  private readonly upstreamHandlers: SocketHandlers = {
    onConnected: (socket) => this.onConnected(socket),
    onReceived: (socket, bytes) => this.onResponseBytes(socket, bytes),
    onMessage: (socket, message) => this.onResponse(socket, message as HttpResponse),
    onClosed: (socket, reason) => this.onUpstreamClosed(socket, reason),
  };

  /**
   * `localAddr`: what servers are connected to from; `tokenOf`: the device's token of a row's timer; `onRequested`:
   * told of every request.
   */
  constructor(
    context: DeviceContext,
    stack: HostStack,
    localAddr: number,
    settings: ProxySettings,
    blame: ProxyBlame,
    tokenOf: (row: number) => number,
    onRequested: () => void = () => {},
  ) {
    this.context = context;
    this.stack = stack;
    this.localAddr = localAddr;
    this.settings = settings;
    this.blame = blame;
    this.tokenOf = tokenOf;
    this.onRequested = onRequested;
  }

  /** Client connections now. */
  get connections(): number {
    return this.visits.length - this.freeRows.length;
  }

  listen(listener: ProxyListener): void {
    this.stack.tcp.listen(listener.port, (socket) => this.accept(listener, socket));
  }

  /** Idle for too long, or the server did not connect or answer in time, or has been drained for long enough. */
  onTimer(row: number): void {
    const visit = present(this.visits[row] ?? null, 'a timer of no client');
    if (visit.request === null) visit.client.close();
    else if (this.context.now() < visit.endsNs) this.answer(visit, GATEWAY_TIMEOUT);
    else {
      this.blame.cut(visit.drainEvent);
      this.answer(visit, BAD_GATEWAY);
      this.blame.cut(NONE);
    }
  }

  /** Requests under way at a server end after a while, if not before. */
  drain(server: AlbServer, spanNs: number, event: number): void {
    this.limit(server, this.context.now() + spanNs, event);
  }

  /** They may go on after all. */
  undrain(server: AlbServer): void {
    this.limit(server, Number.POSITIVE_INFINITY, NONE);
  }

  private limit(server: AlbServer, endsNs: number, event: number): void {
    for (const visit of this.visits) {
      if (visit?.server !== server) continue;
      visit.endsNs = endsNs;
      visit.drainEvent = event;
      this.context.arm(visit.timer, Math.min(visit.dueNs, endsNs));
    }
  }

  /** The machine lost power, and its connections with it. */
  vanish(): void {
    for (const visit of this.visits) if (visit !== null) this.forget(visit);
  }

  private accept(listener: ProxyListener, client: TcpSocket): SocketHandlers {
    const row = this.freeRows.pop() ?? this.visits.length;
    const visit: Visit = {
      row,
      listener,
      client,
      timer: this.context.newTimer(this.tokenOf(row)),
      requestBytes: 0,
      request: null,
      server: null,
      endsNs: Number.POSITIVE_INFINITY,
      drainEvent: NONE,
      dueNs: 0,
      cookieLifeNs: null,
      upstream: null,
      passedBytes: 0,
      heldBytes: 0,
    };
    this.visits[row] = visit;
    this.armIn(visit, listener.idleTimeoutNs);
    return {
      onReceived: (_socket, bytes) => {
        visit.requestBytes += bytes;
      },
      onMessage: (_socket, message) => this.onRequest(visit, message as HttpRequest),
      onPeerClosed: () => this.onClientGone(visit),
      onClosed: () => this.forget(visit),
    };
  }

  private onRequest(visit: Visit, request: HttpRequest): void {
    assert(visit.request === null, 'a client asked again before it was answered');
    visit.request = request;
    this.onRequested();
    const { listener, client } = visit;
    const path = request.path ?? '/';
    const group = listener.rules.choose(request.host ?? '', withoutQuery(path));
    const known = request.cookie === undefined ? null : serverOfCookie(group, request.cookie);
    const server = known ?? pickServer(group, client.remoteAddr, path, this.context.now());
    if (server === null) {
      this.blame.unserved(group);
      this.answer(visit, UNAVAILABLE);
      return;
    }
    this.blame.served(server);
    visit.cookieLifeNs = known === null ? group.cookieLifeNs : null;
    this.connect(visit, server, group.port);
  }

  private connect(visit: Visit, server: AlbServer, port: number): void {
    const { flow, unit, connection } = visit.client.billing;
    const billing = { flow, unit, connection, direction: OUT };
    const { tcp } = this.stack;
    const socket = tcp.connect(this.localAddr, server.address, port, billing, this.upstreamHandlers);
    // Without a free ephemeral port there is no way to the server.
    if (socket === null) {
      this.answer(visit, BAD_GATEWAY);
      return;
    }
    socket.attachment = visit;
    visit.upstream = socket;
    visit.server = server;
    server.active++;
    server.requests++;
    this.armIn(visit, this.settings.connectTimeoutNs);
  }

  private onConnected(socket: TcpSocket): void {
    const visit = this.visitOf(socket);
    if (visit?.request == null) return;
    const request = { ...visit.request, keepAlive: false, forwardedFor: visit.client.remoteAddr };
    socket.send(visit.requestBytes, request);
    this.armIn(visit, visit.listener.requestTimeoutNs);
  }

  /** All but the last byte goes on at once: the status travels with the last one. */
  private onResponseBytes(socket: TcpSocket, bytes: number): void {
    const visit = this.visitOf(socket);
    if (visit === null) return;
    const passing = visit.heldBytes + bytes - 1;
    visit.heldBytes = 1;
    if (passing === 0) return;
    visit.passedBytes += passing;
    visit.client.send(passing);
  }

  private onResponse(socket: TcpSocket, response: HttpResponse): void {
    const visit = this.visitOf(socket);
    if (visit === null) return;
    const { cookieLifeNs: lifeNs, server } = visit;
    const isSet = lifeNs !== null && server !== null;
    visit.client.send(
      visit.heldBytes,
      isSet ? { ...response, cookie: { value: server.name, lifeNs } } : response,
    );
    // The connection closes by itself, by its server's end.
    visit.upstream = null;
    this.endRequest(visit);
  }

  private onUpstreamClosed(socket: TcpSocket, reason: CloseReason): void {
    const visit = this.visitOf(socket);
    if (visit !== null) this.answer(visit, reason === 'timeout' ? GATEWAY_TIMEOUT : BAD_GATEWAY);
  }

  /** In the server's place; what has begun to arrive from it can only be broken off. */
  private answer(visit: Visit, status: number): void {
    const { client, passedBytes } = visit;
    if (passedBytes > 0) {
      this.forget(visit);
      client.abort();
      return;
    }
    const response: HttpResponse = { kind: 'http-response', status, isFromBalancer: true };
    client.send(this.settings.errorBytes, response);
    this.endRequest(visit);
  }

  private endRequest(visit: Visit): void {
    const keepAlive = visit.request?.keepAlive ?? false;
    this.leaveServer(visit);
    visit.request = null;
    visit.requestBytes = 0;
    this.armIn(visit, visit.listener.idleTimeoutNs);
    if (!keepAlive) visit.client.close();
  }

  /** Its request, if one is under way, is of use to nobody any more. */
  private onClientGone(visit: Visit): void {
    this.leaveServer(visit);
    visit.request = null;
    visit.client.close();
  }

  private forget(visit: Visit): void {
    if (this.visits[visit.row] !== visit) return;
    this.leaveServer(visit);
    this.context.disarm(visit.timer);
    this.context.freeTimer(visit.timer);
    this.visits[visit.row] = null;
    this.freeRows.push(visit.row);
  }

  /** A connection whose response is not complete is given up. */
  private leaveServer(visit: Visit): void {
    const { upstream, server } = visit;
    if (server !== null) server.active--;
    visit.server = null;
    visit.endsNs = Number.POSITIVE_INFINITY;
    visit.upstream = null;
    visit.passedBytes = 0;
    visit.heldBytes = 0;
    upstream?.abort();
  }

  private visitOf(socket: TcpSocket): Visit | null {
    const visit = socket.attachment as Visit;
    return visit.upstream === socket ? visit : null;
  }

  private armIn(visit: Visit, spanNs: number): void {
    visit.dueNs = this.context.now() + spanNs;
    this.context.arm(visit.timer, Math.min(visit.dueNs, visit.endsNs));
  }
}
