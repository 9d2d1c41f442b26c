/**
 * One distance model: great-circle distance times a path factor, at the speed of light in fibre. The
 * Earth is a sphere of 6,371 km (the haversine formula, with functions that give equal bits on every Node version).
 */
import { MILLISECOND_NS } from '../base/units.ts';

interface Coordinates {
  readonly latitude: number;
  readonly longitude: number;
}

const EARTH_RADIUS_KM = 6371;

export function greatCircleKm(a: Coordinates, b: Coordinates): number {
  const radians = Math.PI / 180;
  const sinLatitude = Math.sin(((b.latitude - a.latitude) * radians) / 2);
  const sinLongitude = Math.sin(((b.longitude - a.longitude) * radians) / 2);
  const cosines = Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians);
  const h = sinLatitude * sinLatitude + cosines * sinLongitude * sinLongitude;
  return 2 * EARTH_RADIUS_KM * Math.atan2(Math.sqrt(h), Math.sqrt(1 - h));
}

/** One-way propagation between two places, in whole ns. */
export function propagationNs(a: Coordinates, b: Coordinates, pathFactor: number, kmPerMs: number): number {
  return Math.round((greatCircleKm(a, b) * pathFactor * MILLISECOND_NS) / kmPerMs);
}
