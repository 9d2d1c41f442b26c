/** Goal: the verbs of DNS records act at once or refuse by name. Method: scenarios in which events change a record. */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { parse, run } from '../support/detection-shop.ts';

/** Two servers behind one name with a TTL of 1 s, and ten requests a second. */
function changed(events: readonly string[], record = 'ttl: 1s, values: { one: 100 }'): RunResult {
  const text = `vpcsim: 1
title: A record that changes
duration: 60s
internet_hosts:
  one: { city: Singapore }
  two: { city: Tokyo }
dns_records:
  www: { ${record} }
clients: { shopper: { city: Shanghai } }
traffic:
  browse: { kind: http, from: shopper, to: www:80, rate: 10/s }
events:
${events.map((event) => `  ${event}`).join('\n')}
`;
  return run(parse(text, 'test/control/dns-admin.yaml'), 1);
}

const delivered = ({ devices }: RunResult, name: string): number => devices[name]?.delivered ?? 0;
const changesOf = ({ stateChanges }: RunResult) =>
  stateChanges.filter(({ subject, from }) => subject === 'www' && from !== null);

describe('a record', () => {
  test('leads elsewhere from the change on, and says whose doing that is', () => {
    const result = changed(['move: { at: 30s, set: www, values: { two: 50 } }']);
    expect(changesOf(result)).toMatchObject([
      { from: 'weighted 1s: one 100', to: 'weighted 1s: two 50', because: { event: 'move', chain: [] } },
    ]);
    expect(result.events.move).toMatchObject({ switchedAfterNs: 0, refused: null });
    expect(delivered(result, 'one')).toBeGreaterThan(500);
    expect(delivered(result, 'two')).toBeGreaterThan(500);
  });

  test('takes another policy and TTL alone', () => {
    const result = changed(
      ['alter: { at: 30s, set: www, policy: failover, ttl: 5s }'],
      'values: { one: 1, two: 1 }, ttl: 1s',
    );
    expect(changesOf(result)).toMatchObject([{ to: 'failover 5s: one 1, two 1' }]);
  });

  test('gains and loses values', () => {
    const result = changed([
      'more: { at: 20s, add: www/two, weight: 7 }',
      'less: { at: 40s, remove: www/one }',
    ]);
    expect(changesOf(result).map(({ to }) => to)).toEqual([
      'weighted 1s: one 100, two 7',
      'weighted 1s: two 7',
    ]);
    expect(result.flows.browse?.lost).toBe(0);
  });
});

test.each([
  ['to add a value it has', ['more: { at: 20s, add: www/one }'], 'more', 'one is a value of www already'],
  [
    'to remove a value it no longer has',
    ['move: { at: 10s, set: www, values: { two: 50 } }', 'less: { at: 20s, remove: www/one }'],
    'less',
    'one is no value of www',
  ],
  [
    'to lose its last answer',
    ['less: { at: 20s, remove: www/one }'],
    'less',
    'www would be left without an answer',
  ],
] as const)('a record refuses %s', (_, events, refused, reason) => {
  const result = changed(events);
  expect(result.events[refused]?.refused).toBe(reason);
  expect(result.flows.browse?.lost).toBe(0);
});
