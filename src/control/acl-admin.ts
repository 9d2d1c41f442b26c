/**
 * The admin verbs of a network ACL: entries are added at the end of their list, removed, turned, or the list is replaced
 * as a whole; all act at once on the next packet. What the ACL has no entry for is refused.
 * Source: Terraform alicloud_network_acl; API UpdateNetworkAclEntries, which replaces lists.
 */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { Cidr } from '../base/ipv4.ts';
import type { VpcRouter } from '../devices/vpc-router.ts';
import type { IfaceId } from '../network/ids.ts';
import type { Network } from '../network/network.ts';
import type { AclEntry, NetworkAcl } from '../policy/network-acl.ts';
import type { Refusal } from './refusal.ts';

export interface NamedAclEntry extends AclEntry {
  readonly name: string;
}

/** The interfaces of a vSwitch's instances at their router, and which ACL stands there. */
export class AclPlaces {
  readonly cidr: Cidr;
  readonly router: VpcRouter;
  readonly ifaces: readonly IfaceId[];
  /** Name of an ACL. */
  holder: string | null = null;

  constructor(cidr: Cidr, router: VpcRouter, ifaces: readonly IfaceId[]) {
    this.cidr = cidr;
    this.router = router;
    this.ifaces = ifaces;
  }
}

interface AclChange {
  readonly ingress?: readonly NamedAclEntry[];
  readonly egress?: readonly NamedAclEntry[];
  /** Names of vSwitches. */
  readonly vswitches?: readonly string[];
}

export class AclAdmin {
  private readonly name: string;
  private readonly acl: NetworkAcl;
  private readonly network: Network;
  private ingress: readonly NamedAclEntry[];
  private egress: readonly NamedAclEntry[];
  /** By vSwitch, those of all ACLs. */
  private readonly places: ReadonlyMap<string, AclPlaces>;

  constructor(
    name: string,
    acl: NetworkAcl,
    ingress: readonly NamedAclEntry[],
    egress: readonly NamedAclEntry[],
    places: ReadonlyMap<string, AclPlaces>,
    network: Network,
  ) {
    this.name = name;
    this.acl = acl;
    this.network = network;
    this.ingress = ingress;
    this.egress = egress;
    this.places = places;
    this.show('ingress', '', describe(ingress), NONE);
    this.show('egress', '', describe(egress), NONE);
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

  /** Whole lists, and all vSwitches it is attached to; what is absent stays, and a refused change changes nothing. */
  set({ ingress, egress, vswitches }: AclChange, event: number): Refusal {
    const inbound = ingress ?? this.ingress;
    const twice = (egress ?? this.egress).find(({ name }) => inbound.some((other) => other.name === name));
    if (twice !== undefined) return `${twice.name} would be an entry of both directions of ${this.name}`;
    for (const vswitch of vswitches ?? []) {
      const { holder } = this.placesOf(vswitch);
      if (holder !== null && holder !== this.name) return `${vswitch} is attached to ${holder}`;
    }
    if (ingress !== undefined) this.replace(true, ingress, event);
    if (egress !== undefined) this.replace(false, egress, event);
    if (vswitches !== undefined) this.attach(vswitches, event);
    return null;
  }

  private replace(isIngress: boolean, entries: readonly NamedAclEntry[], event: number): null {
    const from = describe(this.entries(isIngress));
    if (isIngress) this.ingress = entries;
    else this.egress = entries;
    this.acl.change(isIngress, entries, event);
    this.show(isIngress ? 'ingress' : 'egress', from, describe(entries), event);
    return null;
  }

  private attach(vswitches: readonly string[], event: number): void {
    const from = this.attached();
    for (const vswitch of from) if (!vswitches.includes(vswitch)) this.detach(this.placesOf(vswitch));
    for (const vswitch of vswitches) {
      const places = this.placesOf(vswitch);
      if (places.holder !== null) continue;
      places.holder = this.name;
      const gate = { acl: this.acl, vswitch: places.cidr, event };
      for (const iface of places.ifaces) places.router.placeGate(iface, gate);
    }
    this.show('resources', from.join(', '), this.attached().join(', '), event);
  }

  private detach(places: AclPlaces): void {
    places.holder = null;
    for (const iface of places.ifaces) places.router.removeGate(iface);
  }

  private attached(): string[] {
    return [...this.places].flatMap(([vswitch, { holder }]) => (holder === this.name ? [vswitch] : []));
  }

  private placesOf(vswitch: string): AclPlaces {
    return present(this.places.get(vswitch), `no vSwitch ${vswitch} was built`);
  }

  private entries(isIngress: boolean): readonly NamedAclEntry[] {
    return isIngress ? this.ingress : this.egress;
  }

  /** Whether an entry is an inbound one; null: there is none of that name. */
  private directionOf(entry: string): boolean | null {
    if (this.ingress.some(({ name }) => name === entry)) return true;
    return this.egress.some(({ name }) => name === entry) ? false : null;
  }

  private show(what: 'ingress' | 'egress' | 'resources', from: string, to: string, event: number): void {
    const subject = `${this.name}/${what}`;
    if (event === NONE) this.network.states.set(subject, to);
    else {
      const cause = { event, chain: [] };
      this.network.change({ kind: 'installation', subject, from, to, cause });
    }
  }
}

/** `http accept, rest drop`, or `none`. */
function describe(entries: readonly NamedAclEntry[]): string {
  if (entries.length === 0) return 'none';
  return entries.map(({ name, isAccept }) => `${name} ${isAccept ? 'accept' : 'drop'}`).join(', ');
}
