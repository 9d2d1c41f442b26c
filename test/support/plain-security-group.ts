/** Security groups decided from the groups as they are written, priority by priority: the twin of the compiled policy. */
import { cidrContains } from '../../src/base/ipv4.ts';
import type { SecurityGroup, SecurityRule } from '../../src/policy/security-group.ts';

export function plainDecision(
  groups: readonly SecurityGroup[],
  isIngress: boolean,
  protocol: number,
  peerAddr: number,
  port: number,
): boolean {
  const isMate = groups.some(
    (group) => !group.isEnterprise && group.isInnerAccepted && group.members.includes(peerAddr),
  );
  if (isMate) return true;
  const fits = (rule: SecurityRule): boolean =>
    rule.isIngress === isIngress &&
    (rule.protocol === 0 || rule.protocol === protocol) &&
    rule.firstPort <= port &&
    port <= rule.lastPort &&
    ('base' in rule.peer ? cidrContains(rule.peer, peerAddr) : rule.peer.includes(peerAddr));
  for (let priority = 1; priority <= 100; priority++) {
    const fitting = groups
      .flatMap(({ rules }) => rules)
      .filter((rule) => rule.priority === priority && fits(rule));
    if (fitting.length > 0) return fitting.every(({ isAccept }) => isAccept);
  }
  return !isIngress && groups.every(({ isEnterprise }) => !isEnterprise);
}
