/** `kind: ping`: ICMP echo. */
import { optional } from '../reading.ts';
import type { PingFlow } from '../scenario.ts';
import { child } from '../tree.ts';
import { type FlowDraft, hostDestination } from './flow-draft.ts';
import { arrivalsOf, frequencyOf, packetSizeOf } from './flow-settings.ts';

/** As iputils: one echo a second. */
const DEFAULT_RATE = 1;

export function lowerPing(draft: FlowDraft): Omit<PingFlow, 'name' | 'from'> | undefined {
  const to = hostDestination(draft);
  const size = packetSizeOf(draft);
  const rate = child(draft.value, 'rate') === undefined ? DEFAULT_RATE : frequencyOf(draft);
  if (to === undefined || rate === undefined) return undefined;
  return {
    kind: 'ping',
    to: to.name,
    ratePerSecond: rate,
    arrivals: arrivalsOf(draft),
    ...optional('sizeBytes', size),
  };
}
