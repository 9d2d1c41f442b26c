/**
 * Host b of two behind a narrow hop: packets above `mtuBytes` that must not be cut are lost, and the sender is told by
 * ICMP unless the hop says nothing. Stands for a router between the two.
 */
import { Host } from '../../src/devices/host.ts';
import type { DeviceContext } from '../../src/network/device.ts';
import { dropReason } from '../../src/network/drop-reason.ts';
import type { IfaceId, PacketId } from '../../src/network/ids.ts';
import { drop, type Verdict } from '../../src/network/verdict.ts';
import { createIcmpError, FRAGMENTATION_NEEDED, type QuotedHeader } from '../../src/protocols/ip.ts';
import type { TcpSettings } from '../../src/protocols/tcp-settings.ts';
import { ADDRESS_B, type TwoHostsOptions } from './fixtures.ts';

const TOO_BIG = drop(dropReason('mtu-exceeded'));
const ROUTER_ADDRESS = 0x0a0000fe;

class HostBehindNarrowHop extends Host {
  private readonly mtuBytes: number;
  private readonly isSilent: boolean;

  constructor(context: DeviceContext, settings: TcpSettings, mtuBytes: number, isSilent: boolean) {
    super(context, settings, ADDRESS_B);
    this.mtuBytes = mtuBytes;
    this.isSilent = isSilent;
  }

  override receive(packet: PacketId, iface: IfaceId): Verdict {
    const { packets } = this.context;
    const isTooBig = (packets.lengthBytes[packet] as number) > this.mtuBytes;
    if (!isTooBig || ((packets.fragment[packet] as number) & 0x4000) === 0)
      return super.receive(packet, iface);
    if (!this.isSilent) {
      const error = createIcmpError(this.context, packet, FRAGMENTATION_NEEDED, ROUTER_ADDRESS, 64);
      (packets.content[error] as QuotedHeader).nextHopMtu = this.mtuBytes;
      this.emit(error);
    }
    return TOO_BIG;
  }
}

export function narrowHop(mtuBytes: number, isSilent = false): Pick<TwoHostsOptions, 'makeB'> {
  return { makeB: (context, settings) => new HostBehindNarrowHop(context, settings, mtuBytes, isSilent) };
}
