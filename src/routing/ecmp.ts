// hot path
/**
 * Equal-cost multipath with resilient hashing: a fixed row of slots, each naming a member; a hash picks a slot. When
 * a member leaves only its slots are dealt out again, so only its flows move; when it comes back it takes its share of
 * slots from those that have most.
 *
 *   slots  A B C D A B C D ...   remove B   A A C D A C C D ...
 */
import { assert } from '../base/assert.ts';
import { type NextHop, NO_NEXT_HOP } from './fib.ts';

const SLOTS = 256;

export class EcmpGroup {
  private readonly slots = new Int32Array(SLOTS).fill(NO_NEXT_HOP);
  private readonly members: NextHop[] = [];

  constructor(members: readonly NextHop[]) {
    for (let slot = 0; slot < SLOTS && members.length > 0; slot++) {
      this.slots[slot] = members[slot % members.length] as NextHop;
    }
    this.members.push(...members);
  }

  get size(): number {
    return this.members.length;
  }

  /** The member for a hash (unsigned 32 bits); NO_NEXT_HOP when the group is empty. */
  choose(hash: number): NextHop {
    return this.slots[hash % SLOTS] as NextHop;
  }

  remove(member: NextHop): void {
    const index = this.members.indexOf(member);
    if (index < 0) return;
    this.members.splice(index, 1);
    let deal = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      if (this.slots[slot] !== member) continue;
      this.slots[slot] =
        this.members.length === 0 ? NO_NEXT_HOP : (this.members[deal++ % this.members.length] as NextHop);
    }
  }

  add(member: NextHop): void {
    assert(!this.members.includes(member), 'a member joined its group twice');
    const share = Math.floor(SLOTS / (this.members.length + 1));
    for (let taken = 0; taken < share; taken++) {
      const slot = this.members.length === 0 ? taken : this.slots.indexOf(this.richest());
      this.slots[slot] = member;
    }
    this.members.push(member);
  }

  /** The member with the most slots, the first of several. */
  private richest(): NextHop {
    let richest = NO_NEXT_HOP;
    let most = 0;
    for (const member of this.members) {
      let count = 0;
      for (let slot = 0; slot < SLOTS; slot++) if (this.slots[slot] === member) count++;
      if (count <= most) continue;
      richest = member;
      most = count;
    }
    return richest;
  }
}
