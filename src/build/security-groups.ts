/** The security groups of a scenario as what the ENI of an instance filters by, and who answers for changes of them. */
import type { ParameterValues } from '../base/parameters.ts';
import type { NamedRule } from '../control/security-admin.ts';
import type { EniTimeouts } from '../devices/eni-filter.ts';
import { ICMP, TCP, UDP } from '../network/packet-table.ts';
import { ANY_PROTOCOL } from '../policy/rule-list.ts';
import type { SecurityPolicy } from '../policy/security-group.ts';
import type { Instance, SecurityGroupRule } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';

export const PROTOCOLS = { tcp: TCP, udp: UDP, icmp: ICMP, all: ANY_PROTOCOL } as const;

/** Groups and members, before any filter is built. */
export function buildSecurityGroups({ scenario, security }: Plant): void {
  for (const { name, privateAddress, securityGroups } of scenario.instances)
    if (securityGroups.length > 0) security.join(name, privateAddress, securityGroups);
  for (const { name, type, innerAccessPolicy, rules } of scenario.securityGroups) {
    security.manage({
      name,
      isEnterprise: type === 'enterprise',
      isInnerAccepted: innerAccessPolicy === 'Accept',
      rules: rules.map(namedRule),
    });
  }
}

/** Null: not filtered. */
export function securityPolicyOf(plant: Plant, { securityGroups }: Instance): SecurityPolicy | null {
  if (securityGroups.length === 0 && plant.values.get('ecs.unfiltered') !== 0) return null;
  return plant.security.policyOf(securityGroups);
}

export function namedRule(rule: SecurityGroupRule): NamedRule {
  const { name, type, protocol, firstPort, lastPort, policy, priority, peer } = rule;
  return {
    name,
    isIngress: type === 'ingress',
    isAccept: policy === 'accept',
    priority,
    protocol: PROTOCOLS[protocol],
    firstPort,
    lastPort,
    peer: peer.kind === 'cidr' ? peer.cidr : peer.group,
  };
}

export function readEniTimeouts(values: ParameterValues): EniTimeouts {
  const direct = {
    halfOpenNs: values.get('ecs.session_half_open_timeout'),
    establishedNs: values.get('ecs.session_timeout'),
    closedNs: values.get('ecs.session_closed_timeout'),
    udpNs: values.get('ecs.session_udp_timeout'),
    icmpNs: values.get('ecs.session_icmp_timeout'),
  };
  const balanced = {
    ...direct,
    closedNs: values.get('ecs.balanced_session_closed_timeout'),
    udpNs: values.get('ecs.balanced_session_udp_timeout'),
  };
  return { direct, balanced, fragmentsNs: values.get('ip.fragment_timeout') };
}
