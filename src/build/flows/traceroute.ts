/** `kind: traceroute`. */
import type { TracerouteFlow } from '../../scenario/scenario.ts';
import { PROBE_NUMBERS, TracerouteWorkload } from '../../traffic/traceroute.ts';
import type { Plant } from '../plant.ts';
import { type FlowBuilder, meanGapNs, openLoopOptions, timeoutOf } from './flow-parts.ts';

const DEFAULTS = { timeout: 'traffic.traceroute_timeout', size: 'traffic.traceroute_size' } as const;

export const tracerouteFlows: FlowBuilder<TracerouteFlow, TracerouteWorkload> = {
  build: (site) => {
    const { plant, flow } = site;
    const workload = new TracerouteWorkload({
      ...openLoopOptions(site, 0, DEFAULTS),
      ...probing(plant, flow),
      method: flow.method,
      ports: plant.udpPorts,
      firstIndex: plant.udpPortsInUse,
    });
    plant.udpPortsInUse += PROBE_NUMBERS;
    return workload;
  },
  plan: (plant, flow) => {
    const { maxHops, probesPerHop, simultaneous } = probing(plant, flow);
    const rounds = Math.ceil((maxHops * probesPerHop) / simultaneous);
    return {
      name: flow.name,
      latencyKind: 'response',
      isHttp: false,
      isOnePacket: false,
      meanGapNs: meanGapNs(flow),
      // When the last probe of a trace that nobody answers is given up.
      timeoutNs: rounds * timeoutOf(plant, flow, DEFAULTS.timeout),
      closedLoop: false,
      slots: flow.from.length,
    };
  },
};

function probing({ values }: Plant, flow: TracerouteFlow) {
  return {
    maxHops: flow.maxHops ?? values.get('traffic.traceroute_max_hops'),
    probesPerHop: flow.probes ?? values.get('traffic.traceroute_probes'),
    simultaneous: values.get('traffic.traceroute_simultaneous'),
  };
}
