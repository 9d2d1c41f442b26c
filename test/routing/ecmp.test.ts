/** Goal: resilient hashing moves only the flows it must. Method: every hash slot looked at before and after. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EcmpGroup } from '../../src/routing/ecmp.ts';
import { type NextHop, NO_NEXT_HOP } from '../../src/routing/fib.ts';

const SLOTS = 256;
const members = (count: number): NextHop[] => Array.from({ length: count }, (_, i) => (i + 10) as NextHop);

function choices(group: EcmpGroup): NextHop[] {
  return Array.from({ length: SLOTS }, (_, hash) => group.choose(hash));
}

/** How many slots each member has. */
function shares(group: EcmpGroup): Map<NextHop, number> {
  const counts = new Map<NextHop, number>();
  for (const member of choices(group)) counts.set(member, (counts.get(member) ?? 0) + 1);
  return counts;
}

function expectEven(group: EcmpGroup, slack: number): void {
  const counts = [...shares(group).values()];
  expect(counts).toHaveLength(group.size);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(slack);
}

test('deals the hashes out evenly', () => {
  for (let count = 1; count <= 16; count++) expectEven(new EcmpGroup(members(count)), 1);
});

test('when a member leaves, its flows and no others move, evenly to those that stay', () => {
  for (let count = 2; count <= 16; count++) {
    for (const leaving of members(count)) {
      const group = new EcmpGroup(members(count));
      const before = choices(group);
      group.remove(leaving);
      choices(group).forEach((member, slot) => {
        if (before[slot] === leaving) expect(member).not.toBe(leaving);
        else expect(member).toBe(before[slot]);
      });
      expectEven(group, 2);
    }
  }
});

test('when a member joins, flows move to it and nowhere else, and it takes its share from all others', () => {
  const step = fc.record({ isJoin: fc.boolean(), which: fc.nat(20) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 12 }), (count, steps) => {
      const group = new EcmpGroup(members(count));
      const inside = new Set(members(count));
      for (const { isJoin, which } of steps) {
        const before = choices(group);
        if (isJoin) {
          const joining = members(12).find((member) => !inside.has(member));
          if (joining === undefined) continue;
          inside.add(joining);
          group.add(joining);
          const moved = choices(group).filter((member, slot) => member !== before[slot]);
          expect(new Set(moved)).toEqual(new Set([joining]));
          expect(moved).toHaveLength(Math.floor(SLOTS / inside.size));
        } else if (inside.size > 1) {
          const leaving = [...inside][which % inside.size] as NextHop;
          inside.delete(leaving);
          group.remove(leaving);
        }
        const smallest = Math.min(...shares(group).values());
        expect(shares(group).size).toBe(inside.size);
        expect(smallest).toBeGreaterThanOrEqual(Math.floor(SLOTS / inside.size) - 2 * steps.length);
      }
    }),
    { seed: 13, numRuns: 200 },
  );
});

test('a member that left and came back has its share again, and so have the others', () => {
  const group = new EcmpGroup(members(4));
  group.remove(11 as NextHop);
  group.add(11 as NextHop);
  expectEven(group, 1);
});

test('an empty group chooses nothing; the first to join gets everything', () => {
  const group = new EcmpGroup(members(1));
  group.remove(10 as NextHop);
  expect([group.size, group.choose(7)]).toEqual([0, NO_NEXT_HOP]);
  group.add(12 as NextHop);
  expect(new Set(choices(group))).toEqual(new Set([12]));
});

test('removing a stranger changes nothing, adding a member twice is a bug that crashes', () => {
  const group = new EcmpGroup(members(3));
  const before = choices(group);
  group.remove(99 as NextHop);
  expect(choices(group)).toEqual(before);
  expect(() => group.add(10 as NextHop)).toThrow('vpcsim bug');
});
