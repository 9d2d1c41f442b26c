/**
 * The admin verbs of a network ACL: entries are added at the end of their list, removed, turned, or the list is replaced
 * as a whole; all act at once on the next packet. What the ACL has no entry for is refused.
 * Source: Terraform alicloud_network_acl; API UpdateNetworkAclEntries, which replaces lists.
 */
import { NONE } from '../base/brand.ts';
import type { Network } from '../network/network.ts';
import type { AclEntry, NetworkAcl } from '../policy/network-acl.ts';
import type { Refusal } from './refusal.ts';

export interface NamedAclEntry extends AclEntry {
  readonly name: string;
}

export class AclAdmin {
  private readonly name: string;
  private readonly acl: NetworkAcl;
  private readonly network: Network;
  private ingress: readonly NamedAclEntry[];
  private egress: readonly NamedAclEntry[];

  constructor(
    name: string,
    acl: NetworkAcl,
    ingress: readonly NamedAclEntry[],
    egress: readonly NamedAclEntry[],
    network: Network,
  ) {
    this.name = name;
    this.acl = acl;
    this.network = network;
    this.ingress = ingress;
    this.egress = egress;
    for (const isIngress of [true, false])
      network.states.set(this.subject(isIngress), describe(this.entries(isIngress)));
  }

  add(isIngress: boolean, entry: NamedAclEntry, event: number): Refusal {
    if (this.directionOf(entry.name) !== null) return `${entry.name} is an entry of ${this.name} already`;
    return this.replace(isIngress, [...this.entries(isIngress), entry], event);
  }

  remove(entry: string, event: number): Refusal {
    const isIngress = this.directionOf(entry);
    if (isIngress === null) return `${entry} is no entry of ${this.name}`;
    const left = this.entries(isIngress).filter(({ name }) => name !== entry);
    return this.replace(isIngress, left, event);
  }

  setPolicy(entry: string, isAccept: boolean, event: number): Refusal {
    const isIngress = this.directionOf(entry);
    if (isIngress === null) return `${entry} is no entry of ${this.name}`;
    const entries = this.entries(isIngress).map((known) =>
      known.name === entry ? { ...known, isAccept } : known,
    );
    return this.replace(isIngress, entries, event);
  }

  /** The whole list of one direction. */
  replace(isIngress: boolean, entries: readonly NamedAclEntry[], event: number): Refusal {
    const others = this.entries(!isIngress);
    const twice = entries.find(({ name }) => others.some((other) => other.name === name));
    if (twice !== undefined) return `${twice.name} is an entry of the other direction of ${this.name}`;
    const from = describe(this.entries(isIngress));
    if (isIngress) this.ingress = entries;
    else this.egress = entries;
    this.acl.change(isIngress, entries, event);
    const cause = event === NONE ? null : { event, chain: [] };
    const subject = this.subject(isIngress);
    this.network.change({ kind: 'installation', subject, from, to: describe(entries), cause });
    return null;
  }

  private entries(isIngress: boolean): readonly NamedAclEntry[] {
    return isIngress ? this.ingress : this.egress;
  }

  /** Whether an entry is an inbound one; null: there is none of that name. */
  private directionOf(entry: string): boolean | null {
    if (this.ingress.some(({ name }) => name === entry)) return true;
    return this.egress.some(({ name }) => name === entry) ? false : null;
  }

  private subject(isIngress: boolean): string {
    return `${this.name}/${isIngress ? 'ingress' : 'egress'}`;
  }
}

/** `http accept, rest drop`, or `none`. */
function describe(entries: readonly NamedAclEntry[]): string {
  if (entries.length === 0) return 'none';
  return entries.map(({ name, isAccept }) => `${name} ${isAccept ? 'accept' : 'drop'}`).join(', ');
}
