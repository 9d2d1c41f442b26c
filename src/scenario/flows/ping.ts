/** `kind: ping`: ICMP echo. */
import { optional } from '../reading.ts';
import type { PingFlow } from '../scenario.ts';
import { child } from '../tree.ts';
import { type FlowDraft, hostDestination } from './flow-draft.ts';
import { fixedSizeOf, frequencyOf, PACKET_SIZES } from './flow-settings.ts';
import { pacingOf } from './pacing.ts';

/** As iputils: one echo a second. */
const DEFAULT_RATE = 1;

export function lowerPing(draft: FlowDraft): Omit<PingFlow, 'name' | 'from'> | undefined {
  const to = hostDestination(draft);
  const size = fixedSizeOf(draft, PACKET_SIZES);
  const pacing = pacingOf(draft, () =>
    child(draft.value, 'rate') === undefined ? DEFAULT_RATE : frequencyOf(draft),
  );
  if (to === undefined || pacing === undefined) return undefined;
  return {
    kind: 'ping',
    to: to.name,
    ...pacing,
    ...optional('sizeBytes', size),
  };
}
