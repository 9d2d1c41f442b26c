/**
 * The requests of one HTTP flow, from offer to end: attempts, time-outs, retries. A unit is a request with its whole
 * response, timed from its offer; it ends once, delivered by any attempt or lost with the reason of the last one.
 */
import { NONE } from '../base/brand.ts';
import { type Distribution, sample } from '../base/distribution.ts';
import type { RandomStream } from '../base/random.ts';
import { type TimerId, Timers } from '../engine/timers.ts';
import {
  BAD_GATEWAY,
  GATEWAY_TIMEOUT,
  type HttpRequest,
  type HttpResponse,
} from '../protocols/http-messages.ts';
import type { TcpSocket } from '../protocols/tcp-socket.ts';
import { CookieJar } from './cookie-jar.ts';
import { HttpConnections } from './http-connections.ts';
import type { HttpExchange } from './http-exchange.ts';
import type { PoolSettings } from './http-pool.ts';
import { isRetried, type RetrySettings, retryPauseNs } from './http-retries.ts';
import type { Failure } from './ledger.ts';
import type { WorkloadOptions } from './workload.ts';

export interface HttpSettings {
  readonly requestSize: Distribution;
  readonly responseSize: Distribution;
  /** Kept-alive connections; null: one per request. */
  readonly pool: PoolSettings | null;
  /** Of one attempt, name and handshake; infinite without. */
  readonly connectTimeoutNs: number;
  readonly retries: RetrySettings;
  /** Host header and path of every request, for balancers that route by them. */
  readonly host: string;
  readonly path: string;
}

/** Largest message: what the language takes, and where heavy tails end. */
const MAX_BYTES = 1e9;

export class HttpClient {
  private readonly options: WorkloadOptions;
  private readonly settings: HttpSettings;
  private readonly onEnd: (user: number, isDelivered: boolean) => void;
  private readonly connections: HttpConnections;
  private readonly timers: Timers;
  private readonly cookies = new CookieJar();
  /** Requests under way, by timer. */
  private readonly exchanges: (HttpExchange | null)[] = [];
  private readonly requestSizes: RandomStream;
  private readonly responseSizes: RandomStream;
  private readonly backOff: RandomStream;

  /** `onEnd` hears of every request once, of whichever user it was. */
  constructor(
    options: WorkloadOptions,
    settings: HttpSettings,
    onEnd: (user: number, isDelivered: boolean) => void = () => {},
  ) {
    const { engine, streams, name } = options;
    this.options = options;
    this.settings = settings;
    this.onEnd = onEnd;
    this.timers = new Timers(engine, (timer) => this.onTimer(timer));
    this.requestSizes = streams.stream(name, 'request size');
    this.responseSizes = streams.stream(name, 'response size');
    this.backOff = streams.stream(name, 'back-off');
    this.connections = new HttpConnections(options, settings.pool, {
      onAssigned: (exchange) => this.onAssigned(exchange),
      onReady: (exchange, socket) => this.onReady(exchange, socket),
      onResponse: (exchange, response) => this.onResponse(exchange, response),
      onLost: (exchange, failure) => this.onFailure(exchange, failure),
    });
  }

  /** Offers a request now. */
  offer(sender: number, user: number): void {
    const { engine, ledger, flow } = this.options;
    const timer = this.timers.create();
    const exchange: HttpExchange = {
      unit: ledger.offer(flow, NONE),
      sender,
      user,
      requestBytes: bytesOf(this.settings.requestSize, this.requestSizes),
      responseBytes: bytesOf(this.settings.responseSize, this.responseSizes),
      offeredNs: engine.nowNs,
      timer,
      state: 'in-line',
      attempts: 0,
      attemptNs: 0,
      connectNs: 0,
      retryNs: 0,
      failure: null,
      connection: null,
      previous: null,
      next: null,
    };
    this.exchanges[timer] = exchange;
    this.attempt(exchange);
  }

  private attempt(exchange: HttpExchange): void {
    const { engine, ledger, flow } = this.options;
    exchange.attempts++;
    exchange.attemptNs = engine.nowNs;
    exchange.state = 'in-line';
    if (exchange.attempts > 1) ledger.retry(flow, exchange.unit, exchange.attempts === 2);
    this.arm(exchange);
    this.connections.acquire(exchange);
  }

  private onAssigned(exchange: HttpExchange): void {
    const { engine, ledger, flow } = this.options;
    exchange.state = 'connecting';
    exchange.connectNs = engine.nowNs;
    const { place } = exchange.connection as { place: number };
    if (place !== NONE) ledger.place(flow, exchange.unit, place);
    if (this.settings.connectTimeoutNs < Number.POSITIVE_INFINITY) this.arm(exchange);
  }

  private onReady(exchange: HttpExchange, socket: TcpSocket): void {
    exchange.state = 'answering';
    const { requestBytes, responseBytes } = exchange;
    const keepAlive = this.settings.pool !== null;
    const { host, path } = this.settings;
    const cookie = this.cookies.of(exchange, this.options.engine.nowNs);
    const plain: HttpRequest = { kind: 'http-request', responseBytes, keepAlive, host, path };
    const request = cookie === undefined ? plain : { ...plain, cookie };
    socket.send(requestBytes, request);
    if (this.settings.connectTimeoutNs < Number.POSITIVE_INFINITY) this.arm(exchange);
  }

  private onResponse(exchange: HttpExchange, response: HttpResponse): void {
    const { ledger, flow } = this.options;
    this.cookies.keep(exchange, response, this.options.engine.nowNs);
    if (response.status < 500) {
      this.forget(exchange);
      ledger.deliver(flow, exchange.unit, exchange.responseBytes);
      this.connections.release(exchange);
      this.onEnd(exchange.user, true);
      return;
    }
    this.connections.release(exchange);
    this.onFailure(exchange, failureOf(response));
  }

  /** The attempt is over; its connection has been given back. */
  private onFailure(exchange: HttpExchange, failure: Failure): void {
    const { retries } = this.settings;
    if (!isRetried(retries, failure, exchange.attempts)) {
      this.lose(exchange, failure);
      return;
    }
    exchange.failure = failure;
    exchange.state = 'backing-off';
    exchange.retryNs = this.options.engine.nowNs + retryPauseNs(retries, exchange.attempts, this.backOff);
    this.arm(exchange);
  }

  private onTimer(timer: TimerId): void {
    const exchange = this.exchanges[timer] as HttpExchange;
    const isOver = this.options.engine.nowNs >= this.deadlineNs(exchange);
    if (exchange.state === 'backing-off') {
      if (isOver) this.lose(exchange, exchange.failure as Failure);
      else this.attempt(exchange);
      return;
    }
    const failure = exchange.state === 'connecting' ? 'connect-timeout' : 'response-timeout';
    this.connections.abandon(exchange);
    if (isOver) this.lose(exchange, failure);
    else this.onFailure(exchange, failure);
  }

  private lose(exchange: HttpExchange, failure: Failure): void {
    const { ledger, flow } = this.options;
    this.forget(exchange);
    ledger.fail(flow, exchange.unit, failure);
    this.onEnd(exchange.user, false);
  }

  private forget({ timer }: HttpExchange): void {
    this.exchanges[timer] = null;
    this.timers.free(timer);
  }

  /** Of the unit, over all attempts. */
  private deadlineNs({ offeredNs }: HttpExchange): number {
    return offeredNs + this.options.timeoutNs;
  }

  /** To the first of the time-outs that run in the present state. */
  private arm(exchange: HttpExchange): void {
    const { retries, connectTimeoutNs } = this.settings;
    const { state, attemptNs, connectNs, retryNs, timer } = exchange;
    let atNs = this.deadlineNs(exchange);
    if (state === 'backing-off') atNs = Math.min(atNs, retryNs);
    else atNs = Math.min(atNs, attemptNs + retries.perTryTimeoutNs);
    if (state === 'connecting') atNs = Math.min(atNs, connectNs + connectTimeoutNs);
    this.timers.arm(timer, atNs);
  }
}

/** What a balancer says in place of a server is told apart from what a server says. */
function failureOf({ status, isFromBalancer }: HttpResponse): Failure {
  if (isFromBalancer !== true) return 'status-5xx';
  if (status === BAD_GATEWAY) return 'status-502';
  return status === GATEWAY_TIMEOUT ? 'status-504' : 'status-503';
}

/** At least one byte, and no more than a message may have. A constant needs no draw: the stream serves nothing else. */
function bytesOf(distribution: Distribution, random: RandomStream): number {
  if (distribution.kind === 'constant') return distribution.value;
  return Math.min(MAX_BYTES, Math.max(1, Math.round(sample(distribution, random))));
}
