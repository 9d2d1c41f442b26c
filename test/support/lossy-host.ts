/** Host b of two, before which chosen data segments are lost: by number from 0, in the order they come. */
import { Host } from '../../src/devices/host.ts';
import type { DeviceContext } from '../../src/network/device.ts';
import { dropReason } from '../../src/network/drop-reason.ts';
import type { IfaceId, PacketId } from '../../src/network/ids.ts';
import { TCP } from '../../src/network/packet-table.ts';
import { drop, type Verdict } from '../../src/network/verdict.ts';
import { tcpPayloadBytes } from '../../src/protocols/tcp-segment.ts';
import type { TcpSettings } from '../../src/protocols/tcp-settings.ts';
import { ADDRESS_B, type TwoHostsOptions } from './fixtures.ts';

const LOST = drop(dropReason('random-loss'));

class LossyHost extends Host {
  private readonly lost: ReadonlySet<number>;
  private seen = 0;

  constructor(context: DeviceContext, settings: TcpSettings, lost: readonly number[]) {
    super(context, settings, ADDRESS_B);
    this.lost = new Set(lost);
  }

  override receive(packet: PacketId, iface: IfaceId): Verdict {
    const { packets } = this.context;
    const hasData = packets.protocol[packet] === TCP && tcpPayloadBytes(packets, packet) > 0;
    return hasData && this.lost.has(this.seen++) ? LOST : super.receive(packet, iface);
  }
}

export function loseSegments(lost: readonly number[]): Pick<TwoHostsOptions, 'makeB'> {
  return { makeB: (context, settings) => new LossyHost(context, settings, lost) };
}
