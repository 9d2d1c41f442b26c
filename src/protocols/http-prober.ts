/**
 * Health checks of one server over HTTP: a connection of its own per probe, and a status of the right class in time is a
 * success; a refused or broken connection, any other status and silence are misses. Thresholds, times and blame are
 * those of all health checks.
 * Source: ALB and CLB "Health checks"; Terraform alicloud_alb_server_group, health_check_config, and
 * alicloud_slb_listener, health_check_type http.
 */
import { NONE } from '../base/brand.ts';
import { OUT } from '../network/packet-table.ts';
import { HealthProber, type ProberOptions } from './health-prober.ts';
import type { HttpRequest, HttpResponse } from './http-messages.ts';
import type { TcpLayer } from './tcp-layer.ts';
import type { SocketHandlers, TcpSocket } from './tcp-socket.ts';

export interface HttpCheck {
  readonly path: string;
  readonly host?: string;
  /** Classes of status that are a success: 2 for 2xx. */
  readonly statusClasses: readonly number[];
  /** Of the body that GET asks for; 0 with HEAD. */
  readonly bodyBytes: number;
}

/** A request with few headers, and those of its answer. */
const REQUEST_BYTES = 100;
const RESPONSE_HEADER_BYTES = 150;
const HEAD_CHECK: HttpCheck = { path: '/', statusClasses: [2], bodyBytes: 0 };

export class HttpProber extends HealthProber {
  private readonly tcp: TcpLayer;
  private readonly request: HttpRequest;
  private readonly statusClasses: readonly number[];
  /** Of the present probe; null once it is over. */
  private socket: TcpSocket | null = null;
  private readonly handlers: SocketHandlers = {
    onConnected: (socket) => socket.send(REQUEST_BYTES, this.request),
    onMessage: (socket, message) => this.onResponse(socket, message as HttpResponse),
    onClosed: (socket) => this.onClosed(socket),
  };

  constructor(tcp: TcpLayer, options: ProberOptions, check = HEAD_CHECK) {
    super(options);
    this.tcp = tcp;
    const { path, host, bodyBytes, statusClasses } = check;
    this.statusClasses = statusClasses;
    this.request = {
      kind: 'http-request',
      responseBytes: RESPONSE_HEADER_BYTES + bodyBytes,
      keepAlive: false,
      path,
      ...(host === undefined ? {} : { host }),
    };
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
    this.conclude(this.statusClasses.includes(Math.floor(status / 100)));
  }

  private onClosed(socket: TcpSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    this.conclude(false);
  }
}
