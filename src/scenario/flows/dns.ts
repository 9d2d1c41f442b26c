/** `kind: dns`: queries with their answers. */
import { textOf } from '../reading.ts';
import type { DnsFlow } from '../scenario.ts';
import { child } from '../tree.ts';
import type { FlowDraft } from './flow-draft.ts';
import { arrivalsOf, frequencyOf } from './flow-settings.ts';

export function lowerDnsQueries(draft: FlowDraft): Omit<DnsFlow, 'name' | 'from'> | undefined {
  const node = child(draft.value, 'to');
  const name = textOf(node);
  const ratePerSecond = frequencyOf(draft);
  if (node === undefined || name === undefined) return undefined;
  const to = draft.check.names.resolve(name, node.span, 'dns_records')?.name;
  if (to === undefined || ratePerSecond === undefined) return undefined;
  return { kind: 'dns', to, ratePerSecond, arrivals: arrivalsOf(draft) };
}
