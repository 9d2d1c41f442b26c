/** The security groups of a scenario as what the ENI of an instance filters by. */
import type { ParameterValues } from '../base/parameters.ts';
import type { EniTimeouts } from '../devices/eni-filter.ts';
import { ICMP, TCP, UDP } from '../network/packet-table.ts';
import {
  ANY_PROTOCOL,
  compileSecurityPolicy,
  type SecurityGroup as PolicyGroup,
  type SecurityPolicy,
  type SecurityRule,
} from '../policy/security-group.ts';
import type { Instance, Scenario, SecurityGroup, SecurityGroupRule } from '../scenario/scenario.ts';
import type { Plant } from './plant.ts';

const PROTOCOLS = { tcp: TCP, udp: UDP, icmp: ICMP, all: ANY_PROTOCOL } as const;

/** Null: not filtered. */
export function securityPolicyOf(plant: Plant, { securityGroups }: Instance): SecurityPolicy | null {
  const { scenario, values, securityPolicies } = plant;
  if (securityGroups.length === 0 && values.get('ecs.unfiltered') !== 0) return null;
  const names = securityGroups.join(' ');
  const known = securityPolicies.get(names);
  if (known !== undefined) return known;
  const groups = scenario.securityGroups.filter(({ name }) => securityGroups.includes(name));
  const policy = compileSecurityPolicy(groups.map((group) => policyGroup(scenario, group)));
  securityPolicies.set(names, policy);
  return policy;
}

function policyGroup(scenario: Scenario, group: SecurityGroup): PolicyGroup {
  return {
    isEnterprise: group.type === 'enterprise',
    isInnerAccepted: group.innerAccessPolicy === 'Accept',
    members: membersOf(scenario, group.name),
    rules: group.rules.map((rule) => policyRule(scenario, rule)),
  };
}

function policyRule(scenario: Scenario, rule: SecurityGroupRule): SecurityRule {
  const { type, protocol, firstPort, lastPort, policy, priority, peer } = rule;
  return {
    isIngress: type === 'ingress',
    isAccept: policy === 'accept',
    priority,
    protocol: PROTOCOLS[protocol],
    firstPort,
    lastPort,
    peer: peer.kind === 'cidr' ? peer.cidr : membersOf(scenario, peer.group),
  };
}

/** Private addresses of the instances in a group. */
function membersOf({ instances }: Scenario, group: string): number[] {
  return instances
    .filter(({ securityGroups }) => securityGroups.includes(group))
    .map(({ privateAddress }) => privateAddress);
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
