/** Goal: latency follows from coordinates. Method: arcs of the globe that need no formula. */
import { expect, test } from 'vitest';
import { greatCircleKm, propagationNs } from '../../src/build/distance.ts';

const at = (latitude: number, longitude: number) => ({ latitude, longitude });
const QUARTER_KM = (Math.PI * 6371) / 2;

test.each([
  ['a quarter of the equator', at(0, 0), at(0, 90), QUARTER_KM],
  ['from pole to equator', at(90, 0), at(0, 17), QUARTER_KM],
  ['to the other side of the globe', at(30, 20), at(-30, -160), 2 * QUARTER_KM],
  ['across the date line', at(0, 179), at(0, -179), QUARTER_KM / 45],
  ['a degree of a meridian', at(30, 120), at(31, 120), QUARTER_KM / 90],
  ['nowhere', at(31.2, 121.5), at(31.2, 121.5), 0],
])('%s', (_name, a, b, km) => {
  expect(greatCircleKm(a, b)).toBeCloseTo(km, 6);
  expect(greatCircleKm(b, a)).toBe(greatCircleKm(a, b));
});

test('propagation grows with the path factor and falls with the speed', () => {
  const [a, b] = [at(0, 0), at(0, 90)];
  expect(propagationNs(a, b, 1, 200)).toBe(Math.round((QUARTER_KM / 200) * 1e6));
  expect(propagationNs(a, b, 1.5, 300)).toBe(propagationNs(a, b, 1, 200));
});
