// hot path
/**
 * The capacity of a NAT gateway: connections held, new connections a second, packets a second, bits a second each way.
 * What exceeds it is dropped. Elastic capacity doubles some time after a drop, up to its ceiling.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import { type DropReason, dropReason } from '../network/drop-reason.ts';
import { TokenBucket } from '../policy/token-bucket.ts';

export interface NatCapacity {
  readonly connections: number;
  readonly connectionsPerSecond: number;
  readonly packetsPerSecond: number;
  /** Each way. */
  readonly bandwidthBps: number;
  /** Whether connections by DNAT count for the first two. */
  readonly countsDnat: boolean;
  /** How far it grows; itself for one of a fixed size. */
  readonly ceiling: Omit<NatCapacity, 'ceiling' | 'countsDnat'>;
}

/** A bucket holds at least one of the largest packets. */
const LEAST_BURST_BYTES = 65_535;
const CONN_LIMIT = dropReason('conn-limit');
const CPS_LIMIT = dropReason('cps-limit');
const PPS_LIMIT = dropReason('pps-limit');
const RATE_LIMIT = dropReason('rate-limit');
export const ADMITTED = NONE as DropReason;

export class NatLimits {
  /** The event that last changed the capacity, to blame for what it drops; NONE at first. */
  event = NONE;
  private readonly context: DeviceContext;
  private capacity: NatCapacity;
  private readonly burstNs: number;
  private readonly growthDelayNs: number;
  private readonly growth: DeviceTimer;
  private isGrowing = false;
  private readonly connections: TokenBucket;
  private readonly packets: TokenBucket;
  private readonly inbound: TokenBucket;
  private readonly outbound: TokenBucket;

  /** `token` is that of the timer after which the owner calls `grow`. */
  constructor(
    context: DeviceContext,
    capacity: NatCapacity,
    burstNs: number,
    growthDelayNs: number,
    token: number,
  ) {
    this.context = context;
    this.capacity = capacity;
    this.burstNs = burstNs;
    this.growthDelayNs = growthDelayNs;
    this.growth = context.newTimer(token);
    this.connections = this.bucketOf(capacity.connectionsPerSecond * 8, 1);
    this.packets = this.bucketOf(capacity.packetsPerSecond * 8, 1);
    this.inbound = this.bucketOf(capacity.bandwidthBps, LEAST_BURST_BYTES);
    this.outbound = this.bucketOf(capacity.bandwidthBps, LEAST_BURST_BYTES);
  }

  get countsDnat(): boolean {
    return this.capacity.countsDnat;
  }

  get mostConnections(): number {
    return this.capacity.connections;
  }

  private get canGrow(): boolean {
    const { capacity } = this;
    const { ceiling } = capacity;
    return (
      capacity.connections < ceiling.connections ||
      capacity.connectionsPerSecond < ceiling.connectionsPerSecond ||
      capacity.packetsPerSecond < ceiling.packetsPerSecond ||
      capacity.bandwidthBps < ceiling.bandwidthBps
    );
  }

  /** ADMITTED, or why the packet is dropped. */
  admitPacket(lengthBytes: number, isOutbound: boolean, nowNs: number): DropReason {
    if (!this.packets.take(1, nowNs)) return this.exceed(PPS_LIMIT);
    const bucket = isOutbound ? this.outbound : this.inbound;
    return bucket.take(lengthBytes, nowNs) ? ADMITTED : this.exceed(RATE_LIMIT);
  }

  /** One more connection beside those held. */
  admitConnection(held: number, nowNs: number): DropReason {
    if (held >= this.capacity.connections) return this.exceed(CONN_LIMIT);
    return this.connections.take(1, nowNs) ? ADMITTED : this.exceed(CPS_LIMIT);
  }

  change(capacity: NatCapacity, event: number): void {
    this.event = event;
    this.take(capacity, this.context.now());
  }

  /** Twice as much of everything, as far as the ceiling allows. */
  grow(): void {
    this.isGrowing = false;
    const { capacity } = this;
    const { ceiling, countsDnat } = capacity;
    const grown: NatCapacity = {
      connections: Math.min(capacity.connections * 2, ceiling.connections),
      connectionsPerSecond: Math.min(capacity.connectionsPerSecond * 2, ceiling.connectionsPerSecond),
      packetsPerSecond: Math.min(capacity.packetsPerSecond * 2, ceiling.packetsPerSecond),
      bandwidthBps: Math.min(capacity.bandwidthBps * 2, ceiling.bandwidthBps),
      countsDnat,
      ceiling,
    };
    this.take(grown, this.context.now());
  }

  private exceed(reason: DropReason): DropReason {
    if (!this.isGrowing && this.canGrow) {
      this.isGrowing = true;
      this.context.arm(this.growth, this.context.now() + this.growthDelayNs);
    }
    return reason;
  }

  private take(capacity: NatCapacity, nowNs: number): void {
    this.capacity = capacity;
    this.refit(this.connections, capacity.connectionsPerSecond * 8, 1, nowNs);
    this.refit(this.packets, capacity.packetsPerSecond * 8, 1, nowNs);
    this.refit(this.inbound, capacity.bandwidthBps, LEAST_BURST_BYTES, nowNs);
    this.refit(this.outbound, capacity.bandwidthBps, LEAST_BURST_BYTES, nowNs);
  }

  /** Connections and packets are bytes to their buckets. */
  private bucketOf(rateBps: number, leastBytes: number): TokenBucket {
    return new TokenBucket(rateBps, this.burstOf(rateBps, leastBytes));
  }

  private refit(bucket: TokenBucket, rateBps: number, leastBytes: number, nowNs: number): void {
    bucket.change(rateBps, this.burstOf(rateBps, leastBytes), nowNs);
  }

  private burstOf(rateBps: number, leastBytes: number): number {
    return Math.max(leastBytes, Math.round((rateBps * this.burstNs) / 8e9));
  }
}
