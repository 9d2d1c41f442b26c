/** Floating private addresses (HAVIPs) and the instances that may have them. */

import { HAVIPS_PER_INSTANCE, INSTANCES_PER_HAVIP } from '../base/quotas.ts';
import { MILLISECOND_NS } from '../base/units.ts';
import type { AddressBook } from './address-book.ts';
import { addressOf } from './address-rules.ts';
import type { Check } from './check.ts';
import { type Havip, type HavipMember, vrrpName } from './havip-types.ts';
import type { InstanceDraft } from './lower-hosts.ts';
import { referenceAt } from './lower-vpcs.ts';
import { booleanOf, integerOf, limitedQuantity, optional } from './reading.ts';
import type { VSwitch } from './scenario.ts';
import type { Entry, Tree } from './tree.ts';
import { child, entriesOf } from './tree.ts';

export type HavipDraft = Omit<Havip, 'address'>;

/** RFC 5798 section 5.2.7: 12 bits of hundredths of a second. */
const ADVERT_LIMITS = { min: 10 * MILLISECOND_NS, max: 40_950 * MILLISECOND_NS } as const;

export interface HavipInputs {
  readonly check: Check;
  readonly vswitches: ReadonlyMap<string, VSwitch>;
  readonly instances: ReadonlyMap<string, InstanceDraft>;
  readonly book: AddressBook;
  readonly addresses: Map<string, number>;
}

export function draftHavips(inputs: HavipInputs): HavipDraft[] {
  const { check, vswitches, book, addresses } = inputs;
  const counts = new Map<string, number>();
  return check.names.inSections('havips').flatMap(({ name, value }) => {
    const home = vswitches.get(referenceAt(check, value, 'vswitch_id', 'vswitches') ?? '');
    const node = child(value, 'ip_address');
    const address = addressOf(node, check.diagnostics);
    const advertNs = limitedQuantity(
      child(value, 'advert_int'),
      'duration',
      ADVERT_LIMITS,
      check.diagnostics,
    );
    const members = membersOf(inputs, name, value, home, counts);
    if (home === undefined) return [];
    if (node !== undefined && address !== undefined) {
      book.claimPrivate(home.vpc, home.cidr, address, name, node.span);
      addresses.set(name, address);
    }
    const { name: vswitch, vpc, zone } = home;
    return [{ name, vswitch, vpc, zone, ...optional('advertNs', advertNs), members }];
  });
}

/** What has a state of its own: who has the address, and what each of those who may have it takes itself for. */
export function havipStates(havips: readonly HavipDraft[]): string[] {
  return havips.flatMap(({ name, members }) => [
    name,
    ...members.map(({ instance }) => vrrpName(instance, name)),
  ]);
}

function membersOf(
  inputs: HavipInputs,
  havip: string,
  value: Tree,
  home: VSwitch | undefined,
  counts: Map<string, number>,
): HavipMember[] {
  const { check } = inputs;
  const entries = entriesOf(child(value, 'attachments'));
  const surplus = entries[INSTANCES_PER_HAVIP];
  if (surplus !== undefined) {
    const message = `HAVIP '${havip}' has more than ${INSTANCES_PER_HAVIP} instances`;
    check.diagnostics.error('quota-exceeded', surplus.keySpan, message, {
      expected: `at most ${INSTANCES_PER_HAVIP} instances per HAVIP`,
    });
  }
  return entries.flatMap((entry) => {
    const { key, keySpan, value: options } = entry;
    const instance = check.names.resolve(key, keySpan, 'instances')?.name;
    if (instance === undefined) return [];
    checkHome(inputs, entry, home);
    const count = (counts.get(instance) ?? 0) + 1;
    counts.set(instance, count);
    if (count === HAVIPS_PER_INSTANCE + 1) {
      check.diagnostics.error(
        'quota-exceeded',
        keySpan,
        `'${instance}' is attached to more than ${HAVIPS_PER_INSTANCE} HAVIPs`,
        {
          expected: `at most ${HAVIPS_PER_INSTANCE} HAVIPs per instance`,
        },
      );
    }
    const priority = integerOf(child(options, 'priority'), 1, 254);
    const preempts = booleanOf(child(options, 'preempt')) ?? true;
    return [{ instance, ...optional('priority', priority), preempts }];
  });
}

/** Both are in one vSwitch. Source: VPC "HAVIP". */
function checkHome(
  { check, vswitches, instances }: HavipInputs,
  { key, keySpan }: Entry,
  home?: VSwitch,
): void {
  const other = vswitches.get(instances.get(key)?.vswitch ?? '');
  if (home === undefined || other === undefined || other.name === home.name) return;
  const message = `'${key}' is in vSwitch '${other.name}', the HAVIP in '${home.name}'`;
  check.diagnostics.error('wrong-vswitch', keySpan, message, {
    expected: `an instance in vSwitch '${home.name}'`,
  });
}
