/**
 * The pool of an SNAT entry, whether an entry or an event names it: EIPs of its gateway, and not too many.
 */
import { EIPS_PER_SNAT_ENTRY } from '../base/quotas.ts';
import type { Check } from './check.ts';
import { textItems } from './reading.ts';
import type { Tree } from './tree.ts';

/**
 * The EIPs that `snat_ip` names, once each. One that `isAssociated` says is not the gateway's is reported; undefined
 * speaks of an EIP that is itself incomplete.
 */
export function snatPoolOf(
  check: Check,
  node: Tree | undefined,
  gateway: string,
  isAssociated: (eip: string) => boolean | undefined,
): string[] {
  const names = new Set<string>();
  for (const { text, node: item } of textItems(node)) {
    for (const name of check.budget.namesOf(text, item.span)) {
      const eip = check.names.resolve(name, item.span, 'eips');
      if (eip === undefined) continue;
      names.add(eip.name);
      if (isAssociated(eip.name) !== false) continue;
      check.diagnostics.error(
        'not-associated',
        item.span,
        `EIP '${eip.name}' is not associated with NAT gateway '${gateway}'`,
        { expected: `an EIP with instance_id: ${gateway}` },
      );
    }
  }
  if (node !== undefined && names.size > EIPS_PER_SNAT_ENTRY) {
    const head = { start: node.span.start, end: node.span.start + 1 };
    check.diagnostics.error('quota-exceeded', head, `an SNAT entry has ${names.size} EIPs`, {
      expected: `at most ${EIPS_PER_SNAT_ENTRY} EIPs per entry`,
    });
  }
  return [...names];
}
