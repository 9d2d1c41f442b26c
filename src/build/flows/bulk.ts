/** `kind: tcp`. */
import { SECOND_NS } from '../../base/units.ts';
import { TIMESTAMP_BYTES } from '../../protocols/tcp-segment.ts';
import type { BulkFlow } from '../../scenario/scenario.ts';
import { BulkWorkload } from '../../traffic/bulk.ts';
import type { Plant } from '../plant.ts';
import { reconnectOf, socketOptionsOf } from './connected.ts';
import { type FlowBuilder, timeoutOf, workloadOptions } from './flow-parts.ts';

const TIMEOUT = 'traffic.bulk_timeout';

export const bulkFlows: FlowBuilder<BulkFlow, BulkWorkload> = {
  build: (site) => {
    const { plant, flow } = site;
    const { congestion } = flow;
    const options = socketOptionsOf(plant, flow);
    return new BulkWorkload(workloadOptions(site, flow.port, TIMEOUT), {
      connections: flow.connections,
      transferBytes: flow.sizeBytes ?? Number.POSITIVE_INFINITY,
      rateBps: flow.rateBps ?? Number.POSITIVE_INFINITY,
      unitBytes: unitBytes(plant),
      unsentBytes: plant.values.get('traffic.bulk_unsent'),
      reconnect: reconnectOf(plant, flow),
      socket: congestion === undefined ? options : { ...options, congestion },
    });
  },
  plan: (plant, flow) => ({
    name: flow.name,
    latencyKind: 'response',
    isHttp: false,
    isOnePacket: false,
    usesTcp: true,
    isStream: true,
    // Without a rate units come as TCP takes them, which nobody knows before.
    meanGapNs: flow.rateBps === undefined ? 0 : (unitBytes(plant) * 8 * SECOND_NS) / flow.rateBps,
    timeoutNs: timeoutOf(plant, flow, TIMEOUT),
    closedLoop: true,
    slots: Math.max(flow.connections, flow.from.length),
  }),
};

/** What a full segment carries. */
function unitBytes({ tcp }: Plant): number {
  return tcp.mssBytes - (tcp.hasTimestamps ? TIMESTAMP_BYTES : 0);
}
