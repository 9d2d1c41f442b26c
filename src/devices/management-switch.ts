// hot path
/**
 * The management network of a region: what cluster nodes and controllers talk over, apart from customers' traffic.
 * Models: forwarding by address between what is attached.
 * Leaves out: its own redundancy; it spans the zones and outlives any of them (assumed).
 */
import { NONE } from '../base/brand.ts';
import { Device } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { drop, forward, type Verdict } from '../network/verdict.ts';

const NO_ROUTE = drop(dropReason('no-route'));

export class ManagementSwitch extends Device {
  private readonly ifaceOf = new Map<number, IfaceId>();

  attach(address: number, iface: IfaceId): void {
    this.ifaceOf.set(address, iface);
  }

  receive(packet: PacketId): Verdict {
    const iface = this.ifaceOf.get(this.context.packets.dstAddr[packet] as number) ?? NONE;
    return iface === NONE ? NO_ROUTE : forward(iface as IfaceId);
  }
}
