// hot path
/** Verdicts counted per device and reason, and packets over the whole network. */
import { DROP_REASONS } from './drop-reason.ts';
import type { DeviceId } from './ids.ts';

const REASONS = DROP_REASONS.length;

export class Counters {
  created = 0;
  delivered = 0;
  consumed = 0;
  dropped = 0;
  private readonly droppedByReason = new Float64Array(REASONS);
  private deviceForwarded = new Float64Array(0);
  private deviceDelivered = new Float64Array(0);
  private deviceConsumed = new Float64Array(0);
  private deviceDropped = new Float64Array(0);
  private deviceRetransmitted = new Float64Array(0);

  /** Counting starts over with this many packets already under way. */
  reset(deviceCount: number, inFlight: number): void {
    this.created = inFlight;
    this.delivered = 0;
    this.consumed = 0;
    this.dropped = 0;
    this.droppedByReason.fill(0);
    this.deviceForwarded = new Float64Array(deviceCount);
    this.deviceDelivered = new Float64Array(deviceCount);
    this.deviceConsumed = new Float64Array(deviceCount);
    this.deviceDropped = new Float64Array(deviceCount * REASONS);
    this.deviceRetransmitted = new Float64Array(deviceCount);
  }

  forwardedBy(device: DeviceId): void {
    (this.deviceForwarded[device] as number)++;
  }

  deliveredBy(device: DeviceId): void {
    this.delivered++;
    (this.deviceDelivered[device] as number)++;
  }

  consumedBy(device: DeviceId): void {
    this.consumed++;
    (this.deviceConsumed[device] as number)++;
  }

  retransmittedBy(device: DeviceId): void {
    (this.deviceRetransmitted[device] as number)++;
  }

  droppedBy(device: DeviceId, reason: number): void {
    this.droppedAnywhere(reason);
    (this.deviceDropped[device * REASONS + reason] as number)++;
  }

  /** By a link, which is no device. */
  droppedAnywhere(reason: number): void {
    this.dropped++;
    (this.droppedByReason[reason] as number)++;
  }

  describeDevice(device: DeviceId): {
    forwarded: number;
    delivered: number;
    consumed: number;
    dropped: number;
    droppedByReason: Record<string, number>;
    retransmitted: number;
  } {
    const first = device * REASONS;
    const byReason = this.deviceDropped.subarray(first, first + REASONS);
    return {
      forwarded: this.deviceForwarded[device] as number,
      delivered: this.deviceDelivered[device] as number,
      consumed: this.deviceConsumed[device] as number,
      dropped: byReason.reduce((sum, n) => sum + n, 0),
      droppedByReason: nameReasons(byReason),
      retransmitted: this.deviceRetransmitted[device] as number,
    };
  }

  describeReasons(): Record<string, number> {
    return nameReasons(this.droppedByReason);
  }
}

/** The reasons that occurred, in the order of the closed list. */
function nameReasons(counts: Float64Array): Record<string, number> {
  const named: Record<string, number> = {};
  DROP_REASONS.forEach((name, reason) => {
    const count = counts[reason] as number;
    if (count > 0) named[name] = count;
  });
  return named;
}
