/** `kind: udp`. */
import type { UdpFlow } from '../../scenario/scenario.ts';
import { UdpWorkload } from '../../traffic/udp.ts';
import { type FlowBuilder, isOnePacket, meanGapNs, openLoopOptions, timeoutOf } from './flow-parts.ts';

const DEFAULTS = { timeout: 'traffic.udp_timeout', size: 'traffic.udp_size' } as const;

export const udpFlows: FlowBuilder<UdpFlow, UdpWorkload> = {
  build: (site) => {
    const { plant, flow } = site;
    const workload = new UdpWorkload(
      {
        ...openLoopOptions(site, flow.port, DEFAULTS),
        unitTimesNs: flow.trace?.timesNs,
        recordedSizes: flow.trace?.values,
        sizes: flow.sizes,
      },
      flow.connections,
      plant.udpPorts,
      plant.udpPortsInUse,
    );
    plant.udpPortsInUse += workload.portCount;
    return workload;
  },
  plan: (plant, flow) => ({
    name: flow.name,
    latencyKind: 'one-way',
    isHttp: false,
    isOnePacket: isOnePacket(plant, flow),
    meanGapNs: meanGapNs(flow),
    timeoutNs: timeoutOf(plant, flow, DEFAULTS.timeout),
    closedLoop: false,
    slots: Math.max(flow.connections, flow.from.length),
  }),
};
