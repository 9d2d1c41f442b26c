/** Goal: over time no more queries than the rate find their way in by new connections. Method: random arrivals. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QueryLimit } from '../../src/policy/query-limit.ts';

const SECOND = 1e9;

test('there is room for everybody before a limit is set', () => {
  const limit = new QueryLimit();
  for (let i = 0; i < 100; i++) limit.note(0);
  expect(limit.hasRoom(0)).toBe(true);
});

test('who is let in keeps to the rate and a burst; queries on open connections count', () => {
  const gaps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2e7 }), fc.boolean()), { maxLength: 300 });
  const property = fc.property(fc.integer({ min: 50, max: 500 }), gaps, (rate, arrivals) => {
    const limit = new QueryLimit();
    const burstNs = SECOND / 10;
    limit.set(rate, burstNs, 7);
    let [nowNs, answered, excess] = [0, 0, 0];
    for (const [gapNs, isOnOpenConnection] of arrivals) {
      nowNs += gapNs;
      const isLetIn = limit.hasRoom(nowNs);
      if (!isOnOpenConnection && !isLetIn) continue;
      limit.note(nowNs);
      answered++;
      if (!isLetIn) excess++;
    }
    const most = (rate * (nowNs + burstNs)) / SECOND;
    expect(answered - excess).toBeLessThanOrEqual(Math.max(1, most) + 1e-6);
  });
  fc.assert(property, { numRuns: 200, seed: 11 });
});
