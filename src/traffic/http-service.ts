/**
 * A declared service of a host: its requests pass a queue before they are answered, and connections that nobody uses
 * are closed. Owns both; order and time of work are the queue's. Under a fault: `hang` swallows requests, and answers
 * nothing that becomes ready meanwhile; `error` refuses them without work; `slow` adds to their work. A process that
 * dies takes its queue with it.
 */
import { present } from '../base/assert.ts';
import type { RandomStream } from '../base/random.ts';
import type { Engine } from '../engine/engine.ts';
import { type TimerId, Timers } from '../engine/timers.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import { type HttpRequest, UNAVAILABLE } from '../protocols/http-messages.ts';
import type { SocketHandlers, TcpSocket } from '../protocols/tcp-socket.ts';
import { answer, type HttpServerSettings, OK } from './http-answer.ts';
import { ServiceQueue, type ServiceQueueSettings } from './service-queue.ts';

export interface HttpServiceSettings extends ServiceQueueSettings {
  /** A connection without a request for so long is closed; infinite: never. */
  readonly idleTimeoutNs: number;
}

/** One accepted connection. */
interface Client {
  readonly socket: TcpSocket;
  /** Null when idle connections stay. */
  readonly timer: TimerId | null;
  /** Requests that have not been answered. */
  unanswered: number;
}

/** A request and the connection it came by. */
interface Asked {
  readonly client: Client;
  readonly request: HttpRequest;
}

export class HttpService {
  private readonly stack: HostStack;
  private readonly engine: Engine;
  private readonly server: HttpServerSettings;
  private readonly idleTimeoutNs: number;
  private readonly queue: ServiceQueue<Asked>;
  private readonly idleTimers: Timers;
  private readonly clients: (Client | null)[] = [];

  constructor(
    stack: HostStack,
    engine: Engine,
    server: HttpServerSettings,
    settings: HttpServiceSettings,
    random: RandomStream,
  ) {
    this.stack = stack;
    this.engine = engine;
    this.server = server;
    this.idleTimeoutNs = settings.idleTimeoutNs;
    this.queue = new ServiceQueue(engine, settings, random, (asked, isDone) => this.onEnd(asked, isDone));
    this.idleTimers = new Timers(engine, (timer) => this.onIdle(timer));
    stack.onProcessEnd(() => this.forgetAll());
  }

  /** Requests worked on now. */
  get busy(): number {
    return this.queue.busy;
  }

  /** Requests that wait now. */
  get waiting(): number {
    return this.queue.waiting;
  }

  serve(port: number): void {
    this.stack.serveTcp(port, (socket) => this.accept(socket));
  }

  private accept(socket: TcpSocket): SocketHandlers {
    const timer = this.idleTimeoutNs < Number.POSITIVE_INFINITY ? this.idleTimers.create() : null;
    const client: Client = { socket, timer, unanswered: 0 };
    if (timer !== null) this.clients[timer] = client;
    this.armIdle(client);
    return {
      onMessage: (_socket, message) => this.onRequest(client, message as HttpRequest),
      onClosed: () => this.forget(client),
    };
  }

  private onRequest(client: Client, request: HttpRequest): void {
    const { serviceFault } = this.stack;
    const { slowNs, errorBytes } = this.server;
    const { socket, timer } = client;
    // It crossed our close on its way: the kernel answers for a connection that no process holds any more.
    if (socket.state !== 'established' && socket.state !== 'close-wait') {
      this.forget(client);
      socket.abort();
      return;
    }
    if (timer !== null) this.idleTimers.disarm(timer);
    client.unanswered++;
    if (serviceFault === 'hang') return;
    if (serviceFault === 'error') {
      this.answer(client, request, UNAVAILABLE, errorBytes);
      return;
    }
    this.queue.arrive({ client, request }, serviceFault === 'slow' ? slowNs : 0);
  }

  private onEnd({ client, request }: Asked, isDone: boolean): void {
    if (this.stack.serviceFault === 'hang') return;
    this.answer(client, request, isDone ? OK : UNAVAILABLE, this.server.errorBytes);
  }

  private answer(client: Client, request: HttpRequest, status: number, errorBytes: number): void {
    client.unanswered--;
    answer(client.socket, request, status, errorBytes);
    if (client.unanswered === 0) this.armIdle(client);
  }

  private armIdle({ socket, timer }: Client): void {
    if (timer === null || this.clients[timer]?.socket !== socket) return;
    this.idleTimers.arm(timer, this.engine.nowNs + this.idleTimeoutNs);
  }

  private onIdle(timer: TimerId): void {
    present(this.clients[timer], 'an idle connection is known by its timer').socket.close();
  }

  private forget({ timer, socket }: Client): void {
    if (timer === null || this.clients[timer]?.socket !== socket) return;
    this.clients[timer] = null;
    this.idleTimers.free(timer);
  }

  private forgetAll(): void {
    this.queue.clear();
    for (const client of this.clients) if (client !== null) this.forget(client);
  }
}
