/** Streaming analysis against a plain one over the whole list, for random losses and random orders of resolution. */
import seedrandom from 'seedrandom';
import { expect, test } from 'vitest';
import type { Impairment, Outage } from '../../src/measure/result.ts';
import { FLOW, flowPlan, RecorderDriver, SECOND } from '../support/measure-recorder.ts';

interface Unit {
  readonly index: number;
  readonly offeredNs: number;
  readonly slot: number;
  readonly isLost: boolean;
  readonly isPending: boolean;
}

function plainOutages(units: readonly Unit[]): Outage[] {
  const outages: Outage[] = [];
  const resolved = units.filter(({ isPending }) => !isPending);
  for (let i = 0; i < resolved.length; i++) {
    if (!resolved[i]?.isLost || resolved[i - 1]?.isLost) continue;
    let end = i;
    while (resolved[end]?.isLost) end++;
    const startNs = (resolved[i] as Unit).offeredNs;
    if (end - i >= 3) outages.push({ startNs, endNs: resolved[end]?.offeredNs ?? null, lost: end - i });
  }
  return outages;
}

function plainImpairments(units: readonly Unit[], quietNs: number): { groups: Impairment[]; stray: number } {
  const groups: Unit[][] = [];
  for (const unit of units.filter(({ isLost, isPending }) => isLost && !isPending)) {
    const last = groups.at(-1)?.at(-1);
    if (last !== undefined && unit.offeredNs - last.offeredNs < quietNs) groups.at(-1)?.push(unit);
    else groups.push([unit]);
  }
  const long = groups.filter((group) => group.length >= 3);
  const described = long.map((group) => {
    const [first, last] = [group[0] as Unit, group.at(-1) as Unit];
    return {
      startNs: first.offeredNs,
      endNs: last.offeredNs,
      lost: group.length,
      offered: last.index - first.index + 1,
    };
  });
  return { groups: described, stray: groups.flat().length - long.flat().length };
}

test('streaming finds what a plain analysis of the whole list finds', () => {
  const SLOTS = 3;
  const QUIET = SECOND / 2;
  let found = 0;
  for (let round = 0; round < 200; round++) {
    const random = seedrandom.alea(`runs/${round}`);
    const driver = new RecorderDriver({ flows: [flowPlan({ slots: SLOTS })], quietNs: QUIET });
    let nowNs = 0;
    let isBad = false;
    const units: Unit[] = Array.from({ length: 120 }, (_, index) => {
      nowNs += Math.floor(random() * 2e8);
      if (random() < 0.15) isBad = !isBad;
      driver.at(nowNs).offer(index % SLOTS);
      const isLost = random() < (isBad ? 0.9 : 0.05);
      return { index, offeredNs: nowNs, slot: index % SLOTS, isLost, isPending: random() < 0.03 };
    });
    const order = units
      .filter(({ isPending }) => !isPending)
      .map((unit) => ({ unit, key: unit.index + random() * 40 }));
    for (const { unit } of order.sort((a, b) => a.key - b.key)) {
      if (unit.isLost) driver.recorder.fail(FLOW, unit.index, 'reset');
      else driver.recorder.deliver(FLOW, unit.index, 1);
    }
    const endNs = 100 * SECOND;
    const { outages, impairments, strayLost, connections } = driver.finish(endNs).flow();
    const plain = plainImpairments(units, QUIET);
    expect(outages, `seed runs/${round}`).toEqual(plainOutages(units));
    expect(impairments, `seed runs/${round}`).toEqual(plain.groups);
    expect(strayLost, `seed runs/${round}`).toBe(plain.stray);
    const longestBySlot = Array.from({ length: SLOTS }, (_, slot) => {
      const own = plainOutages(units.filter((unit) => unit.slot === slot));
      return Math.max(0, ...own.map((outage) => (outage.endNs ?? endNs) - outage.startNs));
    });
    expect(connections.outageNs?.max, `seed runs/${round}`).toBe(Math.max(...longestBySlot));
    found += outages.length + impairments.length;
  }
  expect(found).toBeGreaterThan(500);
});
