/** `kind: http`. */
import type { HttpFlow } from '../../scenario/scenario.ts';
import { HttpWorkload } from '../../traffic/http.ts';
import { type FlowBuilder, meanGapNs, openLoopOptions, timeoutOf } from './flow-parts.ts';

const DEFAULTS = { timeout: 'traffic.http_timeout', size: 'traffic.http_response_size' } as const;

export const httpFlows: FlowBuilder<HttpFlow, HttpWorkload> = {
  build: (site) => {
    const { plant, flow } = site;
    const requestBytes = plant.values.get('traffic.http_request_size');
    return new HttpWorkload(openLoopOptions(site, flow.port, DEFAULTS), requestBytes, flow.keptConnections);
  },
  plan: (plant, flow) => ({
    name: flow.name,
    latencyKind: 'response',
    isHttp: true,
    isOnePacket: false,
    usesTcp: true,
    meanGapNs: meanGapNs(flow),
    timeoutNs: timeoutOf(plant, flow, DEFAULTS),
    closedLoop: false,
    slots: flow.keptConnections === null ? 0 : Math.max(flow.keptConnections, flow.from.length),
  }),
};
