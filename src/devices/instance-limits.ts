// hot path
/**
 * How much an instance carries: bits and packets a second, a bucket for each and either way. What exceeds them is
 * dropped at its ENI, packets before bits, so that nothing of it is seen inside.
 * Source: ECS "Instance families"; API DescribeInstanceTypes (InstancePpsRx, InstancePpsTx and so on: either way).
 * Leaves out: burst bandwidth, which credits pay for; queues of the ENI.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext } from '../network/device.ts';
import { type DropReason, dropReason } from '../network/drop-reason.ts';
import type { PacketId } from '../network/ids.ts';
import { TokenBucket } from '../policy/token-bucket.ts';

const PPS_LIMIT = dropReason('pps-limit');
const RATE_LIMIT = dropReason('rate-limit');
const NO_REASON = NONE as DropReason;
/** A bucket of packets is one of bytes in which each packet is one. */
const BITS_PER_PACKET = 8;

interface LimitSettings {
  /** Null: no limit. */
  readonly bandwidthBps: number | null;
  readonly packetsPerSecond: number | null;
  /** Depth of the buckets, as time at their rate. */
  readonly burstNs: number;
  /** A bucket of bits holds at least this. */
  readonly burstFloorBytes: number;
}

class Direction {
  readonly packets: TokenBucket | null;
  readonly bits: TokenBucket | null;

  constructor({ bandwidthBps, packetsPerSecond, burstNs, burstFloorBytes }: LimitSettings) {
    const burst = (perSecond: number, floor: number): number =>
      Math.max(floor, Math.round((perSecond * burstNs) / 1e9));
    this.packets =
      packetsPerSecond === null
        ? null
        : new TokenBucket(packetsPerSecond * BITS_PER_PACKET, burst(packetsPerSecond, 1));
    this.bits =
      bandwidthBps === null ? null : new TokenBucket(bandwidthBps, burst(bandwidthBps / 8, burstFloorBytes));
  }
}

export class InstanceLimits {
  private readonly context: DeviceContext;
  private readonly inbound: Direction;
  private readonly outbound: Direction;

  constructor(context: DeviceContext, settings: LimitSettings) {
    this.context = context;
    this.inbound = new Direction(settings);
    this.outbound = new Direction(settings);
  }

  /** Why the instance cannot carry the packet now; NONE: it can, and has. */
  refusal(packet: PacketId, isInbound: boolean): DropReason {
    const { packets, bits } = isInbound ? this.inbound : this.outbound;
    const nowNs = this.context.now();
    if (packets !== null && !packets.take(1, nowNs)) return PPS_LIMIT;
    if (bits !== null && !bits.take(this.context.packets.lengthBytes[packet] as number, nowNs)) {
      return RATE_LIMIT;
    }
    return NO_REASON;
  }
}
