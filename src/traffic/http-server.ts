/**
 * HTTP on TCP ports of a host that declares no service for them: answers take no time. Heeds the service switch of its
 * host: silent under `hang`, 503 under `error`, late under `slow` (`refuse` never gets here).
 */
import type { Engine } from '../engine/engine.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import { type HttpRequest, UNAVAILABLE } from '../protocols/http-messages.ts';
import type { SocketHandlers, TcpSocket } from '../protocols/tcp-socket.ts';
import { answer, type HttpServerSettings, OK } from './http-answer.ts';

export class HttpServer {
  private readonly stack: HostStack;
  private readonly engine: Engine;
  private readonly settings: HttpServerSettings;
  private readonly handlers: SocketHandlers = {
    onMessage: (socket, message) => this.onRequest(socket, message as HttpRequest),
  };

  constructor(stack: HostStack, engine: Engine, settings: HttpServerSettings) {
    this.stack = stack;
    this.engine = engine;
    this.settings = settings;
  }

  serve(port: number): void {
    this.stack.serveTcp(port, () => this.handlers);
  }

  private onRequest(socket: TcpSocket, request: HttpRequest): void {
    const { serviceFault } = this.stack;
    const { slowNs, errorBytes } = this.settings;
    if (serviceFault === 'hang') return;
    if (serviceFault === 'slow') {
      this.engine.call(this.engine.nowNs + slowNs, () => answer(socket, request, OK, errorBytes));
      return;
    }
    answer(socket, request, serviceFault === 'error' ? UNAVAILABLE : OK, errorBytes);
  }
}
