/**
 * The kept-alive connections of one sender: a fixed number of places, each vacant, idle or busy, and the requests in
 * line for one. Owns who comes next; opens and closes nothing.
 *
 * `rotate` uses the places in turn, whether or not they have a connection: all of them are opened, and used equally.
 * `recent` opens as few as it can: first the one idle for the shortest time, then a vacant place.
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
  /** Idle places; to `rotate` vacant ones are no different. */
  private readonly idle = new Line<Place>();
  private readonly vacant = new Line<Place>();
  private readonly reuse: Reuse;

  constructor(reuse: Reuse) {
    this.reuse = reuse;
  }

  /** A place that was busy, or is new, is free; `isOpen`: with a connection. */
  add(place: Place, isOpen: boolean): void {
    (isOpen || this.reuse === 'rotate' ? this.idle : this.vacant).append(place);
  }

  /** An idle place has lost its connection. */
  vacate(place: Place): void {
    if (this.reuse === 'rotate') return;
    this.idle.remove(place);
    this.vacant.append(place);
  }

  /** A place for the next request; null when all are busy. */
  take(): Place | null {
    const { idle, vacant } = this;
    return this.reuse === 'rotate' ? idle.takeFirst() : (idle.takeLast() ?? vacant.takeFirst());
  }
}
