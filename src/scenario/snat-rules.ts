/**
 * What the product allows of SNAT, wherever it is written: how many of a kind there may be, and which EIPs an entry may
 * use. Source of the quotas: NAT Gateway "Limits".
 */
import type { Check } from './check.ts';
import { textItems } from './reading.ts';
import type { Tree } from './tree.ts';

export const GATEWAYS_PER_VPC = 5;
export const ENTRIES_PER_GATEWAY = 40;
export const EIPS_PER_GATEWAY = 20;
export const EIPS_PER_ENTRY = 64;

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
  if (node !== undefined && names.size > EIPS_PER_ENTRY) {
    const head = { start: node.span.start, end: node.span.start + 1 };
    check.diagnostics.error('quota-exceeded', head, `an SNAT entry has ${names.size} EIPs`, {
      expected: `at most ${EIPS_PER_ENTRY} EIPs per entry`,
    });
  }
  return [...names];
}
