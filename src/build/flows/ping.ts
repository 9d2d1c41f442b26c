/** `kind: ping`. */
import type { PingFlow } from '../../scenario/scenario.ts';
import { PingWorkload } from '../../traffic/ping.ts';
import { type FlowBuilder, isOnePacket, meanGapNs, openLoopOptions, timeoutOf } from './flow-parts.ts';

const DEFAULTS = { timeout: 'traffic.ping_timeout', size: 'traffic.ping_size' } as const;

export const pingFlows: FlowBuilder<PingFlow, PingWorkload> = {
  build: (site) => new PingWorkload(openLoopOptions(site, 0, DEFAULTS)),
  plan: (plant, flow) => ({
    name: flow.name,
    latencyKind: 'round-trip',
    isHttp: false,
    isOnePacket: isOnePacket(plant, flow),
    meanGapNs: meanGapNs(flow),
    timeoutNs: timeoutOf(plant, flow, DEFAULTS.timeout),
    closedLoop: false,
    slots: flow.from.length,
  }),
};
