// hot path
/**
 * Timers that mostly move before they fire (retransmission, idle time-outs). Arming later than the queued event costs
 * no queue operation: the old event fires, sees the deadline and sleeps again. Arming earlier pushes a second event;
 * the stale one is known by its sequence number.
 *
 *   arm(10)            queue: 10          deadline 10
 *   arm(25)            queue: 10          deadline 25     nothing pushed
 *   ... 10 fires       queue: 25          deadline 25     sleeps again
 *   arm(15)            queue: 15, 25      deadline 15     25 is stale from now on
 *
 * A timer takes its sequence number when it is armed, so ties run as if every arming had pushed its own event.
 * Rows of freed timers are reused; an event still queued for one is stale or early, both of which are harmless.
 */
import { type Id, NONE } from '../base/brand.ts';
import { widen } from '../base/columns.ts';
import type { Engine, HandlerId } from './engine.ts';

export type TimerId = Id<'timer'>;

export class Timers {
  private readonly engine: Engine;
  private readonly fireHandler: HandlerId;
  private readonly onFire: (timer: TimerId) => void;
  private count = 0;
  private firstFree = NONE;
  private deadlineNs = new Float64Array(64);
  /** NONE: not armed. */
  private deadlineSequence = new Float64Array(64);
  private queuedNs = new Float64Array(64);
  /** NONE: no event is queued. */
  private queuedSequence = new Float64Array(64);
  private nextFree = new Int32Array(64);

  constructor(engine: Engine, onFire: (timer: TimerId) => void) {
    this.engine = engine;
    this.onFire = onFire;
    this.fireHandler = engine.register((timer) => this.fire(timer as TimerId));
  }

  create(): TimerId {
    let timer = this.firstFree;
    if (timer === NONE) {
      timer = this.count++;
      if (timer === this.deadlineNs.length) this.grow();
      this.queuedSequence[timer] = NONE;
    } else {
      this.firstFree = this.nextFree[timer] as number;
    }
    this.deadlineSequence[timer] = NONE;
    return timer as TimerId;
  }

  free(timer: TimerId): void {
    this.deadlineSequence[timer] = NONE;
    this.nextFree[timer] = this.firstFree;
    this.firstFree = timer;
  }

  /** Sets or moves the deadline. */
  arm(timer: TimerId, atNs: number): void {
    const sequence = this.engine.reserveSequence();
    this.deadlineNs[timer] = atNs;
    this.deadlineSequence[timer] = sequence;
    const isCovered = this.queuedSequence[timer] !== NONE && (this.queuedNs[timer] as number) <= atNs;
    if (!isCovered) this.push(timer, atNs, sequence);
  }

  disarm(timer: TimerId): void {
    this.deadlineSequence[timer] = NONE;
  }

  isArmed(timer: TimerId): boolean {
    return this.deadlineSequence[timer] !== NONE;
  }

  private push(timer: TimerId, atNs: number, sequence: number): void {
    this.queuedNs[timer] = atNs;
    this.queuedSequence[timer] = sequence;
    this.engine.scheduleReserved(atNs, sequence, this.fireHandler, timer);
  }

  private fire(timer: TimerId): void {
    const { currentSequence } = this.engine;
    if (this.queuedSequence[timer] !== currentSequence) return;
    this.queuedSequence[timer] = NONE;
    const sequence = this.deadlineSequence[timer] as number;
    if (sequence === NONE) return;
    if (sequence !== currentSequence) {
      this.push(timer, this.deadlineNs[timer] as number, sequence);
      return;
    }
    this.deadlineSequence[timer] = NONE;
    this.onFire(timer);
  }

  private grow(): void {
    const capacity = this.deadlineNs.length * 2;
    this.deadlineNs = widen(this.deadlineNs, capacity);
    this.deadlineSequence = widen(this.deadlineSequence, capacity);
    this.queuedNs = widen(this.queuedNs, capacity);
    this.queuedSequence = widen(this.queuedSequence, capacity);
    this.nextFree = widen(this.nextFree, capacity);
  }
}
