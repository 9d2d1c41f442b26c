/**
 * Health checks of one server over HTTP: a connection of its own per probe, HEAD, and a status of 2xx in time is a
 * success; a refused or broken connection, any other status and silence are misses. Thresholds, times and blame are
 * those of all health checks.
 * Source: ALB "Health checks"; Terraform alicloud_alb_server_group, health_check_config.
 */
import { NONE } from '../base/brand.ts';
import { OUT } from '../network/packet-table.ts';
import { HealthProber, type ProberOptions } from './health-prober.ts';
import type { HttpRequest, HttpResponse } from './http-messages.ts';
import type { TcpLayer } from './tcp-layer.ts';
import type { SocketHandlers, TcpSocket } from './tcp-socket.ts';

/** HEAD with few headers, and an answer without a body. */
const REQUEST_BYTES = 100;
const HEAD: HttpRequest = { kind: 'http-request', responseBytes: 150, keepAlive: false, path: '/' };

export class HttpProber extends HealthProber {
  private readonly tcp: TcpLayer;
  /** Of the present probe; null once it is over. */
  private socket: TcpSocket | null = null;
  private readonly handlers: SocketHandlers = {
    onConnected: (socket) => socket.send(REQUEST_BYTES, HEAD),
    onMessage: (socket, message) => this.onResponse(socket, message as HttpResponse),
    onClosed: (socket) => this.onClosed(socket),
  };

  constructor(tcp: TcpLayer, options: ProberOptions) {
    super(options);
    this.tcp = tcp;
  }

  /** The connection goes with the machine, or is left to close by itself. */
  override stop(): void {
    super.stop();
    this.socket = null;
  }

  protected override ask(): void {
    const { address, port } = this.target;
    const billing = { flow: this.flow as number, unit: this.probes, connection: NONE, direction: OUT };
    this.socket = this.tcp.connect(this.source, address, port, billing, this.handlers);
    // Without a free ephemeral port there is no probe, which is a miss.
    if (this.socket === null) this.conclude(false);
  }

  protected override giveUp(): boolean {
    const { socket } = this;
    this.socket = null;
    socket?.abort();
    return false;
  }

  private onResponse(socket: TcpSocket, { status }: HttpResponse): void {
    if (socket !== this.socket) return;
    this.socket = null;
    this.conclude(status >= 200 && status < 300);
  }

  private onClosed(socket: TcpSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    this.conclude(false);
  }
}
