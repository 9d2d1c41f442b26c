/** What the kinds of flows need of the plant: senders, the address they go to, settings with their defaults. */
import { present } from '../../base/assert.ts';
import { meanOf } from '../../base/distribution.ts';
import type { ParameterId } from '../../base/parameters.ts';
import { SECOND_NS } from '../../base/units.ts';
import type { FlowPlan } from '../../measure/plan.ts';
import type { FlowId } from '../../network/ids.ts';
import type { OpenLoop, TrafficFlow } from '../../scenario/scenario.ts';
import { type Destination, FixedDestination } from '../../traffic/destination.ts';
import type { Ledger } from '../../traffic/ledger.ts';
import type { OpenLoopOptions, WorkloadOptions } from '../../traffic/workload.ts';
import type { Plant } from '../plant.ts';

/** One flow on its way into a workload. */
export interface FlowSite<F extends TrafficFlow> {
  readonly plant: Plant;
  readonly ledger: Ledger;
  readonly flow: F;
  readonly id: FlowId;
}

/** How a kind of flow is built and measured. */
export interface FlowBuilder<F extends TrafficFlow, W> {
  build(site: FlowSite<F>): W;
  /** What the recorder must know of it. */
  plan(plant: Plant, flow: F): FlowPlan;
}

/** Registry ids of what a flow falls back on. */
export interface FlowDefaults {
  readonly timeout: ParameterId;
  readonly size: ParameterId;
}

interface Sized {
  readonly timeoutNs?: number;
  readonly sizeBytes?: number;
}

export function timeoutOf({ values }: Plant, { timeoutNs }: Sized, { timeout }: FlowDefaults): number {
  return timeoutNs ?? values.get(timeout);
}

/** What every workload needs. */
export function workloadOptions(
  { plant, ledger, flow, id }: FlowSite<TrafficFlow>,
  port: number,
  timeout: ParameterId,
): WorkloadOptions {
  return {
    engine: plant.engine,
    ledger,
    streams: plant.streams,
    flow: id,
    name: flow.name,
    senders: flow.from.map((name) => plant.host(name).stack),
    destination: destinationOf(plant, flow.to),
    port,
    timeoutNs: flow.timeoutNs ?? plant.values.get(timeout),
  };
}

export function openLoopOptions(
  site: FlowSite<Extract<TrafficFlow, OpenLoop>>,
  port: number,
  defaults: FlowDefaults,
): OpenLoopOptions {
  const { plant, flow } = site;
  return {
    ...workloadOptions(site, port, defaults.timeout),
    ratePerSecond: flow.ratePerSecond,
    arrivals: flow.arrivals,
    rateSteps: flow.rateSteps,
    onOff: flow.onOff,
    sizeBytes: ('sizeBytes' in flow ? flow.sizeBytes : undefined) ?? plant.values.get(defaults.size),
  };
}

/** Mean spacing of the units of a flow, in ns. */
export function meanGapNs({ ratePerSecond, onOff }: OpenLoop): number {
  if (onOff === undefined) return SECOND_NS / ratePerSecond;
  const [onNs, offNs] = [meanOf(onOff.on), meanOf(onOff.off)];
  return (SECOND_NS / ratePerSecond) * ((onNs + offNs) / onNs);
}

function destinationOf(plant: Plant, name: string): Destination {
  return new FixedDestination(addressOf(plant, name));
}

/** The address that a name of the scenario is reached by. */
export function addressOf(plant: Plant, name: string): number {
  const { instances, clbs, eips, internetHosts } = plant.scenario;
  const instance = instances.find((candidate) => candidate.name === name);
  if (instance !== undefined) return instance.privateAddress;
  const other = [...clbs, ...eips, ...internetHosts].find((candidate) => candidate.name === name);
  return present(other, `${name} has no address`).address;
}
