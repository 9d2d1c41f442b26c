/** A recorder with a hand-cranked clock and hand-made packets: the one way to test measures without a network. */

import { NONE } from '../../src/base/brand.ts';
import type { EventPlan, FlowPlan, RecorderPlan, ScopePlan } from '../../src/measure/plan.ts';
import { Recorder } from '../../src/measure/recorder.ts';
import type { DeviceResult, FlowResult, PacketCounts } from '../../src/measure/result.ts';
import { type DropReasonName, dropReason } from '../../src/network/drop-reason.ts';
import type { DeviceId, FlowId, LinkId, PacketId } from '../../src/network/ids.ts';
import type { Change } from '../../src/network/observer.ts';
import type { Failure } from '../../src/traffic/ledger.ts';

export const SECOND = 1_000_000_000;
export const DEVICE = 0 as DeviceId;
export const FLOW = 0 as FlowId;

export const NO_PACKETS: PacketCounts = {
  created: 0,
  delivered: 0,
  consumed: 0,
  dropped: 0,
  inFlight: 0,
  droppedByReason: {},
};
const NO_DEVICE: DeviceResult = {
  forwarded: 0,
  delivered: 0,
  consumed: 0,
  dropped: 0,
  droppedByReason: {},
  retransmitted: 0,
  gauges: {},
};

/** A udp flow with a unit every 100 ms. */
export function flowPlan(changes: Partial<FlowPlan> = {}): FlowPlan {
  return {
    name: 'browse',
    latencyKind: 'one-way',
    isHttp: false,
    isOnePacket: false,
    meanGapNs: SECOND / 10,
    timeoutNs: SECOND,
    closedLoop: false,
    slots: 0,
    ...changes,
  };
}

export function eventPlan(
  name: string,
  atNs: number | null,
  targets: readonly string[] = ['web-1'],
): EventPlan {
  return { name, what: `fail ${targets.join(', ')}`, atNs, targets };
}

export function scopePlan(changes: Partial<ScopePlan>): ScopePlan {
  return { subject: 'flow', name: 'browse', kind: 'window', fromNs: 0, toNs: 0, direction: null, ...changes };
}

export interface Blame {
  readonly reason?: DropReasonName;
  readonly event?: number;
  readonly connection?: number;
  readonly direction?: 0 | 1;
}

/** Drives a recorder; `at` sets the clock and calls the boundaries passed on the way. */
export class RecorderDriver {
  readonly recorder: Recorder;
  packets: PacketCounts = NO_PACKETS;
  devices: Record<string, DeviceResult> = {};
  private nowNs = 0;
  private boundaries: number[];
  private readonly columns = {
    flow: new Int32Array(1),
    unit: new Int32Array(1),
    connection: new Int32Array(1),
    direction: new Uint8Array(1),
  };

  constructor(plan: Partial<RecorderPlan> = {}) {
    const full: RecorderPlan = {
      flows: [flowPlan()],
      events: [],
      scopes: [],
      durationNs: 100 * SECOND,
      quietNs: SECOND,
      seriesStepNs: SECOND,
      ...plan,
    };
    this.recorder = new Recorder(full, {
      now: () => this.nowNs,
      packets: this.columns,
      packetCounts: () => this.packets,
      deviceResult: (name) => this.devices[name] ?? NO_DEVICE,
    });
    this.boundaries = this.recorder.boundaries();
    this.at(0);
  }

  at(timeNs: number): this {
    for (let next = this.boundaries[0]; next !== undefined && next <= timeNs; next = this.boundaries[0]) {
      this.nowNs = next;
      this.recorder.atBoundary(next);
      this.boundaries.shift();
    }
    this.nowNs = timeNs;
    return this;
  }

  offer(slot = NONE, flow: FlowId = FLOW): number {
    return this.recorder.offer(flow, slot);
  }

  drop(
    unit: number,
    { reason = 'device-down', event = NONE, connection = NONE, direction = 0 }: Blame = {},
    flow = FLOW,
  ): void {
    this.carry(flow, unit, connection, direction);
    this.recorder.onDrop(DEVICE, NONE as LinkId, 0 as PacketId, dropReason(reason), event);
  }

  impair(unit: number, event: number, connection = NONE, direction: 0 | 1 = 0): void {
    this.carry(FLOW, unit, connection, direction);
    this.recorder.onImpair(0 as PacketId, event);
  }

  change(change: Partial<Change>): void {
    this.recorder.onChange({
      kind: 'state',
      subject: 'web-1',
      from: 'up',
      to: 'down',
      cause: null,
      ...change,
    });
  }

  /**
   * One unit per character, `gapNs` apart from `startNs` on: `.` delivered after 1 ms, `x` lost to a drop, `X` lost
   * to a drop blamed on event 0, `?` left outstanding.
   */
  units(
    pattern: string,
    { startNs = 0, gapNs = SECOND / 10, slot = NONE, failure = 'response-timeout' as Failure } = {},
  ): void {
    [...pattern].forEach((fate, index) => {
      this.at(startNs + index * gapNs);
      const unit = this.offer(slot);
      if (fate === '.') {
        this.at(startNs + index * gapNs + 1_000_000);
        this.recorder.deliver(FLOW, unit, 100);
      }
      if (fate === 'x') this.drop(unit);
      if (fate === 'X') this.drop(unit, { event: 0 });
      if (fate === 'x' || fate === 'X') this.recorder.fail(FLOW, unit, failure);
    });
  }

  finish(endNs = 100 * SECOND): this {
    this.at(endNs);
    this.recorder.finish(endNs);
    return this;
  }

  flow(name = 'browse'): FlowResult {
    const result = this.recorder.flowResults()[name];
    if (result === undefined) throw new Error(`no flow ${name}`);
    return result;
  }

  private carry(flow: FlowId, unit: number, connection: number, direction: number): void {
    this.columns.flow[0] = flow;
    this.columns.unit[0] = unit;
    this.columns.connection[0] = connection;
    this.columns.direction[0] = direction;
  }
}
