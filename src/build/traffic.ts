/** Fifth pass: servers on the ports that hosts serve, and the workloads. One file a kind of flow. */
import type { FlowPlan } from '../measure/plan.ts';
import type { FlowId } from '../network/ids.ts';
import type { Listen, TrafficFlow } from '../scenario/scenario.ts';
import { DatagramSink } from '../traffic/datagram-sink.ts';
import { HttpServer } from '../traffic/http-server.ts';
import type { Ledger } from '../traffic/ledger.ts';
import { MessageServer, type MessageServerSettings } from '../traffic/message-server.ts';
import { StreamSink } from '../traffic/stream-sink.ts';
import type { Workload } from '../traffic/workload.ts';
import { bulkFlows } from './flows/bulk.ts';
import { dnsFlows } from './flows/dns.ts';
import type { FlowBuilder } from './flows/flow-parts.ts';
import { httpFlows } from './flows/http.ts';
import { pingFlows } from './flows/ping.ts';
import { sessionsFlows } from './flows/sessions.ts';
import { tracerouteFlows } from './flows/traceroute.ts';
import { udpFlows } from './flows/udp.ts';
import type { Plant } from './plant.ts';
import { buildServices, httpServerSettings } from './services.ts';

type Service = NonNullable<Listen['service']>;
/** A process that can serve ports of its host. */
type PortServer = { serve(port: number, receiveBufferBytes?: number): void };
type Kind = TrafficFlow['kind'];
type FlowOf<K extends Kind> = Extract<TrafficFlow, { kind: K }>;

const BUILDERS: { readonly [K in Kind]: FlowBuilder<FlowOf<K>, Workload> } = {
  ping: pingFlows,
  udp: udpFlows,
  http: httpFlows,
  sessions: sessionsFlows,
  tcp: bulkFlows,
  traceroute: tracerouteFlows,
  dns: dnsFlows,
};

export function buildServers(plant: Plant, ledger: Ledger): void {
  for (const { name, listen, services } of [...plant.scenario.instances, ...plant.scenario.internetHosts]) {
    if (listen.length === 0) continue;
    const { stack } = plant.host(name);
    const httpSettings = httpServerSettings(plant);
    const processes: Readonly<Record<Service, PortServer>> = {
      http: new HttpServer(stack, plant.engine, httpSettings),
      datagram: new DatagramSink(stack, ledger, plant.engine, httpSettings.slowNs),
      messages: new MessageServer(stack, plant.engine, messageServerSettings(plant)),
      stream: new StreamSink(stack, plant.engine),
    };
    // A port that no flow asks anything of still completes handshakes, which health checks look at.
    const declared = buildServices(plant, name, services);
    for (const { protocol, port, service, receiveBufferBytes } of listen) {
      const process = processes[service ?? (protocol === 'tcp' ? 'http' : 'datagram')];
      const server: PortServer = protocol === 'tcp' ? (declared.get(port) ?? process) : process;
      server.serve(port, receiveBufferBytes);
    }
  }
}

function messageServerSettings({ values }: Plant): MessageServerSettings {
  return {
    slowNs: values.get('fault.slow_response'),
    errorBytes: values.get('traffic.message_error_size'),
  };
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
