/**
 * Answers each message of a session. Heeds the service switch of its host: silent under `hang`, an error under `error`,
 * late under `slow` (`refuse` never gets here).
 */
import type { Engine } from '../engine/engine.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { SocketHandlers, TcpSocket } from '../protocols/tcp-socket.ts';
import type { Message, MessageAnswer } from './messages.ts';

export interface MessageServerSettings {
  /** How long an answer takes under the fault `slow`. */
  readonly slowNs: number;
  /** Bytes of an answer under the fault `error`. */
  readonly errorBytes: number;
}

const ANSWER: MessageAnswer = { kind: 'answer', isError: false };
const ERROR: MessageAnswer = { kind: 'answer', isError: true };

export class MessageServer {
  private readonly stack: HostStack;
  private readonly engine: Engine;
  private readonly settings: MessageServerSettings;
  private readonly handlers: SocketHandlers = {
    onMessage: (socket, message) => this.onMessage(socket, message as Message),
  };

  constructor(stack: HostStack, engine: Engine, settings: MessageServerSettings) {
    this.stack = stack;
    this.engine = engine;
    this.settings = settings;
  }

  serve(port: number): void {
    this.stack.serveTcp(port, () => this.handlers);
  }

  private onMessage(socket: TcpSocket, message: Message): void {
    const { serviceFault } = this.stack;
    if (serviceFault === 'hang') return;
    if (serviceFault === 'error') socket.send(this.settings.errorBytes, ERROR);
    else if (serviceFault === 'slow')
      this.engine.call(this.engine.nowNs + this.settings.slowNs, () => answerLate(socket, message));
    else socket.send(message.answerBytes, ANSWER);
  }
}

/** The connection may be gone by now. */
function answerLate(socket: TcpSocket, { answerBytes }: Message): void {
  if (socket.state === 'established') socket.send(answerBytes, ANSWER);
}
