/** What the kinds of flows need of the plant: senders, the address they go to, settings with their defaults. */
import type { ParameterId } from '../../base/parameters.ts';
import type { FlowPlan } from '../../measure/plan.ts';
import type { FlowId } from '../../network/ids.ts';
import type { DnsFlow, TrafficFlow } from '../../scenario/scenario.ts';
import { type Destination, FixedDestination } from '../../traffic/destination.ts';
import type { Ledger } from '../../traffic/ledger.ts';
import type { OpenLoopOptions, WorkloadOptions } from '../../traffic/workload.ts';
import { addressOf } from '../addresses.ts';
import { nameDestination, recordOf } from '../dns.ts';
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
    destination: destinationOf(plant, flow, id),
    port,
    timeoutNs: flow.timeoutNs ?? plant.values.get(timeout),
  };
}

export function openLoopOptions(
  site: FlowSite<Exclude<TrafficFlow, DnsFlow>>,
  port: number,
  defaults: FlowDefaults,
): OpenLoopOptions {
  const { plant, flow } = site;
  return {
    ...workloadOptions(site, port, defaults.timeout),
    ratePerSecond: flow.ratePerSecond,
    arrivals: flow.arrivals,
    sizeBytes: flow.sizeBytes ?? plant.values.get(defaults.size),
  };
}

function destinationOf(plant: Plant, flow: TrafficFlow, id: FlowId): Destination {
  const record = recordOf(plant, flow.to);
  if (record !== undefined) return nameDestination(plant, flow, id, record);
  return new FixedDestination(addressOf(plant, flow.to));
}

/** Whether one packet is all of a unit that carries one: not where a name may have to be asked for first. */
export function isOnePacket(plant: Plant, flow: TrafficFlow): boolean {
  return recordOf(plant, flow.to) === undefined;
}
