/** `kind: dns`. */
import { present } from '../../base/assert.ts';
import type { DnsFlow } from '../../scenario/scenario.ts';
import { DnsWorkload } from '../../traffic/dns-queries.ts';
import { recordOf, stubsOf } from '../dns.ts';
import { type FlowBuilder, meanGapNs, pacedOptions, timeoutOf } from './flow-parts.ts';

const TIMEOUT = 'traffic.dns_timeout';

export const dnsFlows: FlowBuilder<DnsFlow, DnsWorkload> = {
  build: (site) => {
    const { plant, flow } = site;
    const { domain } = present(recordOf(plant, flow.to), `no record ${flow.to} was built`);
    const options = { ...pacedOptions(site, 0, TIMEOUT), sizeBytes: 0 };
    return new DnsWorkload(options, domain, stubsOf(plant, flow));
  },
  plan: (plant, flow) => ({
    name: flow.name,
    latencyKind: 'round-trip',
    isHttp: false,
    // A question that is dropped is asked again.
    isOnePacket: false,
    meanGapNs: meanGapNs(flow),
    timeoutNs: timeoutOf(plant, flow, TIMEOUT),
    closedLoop: false,
    slots: 0,
  }),
};
