/** Goal: answers are what the policy of a record says. Method: a zone alone; shares of many answers against chi-square. */
import { describe, expect, test } from 'vitest';
import { RandomStreams } from '../../src/base/random.ts';
import { NAME_ERROR, NO_ERROR } from '../../src/protocols/dns-message.ts';
import { type AnswerPolicy, DnsZone, type ZoneValue } from '../../src/protocols/dns-zone.ts';

const NAME = 'www.example';

function zoneOf(policy: AnswerPolicy, weights: readonly number[], down: readonly number[] = []) {
  const values: ZoneValue[] = weights.map((weight, i) => ({
    name: `value-${i}`,
    address: i,
    weight,
    isUp: !down.includes(i),
    isOffered: true,
  }));
  const draws = new RandomStreams('zone', 0).stream('dns', 'answers');
  const zone = new DnsZone();
  zone.add({ name: 'www', domain: NAME, ttlSeconds: 60, policy, values, draws, turn: 0 });
  return (): readonly number[] => zone.answer({ kind: 'dns-query', id: 1, name: NAME }).addresses;
}

const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe('a weighted record', () => {
  test('answers one address at a time, in the proportion of the weights', () => {
    const weights = [50, 30, 20, 0];
    const answer = zoneOf('weighted', weights);
    const counts = [0, 0, 0, 0];
    for (const addresses of times(10_000, answer)) {
      expect(addresses).toHaveLength(1);
      counts[addresses[0] as number]++;
    }
    expect(counts[3]).toBe(0);
    const chiSquare = [0, 1, 2].reduce((sum, i) => {
      const expected = (weights[i] as number) * 100;
      return sum + ((counts[i] as number) - expected) ** 2 / expected;
    }, 0);
    // Two degrees of freedom: 13.8 is exceeded once in a thousand seeds.
    expect(chiSquare).toBeLessThan(13.8);
  });

  test('leaves out what is down, and answers as if all were up when all are down', () => {
    expect(new Set(times(100, zoneOf('weighted', [50, 50], [0])).flat())).toEqual(new Set([1]));
    expect(new Set(times(100, zoneOf('weighted', [50, 50], [0, 1])).flat())).toEqual(new Set([0, 1]));
  });
});

describe('a failover record', () => {
  test.each([
    ['the first', [], 0],
    ['the next when the first is down', [0], 1],
    ['the last when it alone is up', [0, 1], 2],
    ['the first when all are down', [0, 1, 2], 0],
  ] as const)('answers %s', (_, down, expected) => {
    expect(zoneOf('failover', [10, 10, 10], down)()).toEqual([expected]);
  });

  test('passes over a value of weight 0', () => {
    expect(zoneOf('failover', [0, 10])()).toEqual([1]);
  });
});

test('a record that answers all begins with the next one at every answer', () => {
  const answer = zoneOf('all', [1, 1, 1], [1]);
  expect(times(3, answer)).toEqual([
    [0, 2],
    [2, 0],
    [0, 2],
  ]);
});

test('a name that nobody registered does not exist', () => {
  const zone = new DnsZone();
  const { rcode, addresses } = zone.answer({ kind: 'dns-query', id: 7, name: 'nowhere.example' });
  expect([rcode, addresses]).toEqual([NAME_ERROR, []]);
  expect(NO_ERROR).not.toBe(NAME_ERROR);
});
