/** What traceroutes have found, with the names of who answered. */
import { formatIpv4 } from '../base/ipv4.ts';
import type { HopResult } from '../measure/result.ts';
import { TracerouteWorkload } from '../traffic/traceroute.ts';
import type { Workload } from '../traffic/workload.ts';
import type { Plant } from './plant.ts';

/** By flow. `workloads` are in the order of the flows. */
export function collectHops(plant: Plant, workloads: readonly Workload[]): Record<string, HopResult[]> {
  const names = namesByAddress(plant);
  const hops: Record<string, HopResult[]> = {};
  for (const [index, { name }] of plant.scenario.traffic.entries()) {
    const workload = workloads[index];
    if (!(workload instanceof TracerouteWorkload)) continue;
    hops[name] = workload.hops().map(({ address, ...row }) => ({
      ...row,
      address: address === null ? null : formatIpv4(address),
      device: address === null ? null : (names.get(address) ?? null),
    }));
  }
  return hops;
}

/** Of VPCs with equal private addresses the first one names them. */
function namesByAddress(plant: Plant): Map<number, string> {
  const { internetHosts, eips, havips, clbs, instances } = plant.scenario;
  const names = new Map<number, string>();
  const add = (address: number, name: string): void => {
    if (!names.has(address)) names.set(address, name);
  };
  for (const [name, { address }] of plant.internetRouters) add(address, name);
  for (const { name, address } of [...internetHosts, ...eips, ...havips, ...clbs]) add(address, name);
  for (const { name, privateAddress } of instances) add(privateAddress, name);
  return names;
}
