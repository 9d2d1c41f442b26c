/**
 * Health checks of one server by UDP with a request and a response string: the response in time is a success, another
 * answer (assumed: at once), ICMP port unreachable and silence are misses. Thresholds, times and blame are those of all
 * health checks.
 * Source: CLB "Health check overview"; CreateLoadBalancerUDPListener, healthCheckReq and healthCheckExp.
 */
import type { PacketId } from '../network/ids.ts';
import { UDP } from '../network/packet-table.ts';
import { type DatagramCheck, isDatagramCheckAnswer } from './datagram-check.ts';
import { HealthProber, type ProberOptions } from './health-prober.ts';
import { UDP_HEADERS } from './host-stack.ts';

export interface CheckStrings {
  readonly request: string;
  readonly response: string;
}

export class StringProber extends HealthProber {
  private readonly check: DatagramCheck;

  constructor({ request, response }: CheckStrings, options: ProberOptions) {
    super(options);
    this.check = { kind: 'check-request', request, response };
  }

  override receive(packet: PacketId): void {
    if (!this.awaits(packet)) return;
    const content = this.context.packets.content[packet];
    this.conclude(isDatagramCheckAnswer(content) && content.text === this.check.response);
  }

  protected override ask(): void {
    const packet = this.sendable(UDP, UDP_HEADERS + this.check.request.length);
    this.context.packets.content[packet] = this.check;
    this.emit(packet);
  }

  protected override giveUp(): boolean {
    return false;
  }
}
