/** Floating private addresses of the checked scenario. */

/** A private address that one of several instances has at a time. */
export interface Havip {
  readonly name: string;
  readonly vswitch: string;
  readonly vpc: string;
  readonly zone: string;
  readonly address: number;
  /** Of VRRP; absent: `vrrp.advert_int`. */
  readonly advertNs?: number;
  readonly members: readonly HavipMember[];
}

export interface HavipMember {
  readonly instance: string;
  /** Absent: `vrrp.priority`. */
  readonly priority?: number;
  readonly preempts: boolean;
}

/** What its members say of themselves, and who of them is master: a state of its own. */
export function vrrpName(instance: string, havip: string): string {
  return `${instance}/vrrp/${havip}`;
}
