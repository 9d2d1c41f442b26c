/** The addresses of what the scenario names. */
import { present } from '../base/assert.ts';
import { albAddress } from './albs.ts';
import type { Plant } from './plant.ts';

/** The address that a name of the scenario is reached by. */
export function addressOf(plant: Plant, name: string): number {
  const { instances, havips, clbs, eips, internetHosts } = plant.scenario;
  const instance = instances.find((candidate) => candidate.name === name);
  if (instance !== undefined) return instance.privateAddress;
  const zone = albAddress(plant, name);
  if (zone !== undefined) return zone;
  const other = [...havips, ...clbs, ...eips, ...internetHosts].find((candidate) => candidate.name === name);
  return present(other, `${name} has no address`).address;
}
