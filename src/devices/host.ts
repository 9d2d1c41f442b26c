/**
 * A host on the Internet: a client, a partner's server.
 * Models: one interface, one address, the host stack.
 * Leaves out: several addresses, forwarding.
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { TCP } from '../network/packet-table.ts';
import { drop, type Verdict } from '../network/verdict.ts';
import { HostStack } from '../protocols/host-stack.ts';
import type { TcpSettings } from '../protocols/tcp-settings.ts';

const NO_ROUTE = drop(dropReason('no-route'));

export class Host extends Device {
  readonly stack: HostStack;
  protected iface = NONE as IfaceId;
  // Null until there is one: most hosts of a large network have none.
  private levels: Map<string, () => number> | null = null;

  constructor(context: DeviceContext, settings: TcpSettings, address: number) {
    super(context);
    this.stack = new HostStack(context, settings, address, (packet) => this.sendOwn(packet));
  }

  attach(iface: IfaceId): void {
    this.iface = iface;
    this.stack.pathMtus.linkBytes = this.context.mtuOf(iface);
  }

  receive(packet: PacketId, _iface: IfaceId): Verdict {
    if (!this.stack.has(this.context.packets.dstAddr[packet] as number)) return NO_ROUTE;
    return this.stack.receive(packet);
  }

  override onTimer(token: number): void {
    this.stack.tcp.onTimer(token);
  }

  /** Off: everything volatile is gone. On: so is whatever was asked of it meanwhile. */
  override onPower(_isOn: boolean): void {
    this.stack.vanish();
  }

  /** A level of a process on this host. */
  addGauge(name: string, read: () => number): void {
    this.levels ??= new Map();
    this.levels.set(name, read);
  }

  override gauges(): Record<string, number> {
    const levels = [...(this.levels ?? [])];
    return Object.fromEntries(levels.map(([name, read]) => [name, read()]));
  }

  private sendOwn(packet: PacketId): void {
    if (this.context.packets.protocol[packet] === TCP) this.context.segment(packet);
    this.emit(packet);
  }

  protected emit(packet: PacketId): void {
    this.context.send(packet, this.iface);
  }
}
