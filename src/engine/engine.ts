// hot path
/**
 * The clock and the run loop. Events are numbers (time, sequence, handler, argument) and run in order of time, then
 * sequence; the engine knows neither packets nor devices. A run advances in slices of events, so that the caller can
 * look at signals and draw progress between them.
 */
import { assert } from '../base/assert.ts';
import type { Id } from '../base/brand.ts';
import type { EventQueue } from './event-queue.ts';

export type HandlerId = Id<'handler'>;
export type Handler = (argument: number) => void;

/** Why a slice of a run ended. */
export type SliceEnd = 'time' | 'budget' | 'stopped';

export class Engine {
  /** Now, in ns since the engine started. */
  nowNs = 0;
  /** Sequence number of the event being handled. */
  currentSequence = -1;
  eventsProcessed = 0;

  private readonly queue: EventQueue;
  private readonly handlers: Handler[] = [];
  private nextSequence = 0;
  private isStopped = false;
  private readonly calls: ((() => void) | null)[] = [];
  private readonly freeCalls: number[] = [];
  private readonly callHandler: HandlerId;

  constructor(queue: EventQueue) {
    this.queue = queue;
    this.callHandler = this.register((slot) => this.runCall(slot));
  }

  /** Events name their handler by number. */
  register(handler: Handler): HandlerId {
    this.handlers.push(handler);
    return (this.handlers.length - 1) as HandlerId;
  }

  /** Runs `handler(argument)` at `timeNs`, after everything already scheduled for that instant. */
  schedule(timeNs: number, handler: HandlerId, argument: number): void {
    this.scheduleReserved(timeNs, this.nextSequence++, handler, argument);
  }

  /** The place in line that an event pushed now would get; for structures that push it later. */
  reserveSequence(): number {
    return this.nextSequence++;
  }

  /** Like `schedule`, at a place in line reserved before. */
  scheduleReserved(timeNs: number, sequence: number, handler: HandlerId, argument: number): void {
    assert(
      timeNs >= this.nowNs && timeNs <= Number.MAX_SAFE_INTEGER,
      'an event is due from now on, within 2^53 ns',
    );
    this.queue.push(timeNs, sequence, handler, argument);
  }

  /** For rare things such as faults; workloads and devices use numbered handlers and timers. */
  call(timeNs: number, action: () => void): void {
    const slot = this.freeCalls.pop() ?? this.calls.length;
    this.calls[slot] = action;
    this.schedule(timeNs, this.callHandler, slot);
  }

  /**
   * Handles events before `untilNs`, at most `budget` of them. After `time` the clock stands at `untilNs`; after
   * `stopped` (somebody called `stop`) and `budget` at the last event handled.
   */
  run(untilNs: number, budget: number): SliceEnd {
    const { queue, handlers } = this;
    this.isStopped = false;
    for (let left = budget; left > 0; left--) {
      if (!queue.pop(untilNs)) {
        this.nowNs = untilNs;
        return 'time';
      }
      this.nowNs = queue.timeNs;
      this.currentSequence = queue.sequence;
      this.eventsProcessed++;
      (handlers[queue.handler] as Handler)(queue.argument);
      if (this.isStopped) return 'stopped';
    }
    return 'budget';
  }

  /** Ends the slice after the event being handled. */
  stop(): void {
    this.isStopped = true;
  }

  private runCall(slot: number): void {
    const action = this.calls[slot];
    this.calls[slot] = null;
    this.freeCalls.push(slot);
    action?.();
  }
}
