/** `kind: udp`: datagrams one way. */
import { meanOf } from '../../base/distribution.ts';
import { optional } from '../reading.ts';
import type { UdpFlow } from '../scenario.ts';
import type { FlowDraft } from './flow-draft.ts';
import { servedDestination } from './flow-draft.ts';
import { connectionsOf, datagramSizesOf, packetRateOf } from './flow-settings.ts';
import { hasTrace, pacingOf, traceOf } from './pacing.ts';

export function lowerUdp(draft: FlowDraft): Omit<UdpFlow, 'name' | 'from'> | undefined {
  const to = servedDestination(draft, { protocol: 'udp', name: 'datagram' });
  const offered = hasTrace(draft) ? lowerTrace(draft) : lowerRate(draft);
  const connections = connectionsOf(draft);
  if (to === undefined || to.port === null || offered === undefined) return undefined;
  return { kind: 'udp', to: to.name, port: to.port, connections, ...offered };
}

type Offered = Pick<UdpFlow, 'ratePerSecond' | 'arrivals' | 'sizeBytes' | 'sizes' | 'trace'>;

function lowerRate(draft: FlowDraft): Offered | undefined {
  const sizes = datagramSizesOf(draft);
  const sizeBytes = sizes === undefined ? undefined : meanOf(sizes);
  const pacing = pacingOf(draft, () => packetRateOf(draft, sizeBytes, 'traffic.udp_size'));
  if (pacing === undefined) return undefined;
  const isDrawn = sizes !== undefined && sizes.kind !== 'constant';
  return {
    ...pacing,
    ...optional('sizeBytes', sizeBytes),
    ...optional('sizes', isDrawn ? sizes : undefined),
  };
}

function lowerTrace(draft: FlowDraft): Offered | undefined {
  const trace = traceOf(draft);
  if (trace === undefined) return undefined;
  const { timesNs } = trace;
  const spanNs = (timesNs.at(-1) as number) - (timesNs[0] as number);
  const ratePerSecond = (timesNs.length * 1e9) / (spanNs > 0 ? spanNs : draft.inputs.durationNs);
  return { ratePerSecond, arrivals: 'constant', trace };
}
