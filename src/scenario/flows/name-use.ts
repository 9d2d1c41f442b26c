/** `dns` and `dns_cache` of a flow: what its processes do with the answers for a name. */
import { limitedQuantity, optional, textOf, wordOf } from '../reading.ts';
import { child } from '../tree.ts';
import type { FlowDraft } from './flow-draft.ts';
import type { NameUse } from './flow-types.ts';

const NAME_BEHAVIOURS = ['honour', 'ignore', 'pin'] as const;

/** Undefined unless the flow goes to a name. */
export function nameUseOf({ check, value }: FlowDraft): NameUse | undefined {
  const { diagnostics, names } = check;
  const to = textOf(child(value, 'to')) ?? '';
  const section = names.find(to.split(':')[0] ?? '')?.section;
  const keys = ['dns', 'dns_cache'].flatMap((key) => {
    const entry = value.kind === 'map' ? value.entries.get(key) : undefined;
    return entry === undefined ? [] : [entry];
  });
  if (section !== 'dns_records') {
    for (const { key, keySpan } of section === undefined ? [] : keys) {
      diagnostics.error(
        'not-applicable',
        keySpan,
        `${key} does not apply: '${to}' is no name that is asked for`,
        {
          expected: 'to: a DNS record',
        },
      );
    }
    return undefined;
  }
  const behaviour = wordOf(child(value, 'dns'), NAME_BEHAVIOURS) ?? 'honour';
  const cache = keys.find(({ key }) => key === 'dns_cache');
  if (cache !== undefined && behaviour !== 'ignore') {
    diagnostics.error('not-applicable', cache.keySpan, `dns_cache does not apply to dns: ${behaviour}`, {
      expected: 'dns: ignore with it',
    });
  }
  const keptNs = limitedQuantity(cache?.value, 'duration', { isPositive: true }, diagnostics);
  return { behaviour, ...optional('keptNs', keptNs) };
}
