/** EIPs and what they start associated with. */

import { EIPS_PER_ENI, EIPS_PER_NAT_GATEWAY } from '../base/quotas.ts';
import type { AddressBook } from './address-book.ts';
import { publicAddressOf } from './address-rules.ts';
import type { Check } from './check.ts';
import type { PlanMembers } from './lower-bandwidth-plans.ts';
import { chargeTypeOf, checkCharge } from './lower-costs.ts';
import type { InstanceDraft } from './lower-hosts.ts';
import type { Places } from './lower-regions.ts';
import { regionOfZone } from './parts.ts';
import { limitedQuantity, optional, textOf, wordOf } from './reading.ts';
import type { Eip, VSwitch } from './scenario.ts';
import type { Span, Tree } from './tree.ts';
import { child } from './tree.ts';

export const EIP_BANDWIDTH = { min: 1e6, max: 1000e6 } as const;

export type EipDraft = Omit<Eip, 'address'>;

/** What can hold an EIP, by name: its region, or why it cannot. */
export interface EipTargets {
  readonly instances: ReadonlyMap<string, InstanceDraft>;
  readonly vswitches: ReadonlyMap<string, VSwitch>;
  readonly havips: ReadonlyMap<string, { readonly zone: string }>;
  readonly clbs: ReadonlyMap<
    string,
    { readonly region: string; readonly addressType: 'internet' | 'intranet' }
  >;
  readonly natGateways: ReadonlyMap<string, { readonly region: string }>;
}

export function draftEips(
  check: Check,
  places: Places,
  targets: EipTargets,
  book: AddressBook,
  addresses: Map<string, number>,
  publicIps: readonly EipDraft[],
  plans: PlanMembers,
): EipDraft[] {
  const { diagnostics } = check;
  const holders = new Holders(check, publicIps);
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
    const mode = modeOf(check, value, target);
    if (targetNode !== undefined && target !== undefined)
      holders.add(target, name, targetNode.span, mode.isVisible === true);
    // Source: Terraform alicloud_eip_address, internet_charge_type.
    const chargeType = chargeTypeOf(value, 'bandwidth');
    const membership = plans.read(value, isRegion ? region : undefined);
    checkCharge(check, value, bandwidth);
    if (!isRegion || region === undefined) return [];
    return [
      {
        name,
        region,
        ...optional('bandwidthBps', bandwidth),
        target: target ?? null,
        ...membership,
        ...mode,
        chargeType,
      },
    ];
  });
}

/** Modes by which a secondary ENI, and nothing else, has the EIP itself. */
function modeOf(
  check: Check,
  value: Tree,
  target: string | undefined,
): Pick<Eip, 'isCutThrough' | 'isVisible'> {
  const node = child(value, 'mode');
  const mode = wordOf(node, ['BINDED', 'MULTI_BINDED'] as const);
  if (node === undefined || mode === undefined) return {};
  if (target !== undefined && check.names.find(target)?.section === 'network_interfaces')
    return mode === 'BINDED' ? { isCutThrough: true } : { isVisible: true };
  check.diagnostics.error('not-applicable', node.span, `mode ${mode} is for EIPs on secondary ENIs`, {
    expected: 'instance_id: a secondary ENI',
  });
  return {};
}

/** Who starts with which EIPs: a NAT gateway may have several, an ENI several of mode MULTI_BINDED, anything else one. */
class Holders {
  private readonly check: Check;
  private readonly eipsOf = new Map<string, { eip: string; line: number; isVisible: boolean }[]>();

  constructor(check: Check, publicIps: readonly EipDraft[]) {
    this.check = check;
    for (const { name, target } of publicIps) {
      const instance = target === null ? undefined : check.names.find(target);
      if (instance !== undefined)
        this.eipsOf.set(instance.name, [
          { eip: name, line: check.diagnostics.lineOf(instance.span), isVisible: false },
        ]);
    }
  }

  add(target: string, eip: string, span: Span, isVisible: boolean): void {
    const { diagnostics, names } = this.check;
    const held = this.eipsOf.get(target) ?? [];
    const other = held.find((earlier) => !isVisible || !earlier.isVisible);
    held.push({ eip, line: diagnostics.lineOf(span), isVisible });
    this.eipsOf.set(target, held);
    if (names.find(target)?.section === 'nat_gateways') {
      this.checkCount(target, span, held.length, EIPS_PER_NAT_GATEWAY, 'NAT gateway');
    } else if (other === undefined) {
      this.checkCount(target, span, held.length, EIPS_PER_ENI, 'ENI');
    } else {
      diagnostics.error(
        'target-taken',
        span,
        `'${target}' already has EIP '${other.eip}' in line ${other.line}`,
        {
          expected: 'at most one EIP per instance, ENI, HAVIP or CLB; on an ENI several of mode MULTI_BINDED',
        },
      );
    }
  }

  private checkCount(target: string, span: Span, count: number, most: number, what: string): void {
    if (count <= most) return;
    this.check.diagnostics.error('quota-exceeded', span, `'${target}' has more than ${most} EIPs`, {
      expected: `at most ${most} EIPs per ${what}`,
    });
  }
}

/** The name of an instance, HAVIP, intranet CLB or NAT gateway of the region; anything else is reported. */
export function eipTarget(
  check: Check,
  targets: EipTargets,
  node: Tree | undefined,
  region: string | undefined,
): string | undefined {
  const name = textOf(node);
  if (node === undefined || name === undefined) return undefined;
  const declared = check.names.resolve(
    name,
    node.span,
    'instances',
    'network_interfaces',
    'havips',
    'clbs',
    'nat_gateways',
  );
  if (declared === undefined) return undefined;
  const clb = targets.clbs.get(name);
  if (clb?.addressType === 'internet') {
    check.diagnostics.error('bad-target', node.span, `CLB '${name}' has a public address of its own`, {
      expected: 'an instance, a secondary ENI, a HAVIP, a NAT gateway, or a CLB of address_type intranet',
    });
  }
  const ofInstance = targets.vswitches.get(targets.instances.get(name)?.vswitch ?? '')?.zone;
  const zone = targets.havips.get(name)?.zone ?? ofInstance;
  const gateway = targets.natGateways.get(name);
  const home = clb?.region ?? gateway?.region ?? (zone === undefined ? undefined : regionOfZone(zone));
  if (home !== undefined && region !== undefined && home !== region) {
    reportRegion(check, node.span, name, home, region);
  }
  return name;
}

function reportRegion(check: Check, span: Span, name: string, home: string, region: string): void {
  check.diagnostics.error('wrong-region', span, `'${name}' is in region '${home}', the EIP in '${region}'`, {
    expected: `an instance, secondary ENI, HAVIP, CLB or NAT gateway in ${region}`,
  });
}
