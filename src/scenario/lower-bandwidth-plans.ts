/** Bandwidth plans that EIPs share: who starts in which, and the events that change it. */
import { EIPS_PER_BANDWIDTH_PLAN } from '../base/quotas.ts';
import type { Check } from './check.ts';
import { checkAddable } from './lower-access-changes.ts';
import type { EipDraft } from './lower-eips.ts';
import { eipOf } from './lower-public-ips.ts';
import type { Places } from './lower-regions.ts';
import { limitedQuantity, optional, textOf } from './reading.ts';
import type { Action, BandwidthPlan, Eip, SetAttributes } from './scenario.ts';
import type { MapNode, Span, Tree } from './tree.ts';
import { child } from './tree.ts';

/** Up to 1 Gbit/s by default, more on request. Source: Internet Shared Bandwidth "Limits". */
const PLAN_BANDWIDTH = { min: 1e6, max: 100e9 } as const;

export function lowerBandwidthPlans(check: Check, places: Places): BandwidthPlan[] {
  return check.names.inSections('common_bandwidth_packages').flatMap(({ name, value }) => {
    const regionNode = child(value, 'region');
    const region = textOf(regionNode);
    const bandwidthBps = bandwidthOf(check, child(value, 'bandwidth'));
    const isRegion =
      regionNode !== undefined && region !== undefined && places.useRegion(region, regionNode.span);
    return isRegion && bandwidthBps !== undefined ? [{ name, region, bandwidthBps }] : [];
  });
}

/** Reads where EIPs start; `plans` may lack some that were reported. */
export class PlanMembers {
  private readonly check: Check;
  private readonly plans: ReadonlyMap<string, BandwidthPlan>;
  private readonly counts = new Map<string, number>();

  constructor(check: Check, plans: readonly BandwidthPlan[]) {
    this.check = check;
    this.plans = new Map(plans.map((plan) => [plan.name, plan]));
  }

  /** Of one entry of `eips`. */
  read(value: Tree, region: string | undefined): Pick<Eip, 'plan' | 'planCapBps'> {
    const { diagnostics, names } = this.check;
    const node = child(value, 'bandwidth_package_id');
    const capNode = child(value, 'bandwidth_package_bandwidth');
    const text = textOf(node);
    if (node === undefined || text === undefined) {
      if (capNode !== undefined) {
        diagnostics.error('missing-key', capNode.span, 'a share of no bandwidth package', {
          expected: 'bandwidth_package_id beside bandwidth_package_bandwidth',
        });
      }
      return {};
    }
    const plan = names.resolve(text, node.span, 'common_bandwidth_packages')?.name;
    if (plan === undefined) return {};
    checkRegion(this.check, this.plans.get(plan), region, node.span);
    const count = (this.counts.get(plan) ?? 0) + 1;
    this.counts.set(plan, count);
    if (count === EIPS_PER_BANDWIDTH_PLAN + 1) {
      diagnostics.error(
        'quota-exceeded',
        node.span,
        `'${plan}' has more than ${EIPS_PER_BANDWIDTH_PLAN} EIPs`,
        {
          expected: `at most ${EIPS_PER_BANDWIDTH_PLAN} EIPs per bandwidth package`,
        },
      );
    }
    const capBps = bandwidthOf(this.check, capNode);
    this.warnOfCap(plan, capBps, capNode);
    return { plan, ...optional('planCapBps', capBps) };
  }

  private warnOfCap(plan: string, capBps: number | undefined, node: Tree | undefined): void {
    const bandwidthBps = this.plans.get(plan)?.bandwidthBps;
    if (node === undefined || capBps === undefined || bandwidthBps === undefined || capBps <= bandwidthBps)
      return;
    const message = `the cap is above what '${plan}' has, so the plan alone limits the EIP`;
    this.check.diagnostics.warning('no-effect', node.span, message);
  }
}

/** `set`, `add` and `remove` of a plan (`plan`) or of an EIP in one (`plan/front-ip`). */
export class PlanChanges {
  private readonly check: Check;
  private readonly plans: ReadonlyMap<string, BandwidthPlan>;
  private readonly eips: ReadonlyMap<string, EipDraft>;

  constructor(check: Check, plans: readonly BandwidthPlan[], eips: ReadonlyMap<string, EipDraft>) {
    this.check = check;
    this.plans = new Map(plans.map((plan) => [plan.name, plan]));
    this.eips = eips;
  }

  find(path: string): BandwidthPlan | undefined {
    return this.plans.get(path.split('/')[0] ?? '');
  }

  /** Of EIPs as they start, and of plans. */
  paths(): string[] {
    const members = [...this.eips.values()].flatMap(({ name, plan }) =>
      plan === undefined ? [] : [`${plan}/${name}`],
    );
    return [...this.plans.keys(), ...members];
  }

  change(
    verb: 'add' | 'remove',
    plan: BandwidthPlan,
    node: Tree,
    path: string,
    value: MapNode,
  ): Action | undefined {
    const eip = this.member(plan, node, path);
    if (eip === undefined) return undefined;
    if (verb === 'remove') return { verb, path };
    checkAddable(this.check, 'plan-member', path, value);
    const capBps = bandwidthOf(this.check, child(value, 'bandwidth_package_bandwidth'));
    return { verb, path, weight: 0, ...optional('planCapBps', capBps) };
  }

  /** The EIP that a path below a plan names; undefined after an error. */
  member(plan: BandwidthPlan, node: Tree, path: string): EipDraft | undefined {
    const name = path.slice(plan.name.length + 1);
    if (name === '') {
      this.check.diagnostics.error('unknown-reference', node.span, `'${path}' names no EIP`, {
        expected: `a bandwidth package and an EIP such as ${path}/${[...this.eips.keys()][0] ?? 'front-ip'}`,
      });
      return undefined;
    }
    // In a plan it stays where it is, so a cut-through one may join.
    const bound = this.eips.get(name);
    const eip = bound?.isCutThrough === true ? bound : eipOf(this.check, this.eips, name, node.span);
    if (eip !== undefined) checkRegion(this.check, plan, eip.region, node.span);
    return eip;
  }

  attributes(path: string, value: MapNode): SetAttributes {
    if (path.includes('/')) {
      return optional('planCapBps', bandwidthOf(this.check, child(value, 'bandwidth_package_bandwidth')));
    }
    return optional('bandwidthBps', bandwidthOf(this.check, child(value, 'bandwidth')));
  }
}

function bandwidthOf(check: Check, node: Tree | undefined): number | undefined {
  return limitedQuantity(node, 'bitrate', PLAN_BANDWIDTH, check.diagnostics);
}

function checkRegion(
  check: Check,
  plan: BandwidthPlan | undefined,
  region: string | undefined,
  span: Span,
): void {
  if (plan === undefined || region === undefined || plan.region === region) return;
  const message = `'${plan.name}' is in region '${plan.region}', the EIP in '${region}'`;
  check.diagnostics.error('wrong-region', span, message, { expected: `EIPs of ${plan.region}` });
}
