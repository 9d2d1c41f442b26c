// hot path
/**
 * Equal-cost multipath: a group of members with weights, of which the hash of a packet's flow picks one. How the flows
 * of those that stay are treated when a member leaves, joins or changes its weight is the group's remapping:
 *
 *   resilient   256 slots, each with a member; only the slots that a change needs change hands. Of n equal members one
 *               that leaves moves 1/n of the flows: its own. What products do; the default.
 *   threshold   the hash space cut into one region a member (RFC 2992); all boundaries shift with a change: 1/4 to 1/2
 *               of the flows move, as the leaver lies in the middle or at an end.
 *   modulo      the hash modulo the sum of weights; nearly everything moves, (n - 1)/n of the flows.
 *
 *   resilient   A B C D A B C D ...   without B   A A C D A C C D ...
 *
 * Weights are whole; one of 0 is a standby that gets nothing. In a new resilient group each share is within one slot of
 * its weight's, and at least one slot; after changes it may be a few off, since what must not move cannot make it even.
 */
import { assert } from '../base/assert.ts';
import { type NextHop, NO_NEXT_HOP } from './leaf.ts';

export type Remapping = 'resilient' | 'threshold' | 'modulo';

export interface Member {
  readonly nextHop: NextHop;
  readonly weight: number;
}

const SLOTS = 256;
const HASHES = 0x100000000;

interface Share {
  readonly nextHop: NextHop;
  weight: number;
  /** Of a resilient group: how many slots it has, and should have. */
  slots: number;
  target: number;
}

export class EcmpGroup {
  private readonly remapping: Remapping;
  private readonly shares: Share[] = [];
  /** By hash modulo their number. */
  private slots = new Int32Array(SLOTS).fill(NO_NEXT_HOP);
  /** With thresholds: the first hash behind each member's region. */
  private regionEnds = new Float64Array(0);

  /** A bare next hop has weight 1. */
  constructor(members: readonly (NextHop | Member)[], remapping: Remapping = 'resilient') {
    this.remapping = remapping;
    for (const member of members) {
      const { nextHop, weight } = typeof member === 'number' ? { nextHop: member, weight: 1 } : member;
      this.enrol(nextHop, weight);
    }
    if (remapping === 'resilient') {
      this.aim();
      for (let slot = 0; slot < SLOTS; slot++) this.give(slot, this.poorest());
    } else {
      this.remap();
    }
  }

  get size(): number {
    return this.shares.length;
  }

  /** The member for a hash (unsigned 32 bits); NO_NEXT_HOP when none has a weight. */
  choose(hash: number): NextHop {
    if (this.remapping === 'resilient') return this.slots[hash % SLOTS] as NextHop;
    if (this.remapping === 'modulo') return this.slots[hash % this.slots.length] as NextHop;
    const { regionEnds } = this;
    let region = 0;
    while (region < regionEnds.length && hash >= regionEnds[region]) region++;
    return this.slots[region] as NextHop;
  }

  add(nextHop: NextHop, weight = 1): void {
    this.enrol(nextHop, weight);
    this.change(this.shares[this.shares.length - 1]);
  }

  /** Takes a member out, if it is one. */
  remove(nextHop: NextHop): void {
    const index = this.shares.findIndex((share) => share.nextHop === nextHop);
    if (index < 0) return;
    const [leaver] = this.shares.splice(index, 1);
    leaver.weight = 0;
    this.change(leaver);
  }

  setWeight(nextHop: NextHop, weight: number): void {
    const share = this.shares.find((candidate) => candidate.nextHop === nextHop);
    assert(share !== undefined, 'a weight is set of a member of the group');
    assertWeight(weight);
    share.weight = weight;
    this.change(share);
  }

  private enrol(nextHop: NextHop, weight: number): void {
    assert(!this.shares.some((share) => share.nextHop === nextHop), 'a member joined its group twice');
    assertWeight(weight);
    this.shares.push({ nextHop, weight, slots: 0, target: 0 });
  }

  private change(share: Share): void {
    if (this.remapping === 'resilient') this.moveSlots(share);
    else this.remap();
  }

  // Resilient: slots pass between the member that changed and the others, and between no others.

  private moveSlots(changed: Share): void {
    changed.target = 0;
    this.aim();
    for (let slot = 0; slot < SLOTS && changed.slots > Math.ceil(changed.target); slot++) {
      if (this.slots[slot] === changed.nextHop) this.give(slot, this.poorest(changed), changed);
    }
    while (changed.slots + 1 <= changed.target) {
      const giver = this.richest(changed);
      this.give(this.slots.indexOf(giver === null ? NO_NEXT_HOP : giver.nextHop), changed, giver);
    }
  }

  /** Sets the targets: proportional to weights, but at least one slot for each weight above 0. */
  private aim(): void {
    let free = SLOTS;
    let weights = 0;
    for (const share of this.shares) weights += share.weight;
    // Lightest first: who gets less than one slot by weight gets one, and the others divide the rest.
    for (const share of this.shares.toSorted((a, b) => a.weight - b.weight)) {
      const byWeight = weights === 0 ? 0 : (free * share.weight) / weights;
      share.target = share.weight === 0 ? 0 : Math.max(1, byWeight);
      if (byWeight < 1) {
        free -= share.target;
        weights -= share.weight;
      }
    }
  }

  private give(slot: number, taker: Share | null, giver: Share | null = null): void {
    if (giver !== null) giver.slots--;
    if (taker !== null) taker.slots++;
    this.slots[slot] = taker === null ? NO_NEXT_HOP : taker.nextHop;
  }

  /** Who lacks most, the first of several; null when nobody has a weight. */
  private poorest(except: Share | null = null): Share | null {
    let poorest: Share | null = null;
    for (const share of this.shares) {
      if (share === except || share.weight === 0) continue;
      if (poorest === null || share.target - share.slots > poorest.target - poorest.slots) poorest = share;
    }
    return poorest;
  }

  /** Who has most above its target, the first of several; null for slots of nobody. */
  private richest(except: Share): Share | null {
    let richest: Share | null = null;
    for (const share of this.shares) {
      if (share === except || share.slots === 0) continue;
      if (richest === null || share.slots - share.target > richest.slots - richest.target) richest = share;
    }
    return richest;
  }

  // Threshold and modulo: all laid out anew, in the order of the members.

  private remap(): void {
    const present = this.shares.filter(({ weight }) => weight > 0);
    const divisor = present.reduce((common, { weight }) => greatestCommonDivisor(common, weight), 0);
    const turns = present.map(({ weight }) => weight / divisor);
    const nextHops = present.map(({ nextHop }) => nextHop);
    const total = turns.reduce((sum, count) => sum + count, 0);
    if (this.remapping === 'modulo') {
      const slots = nextHops.flatMap((nextHop, i) => new Array<NextHop>(turns[i]).fill(nextHop));
      this.slots = Int32Array.from(total === 0 ? [NO_NEXT_HOP] : slots);
    } else {
      const sums = turns.map((_, i) => turns.slice(0, i + 1).reduce((sum, count) => sum + count, 0));
      this.regionEnds = Float64Array.from(sums, (sum) => (sum / total) * HASHES);
      // Behind the last region, if there is any, lies nothing but for a group without members.
      this.slots = Int32Array.from([...nextHops, NO_NEXT_HOP]);
    }
  }
}

function assertWeight(weight: number): void {
  assert(Number.isInteger(weight) && weight >= 0, 'a weight is a whole number of at least 0');
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
