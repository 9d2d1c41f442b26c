/**
 * HTTP on the TCP ports of a host. Heeds the service switch of its host: silent under `hang`, 503 under `error`, late
 * under `slow` (`refuse` never gets here).
 */
import type { Engine } from '../engine/engine.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { SocketHandlers, TcpSocket } from '../protocols/tcp-socket.ts';
import type { HttpRequest, HttpResponse } from './http-messages.ts';

export interface HttpServerSettings {
  /** How long an answer takes under the fault `slow`. */
  readonly slowNs: number;
  /** Bytes of an answer under the fault `error`. */
  readonly errorBytes: number;
}

export class HttpServer {
  private readonly stack: HostStack;
  private readonly engine: Engine;
  private readonly settings: HttpServerSettings;

  constructor(stack: HostStack, engine: Engine, settings: HttpServerSettings) {
    this.stack = stack;
    this.engine = engine;
    this.settings = settings;
  }

  serve(port: number): void {
    this.stack.serveTcp(port, () => this.handlers());
  }

  private handlers(): SocketHandlers {
    return { onMessage: (socket, message) => this.onRequest(socket, message as HttpRequest) };
  }

  private onRequest(socket: TcpSocket, request: HttpRequest): void {
    const { serviceFault } = this.stack;
    if (serviceFault === 'hang') return;
    if (serviceFault === 'slow') {
      this.engine.call(this.engine.nowNs + this.settings.slowNs, () => this.answer(socket, request, 200));
      return;
    }
    this.answer(socket, request, serviceFault === 'error' ? 503 : 200);
  }

  private answer(socket: TcpSocket, request: HttpRequest, status: number): void {
    // A late answer may find its connection gone.
    if (socket.state !== 'established' && socket.state !== 'close-wait') return;
    const response: HttpResponse = { kind: 'http-response', status };
    socket.send(status === 200 ? request.responseBytes : this.settings.errorBytes, response);
    if (!request.keepAlive) socket.close();
  }
}
