// hot path
/**
 * What a network ACL says about every packet into and out of its vSwitches: stateless, entries in the order of their
 * list, the first that fits decides, none is a refusal. Ingress is about the source, egress about the destination; the
 * port is always that of the destination. Name servers and the metadata server of the cloud always pass.
 * Source: VPC "Network ACLs".
 */
import { NONE } from '../base/brand.ts';
import { type Cidr, cidrContains, parseCidr } from '../base/ipv4.ts';
import { ChangingRules, type OrderedRule, RuleList } from './rule-list.ts';

/** Name servers of the cloud, its metadata server. */
const EXEMPT = ['100.100.2.112/28', '100.100.2.128/28', '100.100.100.200/32'].map(
  (text) => parseCidr(text) as Cidr,
);

export type AclEntry = Omit<OrderedRule, 'priority'>;

const listOf = (entries: readonly AclEntry[]): RuleList =>
  new RuleList(entries.map((entry, index) => ({ ...entry, priority: index })));

export class NetworkAcl {
  private readonly ingress: ChangingRules;
  private readonly egress: ChangingRules;

  constructor(ingress: readonly AclEntry[], egress: readonly AclEntry[]) {
    this.ingress = new ChangingRules(listOf(ingress));
    this.egress = new ChangingRules(listOf(egress));
  }

  change(isIngress: boolean, entries: readonly AclEntry[], event: number): void {
    (isIngress ? this.ingress : this.egress).change(listOf(entries), event);
  }

  /** Whether entries have changed since the start, so that `turnedBy` may have an answer. */
  hasChanged(isIngress: boolean): boolean {
    return (isIngress ? this.ingress : this.egress).hasChanged;
  }

  allows(isIngress: boolean, protocol: number, peerAddr: number, dstPort: number): boolean {
    if (isExempt(peerAddr)) return true;
    return (isIngress ? this.ingress : this.egress).decide(protocol, peerAddr, dstPort);
  }

  /** The event that turned the verdict into what it is now; NONE where none did. */
  turnedBy(isIngress: boolean, protocol: number, peerAddr: number, dstPort: number): number {
    if (isExempt(peerAddr)) return NONE;
    return (isIngress ? this.ingress : this.egress).turnedBy(protocol, peerAddr, dstPort);
  }
}

function isExempt(address: number): boolean {
  for (let i = 0; i < EXEMPT.length; i++) if (cidrContains(EXEMPT[i] as Cidr, address)) return true;
  return false;
}
