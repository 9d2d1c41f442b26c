/** Fifth pass: servers on the ports that hosts serve, and the workloads. One file a kind of flow. */
import type { FlowPlan } from '../measure/plan.ts';
import type { FlowId } from '../network/ids.ts';
import type { TrafficFlow } from '../scenario/scenario.ts';
import type { Ledger } from '../traffic/ledger.ts';
import { Server } from '../traffic/server.ts';
import type { Workload } from '../traffic/workload.ts';
import type { FlowBuilder } from './flows/flow-parts.ts';
import { httpFlows } from './flows/http.ts';
import { pingFlows } from './flows/ping.ts';
import { udpFlows } from './flows/udp.ts';
import type { Plant } from './plant.ts';

type Kind = TrafficFlow['kind'];
type FlowOf<K extends Kind> = Extract<TrafficFlow, { kind: K }>;

const BUILDERS: { readonly [K in Kind]: FlowBuilder<FlowOf<K>, Workload> } = {
  ping: pingFlows,
  udp: udpFlows,
  http: httpFlows,
};

export function buildServers(plant: Plant, ledger: Ledger): void {
  const settings = {
    slowNs: plant.values.get('fault.slow_response'),
    errorBytes: plant.values.get('traffic.http_error_size'),
  };
  for (const { name, listen } of [...plant.scenario.instances, ...plant.scenario.internetHosts]) {
    const server = new Server(plant.host(name).stack, ledger, plant.engine, settings);
    for (const { protocol, port } of listen) server.serve(protocol, port);
  }
}

export function buildWorkloads(plant: Plant, ledger: Ledger): Workload[] {
  return plant.scenario.traffic.map((flow, index) =>
    builderOf(flow).build({ plant, ledger, flow, id: index as FlowId }),
  );
}

/** What the recorder must know of each flow. */
export function planFlows(plant: Plant): FlowPlan[] {
  return plant.scenario.traffic.map((flow) => builderOf(flow).plan(plant, flow));
}

/** The builder of the flow's own kind, which takes any flow of that kind. */
function builderOf(flow: TrafficFlow): FlowBuilder<TrafficFlow, Workload> {
  return BUILDERS[flow.kind] as FlowBuilder<TrafficFlow, Workload>;
}
