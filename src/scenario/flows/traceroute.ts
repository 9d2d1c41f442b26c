/** `kind: traceroute`: traces of the way to a destination. */
import { integerOf, optional, wordOf } from '../reading.ts';
import type { TracerouteFlow } from '../scenario.ts';
import { child } from '../tree.ts';
import { type FlowDraft, hostDestination } from './flow-draft.ts';
import { frequencyOf } from './flow-settings.ts';
import { pacingOf } from './pacing.ts';

/** Traces per second: slow enough that silent hops of one are given up before the next begins. */
const DEFAULT_RATE = 0.1;

export function lowerTraceroute(draft: FlowDraft): Omit<TracerouteFlow, 'name' | 'from'> | undefined {
  const { value } = draft;
  const to = hostDestination(draft);
  const pacing = pacingOf(draft, () =>
    child(value, 'rate') === undefined ? DEFAULT_RATE : frequencyOf(draft),
  );
  if (to === undefined || pacing === undefined) return undefined;
  return {
    kind: 'traceroute',
    to: to.name,
    ...pacing,
    method: wordOf(child(value, 'method'), ['udp', 'icmp'] as const) ?? 'udp',
    ...optional('maxHops', integerOf(child(value, 'max_hops'), 1, 255)),
    ...optional('probes', integerOf(child(value, 'probes'), 1, 10)),
  };
}
