/** EIPs and what they start associated with. */

import type { AddressBook } from './address-book.ts';
import { publicAddressOf } from './address-rules.ts';
import type { Check } from './check.ts';
import type { InstanceDraft } from './lower-hosts.ts';
import type { Places } from './lower-regions.ts';
import { regionOfZone } from './parts.ts';
import { limitedQuantity, optional, textOf } from './reading.ts';
import type { Eip, VSwitch } from './scenario.ts';
import type { Span, Tree } from './tree.ts';
import { child } from './tree.ts';

export const EIP_BANDWIDTH = { min: 1e6, max: 1000e6 } as const;

export type EipDraft = Omit<Eip, 'address'>;

/** What can hold an EIP, by name: its region, or why it cannot. */
export interface EipTargets {
  readonly instances: ReadonlyMap<string, InstanceDraft>;
  readonly vswitches: ReadonlyMap<string, VSwitch>;
  readonly clbs: ReadonlyMap<
    string,
    { readonly region: string; readonly addressType: 'internet' | 'intranet' }
  >;
}

export function draftEips(
  check: Check,
  places: Places,
  targets: EipTargets,
  book: AddressBook,
  addresses: Map<string, number>,
): EipDraft[] {
  const { diagnostics } = check;
  const holders = new Map<string, { eip: string; line: number }>();
  return check.names.inSections('eips').flatMap(({ name, value }) => {
    const regionNode = child(value, 'region');
    const region = textOf(regionNode);
    const isRegion =
      regionNode !== undefined && region !== undefined && places.useRegion(region, regionNode.span);
    const bandwidth = limitedQuantity(child(value, 'bandwidth'), 'bitrate', EIP_BANDWIDTH, diagnostics);
    const addressNode = child(value, 'ip_address');
    const address = publicAddressOf(addressNode, diagnostics);
    if (addressNode !== undefined && address !== undefined) {
      book.claim('', address, name, addressNode.span);
      addresses.set(name, address);
    }
    const targetNode = child(value, 'instance_id');
    const target = eipTarget(check, targets, targetNode, isRegion ? region : undefined);
    if (targetNode !== undefined && target !== undefined) {
      const holder = holders.get(target);
      if (holder === undefined) holders.set(target, { eip: name, line: diagnostics.lineOf(targetNode.span) });
      else {
        diagnostics.error(
          'target-taken',
          targetNode.span,
          `'${target}' already has EIP '${holder.eip}' in line ${holder.line}`,
          {
            expected: 'at most one EIP per target',
          },
        );
      }
    }
    if (!isRegion || region === undefined) return [];
    return [{ name, region, ...optional('bandwidthBps', bandwidth), target: target ?? null }];
  });
}

/** The name of an instance or intranet CLB of the region; anything else is reported. */
export function eipTarget(
  check: Check,
  targets: EipTargets,
  node: Tree | undefined,
  region: string | undefined,
): string | undefined {
  const name = textOf(node);
  if (node === undefined || name === undefined) return undefined;
  const declared = check.names.resolve(name, node.span, 'instances', 'clbs');
  if (declared === undefined) return undefined;
  const clb = targets.clbs.get(name);
  if (clb?.addressType === 'internet') {
    check.diagnostics.error('bad-target', node.span, `CLB '${name}' has a public address of its own`, {
      expected: 'an instance, or a CLB of address_type intranet',
    });
  }
  const zone = targets.vswitches.get(targets.instances.get(name)?.vswitch ?? '')?.zone;
  const home = clb?.region ?? (zone === undefined ? undefined : regionOfZone(zone));
  if (home !== undefined && region !== undefined && home !== region) {
    reportRegion(check, node.span, name, home, region);
  }
  return name;
}

function reportRegion(check: Check, span: Span, name: string, home: string, region: string): void {
  check.diagnostics.error('wrong-region', span, `'${name}' is in region '${home}', the EIP in '${region}'`, {
    expected: `an instance or CLB in ${region}`,
  });
}
