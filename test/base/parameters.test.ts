/** Goal: the registry is consistent, and a run's values are defaults under what the scenario assumes. */
import { describe, expect, test } from 'vitest';
import { isParameterId, ParameterValues, parameterIds, parameterSpec } from '../../src/base/parameters.ts';

describe.each(parameterIds())('%s', (id) => {
  test('has a default in base units within its bounds, and says where it comes from', () => {
    const { default: value, kind, min, max, source, provenance } = parameterSpec(id);
    expect(Number.isFinite(value)).toBe(true);
    expect(value).toBeGreaterThanOrEqual(min ?? 0);
    expect(value).toBeLessThanOrEqual(max ?? Number.MAX_SAFE_INTEGER);
    if (kind === 'duration' || kind === 'size') expect(Number.isInteger(value)).toBe(true);
    expect(source.length).toBeGreaterThan(5);
    expect(['documented', 'assumed']).toContain(provenance);
    expect(id).toMatch(/^[a-z]+(\.[a-z0-9_]+)+$/);
  });
});

test('there is something in the registry', () => {
  expect(parameterIds().length).toBeGreaterThan(40);
});

test('what the scenario assumes replaces the default, also when it is 0', () => {
  const values = new ParameterValues({ 'tcp.min_rto': 5, 'link.queue': 0 });
  expect([values.get('tcp.min_rto'), values.get('link.queue'), values.get('tcp.mss')]).toEqual([5, 0, 1_460]);
});

test('those that were asked for are in play, by id, each once, with where their value comes from', () => {
  const values = new ParameterValues({ 'tcp.min_rto': 5, 'tcp.max_rto': 7 });
  for (const id of ['tcp.mss', 'tcp.min_rto', 'region.zone_latency', 'tcp.mss'] as const) values.get(id);
  expect(values.describe().map(({ id, value, provenance }) => [id, value, provenance])).toEqual([
    ['region.zone_latency', 500_000, 'assumed'],
    ['tcp.min_rto', 5, 'scenario'],
    ['tcp.mss', 1_460, 'documented'],
  ]);
});

test('names of objects’ own methods are no parameters', () => {
  expect([isParameterId('tcp.mss'), isParameterId('toString'), isParameterId('tcp')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(() => new ParameterValues({ nonsense: 1 })).toThrow('vpcsim bug');
});
