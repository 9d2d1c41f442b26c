/**
 * Goal: a result is a function of scenario and seed alone, and one part's draws do not depend on another's presence.
 * Method: random scenarios run twice, with either event queue, in slices, and with a bystander added.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { Simulation, simulate } from '../../src/simulate.ts';
import { randomScenario, withNeighbour } from '../support/random-scenarios.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

const withoutClock = (result: RunResult): RunResult => ({ ...result, wallMs: 0 });

test('the same scenario and seed give the same result, and either event queue the same fingerprint', () => {
  fc.assert(
    fc.property(randomScenario, (text) => {
      const first = withoutClock(simulate(scenarioOf(text)));
      expect(withoutClock(simulate(scenarioOf(text), { eventQueue: 'heap' }))).toEqual(first);
      expect(withoutClock(simulate(scenarioOf(text), { eventQueue: 'calendar' }))).toEqual(first);
    }),
    { seed: 31, numRuns: 6 },
  );
});

test('advancing in small slices changes nothing', () => {
  fc.assert(
    fc.property(randomScenario, fc.integer({ min: 1, max: 2_000 }), (text, budget) => {
      const sliced = new Simulation(scenarioOf(text));
      while (!sliced.advance(budget));
      expect(withoutClock(sliced.finish())).toEqual(withoutClock(simulate(scenarioOf(text))));
    }),
    { seed: 32, numRuns: 4 },
  );
});

test('an unrelated VPC with an instance changes no flow', () => {
  fc.assert(
    fc.property(randomScenario, (text) => {
      const alone = simulate(scenarioOf(text));
      const together = simulate(scenarioOf(withNeighbour(text)));
      expect(Object.keys(together.devices)).toContain('bystander');
      expect(together.flows).toEqual(alone.flows);
      expect(together.packets).toEqual(alone.packets);
      expect(together.fingerprint).toBe(alone.fingerprint);
    }),
    { seed: 33, numRuns: 6 },
  );
});

test('another seed or another replication gives another run', () => {
  const [text] = fc.sample(randomScenario, { seed: 34, numRuns: 1 }) as [string];
  const prints = [
    simulate(scenarioOf(text)),
    simulate(scenarioOf(text), { seed: 'another' }),
    simulate(scenarioOf(text), { replication: 1 }),
  ].map(({ fingerprint }) => fingerprint);
  expect(new Set(prints).size).toBe(3);
});
