/**
 * Goal: shares follow weights, and each remapping moves just the flows it says. Method: every hash slot of a resilient
 * group looked at before and after; for the others hashes spread evenly over their whole space.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EcmpGroup, type Remapping } from '../../src/routing/ecmp.ts';
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

const HASHES = 60_060;
/** Evenly spread over 32 bits, and over the residues of small numbers. */
const spread = Array.from({ length: HASHES }, (_, i) => Math.floor((i + 0.5) * (0x100000000 / HASHES)));

const picks = (group: EcmpGroup): NextHop[] => spread.map((hash) => group.choose(hash));

function shareOf(chosen: readonly NextHop[], member: NextHop): number {
  return chosen.filter((pick) => pick === member).length / chosen.length;
}

/** The share of hashes with another member than before. */
function movedShare(before: readonly NextHop[], after: readonly NextHop[]): number {
  return before.filter((member, i) => member !== after[i]).length / before.length;
}

const randomWeights = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 16 });
const weighted = (weights: readonly number[]) =>
  weights.map((weight, i) => ({ nextHop: (i + 10) as NextHop, weight }));

describe.each([
  // One slot of 256, and one more for each member too light for a slot of its own.
  ['resilient', 1 / 256, 1 / 256],
  ['threshold', 0.001, 0],
  ['modulo', 0.01, 0],
] as const)('a %s group', (remapping: Remapping, tolerance, perLight) => {
  test('shares out by weight', () => {
    fc.assert(
      fc.property(randomWeights, (weights) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const group = new EcmpGroup(weighted(weights), remapping);
        const chosen = picks(group);
        if (total === 0) {
          expect(new Set(chosen)).toEqual(new Set([NO_NEXT_HOP]));
          return;
        }
        const light = weights.filter((weight) => weight > 0 && weight / total < 1 / 256).length;
        weights.forEach((weight, i) => {
          const share = shareOf(chosen, (i + 10) as NextHop);
          expect(Math.abs(share - weight / total)).toBeLessThan(tolerance + 0.001 + perLight * light);
          expect(share > 0).toBe(weight > 0);
        });
      }),
      { seed: 5, numRuns: 40 },
    );
  });

  test('gives a standby everything once the active member has no weight, and back', () => {
    const [active, standby] = members(2);
    const group = new EcmpGroup(weighted([100, 0]), remapping);
    expect(new Set(picks(group))).toEqual(new Set([active]));
    group.setWeight(active, 0);
    expect(new Set(picks(group))).toEqual(new Set([NO_NEXT_HOP]));
    group.setWeight(standby, 100);
    expect(new Set(picks(group))).toEqual(new Set([standby]));
    group.setWeight(active, 100);
    expect(shareOf(picks(group), active)).toBeCloseTo(0.5, 2);
  });

  test('has even shares again when the last member left and came back', () => {
    const group = new EcmpGroup(members(4), remapping);
    const before = picks(group);
    group.remove(13 as NextHop);
    group.add(13 as NextHop);
    for (const member of members(4)) expect(shareOf(picks(group), member)).toBeCloseTo(0.25, 2);
    if (remapping !== 'resilient') expect(picks(group)).toEqual(before);
  });

  test('crashes on weights that are none and on strangers', () => {
    const group = new EcmpGroup(members(2), remapping);
    expect(() => group.setWeight(10 as NextHop, -1)).toThrow('vpcsim bug');
    expect(() => group.setWeight(10 as NextHop, 0.5)).toThrow('vpcsim bug');
    expect(() => group.setWeight(99 as NextHop, 1)).toThrow('vpcsim bug');
  });
});

test('of n members one that leaves moves 1/n of the flows, or 1/4 to 1/2, or (n - 1)/n', () => {
  for (const count of [2, 3, 4, 8]) {
    for (const leaving of members(count)) {
      const moved = (['resilient', 'threshold', 'modulo'] as const).map((remapping) => {
        const group = new EcmpGroup(members(count), remapping);
        const before = picks(group);
        group.remove(leaving);
        return movedShare(before, picks(group));
      });
      expect(moved[0]).toBeCloseTo(1 / count, 2);
      expect(moved[1]).toBeGreaterThan(0.249);
      expect(moved[1]).toBeLessThan(0.501);
      expect(moved[2]).toBeCloseTo((count - 1) / count, 2);
    }
  }
});

test('whatever changes in a resilient group, flows move from or to the member that changed only', () => {
  const step = fc.record({
    kind: fc.constantFrom('weight', 'leave', 'join'),
    which: fc.nat(7),
    weight: fc.nat(255),
  });
  fc.assert(
    fc.property(randomWeights, fc.array(step, { maxLength: 15 }), (weights, steps) => {
      const group = new EcmpGroup(weighted(weights));
      const now = new Map(weighted(weights).map(({ nextHop, weight }) => [nextHop, weight]));
      for (const { kind, which, weight } of steps) {
        const before = choices(group);
        const member = (which + 10) as NextHop;
        const isIn = now.has(member);
        if (kind === 'join' ? isIn : !isIn) continue;
        if (kind === 'leave') group.remove(member);
        else if (kind === 'join') group.add(member, weight);
        else group.setWeight(member, weight);
        if (kind === 'leave') now.delete(member);
        else now.set(member, weight);
        choices(group).forEach((after, slot) => {
          if (after !== before[slot]) expect([after, before[slot]]).toContain(member);
        });
      }
      const total = [...now.values()].reduce((sum, weight) => sum + weight, 0);
      const counts = shares(group);
      for (const [member, weight] of now) {
        if (total === 0) continue;
        const exact = (SLOTS * weight) / total;
        const slack = 2 + steps.length + now.size;
        expect(Math.abs((counts.get(member) ?? 0) - exact)).toBeLessThanOrEqual(slack);
      }
    }),
    { seed: 6, numRuns: 200 },
  );
});
