/**
 * Queries a second that a node answers. While it has answered too many, new connections find no room; queries on
 * those that are open are answered whatever their number, and count: over time there are no more than the rate.
 * Source: CLB "Guaranteed-performance instances": when the queries a second reach the limit, new connections are dropped.
 */
import { NONE } from '../base/brand.ts';

const SECOND_NS = 1e9;

export class QueryLimit {
  /** Event that last changed the limit; NONE at first. */
  event: number = NONE;
  /** Between two queries at the rate; 0: there is no limit. */
  private spacingNs = 0;
  private burstNs = 0;
  /** When the queries so far would have been over, had they come at the rate. */
  private doneNs = 0;

  /** `burstNs`: so long at the rate may be answered at once. */
  set(queriesPerSecond: number, burstNs: number, event: number): void {
    this.spacingNs = SECOND_NS / queriesPerSecond;
    this.burstNs = burstNs;
    this.event = event;
  }

  note(nowNs: number): void {
    this.doneNs = Math.max(this.doneNs, nowNs) + this.spacingNs;
  }

  hasRoom(nowNs: number): boolean {
    return (
      this.spacingNs === 0 || this.doneNs + this.spacingNs - nowNs <= Math.max(this.burstNs, this.spacingNs)
    );
  }
}
