/** Goal: streams are repeatable, independent by name and have the laws they claim. Method: moments of fixed streams. */
import { expect, test } from 'vitest';
import { RandomStreams } from '../../src/base/random.ts';

const COUNT = 100_000;
const draws = (seed: string, entity: string, purpose: string, replication = 0, count = 5): number[] => {
  const stream = new RandomStreams(seed, replication).stream(entity, purpose);
  return Array.from({ length: count }, () => stream.uniform());
};

test('the same seed, entity, purpose and replication give the same draws', () => {
  expect(draws('7', 'web-1', 'tcp')).toEqual(draws('7', 'web-1', 'tcp'));
});

test('any other seed, entity, purpose or replication gives other draws', () => {
  const all = [
    draws('7', 'web-1', 'tcp'),
    draws('8', 'web-1', 'tcp'),
    draws('7', 'web-2', 'tcp'),
    draws('7', 'web-1', 'phase'),
    draws('7', 'web-1', 'tcp', 1),
  ];
  expect(new Set(all.map(([first]) => first)).size).toBe(5);
});

test('the order in which streams are asked for changes no draw', () => {
  const streams = new RandomStreams('7', 0);
  const other = streams.stream('web-2', 'tcp');
  other.uniform();
  const late = streams.stream('web-1', 'tcp');
  expect([late.uniform(), late.uniform()]).toEqual(draws('7', 'web-1', 'tcp', 0, 2));
});

test('uniform draws are spread evenly over [0, 1)', () => {
  const values = draws('7', 'a', 'uniform', 0, COUNT);
  expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
  const buckets = new Array<number>(20).fill(0);
  for (const value of values) {
    const bucket = Math.floor(value * 20);
    buckets[bucket] = (buckets[bucket] as number) + 1;
  }
  // 19 degrees of freedom: 0.1 % of all samples exceed 43.8.
  expect(buckets.reduce((sum, n) => sum + (n - COUNT / 20) ** 2 / (COUNT / 20), 0)).toBeLessThan(43.8);
});

test('integers below a bound all occur, and none beyond it', () => {
  const stream = new RandomStreams('7', 0).stream('a', 'below');
  const seen = new Set(Array.from({ length: 1_000 }, () => stream.below(7)));
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(stream.below(1)).toBe(0);
});

test('exponential draws have their mean and variance, one uniform draw each', () => {
  const stream = new RandomStreams('7', 0).stream('a', 'exponential');
  let [sum, squares] = [0, 0];
  for (let i = 0; i < COUNT; i++) {
    const value = stream.exponential(3);
    sum += value;
    squares += value * value;
  }
  expect(Math.abs(sum / COUNT - 3)).toBeLessThan((5 * 3) / Math.sqrt(COUNT));
  expect(Math.abs(squares / COUNT - 18)).toBeLessThan((5 * 9 * Math.sqrt(20)) / Math.sqrt(COUNT));
  const twin = new RandomStreams('7', 0).stream('a', 'exponential');
  for (let i = 0; i < COUNT; i++) twin.uniform();
  expect(stream.uniform()).toBe(twin.uniform());
});
