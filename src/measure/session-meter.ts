/**
 * Follows the sessions of one flow by their connections: which are open, which of them an event has met since they last
 * exchanged data, and so whom a broken one is to be blamed on. Owns no counts; those are in the tallies.
 */
import { NONE } from '../base/brand.ts';

const FIRST_CAPACITY = 64;

export class SessionMeter {
  /** When each connection became a session; NaN: it is none, or no more. */
  private openedNs = new Float64Array(0);
  /** The event that has met it since it last exchanged data, or NONE. */
  private metBy = new Int32Array(0);

  open(connection: number, nowNs: number): void {
    if (connection >= this.openedNs.length) this.grow(connection);
    this.openedNs[connection] = nowNs;
    this.metBy[connection] = NONE;
  }

  /** The event that has met the session since it last exchanged data, or NONE. */
  end(connection: number): number {
    const event = this.metBy[connection] as number;
    this.openedNs[connection] = Number.NaN;
    this.metBy[connection] = NONE;
    return event;
  }

  /** An event that began at `atNs` has met a packet of the connection. Only sessions that were open by then count. */
  meet(connection: number, event: number, atNs: number | null): void {
    const openedNs = this.openedNs[connection];
    if (openedNs === undefined || Number.isNaN(openedNs)) return;
    if (atNs !== null && openedNs <= atNs) this.metBy[connection] = event;
  }

  /** Data was exchanged. True when an event had met the session since the last time: it has survived. */
  use(connection: number): boolean {
    const hasSurvived = (this.metBy[connection] ?? NONE) !== NONE;
    if (hasSurvived) this.metBy[connection] = NONE;
    return hasSurvived;
  }

  private grow(connection: number): void {
    const capacity = Math.max(connection + 1, 2 * this.openedNs.length, FIRST_CAPACITY);
    const openedNs = new Float64Array(capacity).fill(Number.NaN);
    const metBy = new Int32Array(capacity).fill(NONE);
    openedNs.set(this.openedNs);
    metBy.set(this.metBy);
    this.openedNs = openedNs;
    this.metBy = metBy;
  }
}
