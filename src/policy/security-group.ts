// hot path
/**
 * What the security groups of one ENI say about the first packet of a connection. Sessions are none of its business,
 * and neither are packets: it is asked about protocol, address of the peer and destination port.
 *
 * `compileSecurityPolicy` merges the rules of all groups into one list per direction, in the order in which they are
 * asked, so that the first that fits decides and none is a refusal:
 *
 *   priority 0        the inner policy Accept of a basic group: its members, in both directions
 *   priority 1..100   the rules of the user; at one priority drop before accept
 *   priority 101      the default of basic groups: everything outbound
 *
 * A change of rules or members is another compilation.
 * Source: ECS "Security group rules", "Basic and advanced security groups", API ModifySecurityGroupPolicy (Accept
 * precedes the rules of users, Drop follows them).
 */
import type { Cidr } from '../base/ipv4.ts';
import { ANY_PROTOCOL, type OrderedRule, RuleList } from './rule-list.ts';

const INNER_PRIORITY = 0;
const DEFAULT_PRIORITY = 101;
const ANY_PORT = { firstPort: 0, lastPort: 65535 } as const;
const EVERYWHERE: Cidr = { base: 0, length: 0 };

export interface SecurityRule extends OrderedRule {
  readonly isIngress: boolean;
}

export interface SecurityGroup {
  /** Basic groups let everything out, and their members to one another; enterprise groups nothing. */
  readonly isEnterprise: boolean;
  readonly isInnerAccepted: boolean;
  /** Private addresses. */
  readonly members: readonly number[];
  readonly rules: readonly SecurityRule[];
}

export class SecurityPolicy {
  readonly ingress: RuleList;
  readonly egress: RuleList;

  constructor(rules: readonly SecurityRule[]) {
    this.ingress = new RuleList(rules.filter(({ isIngress }) => isIngress));
    this.egress = new RuleList(rules.filter(({ isIngress }) => !isIngress));
  }

  allowsIngress(protocol: number, srcAddr: number, dstPort: number): boolean {
    return this.ingress.decide(protocol, srcAddr, dstPort);
  }

  allowsEgress(protocol: number, dstAddr: number, dstPort: number): boolean {
    return this.egress.decide(protocol, dstAddr, dstPort);
  }
}

/** Lets everything pass in both directions. */
export const openPolicy = (): SecurityPolicy =>
  new SecurityPolicy([true, false].map((isIngress) => accept(isIngress, DEFAULT_PRIORITY, EVERYWHERE)));

/** The groups of one ENI, all of one type; none at all are like one basic group with no rules and no other member. */
export function compileSecurityPolicy(groups: readonly SecurityGroup[]): SecurityPolicy {
  const rules = groups.flatMap((group) => group.rules);
  for (const { isEnterprise, isInnerAccepted, members } of groups) {
    if (isEnterprise || !isInnerAccepted) continue;
    for (const isIngress of [true, false]) rules.push(accept(isIngress, INNER_PRIORITY, members));
  }
  if (groups.every(({ isEnterprise }) => !isEnterprise)) {
    rules.push(accept(false, DEFAULT_PRIORITY, EVERYWHERE));
  }
  return new SecurityPolicy(rules);
}

function accept(isIngress: boolean, priority: number, peer: SecurityRule['peer']): SecurityRule {
  return { isIngress, isAccept: true, priority, protocol: ANY_PROTOCOL, ...ANY_PORT, peer };
}
