// hot path
/**
 * The DNAT entries of a NAT gateway, by what a packet shows: EIP, protocol and port from outside, the sender from
 * inside. Only packets that begin a session ask here, and an EIP has few entries, so those of one are a list.
 */

/** An entry as the device knows it. */
export interface ForwardEntry {
  /** Among all entries of the gateway. */
  readonly number: number;
  readonly eip: number;
  /** ANY_PROTOCOL: an IP mapping, of all ports too. */
  readonly protocol: number;
  readonly firstPort: number;
  readonly lastPort: number;
  readonly target: number;
  /** The port at the target that the first external one becomes. */
  readonly targetPort: number;
}

/** In the place of a protocol. */
export const ANY_PROTOCOL = -1;

export class NatForwards {
  // Keys are addresses as signed words: an unsigned one may be boxed for every look-up.
  private readonly byEip = new Map<number, ForwardEntry[]>();
  private readonly mappings = new Map<number, ForwardEntry>();

  add(entry: ForwardEntry): void {
    const key = entry.eip | 0;
    const known = this.byEip.get(key);
    if (known === undefined) this.byEip.set(key, [entry]);
    else known.push(entry);
    if (entry.protocol === ANY_PROTOCOL) this.mappings.set(entry.target | 0, entry);
  }

  remove(entry: ForwardEntry): void {
    const entries = this.byEip.get(entry.eip | 0) as ForwardEntry[];
    entries.splice(entries.indexOf(entry), 1);
    if (entry.protocol === ANY_PROTOCOL) this.mappings.delete(entry.target | 0);
  }

  /** The entry that a packet to an EIP meets; null: none. */
  find(eip: number, protocol: number, port: number): ForwardEntry | null {
    const entries = this.byEip.get(eip | 0);
    if (entries === undefined) return null;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as ForwardEntry;
      if (entry.protocol === ANY_PROTOCOL) return entry;
      if (entry.protocol === protocol && port >= entry.firstPort && port <= entry.lastPort) return entry;
    }
    return null;
  }

  /** The IP mapping that is a sender's outbound address; null: none. */
  mappingOf(source: number): ForwardEntry | null {
    return this.mappings.get(source | 0) ?? null;
  }
}

/** What the destination port becomes. */
export function targetPortOf(entry: ForwardEntry, port: number): number {
  return entry.protocol === ANY_PROTOCOL ? port : entry.targetPort + port - entry.firstPort;
}
