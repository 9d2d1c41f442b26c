/** IPv4 gateways: where one is enabled, route tables decide who leaves for the Internet, and by what way it comes in. */
import type { Check } from './check.ts';
import { referenceAt } from './lower-vpcs.ts';
import { booleanOf } from './reading.ts';
import type { Ipv4Gateway } from './route-types.ts';
import { child } from './tree.ts';

/** The enabled ones; one that is not changes nothing. */
export function lowerIpv4Gateways(check: Check): Ipv4Gateway[] {
  const owners = new Map<string, string>();
  return check.names.inSections('ipv4_gateways').flatMap(({ name, value, span }) => {
    const vpc = referenceAt(check, value, 'vpc_id', 'vpcs');
    if (vpc === undefined) return [];
    const owner = owners.get(vpc);
    owners.set(vpc, owner ?? name);
    if (owner !== undefined)
      check.diagnostics.error('quota-exceeded', span, `VPC '${vpc}' has IPv4 gateway '${owner}' already`, {
        expected: 'one IPv4 gateway per VPC',
      });
    return booleanOf(child(value, 'enabled')) === true ? [{ name, vpc }] : [];
  });
}
