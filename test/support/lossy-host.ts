/**
 * Host b of two, before which chosen data segments are lost: by number from 0 in the order they come, or the first few
 * copies of a segment, by number from 0 in the order of their first copies.
 */
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

/** Whether a data segment is lost, by its sequence number. */
type IsLost = (sequence: number) => boolean;

class LossyHost extends Host {
  private readonly isLost: IsLost;

  constructor(context: DeviceContext, settings: TcpSettings, isLost: IsLost) {
    super(context, settings, ADDRESS_B);
    this.isLost = isLost;
  }

  override receive(packet: PacketId, iface: IfaceId): Verdict {
    const { packets } = this.context;
    const hasData = packets.protocol[packet] === TCP && tcpPayloadBytes(packets, packet) > 0;
    return hasData && this.isLost(packets.tcpSeq[packet] as number) ? LOST : super.receive(packet, iface);
  }
}

export function loseSegments(lost: readonly number[]): Pick<TwoHostsOptions, 'makeB'> {
  const numbers = new Set(lost);
  let seen = 0;
  return { makeB: (context, settings) => new LossyHost(context, settings, () => numbers.has(seen++)) };
}

export function loseCopies(copies: ReadonlyMap<number, number>): Pick<TwoHostsOptions, 'makeB'> {
  const left = new Map(copies);
  const numbers = new Map<number, number>();
  const isLost = (sequence: number): boolean => {
    if (!numbers.has(sequence)) numbers.set(sequence, numbers.size);
    const number = numbers.get(sequence) as number;
    const remaining = left.get(number) ?? 0;
    left.set(number, remaining - 1);
    return remaining > 0;
  };
  return { makeB: (context, settings) => new LossyHost(context, settings, isLost) };
}
