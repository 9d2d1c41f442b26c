// hot path
/**
 * An ordered list of rules, of which the first that fits decides, and a list that changes while it is in use.
 *
 * A rule is one row of typed columns; the members of a group that a rule names are a sorted list beside them. Lists are
 * short, so they are walked: columns take two thirds of the time of a list of rule objects (bench policy/first-packet).
 */
import { NONE } from '../base/brand.ts';
import { type Cidr, prefixMask } from '../base/ipv4.ts';

export const ANY_PROTOCOL = 0;
/** Of a packet without ports of its own, such as a later fragment: it fits rules about any port. */
export const ANY_PORT = -1;

export interface OrderedRule {
  readonly isAccept: boolean;
  /** The lower, the earlier; at the same one drop before accept. */
  readonly priority: number;
  /** Protocol number of IP, or ANY_PROTOCOL. */
  readonly protocol: number;
  /** Destination ports, both included; 0 to 65535 where there are none. */
  readonly firstPort: number;
  readonly lastPort: number;
  /** Source of ingress, destination of egress: a block, or the private addresses of a group's members. */
  readonly peer: Cidr | readonly number[];
}

/** Rules of one direction. */
export class RuleList {
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

  constructor(rules: readonly OrderedRule[]) {
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

  /** `port` is that of the destination, or ANY_PORT where it cannot be known. None that fits is a refusal. */
  decide(protocol: number, peerAddr: number, port: number): boolean {
    const { count, protocols, firstPort, lastPort, base, mask, members } = this;
    const peer = peerAddr | 0;
    for (let row = 0; row < count; row++) {
      if (port !== ANY_PORT && (port < (firstPort[row] as number) || port > (lastPort[row] as number)))
        continue;
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

/** A list of which others take the place while running; it knows which event made it say what it says. */
export class ChangingRules {
  private current: RuleList;
  /** Lists that were replaced, each with the event that did; null until the first. */
  private earlier: { readonly list: RuleList; readonly event: number }[] | null = null;

  constructor(list: RuleList) {
    this.current = list;
  }

  get hasChanged(): boolean {
    return this.earlier !== null;
  }

  change(list: RuleList, event: number): void {
    this.earlier ??= [];
    this.earlier.push({ list: this.current, event });
    this.current = list;
  }

  decide(protocol: number, peerAddr: number, port: number): boolean {
    return this.current.decide(protocol, peerAddr, port);
  }

  /** The event that turned the verdict about such a packet into what it is now; NONE where none did. */
  turnedBy(protocol: number, peerAddr: number, port: number): number {
    const { earlier } = this;
    if (earlier === null) return NONE;
    const verdict = this.current.decide(protocol, peerAddr, port);
    for (let i = earlier.length - 1; i >= 0; i--) {
      const step = earlier[i] as { readonly list: RuleList; readonly event: number };
      if (step.list.decide(protocol, peerAddr, port) !== verdict) return step.event;
    }
    return NONE;
  }
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
