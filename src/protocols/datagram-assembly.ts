/**
 * The fragments that a host has received of datagrams that are not complete yet, known by source, destination, protocol
 * and identification. Fragments themselves end where they arrive; the one that completes a datagram becomes it.
 *
 * What is not complete in time is forgotten when the next fragment comes, so that nothing needs a timer; a host that is
 * out of memory for fragments takes none of further datagrams. An identification that comes round before an older
 * datagram of it is complete starts over: what two datagrams make together fails its checksum in reality.
 */
import { hasMoreFragments, identificationOf, isLaterFragment, offsetBytesOf } from '../network/fragment.ts';
import type { PacketId } from '../network/ids.ts';
import type { PacketTable } from '../network/packet-table.ts';

const IP_HEADER = 20;

export interface AssemblySettings {
  readonly timeoutNs: number;
  readonly memoryBytes: number;
}

interface Incomplete {
  readonly deadlineNs: number;
  readonly flow: number;
  readonly unit: number;
  /** Received ranges of the data, [from, end) pairs in order, none touching another. */
  ranges: number[];
  bytes: number;
  /** Of all data; -1 until the last fragment is here. */
  totalBytes: number;
  srcPort: number;
  dstPort: number;
}

/** What became of a fragment. */
export type Assembly = 'kept' | 'complete' | 'refused';

export class DatagramAssembly {
  private readonly settings: AssemblySettings;
  /** The oldest first. */
  private readonly incomplete = new Map<string, Incomplete>();
  private heldBytes = 0;

  constructor(settings: AssemblySettings) {
    this.settings = settings;
  }

  /** Datagrams under way. */
  get size(): number {
    return this.incomplete.size;
  }

  /** After `complete` the columns of `packet` are those of the whole datagram. */
  take(packets: PacketTable, packet: PacketId, nowNs: number): Assembly {
    this.forgetOld(nowNs);
    const word = packets.fragment[packet] as number;
    const key = `${packets.srcAddr[packet]} ${packets.dstAddr[packet]} ${packets.protocol[packet]} ${identificationOf(word)}`;
    const datagram = this.datagramOf(key, packets, packet, nowNs);
    if (datagram === null) return 'refused';
    const from = offsetBytesOf(word);
    const end = from + (packets.lengthBytes[packet] as number) - IP_HEADER;
    const bytesBefore = datagram.bytes;
    datagram.ranges = withRange(datagram.ranges, from, end);
    datagram.bytes = sumOf(datagram.ranges);
    this.heldBytes += datagram.bytes - bytesBefore;
    if (!hasMoreFragments(word)) datagram.totalBytes = end;
    if (!isLaterFragment(word)) {
      datagram.srcPort = packets.srcPort[packet] as number;
      datagram.dstPort = packets.dstPort[packet] as number;
    }
    if (datagram.bytes !== datagram.totalBytes) return 'kept';
    this.forget(key, datagram);
    packets.fragment[packet] = 0;
    packets.lengthBytes[packet] = IP_HEADER + datagram.totalBytes;
    packets.srcPort[packet] = datagram.srcPort;
    packets.dstPort[packet] = datagram.dstPort;
    return 'complete';
  }

  clear(): void {
    this.incomplete.clear();
    this.heldBytes = 0;
  }

  /** Null when there is no memory for another one. */
  private datagramOf(key: string, packets: PacketTable, packet: PacketId, nowNs: number): Incomplete | null {
    const [flow, unit] = [packets.flow[packet] as number, packets.unit[packet] as number];
    const known = this.incomplete.get(key);
    if (known !== undefined && known.flow === flow && known.unit === unit) return known;
    if (known !== undefined) this.forget(key, known);
    if (this.heldBytes >= this.settings.memoryBytes) return null;
    const deadlineNs = nowNs + this.settings.timeoutNs;
    const datagram = {
      deadlineNs,
      flow,
      unit,
      ranges: [],
      bytes: 0,
      totalBytes: -1,
      srcPort: 0,
      dstPort: 0,
    };
    this.incomplete.set(key, datagram);
    return datagram;
  }

  private forgetOld(nowNs: number): void {
    for (const [key, datagram] of this.incomplete) {
      if (datagram.deadlineNs > nowNs) return;
      this.forget(key, datagram);
    }
  }

  private forget(key: string, datagram: Incomplete): void {
    this.incomplete.delete(key);
    this.heldBytes -= datagram.bytes;
  }
}

/** The ranges with [from, end) among them, merged. */
function withRange(ranges: readonly number[], from: number, end: number): number[] {
  const merged: number[] = [];
  let [start, stop] = [from, end];
  let isPlaced = false;
  for (let i = 0; i < ranges.length; i += 2) {
    const [low, high] = [ranges[i] as number, ranges[i + 1] as number];
    if (high < start) merged.push(low, high);
    else if (low > stop) {
      if (!isPlaced) merged.push(start, stop);
      isPlaced = true;
      merged.push(low, high);
    } else {
      start = Math.min(start, low);
      stop = Math.max(stop, high);
    }
  }
  if (!isPlaced) merged.push(start, stop);
  return merged;
}

function sumOf(ranges: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < ranges.length; i += 2) sum += (ranges[i + 1] as number) - (ranges[i] as number);
  return sum;
}
