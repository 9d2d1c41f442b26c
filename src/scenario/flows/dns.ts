/** `kind: dns`: queries with their answers. */
import { textOf } from '../reading.ts';
import type { DnsFlow } from '../scenario.ts';
import { child } from '../tree.ts';
import type { FlowDraft } from './flow-draft.ts';
import { frequencyOf } from './flow-settings.ts';
import { pacingOf } from './pacing.ts';

export function lowerDnsQueries(draft: FlowDraft): Omit<DnsFlow, 'name' | 'from'> | undefined {
  const node = child(draft.value, 'to');
  const name = textOf(node);
  const pacing = pacingOf(draft, () => frequencyOf(draft));
  if (node === undefined || name === undefined) return undefined;
  const to = draft.check.names.resolve(name, node.span, 'dns_records')?.name;
  if (to === undefined || pacing === undefined) return undefined;
  return { kind: 'dns', to, ...pacing };
}
