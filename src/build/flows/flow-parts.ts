/** What the kinds of flows need of the plant: senders, the address they go to, settings with their defaults. */
import { meanOf } from '../../base/distribution.ts';
import type { ParameterId } from '../../base/parameters.ts';
import { SECOND_NS } from '../../base/units.ts';
import type { FlowPlan } from '../../measure/plan.ts';
import type { FlowId } from '../../network/ids.ts';
import type { OpenLoop, PingFlow, TracerouteFlow, TrafficFlow, UdpFlow } from '../../scenario/scenario.ts';
import { type Destination, FixedDestination } from '../../traffic/destination.ts';
import type { Ledger } from '../../traffic/ledger.ts';
import type { OpenLoopOptions, PacedOptions, WorkloadOptions } from '../../traffic/workload.ts';
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

export function timeoutOf(
  { values }: Plant,
  { timeoutNs }: Pick<TrafficFlow, 'timeoutNs'>,
  timeout: ParameterId,
): number {
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
    timeoutNs: timeoutOf(plant, flow, timeout),
  };
}

/** What workloads that offer units at a rate need. */
export function pacedOptions(
  site: FlowSite<Extract<TrafficFlow, OpenLoop>>,
  port: number,
  timeout: ParameterId,
): PacedOptions {
  const { ratePerSecond, arrivals, rateSteps, onOff } = site.flow;
  return { ...workloadOptions(site, port, timeout), ratePerSecond, arrivals, rateSteps, onOff };
}

/** What those need whose units have one size. */
export function openLoopOptions(
  site: FlowSite<PingFlow | UdpFlow | TracerouteFlow>,
  port: number,
  defaults: FlowDefaults,
): OpenLoopOptions {
  const { plant, flow } = site;
  return {
    ...pacedOptions(site, port, defaults.timeout),
    sizeBytes: ('sizeBytes' in flow ? flow.sizeBytes : undefined) ?? plant.values.get(defaults.size),
  };
}

/** Mean spacing of the units of a flow, in ns. */
export function meanGapNs({ ratePerSecond, onOff }: OpenLoop): number {
  if (onOff === undefined) return SECOND_NS / ratePerSecond;
  const [onNs, offNs] = [meanOf(onOff.on), meanOf(onOff.off)];
  return (SECOND_NS / ratePerSecond) * ((onNs + offNs) / onNs);
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
