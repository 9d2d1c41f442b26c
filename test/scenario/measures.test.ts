/** Goal: bounds mean what they say. Method: what single measures are read as, and the table held against the result. */
import { describe, expect, test } from 'vitest';
import { DROP_REASONS } from '../../src/network/drop-reason.ts';
import { allMeasures, DROP_REASON_NAMES, findMeasure, UNIT_FAILURES } from '../../src/scenario/measures.ts';
import { FAILURES } from '../../src/traffic/ledger.ts';
import { problemsOf, SHOP_WITH_TRAFFIC, scenarioOf } from '../support/scenario-texts.ts';

const withExpectation = (text: string): string =>
  `${SHOP_WITH_TRAFFIC.replace('duration: 2m', 'duration: 2m\nreplications: 20')}events:\n  cut: { at: 10s, fail: web-1 }\nexpect:\n  - ${text}\n`;
const expectationOf = (text: string) => scenarioOf(withExpectation(text)).expectations[0];
const boundOf = (text: string) => expectationOf(text)?.measures[0]?.bound;

describe('a bound', () => {
  test('of a share is relative, also in figures that binary cannot hold', () => {
    const bound = boundOf('{ flow: browse, lost: { min: 95%, max: 7 } }');
    expect(bound).toEqual({
      kind: 'range',
      min: { value: 0.95, relative: true },
      max: { value: 7, relative: false },
    });
  });

  test('of an event can be never, a text, true or false', () => {
    expect(boundOf('{ event: cut, heal: { never: true } }')).toEqual({ kind: 'never' });
    expect(boundOf('{ event: cut, detected_by: health-check }')).toEqual({
      kind: 'text',
      value: 'health-check',
    });
    expect(boundOf('{ event: cut, refused: true }')).toEqual({ kind: 'boolean', value: true });
    expect(boundOf('{ event: cut, refused: not attached }')).toEqual({ kind: 'text', value: 'not attached' });
  });

  test('needs a unit where the measure has one, and none where it has not', () => {
    expect(problemsOf(withExpectation('{ flow: browse, outage: 0 }'))).toHaveLength(1);
    expect(problemsOf(withExpectation('{ flow: browse, lost: 3s }'))).toHaveLength(1);
    expect(problemsOf(withExpectation('{ flow: browse, goodput: { min: 1Mbps } }'))).toEqual([]);
  });

  test('may be the same as its other end', () => {
    expect(problemsOf(withExpectation('{ flow: browse, lost: { min: 3, max: 3 } }'))).toEqual([]);
  });
});

describe('a scope', () => {
  test.each([
    ['at: 5s', { kind: 'at', at: { kind: 'at', atNs: 5e9 } }],
    ['at: end', { kind: 'at', at: { kind: 'end' } }],
    ['before: cut', { kind: 'before', to: { kind: 'after', event: 'cut', offsetNs: 0 } }],
    ['after: cut - 2s', { kind: 'after', from: { kind: 'after', event: 'cut', offsetNs: -2e9 } }],
    ['by: end - 20s', { kind: 'by', at: { kind: 'at', atNs: 100e9 } }],
  ])('%s', (text, scope) =>
    expect(expectationOf(`{ flow: browse, ${text}, lost: 0 }`)?.scope).toEqual(scope),
  );

  test('of runs is a share', () => {
    expect(expectationOf('{ flow: browse, in: 95% of runs, lost: 0 }')?.inShareOfRuns).toBe(0.95);
  });
});

test('short names and long names find the same measure', () => {
  expect(findMeasure('event', 'cut', ['detect'])?.path).toEqual(['detected_after']);
  expect(findMeasure('event', 'cut', ['detected_after'])?.path).toEqual(['detected_after']);
  expect(findMeasure('flow', 'f', ['lost_by', 'refused'])?.path).toEqual(['lost_by_reason', 'refused']);
  expect(findMeasure('event', 'cut', ['flows', 'f', 'heal'])?.path).toEqual(['flows', 'f', 'healed_after']);
});

test('the same path is part of different wholes for all packets and for those of a device', () => {
  expect(findMeasure('packets', 'all', ['dropped_by', 'no-route'])?.spec.of).toEqual(['created']);
  expect(findMeasure('packets', 'web-1', ['dropped_by', 'no-route'])?.spec.of).toEqual(['dropped']);
});

test('reasons are those that the network and the workloads have', () => {
  expect([...DROP_REASON_NAMES]).toEqual([...DROP_REASONS]);
  expect([...UNIT_FAILURES]).toEqual([...FAILURES]);
});

test('canonical paths are measures themselves', () => {
  const paths = new Set(allMeasures().map((spec) => spec.path));
  const canonical = allMeasures().flatMap((spec) => spec.canonical ?? []);
  expect(canonical.length).toBeGreaterThan(5);
  expect(canonical.filter((path) => !paths.has(path))).toEqual([]);
});
