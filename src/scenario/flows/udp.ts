/** `kind: udp`: datagrams one way. */
import { optional } from '../reading.ts';
import type { UdpFlow } from '../scenario.ts';
import { type FlowDraft, servedDestination } from './flow-draft.ts';
import { arrivalsOf, connectionsOf, packetRateOf, packetSizeOf } from './flow-settings.ts';

export function lowerUdp(draft: FlowDraft): Omit<UdpFlow, 'name' | 'from'> | undefined {
  const to = servedDestination(draft, { protocol: 'udp', name: 'datagram' });
  const size = packetSizeOf(draft);
  const rate = packetRateOf(draft, size, 'traffic.udp_size');
  const connections = connectionsOf(draft);
  if (to === undefined || to.port === null || rate === undefined) return undefined;
  return {
    kind: 'udp',
    to: to.name,
    port: to.port,
    ratePerSecond: rate,
    arrivals: arrivalsOf(draft),
    connections,
    ...optional('sizeBytes', size),
  };
}
