/**
 * What a device decided about the first fragment of a datagram, for the others, which have no ports to decide by. Those
 * that come ahead of the first one find nothing. Entries last as long as a host would wait for the rest; the oldest ones
 * make room for new ones.
 */
import { identificationOf } from '../network/fragment.ts';
import type { PacketId } from '../network/ids.ts';
import type { PacketTable } from '../network/packet-table.ts';

/** More datagrams than a device can have under way at any rate worth simulating; the bound is on memory. */
const MAX_ENTRIES = 65_536;

export class FragmentMemory<T> {
  private readonly lifetimeNs: number;
  private readonly entries = new Map<string, { readonly value: T; readonly untilNs: number }>();

  constructor(lifetimeNs: number) {
    this.lifetimeNs = lifetimeNs;
  }

  /** `key` is `fragmentKey` of the first fragment as it came. */
  remember(key: string, value: T, nowNs: number): void {
    this.entries.delete(key);
    for (const [old, { untilNs }] of this.entries) {
      if (untilNs > nowNs && this.entries.size < MAX_ENTRIES) break;
      this.entries.delete(old);
    }
    this.entries.set(key, { value, untilNs: nowNs + this.lifetimeNs });
  }

  recall(packets: PacketTable, packet: PacketId, nowNs: number): T | undefined {
    const entry = this.entries.get(fragmentKey(packets, packet));
    return entry === undefined || entry.untilNs <= nowNs ? undefined : entry.value;
  }

  clear(): void {
    this.entries.clear();
  }
}

/** What all fragments of a datagram have in common. */
export function fragmentKey(packets: PacketTable, packet: PacketId): string {
  const { srcAddr, dstAddr, protocol, fragment } = packets;
  return `${srcAddr[packet]} ${dstAddr[packet]} ${protocol[packet]} ${identificationOf(fragment[packet] as number)}`;
}
