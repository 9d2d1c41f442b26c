/** VPCs and vSwitches. */
import { cidrCovers, formatCidr } from '../base/ipv4.ts';
import { checkVpcBlock, cidrOf } from './address-rules.ts';
import type { Check } from './check.ts';
import type { Places } from './lower-regions.ts';
import { textAt, textItems, textOf } from './reading.ts';
import type { Vpc, VSwitch } from './scenario.ts';
import type { Span, Tree } from './tree.ts';
import { child } from './tree.ts';

export function lowerVpcs(check: Check, places: Places): Vpc[] {
  return check.names.inSections('vpcs').flatMap(({ name, value }) => {
    const regionNode = child(value, 'region');
    const region = textOf(regionNode);
    const isRegion =
      regionNode !== undefined && region !== undefined && places.useRegion(region, regionNode.span);
    const blockNode = child(value, 'cidr_block');
    const cidr = cidrOf(blockNode, check.diagnostics);
    if (cidr === undefined || blockNode === undefined) return [];
    checkPrefix(check, cidr.length, 8, 29, blockNode.span);
    checkVpcBlock(cidr, blockNode, check.diagnostics);
    return isRegion && region !== undefined ? [{ name, region, cidr }] : [];
  });
}

export function lowerVSwitches(check: Check, places: Places, vpcs: readonly Vpc[]): VSwitch[] {
  const vpcByName = new Map(vpcs.map((vpc) => [vpc.name, vpc]));
  const lowered: { vswitch: VSwitch; span: Span }[] = [];
  for (const { name, value } of check.names.inSections('vswitches')) {
    const vpcName = referenceAt(check, value, 'vpc_id', 'vpcs');
    const vpc = vpcName === undefined ? undefined : vpcByName.get(vpcName);
    const zoneNode = child(value, 'zone_id');
    const zone = textOf(zoneNode);
    const isZone =
      vpc === undefined ||
      (zoneNode !== undefined &&
        zone !== undefined &&
        places.isZoneOf(zone, vpc.region, zoneNode.span, `VPC '${vpc.name}'`));
    const blockNode = child(value, 'cidr_block');
    const cidr = cidrOf(blockNode, check.diagnostics);
    if (cidr === undefined || blockNode === undefined) continue;
    checkPrefix(check, cidr.length, 16, 29, blockNode.span);
    if (vpc === undefined || zone === undefined) continue;
    if (!cidrCovers(vpc.cidr, cidr)) {
      check.diagnostics.error(
        'vswitch-outside-vpc',
        blockNode.span,
        `${formatCidr(cidr)} is not inside the block of VPC '${vpc.name}'`,
        { expected: `a part of ${formatCidr(vpc.cidr)}` },
      );
    }
    if (!isZone) continue;
    lowered.push({
      vswitch: { name, vpc: vpc.name, zone, cidr, risks: risksOf(check, value) },
      span: blockNode.span,
    });
  }
  reportOverlaps(check, lowered);
  return lowered.map(({ vswitch }) => vswitch);
}

/** Blocks nest or are apart, so in order of their bases only the last one that is open can overlap. */
function reportOverlaps(check: Check, lowered: readonly { vswitch: VSwitch; span: Span }[]): void {
  const order = new Map(lowered.map((entry, index) => [entry, index]));
  const byVpc = new Map<string, { vswitch: VSwitch; span: Span }[]>();
  for (const entry of lowered) {
    const siblings = byVpc.get(entry.vswitch.vpc);
    if (siblings === undefined) byVpc.set(entry.vswitch.vpc, [entry]);
    else siblings.push(entry);
  }
  for (const siblings of byVpc.values()) {
    siblings.sort(
      (a, b) => a.vswitch.cidr.base - b.vswitch.cidr.base || a.vswitch.cidr.length - b.vswitch.cidr.length,
    );
    let open = siblings[0];
    for (const entry of siblings.slice(1)) {
      if (open === undefined || !cidrCovers(open.vswitch.cidr, entry.vswitch.cidr)) {
        open = entry;
        continue;
      }
      const isLater = (order.get(entry) ?? 0) > (order.get(open) ?? 0);
      const [first, second] = isLater ? [open, entry] : [entry, open];
      const line = check.diagnostics.lineOf(first.span);
      check.diagnostics.error(
        'vswitch-overlap',
        second.span,
        `${formatCidr(second.vswitch.cidr)} of '${second.vswitch.name}' overlaps ${formatCidr(first.vswitch.cidr)} of '${first.vswitch.name}' in line ${line}`,
        { expected: `blocks of VPC '${first.vswitch.vpc}' that do not overlap` },
      );
    }
  }
}

function checkPrefix(check: Check, length: number, shortest: number, longest: number, span: Span): void {
  if (length >= shortest && length <= longest) return;
  check.diagnostics.error('prefix-length', span, `a prefix of /${length} is out of range`, {
    expected: `/${shortest} to /${longest}`,
  });
}

/** The name an attribute refers to, once it is known to be of a section. */
export function referenceAt(
  check: Check,
  owner: Tree,
  key: string,
  ...sections: Parameters<Check['names']['inSections']>
): string | undefined {
  const node = child(owner, key);
  const name = textAt(owner, key);
  if (node === undefined || name === undefined) return undefined;
  return check.names.resolve(name, node.span, ...sections)?.name;
}

/** Shared-risk groups; ranges stand for their members. */
export function risksOf(check: Check, owner: Tree): string[] {
  const names = new Set<string>();
  for (const { text, node } of textItems(child(owner, 'risks'))) {
    for (const name of check.budget.namesOf(text, node.span)) {
      const declared = check.names.find(name);
      const reason = check.names.reasonAgainst(name);
      if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
        check.diagnostics.error('bad-name', node.span, `'${name}' is no name for a shared-risk group`, {
          expected: 'a to z, 0 to 9 and -, starting with a letter',
        });
      } else if (reason !== undefined) {
        check.diagnostics.error('bad-name', node.span, `'${name}' ${reason}`, {
          expected: 'a group with a name of its own',
        });
      } else if (declared === undefined) names.add(name);
      else {
        const line = check.diagnostics.lineOf(declared.span);
        check.diagnostics.error('duplicate-name', node.span, `'${name}' is already a name in line ${line}`, {
          expected: 'a group with a name of its own',
        });
      }
    }
  }
  return [...names];
}
