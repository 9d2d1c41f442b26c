/** The timers nobody can get wrong: every arming pushes an event of its own. Twin of the lazy ones. */
import type { Engine, HandlerId } from '../../src/engine/engine.ts';
import type { TimerId } from '../../src/engine/timers.ts';

export class PlainTimers {
  private readonly engine: Engine;
  private readonly handler: HandlerId;
  /** Number of the arming that counts, by timer; absent: not armed. */
  private readonly latest = new Map<TimerId, number>();
  private readonly armings: TimerId[] = [];
  private readonly freed: TimerId[] = [];
  private count = 0;

  constructor(engine: Engine, onFire: (timer: TimerId) => void) {
    this.engine = engine;
    this.handler = engine.register((arming) => {
      const timer = this.armings[arming] as TimerId;
      if (this.latest.get(timer) !== arming) return;
      this.latest.delete(timer);
      onFire(timer);
    });
  }

  create(): TimerId {
    return this.freed.pop() ?? (this.count++ as TimerId);
  }

  free(timer: TimerId): void {
    this.latest.delete(timer);
    this.freed.push(timer);
  }

  arm(timer: TimerId, atNs: number): void {
    this.latest.set(timer, this.armings.length);
    this.armings.push(timer);
    this.engine.schedule(atNs, this.handler, this.armings.length - 1);
  }

  disarm(timer: TimerId): void {
    this.latest.delete(timer);
  }

  isArmed(timer: TimerId): boolean {
    return this.latest.has(timer);
  }
}
