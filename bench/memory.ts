/**
 * What an idle instance weighs: bytes on the heap and in typed arrays, after collection, of a scenario that has
 * thousands of them less those of one that has ten, by instance. `memory/device`: the network alone, as a scenario's
 * build makes it: instance, link, routes, timers. `memory/instance`: what a user pays for a machine more, from the
 * parsed scenario to the recorder.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { assert } from '../src/base/assert.ts';
import { nameHash } from '../src/network/fingerprint.ts';
import { parseScenario } from '../src/scenario/parse.ts';
import type { Scenario } from '../src/scenario/scenario.ts';
import { Simulation } from '../src/simulate.ts';
import { type Bench, type BenchRow, type BenchSize, bySize, limitRow } from './harness.ts';

const LIMIT_BYTES = 4096;
const FEW = 10;

export const memoryBenches: readonly Bench[] = [
  { name: 'memory/device', isFullOnly: false, run: measureDevice },
  { name: 'memory/instance', isFullOnly: true, run: measureInstance },
];

function measureDevice(size: BenchSize): BenchRow {
  const instances = bySize(size, 100, 10_000, 10_000);
  const scenarios = [FEW, instances].map(scenarioOf);
  const [few, many] = scenarios.map((scenario) => weigh(() => new Simulation(scenario)));
  return rowOf('memory/device', (many - few) / (instances - FEW), LIMIT_BYTES, scenarios[1]);
}

function measureInstance(size: BenchSize): BenchRow {
  const instances = bySize(size, 100, 5_000, 5_000);
  const build = (count: number) => {
    const scenario = scenarioOf(count);
    return { scenario, simulation: new Simulation(scenario) };
  };
  const [few, many] = [FEW, instances].map((count) => weigh(() => build(count)));
  return rowOf('memory/instance', (many - few) / (instances - FEW), null, scenarioOf(instances));
}

function rowOf(name: string, measured: number, limit: number | null, { instances }: Scenario): BenchRow {
  let hash = 0;
  for (const instance of instances) hash = (Math.imul(hash, 31) + nameHash(instance.name)) | 0;
  return limitRow({ name, unit: 'bytes', measured, limit, hash: (hash >>> 0).toString(16) });
}

function scenarioOf(instances: number): Scenario {
  const text = `
vpcsim: 1
title: A park of idle machines
duration: 1s
vpcs: { park: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches:
  park-h: { vpc_id: park, zone_id: cn-hangzhou-h, cidr_block: 10.0.0.0/17 }
  park-i: { vpc_id: park, zone_id: cn-hangzhou-i, cidr_block: 10.0.128.0/17 }
instances:
  h-1..${instances / 2}: { vswitch_id: park-h }
  i-1..${instances / 2}: { vswitch_id: park-i }
traffic: { sign-of-life: { kind: ping, from: h-1, to: i-1, rate: 1/s } }
`;
  const parsed = parseScenario(text, { file: 'bench.yaml' });
  assert(parsed.ok, 'the scenario of the bench is right');
  return parsed.scenario;
}

/** Bytes that what `make` made keeps alive. */
export function weigh(make: () => object): number {
  const before = bytesInUse();
  const made = make();
  const after = bytesInUse();
  // Whatever is made must live until here.
  assert(made !== null, 'something was made');
  return after - before;
}

function bytesInUse(): number {
  collect();
  // What the first pass freed may hold what the second frees.
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The collector, without a flag on the command line. */
const collect: () => void = (() => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();
