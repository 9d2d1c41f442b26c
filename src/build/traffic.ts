/** Fifth pass: servers on the ports that hosts serve, and the workloads. */
import { present } from '../base/assert.ts';
import { SECOND_NS } from '../base/units.ts';
import type { FlowPlan } from '../measure/plan.ts';
import type { FlowId } from '../network/ids.ts';
import type { TrafficFlow } from '../scenario/scenario.ts';
import { HttpWorkload } from '../traffic/http.ts';
import type { Ledger } from '../traffic/ledger.ts';
import { PingWorkload } from '../traffic/ping.ts';
import { Server } from '../traffic/server.ts';
import { UdpWorkload } from '../traffic/udp.ts';
import type { Workload, WorkloadOptions } from '../traffic/workload.ts';
import type { Plant } from './plant.ts';

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
  let udpPorts = 0;
  return plant.scenario.traffic.map((flow, index) => {
    const workload = buildWorkload(plant, ledger, flow, index as FlowId, udpPorts);
    if (workload instanceof UdpWorkload) udpPorts += workload.portCount;
    return workload;
  });
}

function buildWorkload(
  plant: Plant,
  ledger: Ledger,
  flow: TrafficFlow,
  id: FlowId,
  udpPorts: number,
): Workload {
  const options = workloadOptions(plant, ledger, flow, id);
  switch (flow.kind) {
    case 'ping':
      return new PingWorkload(options);
    case 'udp':
      return new UdpWorkload(options, flow.connections ?? 1, plant.udpPorts, udpPorts);
    case 'http': {
      const requestBytes = plant.values.get('traffic.http_request_size');
      return new HttpWorkload(options, requestBytes, flow.keepAlive ? (flow.connections ?? 1) : null);
    }
  }
}

function workloadOptions(plant: Plant, ledger: Ledger, flow: TrafficFlow, id: FlowId): WorkloadOptions {
  return {
    engine: plant.engine,
    ledger,
    streams: plant.streams,
    flow: id,
    name: flow.name,
    senders: flow.from.map((name) => plant.host(name).stack),
    address: addressOf(plant, flow.to),
    port: flow.port ?? 0,
    ratePerSecond: flow.ratePerSecond,
    arrivals: flow.arrivals,
    ...settingsOf(plant, flow),
  };
}

function settingsOf(
  { values }: Plant,
  { kind, timeoutNs, sizeBytes }: TrafficFlow,
): { timeoutNs: number; sizeBytes: number } {
  const size = {
    ping: 'traffic.ping_size',
    udp: 'traffic.udp_size',
    http: 'traffic.http_response_size',
  } as const;
  const timeout = {
    ping: 'traffic.ping_timeout',
    udp: 'traffic.udp_timeout',
    http: 'traffic.http_timeout',
  } as const;
  return {
    timeoutNs: timeoutNs ?? values.get(timeout[kind]),
    sizeBytes: sizeBytes ?? values.get(size[kind]),
  };
}

/** The address that a name of the scenario is reached by. */
function addressOf(plant: Plant, name: string): number {
  const { instances, clbs, eips, internetHosts } = plant.scenario;
  const instance = instances.find((candidate) => candidate.name === name);
  if (instance !== undefined) return instance.privateAddress;
  const other = [...clbs, ...eips, ...internetHosts].find((candidate) => candidate.name === name);
  return present(other, `${name} has no address`).address;
}

/** What the recorder must know of each flow. */
export function planFlows(plant: Plant): FlowPlan[] {
  return plant.scenario.traffic.map((flow) => {
    const latencyKind = { ping: 'round-trip', udp: 'one-way', http: 'response' } as const;
    const kept = flow.kind === 'http' && !flow.keepAlive ? 0 : (flow.connections ?? 1);
    return {
      name: flow.name,
      latencyKind: latencyKind[flow.kind],
      isHttp: flow.kind === 'http',
      isOnePacket: flow.kind !== 'http',
      meanGapNs: SECOND_NS / flow.ratePerSecond,
      timeoutNs: settingsOf(plant, flow).timeoutNs,
      closedLoop: false,
      slots: kept === 0 ? 0 : Math.max(kept, flow.from.length),
    };
  });
}
