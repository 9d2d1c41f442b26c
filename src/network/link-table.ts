// hot path
/**
 * One row per direction of a link. A row holds its packets in flight as a list in order of arrival, threaded through
 * the packet table; only the head has an event.
 *
 *   busyUntilNs + remainder / rate: when the last accepted packet has left the sender, kept exactly
 *   head -> ... -> tail: packets in flight, arrivals never decreasing
 *
 * A drop-tail queue is arithmetic on the busy-until time: what waits is (busyUntil - now) at the line rate.
 */
import { NONE } from '../base/brand.ts';
import type { IfaceId, LinkId } from './ids.ts';
import type { Impairment } from './impairment.ts';

export interface LinkOptions {
  /** 0: no serialisation delay. */
  readonly rateBps: number;
  readonly latencyNs: number;
  /** Longest wait of an accepted packet. */
  readonly queueNs: number;
  /** Largest IP packet. */
  readonly mtuBytes: number;
}

export class LinkTable {
  readonly names: string[] = [];
  readonly nameHashes: number[] = [];
  readonly fromIface: IfaceId[] = [];
  readonly toIface: IfaceId[] = [];
  readonly rateBps: number[] = [];
  readonly baseRateBps: number[] = [];
  readonly latencyNs: number[] = [];
  readonly queueNs: number[] = [];
  readonly mtuBytes: number[] = [];
  readonly busyUntilNs: number[] = [];
  /** Part of a nanosecond beyond busyUntilNs, as remainder / rate. */
  readonly remainder: number[] = [];
  readonly lastArrivalNs: number[] = [];
  readonly head: number[] = [];
  readonly tail: number[] = [];
  readonly isDown: boolean[] = [];
  /** Up, at its own rate, unimpaired, and no event to blame or to thank: nothing to look at but the queue. */
  readonly isOrdinary: boolean[] = [];
  /** Event that took it down or brought it up again; NONE at first. */
  readonly event: number[] = [];
  /** Event that lowered its rate, or that ended what ailed it; NONE at first. */
  readonly degradeEvent: number[] = [];
  readonly impairments: (readonly Impairment[] | null)[] = [];
  /** Those among them that no event made: how the link is when nothing ails it. */
  readonly ownImpairments: (readonly Impairment[] | null)[] = [];
  /** Packets of a reordering link that others may pass: they are in no list. */
  readonly loose: (Set<number> | null)[] = [];

  get count(): number {
    return this.names.length;
  }

  add(name: string, nameHash: number, fromIface: IfaceId, toIface: IfaceId, options: LinkOptions): LinkId {
    this.names.push(name);
    this.nameHashes.push(nameHash);
    this.fromIface.push(fromIface);
    this.toIface.push(toIface);
    this.rateBps.push(options.rateBps);
    this.baseRateBps.push(options.rateBps);
    this.latencyNs.push(options.latencyNs);
    this.queueNs.push(options.queueNs);
    this.mtuBytes.push(options.mtuBytes);
    this.busyUntilNs.push(0);
    this.remainder.push(0);
    this.lastArrivalNs.push(0);
    this.head.push(NONE);
    this.tail.push(NONE);
    this.isDown.push(false);
    this.isOrdinary.push(true);
    this.event.push(NONE);
    this.degradeEvent.push(NONE);
    this.impairments.push(null);
    this.ownImpairments.push(null);
    this.loose.push(null);
    return (this.names.length - 1) as LinkId;
  }

  /** What the link does to packets all the time. */
  setOwnImpairments(link: LinkId, impairments: readonly Impairment[]): void {
    this.ownImpairments[link] = impairments;
    this.impair(link, impairments, NONE);
  }

  /** What ails the link besides its rate; `event` lowered its rate or ended what ailed it. */
  impair(link: LinkId, impairments: readonly Impairment[] | null, event: number): void {
    this.impairments[link] = impairments;
    this.degradeEvent[link] = event;
    this.review(link);
  }

  /** Call after a change of state, event or rate. */
  review(link: LinkId): void {
    this.isOrdinary[link] =
      !this.isDown[link] &&
      this.event[link] === NONE &&
      this.degradeEvent[link] === NONE &&
      this.impairments[link] === null &&
      this.rateBps[link] === this.baseRateBps[link];
  }

  isTooBig(link: LinkId, lengthBytes: number): boolean {
    return lengthBytes > (this.mtuBytes[link] as number);
  }

  /** Makes the link busy for one more packet and returns when it has left the sender. */
  serialise(link: LinkId, lengthBytes: number, nowNs: number): number {
    const rate = this.rateBps[link] as number;
    const busyUntil = this.busyUntilNs[link] as number;
    if (rate === 0) return nowNs;
    const isIdle = busyUntil < nowNs;
    // Bits times 1e9 stay below 2^53 for any IP packet, so the division below is exact after its correction.
    const work = lengthBytes * 8e9 + (isIdle ? 0 : (this.remainder[link] as number));
    let spentNs = Math.floor(work / rate);
    let rest = work - spentNs * rate;
    if (rest < 0) {
      spentNs--;
      rest += rate;
    } else if (rest >= rate) {
      spentNs++;
      rest -= rate;
    }
    const sentNs = (isIdle ? nowNs : busyUntil) + spentNs;
    this.busyUntilNs[link] = sentNs;
    this.remainder[link] = rest;
    return sentNs;
  }
}
