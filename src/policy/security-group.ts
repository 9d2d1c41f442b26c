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
 * A rule is one row of typed columns; the members of a group that a rule names are a sorted list beside them. Lists are
 * short and asked once a connection, so they are walked: columns take two thirds of the time of a list of rule objects
 * (bench policy/first-packet). A change of rules or members is another compilation.
 * Source: ECS "Security group rules", "Basic and advanced security groups", API ModifySecurityGroupPolicy (Accept
 * precedes the rules of users, Drop follows them).
 */
import { type Cidr, prefixMask } from '../base/ipv4.ts';

export const ANY_PROTOCOL = 0;
const INNER_PRIORITY = 0;
const DEFAULT_PRIORITY = 101;
const ANY_PORT = { firstPort: 0, lastPort: 65535 } as const;
const EVERYWHERE: Cidr = { base: 0, length: 0 };

export interface SecurityRule {
  readonly isIngress: boolean;
  readonly isAccept: boolean;
  /** The lower, the earlier. */
  readonly priority: number;
  /** Protocol number of IP, or ANY_PROTOCOL. */
  readonly protocol: number;
  /** Destination ports, both included; 0 to 65535 where there are none. */
  readonly firstPort: number;
  readonly lastPort: number;
  /** Source of ingress, destination of egress: a block, or the private addresses of a group's members. */
  readonly peer: Cidr | readonly number[];
}

export interface SecurityGroup {
  /** Basic groups let everything out, and their members to one another; enterprise groups nothing. */
  readonly isEnterprise: boolean;
  readonly isInnerAccepted: boolean;
  /** Private addresses. */
  readonly members: readonly number[];
  readonly rules: readonly SecurityRule[];
}

/** The rules of one direction. */
class RuleList {
  private readonly count: number;
  private readonly accepts: Uint8Array;
  private readonly protocols: Uint8Array;
  private readonly firstPort: Uint16Array;
  private readonly lastPort: Uint16Array;
  /** Addresses are kept signed, as they compare without becoming doubles. */
  private readonly base: Int32Array;
  private readonly mask: Int32Array;
  /** Null where the peer is the block of `base` and `mask`. */
  private readonly members: readonly (Int32Array | null)[];

  constructor(rules: readonly SecurityRule[]) {
    const ordered = [...rules].sort(
      (a, b) => a.priority - b.priority || Number(a.isAccept) - Number(b.isAccept),
    );
    this.count = ordered.length;
    this.accepts = Uint8Array.from(ordered, ({ isAccept }) => (isAccept ? 1 : 0));
    this.protocols = Uint8Array.from(ordered, ({ protocol }) => protocol);
    this.firstPort = Uint16Array.from(ordered, ({ firstPort }) => firstPort);
    this.lastPort = Uint16Array.from(ordered, ({ lastPort }) => lastPort);
    this.base = Int32Array.from(ordered, ({ peer }) => ('base' in peer ? peer.base : 0));
    this.mask = Int32Array.from(ordered, ({ peer }) => ('base' in peer ? prefixMask(peer.length) : 0));
    this.members = ordered.map(({ peer }) => ('base' in peer ? null : Int32Array.from(peer).sort()));
  }

  decide(protocol: number, peerAddr: number, port: number): boolean {
    const { count, protocols, firstPort, lastPort, base, mask, members } = this;
    const peer = peerAddr | 0;
    for (let row = 0; row < count; row++) {
      if (port < (firstPort[row] as number) || port > (lastPort[row] as number)) continue;
      const wanted = protocols[row] as number;
      if (wanted !== ANY_PROTOCOL && wanted !== protocol) continue;
      const list = members[row] as Int32Array | null;
      const isPeer =
        list === null ? ((peer ^ (base[row] as number)) & (mask[row] as number)) === 0 : isAmong(list, peer);
      if (isPeer) return this.accepts[row] === 1;
    }
    return false;
  }
}

export class SecurityPolicy {
  private readonly ingress: RuleList;
  private readonly egress: RuleList;

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

/** By halving a sorted list. */
function isAmong(sorted: Int32Array, address: number): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < address) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === address;
}
