/**
 * The kept-alive connections of one sender: a fixed number of places, each vacant, idle or busy, and the requests in
 * line for one. Owns who comes next; opens and closes nothing.
 *
 * `rotate` uses all places in turn: first the vacant ones, then the one idle longest. `recent` opens as few connections
 * as it can: first the one idle for the shortest time, then a vacant place.
 */
import { type InLine, Line } from '../base/line.ts';

export type Reuse = 'rotate' | 'recent';

export interface PoolSettings {
  /** Places over all senders. */
  readonly connections: number;
  readonly reuse: Reuse;
  /** Idle connections are closed after this; infinite: never. */
  readonly idleTimeoutNs: number;
}

export class HttpPool<Place extends InLine<Place>, Waiting extends InLine<Waiting>> {
  readonly line = new Line<Waiting>();
  readonly idle = new Line<Place>();
  private readonly vacant = new Line<Place>();
  private readonly reuse: Reuse;

  constructor(reuse: Reuse) {
    this.reuse = reuse;
  }

  /** A place without a connection. */
  addVacant(place: Place): void {
    this.vacant.append(place);
  }

  /** A place for the next request; null when all are busy. */
  take(): Place | null {
    const { idle, vacant } = this;
    if (this.reuse === 'recent') return idle.takeLast() ?? vacant.takeFirst();
    return vacant.takeFirst() ?? idle.takeFirst();
  }
}
