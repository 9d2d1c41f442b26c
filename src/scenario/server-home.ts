/** A balancer has servers in its own VPC alone, whether its file or an event names them. */
import type { Check } from './check.ts';
import type { InstanceDraft } from './lower-hosts.ts';
import { regionOfZone } from './parts.ts';
import type { VSwitch } from './scenario.ts';
import type { Span } from './tree.ts';

interface Homes {
  readonly check: Check;
  readonly instances: ReadonlyMap<string, InstanceDraft>;
  readonly vswitches: ReadonlyMap<string, VSwitch>;
}

export interface BalancerHome {
  readonly vpc: string;
  readonly region: string;
}

export function checkServerHome(
  { check, instances, vswitches }: Homes,
  instance: string,
  { vpc, region }: BalancerHome,
  span: Span,
): void {
  const home = vswitches.get(instances.get(instance)?.vswitch ?? '');
  if (home === undefined || home.vpc === vpc) return;
  const found = regionOfZone(home.zone);
  const expected = `an instance of VPC '${vpc}'`;
  if (found === region)
    check.diagnostics.error(
      'wrong-vpc',
      span,
      `instance '${instance}' is in VPC '${home.vpc}', not in '${vpc}'`,
      { expected },
    );
  else
    check.diagnostics.error(
      'wrong-region',
      span,
      `instance '${instance}' is in region '${found}', its balancer in '${region}'`,
      { expected: `${expected}; servers of other regions take a balancer each there, behind one DNS record` },
    );
}
