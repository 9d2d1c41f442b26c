/**
 * What serves the ports of a host: HTTP on TCP, a sink on UDP. Heeds the service switch of its host: silent under
 * `hang`, 503 under `error`, late under `slow` (`refuse` never gets here).
 */
import type { Engine } from '../engine/engine.ts';
import type { FlowId, PacketId } from '../network/ids.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { SocketHandlers, TcpSocket } from '../protocols/tcp-socket.ts';
import type { HttpRequest, HttpResponse } from './http-messages.ts';
import type { Ledger } from './ledger.ts';

export interface ServerSettings {
  /** How long an answer takes under the fault `slow`. */
  readonly slowNs: number;
  /** Bytes of an answer under the fault `error`. */
  readonly errorBytes: number;
}

export class Server {
  private readonly stack: HostStack;
  private readonly ledger: Ledger;
  private readonly engine: Engine;
  private readonly settings: ServerSettings;

  constructor(stack: HostStack, ledger: Ledger, engine: Engine, settings: ServerSettings) {
    this.stack = stack;
    this.ledger = ledger;
    this.engine = engine;
    this.settings = settings;
  }

  serve(protocol: 'tcp' | 'udp', port: number): void {
    if (protocol === 'tcp') this.stack.serveTcp(port, () => this.handlers());
    else this.stack.serveUdp(port, (packet) => this.onDatagram(packet));
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

  private onDatagram(packet: PacketId): void {
    const { packets, flows } = this.stack.context;
    const flow = packets.flow[packet] as FlowId;
    if (!flows.isTraffic[flow]) return;
    this.ledger.deliver(flow, packets.unit[packet] as number, packets.lengthBytes[packet] as number);
  }
}
