/** `kind: dns`. */

import { present } from '../../base/assert.ts';
import { SECOND_NS } from '../../base/units.ts';
import type { DnsFlow } from '../../scenario/scenario.ts';
import { DnsWorkload } from '../../traffic/dns-queries.ts';
import { recordOf, stubsOf } from '../dns.ts';
import { type FlowBuilder, workloadOptions } from './flow-parts.ts';

const TIMEOUT = 'traffic.dns_timeout';

export const dnsFlows: FlowBuilder<DnsFlow, DnsWorkload> = {
  build: (site) => {
    const { plant, flow } = site;
    const { ratePerSecond, arrivals } = flow;
    const { domain } = present(recordOf(plant, flow.to), `no record ${flow.to} was built`);
    const options = { ...workloadOptions(site, 0, TIMEOUT), ratePerSecond, arrivals, sizeBytes: 0 };
    return new DnsWorkload(options, domain, stubsOf(plant, flow));
  },
  plan: (plant, flow) => ({
    name: flow.name,
    latencyKind: 'round-trip',
    isHttp: false,
    // A question that is dropped is asked again.
    isOnePacket: false,
    meanGapNs: SECOND_NS / flow.ratePerSecond,
    timeoutNs: flow.timeoutNs ?? plant.values.get(TIMEOUT),
    closedLoop: false,
    slots: 0,
  }),
};
