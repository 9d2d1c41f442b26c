/** What the workloads share: their surroundings, and the loop that offers units until the run ends. */
import type { RandomStreams } from '../base/random.ts';
import type { Engine, HandlerId } from '../engine/engine.ts';
import type { FlowId } from '../network/ids.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { Destination } from './destination.ts';
import type { Ledger } from './ledger.ts';
import { buildClock, type Pacing, type UnitClock } from './pacer.ts';

export interface WorkloadOptions {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly streams: RandomStreams;
  readonly flow: FlowId;
  readonly name: string;
  readonly senders: readonly HostStack[];
  readonly destination: Destination;
  /** 0 for ping. */
  readonly port: number;
  readonly timeoutNs: number;
}

/** A flow at work. */
export interface Workload {
  /** Offers units from now on, for `spanNs`. */
  start(spanNs: number): void;
}

/** Of flows that offer units at a rate. */
export interface PacedOptions extends WorkloadOptions, Pacing {}

/** Of those whose units have one size. */
export interface OpenLoopOptions extends PacedOptions {
  readonly sizeBytes: number;
}

/** Offers units whether or not earlier ones have been answered. */
export abstract class OpenLoopWorkload<Options extends PacedOptions = OpenLoopOptions> implements Workload {
  protected readonly options: Options;
  private readonly clock: UnitClock;

  constructor(options: Options) {
    this.options = options;
    this.clock = buildClock(options, options.streams, options.name);
  }

  start(spanNs: number): void {
    const { engine } = this.options;
    const startNs = engine.nowNs;
    let offsetNs = this.clock.next();
    const handler = engine.register(() => {
      this.offerUnit();
      offsetNs = this.clock.next();
      if (offsetNs < spanNs) engine.schedule(startNs + offsetNs, handler, 0);
    });
    if (offsetNs < spanNs) engine.schedule(startNs + offsetNs, handler, 0);
  }

  protected abstract offerUnit(): void;
}

/** Of units that fail, each for itself, when nothing has come of them within the time-out of the flow. */
export abstract class TimedUnitWorkload extends OpenLoopWorkload {
  private readonly timeout: HandlerId;

  constructor(options: OpenLoopOptions) {
    super(options);
    const { engine, ledger, flow } = options;
    this.timeout = engine.register((unit) => ledger.fail(flow, unit, 'response-timeout'));
  }

  /** Offers a unit now, as the ledger has it, and returns its number. */
  protected offer(slot: number): number {
    const { engine, ledger, flow, timeoutNs } = this.options;
    const unit = ledger.offer(flow, slot);
    engine.schedule(engine.nowNs + timeoutNs, this.timeout, unit);
    return unit;
  }
}

/** One sender's end of a long-lived connection of a flow. */
export interface Slot {
  readonly stack: HostStack;
  /** Connection number within the flow. */
  connection: number;
}

/** Connections over the senders in turn; every sender has at least one. */
export function spreadSlots(senders: readonly HostStack[], connections: number): Slot[] {
  const count = Math.max(connections, senders.length);
  return Array.from({ length: count }, (_, i) => ({
    stack: senders[i % senders.length] as HostStack,
    connection: -1,
  }));
}
