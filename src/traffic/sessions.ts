/**
 * Long-lived connections that talk now and then: WebSockets, database connections. A number of them is held, or as many
 * come as arrive. A unit is a message with its answer; the first one counts from the wish to open the session and leaves
 * with the end of the handshake, the others follow at the heartbeat, counted from then. One message at a time: a heartbeat
 * that is due while one is unanswered is left out. An answer later than the time-out breaks the session.
 */
import { NONE } from '../base/brand.ts';
import { type Distribution, sample } from '../base/distribution.ts';
import type { RandomStream } from '../base/random.ts';
import { MAX_TIME_NS } from '../base/units.ts';
import { type TimerId, Timers } from '../engine/timers.ts';
import { OUT } from '../network/packet-table.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { SocketOptions } from '../protocols/tcp-settings.ts';
import type { SocketHandlers, TcpSocket } from '../protocols/tcp-socket.ts';
import { failureOf, Reconnect, type ReconnectSettings } from './connection-failure.ts';
import { withAddress } from './destination.ts';
import type { Failure } from './ledger.ts';
import type { Message, MessageAnswer } from './messages.ts';
import { Pacer } from './pacer.ts';
import type { Workload, WorkloadOptions } from './workload.ts';

const NEVER = Number.POSITIVE_INFINITY;

export interface SessionSettings {
  /** Sessions to hold; null: each that arrives. */
  readonly held: number | null;
  readonly openRatePerSecond: number;
  readonly arrivals: 'constant' | 'poisson';
  /** Infinite: only the first message. */
  readonly heartbeatNs: number;
  /** How long a session lasts; null: until the end. */
  readonly life: Distribution | null;
  readonly messageBytes: number;
  readonly answerBytes: number;
  readonly reconnect: ReconnectSettings | null;
  readonly socket: SocketOptions;
}

/** One that is held or on its way; times are infinite when nothing is due. */
interface Session {
  readonly timer: TimerId;
  stack: HostStack;
  /** NONE for those that are not held. */
  readonly slot: number;
  connection: number;
  socket: TcpSocket | null;
  isUp: boolean;
  /** The message under way, or NONE. */
  unit: number;
  /** When the message is too late. */
  deadlineNs: number;
  beatNs: number;
  lifeNs: number;
  endNs: number;
  /** When to connect again. */
  openNs: number;
  failures: number;
}

export class SessionsWorkload implements Workload {
  private readonly options: WorkloadOptions;
  private readonly settings: SessionSettings;
  private readonly pacer: Pacer;
  private readonly reconnect: Reconnect;
  private readonly lives: RandomStream;
  private readonly timers: Timers;
  /** By timer. */
  private readonly sessions: Session[] = [];
  private readonly free: Session[] = [];
  private readonly message: Message;
  private readonly handlers: SocketHandlers = {
    onConnected: (socket) => this.onConnected(sessionOf(socket), socket),
    onMessage: (socket, message) => this.onAnswer(sessionOf(socket), socket, message as MessageAnswer),
    onClosed: (socket, reason) => {
      const session = sessionOf(socket);
      if (session.socket === socket) this.lose(session, failureOf(reason, session.isUp));
    },
  };
  private opened = 0;

  constructor(options: WorkloadOptions, settings: SessionSettings) {
    this.options = options;
    this.settings = settings;
    const { engine, streams, name } = options;
    const { openRatePerSecond, arrivals, answerBytes } = settings;
    this.pacer = new Pacer(openRatePerSecond, arrivals, streams.stream(name, 'arrivals'));
    this.reconnect = new Reconnect(settings.reconnect, streams.stream(name, 'reconnect'));
    this.lives = streams.stream(name, 'life');
    this.timers = new Timers(engine, (timer) => this.onTimer(this.sessions[timer] as Session));
    this.message = { kind: 'message', answerBytes };
  }

  start(spanNs: number): void {
    const { engine } = this.options;
    const { held } = this.settings;
    const startNs = engine.nowNs;
    const scheduleNext = (): void => {
      const offsetNs = held !== null && this.opened >= held ? NEVER : this.pacer.next();
      if (offsetNs < spanNs) engine.schedule(startNs + offsetNs, handler, 0);
    };
    const handler = engine.register(() => {
      this.open(this.newSession());
      scheduleNext();
    });
    scheduleNext();
  }

  private newSession(): Session {
    const { senders } = this.options;
    const number = this.opened++;
    const stack = senders[number % senders.length] as HostStack;
    const free = this.free.pop();
    if (free !== undefined) {
      free.stack = stack;
      return free;
    }
    const session: Session = {
      timer: this.timers.create(),
      stack,
      slot: this.settings.held === null ? NONE : number,
      connection: NONE,
      socket: null,
      isUp: false,
      unit: NONE,
      deadlineNs: NEVER,
      beatNs: NEVER,
      lifeNs: NEVER,
      endNs: NEVER,
      openNs: NEVER,
      failures: 0,
    };
    this.sessions[session.timer] = session;
    return session;
  }

  // Opening.

  private open(session: Session): void {
    const { destination } = this.options;
    const { life } = this.settings;
    const { stack } = session;
    session.openNs = NEVER;
    session.lifeNs = life === null ? NEVER : Math.max(1, Math.round(sample(life, this.lives)));
    const unit = this.offer(session);
    withAddress(destination, stack, unit, (address) => {
      // It may have been given up while the name was asked for.
      if (session.unit === unit) this.connect(session, address);
    });
  }

  private offer(session: Session): number {
    const { ledger, flow, engine, timeoutNs } = this.options;
    session.unit = ledger.offer(flow, session.slot);
    session.deadlineNs = engine.nowNs + timeoutNs;
    this.arm(session);
    return session.unit;
  }

  private connect(session: Session, address: number): void {
    const { ledger, flow, port } = this.options;
    const { stack, unit } = session;
    if (address === NONE) {
      this.lose(session, 'name-error');
      return;
    }
    session.connection = ledger.openConnection(flow);
    const billing = { flow, unit, connection: session.connection, direction: OUT };
    const { socket } = this.settings;
    session.socket = stack.tcp.connect(stack.address, address, port, billing, this.handlers, socket);
    // Without a free ephemeral port the host itself refuses.
    if (session.socket === null) this.lose(session, 'refused');
    else session.socket.attachment = session;
  }

  private onConnected(session: Session, socket: TcpSocket): void {
    const { ledger, flow, engine } = this.options;
    session.isUp = true;
    ledger.openSession(flow, session.connection);
    session.beatNs = engine.nowNs + this.settings.heartbeatNs;
    session.endNs = engine.nowNs + session.lifeNs;
    socket.send(this.settings.messageBytes, this.message);
    this.arm(session);
  }

  // Talking.

  private beat(session: Session): void {
    session.beatNs += this.settings.heartbeatNs;
    if (session.unit !== NONE) return;
    const unit = this.offer(session);
    const socket = session.socket as TcpSocket;
    // The machine may have restarted under it: nobody was there to hear that the connection is gone.
    if (socket.state === 'closed') this.lose(session, 'reset');
    else {
      socket.billing.unit = unit;
      socket.send(this.settings.messageBytes, this.message);
    }
  }

  private onAnswer(session: Session, socket: TcpSocket, { isError }: MessageAnswer): void {
    const { ledger, flow } = this.options;
    if (session.socket !== socket || session.unit === NONE) return;
    const { unit } = session;
    session.unit = NONE;
    session.deadlineNs = NEVER;
    session.failures = 0;
    if (isError) ledger.fail(flow, unit, 'status-5xx');
    else ledger.deliver(flow, unit, this.settings.answerBytes);
    ledger.useSession(flow, session.connection);
    this.arm(session);
  }

  // The end.

  private complete(session: Session): void {
    const { ledger, flow } = this.options;
    ledger.completeSession(flow, session.connection);
    const { socket } = session;
    this.rest(session);
    socket?.close();
    if (this.settings.held === null) this.free.push(session);
    else this.open(session);
  }

  private lose(session: Session, failure: Failure): void {
    const { ledger, flow, engine } = this.options;
    const { unit } = session;
    if (session.isUp) ledger.breakSession(flow, session.connection, unit);
    if (unit !== NONE) ledger.fail(flow, unit, failure);
    this.rest(session);
    session.failures++;
    session.openNs = engine.nowNs + this.reconnect.delayNs(session.failures);
    if (session.openNs < NEVER) this.arm(session);
    else if (this.settings.held === null) this.free.push(session);
  }

  /** Nothing is open and nothing is due. */
  private rest(session: Session): void {
    session.socket = null;
    session.isUp = false;
    session.unit = NONE;
    session.deadlineNs = NEVER;
    session.beatNs = NEVER;
    session.endNs = NEVER;
    this.timers.disarm(session.timer);
  }

  // Time.

  private onTimer(session: Session): void {
    const { nowNs } = this.options.engine;
    if (session.deadlineNs <= nowNs) {
      const { socket, isUp } = session;
      this.lose(session, failureOf('timeout', isUp));
      socket?.abort();
    } else if (session.openNs <= nowNs) this.open(session);
    else if (session.endNs <= nowNs && session.unit === NONE) this.complete(session);
    else {
      if (session.beatNs <= nowNs) this.beat(session);
      this.arm(session);
    }
  }

  /** A session whose life is over waits for the answer that is under way. */
  private arm(session: Session): void {
    const { engine } = this.options;
    const { deadlineNs, beatNs, openNs, unit } = session;
    const endNs = unit === NONE ? Math.max(engine.nowNs, session.endNs) : NEVER;
    const atNs = Math.min(deadlineNs, beatNs, openNs, endNs);
    // What lies beyond the engine's clock never comes.
    if (atNs <= MAX_TIME_NS) this.timers.arm(session.timer, atNs);
  }
}

function sessionOf(socket: TcpSocket): Session {
  return socket.attachment as Session;
}
