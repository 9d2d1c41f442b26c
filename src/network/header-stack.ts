// hot path
/**
 * Headers under the outermost one. Encapsulation saves the packet's present header here and gives it a new one;
 * decapsulation brings the saved one back: one packet, one fate, nothing copied. Overlay headers inside the cloud
 * add no bytes to what is metered, so `push` leaves the length alone and tunnels that cost bytes add them themselves.
 */
import { assert } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { PacketId } from './ids.ts';
import type { PacketTable } from './packet-table.ts';

/** What is kept of a header underneath. */
export interface SavedHeader {
  srcAddr: number;
  dstAddr: number;
  srcPort: number;
  dstPort: number;
  protocol: number;
  ttl: number;
  lengthBytes: number;
}

export class HeaderStack {
  private readonly packets: PacketTable;
  private used = 0;
  private firstFree = NONE;
  private srcAddr = new Uint32Array(256);
  private dstAddr = new Uint32Array(256);
  private srcPort = new Uint16Array(256);
  private dstPort = new Uint16Array(256);
  private protocol = new Uint8Array(256);
  private ttl = new Uint8Array(256);
  private lengthBytes = new Int32Array(256);
  /** Next lower header; the free list while the row is free. */
  private below = new Int32Array(256);

  constructor(packets: PacketTable) {
    this.packets = packets;
  }

  /** Puts a new outermost header on the packet; ports are kept, so that equal-cost paths still see the flow. */
  push(packet: PacketId, srcAddr: number, dstAddr: number, protocol: number, ttl: number): void {
    const { packets } = this;
    const row = this.create();
    this.srcAddr[row] = packets.srcAddr[packet] as number;
    this.dstAddr[row] = packets.dstAddr[packet] as number;
    this.srcPort[row] = packets.srcPort[packet] as number;
    this.dstPort[row] = packets.dstPort[packet] as number;
    this.protocol[row] = packets.protocol[packet] as number;
    this.ttl[row] = packets.ttl[packet] as number;
    this.lengthBytes[row] = packets.lengthBytes[packet] as number;
    this.below[row] = packets.headerTop[packet] as number;
    packets.headerTop[packet] = row;
    packets.srcAddr[packet] = srcAddr;
    packets.dstAddr[packet] = dstAddr;
    packets.protocol[packet] = protocol;
    packets.ttl[packet] = ttl;
  }

  /** Takes the outermost header off. */
  pop(packet: PacketId): void {
    const { packets } = this;
    const row = packets.headerTop[packet] as number;
    assert(row !== NONE, 'a packet without encapsulation was decapsulated');
    packets.srcAddr[packet] = this.srcAddr[row] as number;
    packets.dstAddr[packet] = this.dstAddr[row] as number;
    packets.srcPort[packet] = this.srcPort[row] as number;
    packets.dstPort[packet] = this.dstPort[row] as number;
    packets.protocol[packet] = this.protocol[row] as number;
    packets.ttl[packet] = this.ttl[row] as number;
    packets.lengthBytes[packet] = this.lengthBytes[row] as number;
    packets.headerTop[packet] = this.below[row] as number;
    this.free(row);
  }

  /** Reads a saved header and returns the row of the one below it, NONE under the last. */
  readInto(into: SavedHeader, row: number): number {
    into.srcAddr = this.srcAddr[row] as number;
    into.dstAddr = this.dstAddr[row] as number;
    into.srcPort = this.srcPort[row] as number;
    into.dstPort = this.dstPort[row] as number;
    into.protocol = this.protocol[row] as number;
    into.ttl = this.ttl[row] as number;
    into.lengthBytes = this.lengthBytes[row] as number;
    return this.below[row] as number;
  }

  /** Frees the saved headers of a packet that ends. */
  release(packet: PacketId): void {
    let row = this.packets.headerTop[packet] as number;
    while (row !== NONE) {
      const below = this.below[row] as number;
      this.free(row);
      row = below;
    }
    this.packets.headerTop[packet] = NONE;
  }

  private create(): number {
    const row = this.firstFree;
    if (row !== NONE) {
      this.firstFree = this.below[row] as number;
      return row;
    }
    if (this.used === this.below.length) this.grow();
    return this.used++;
  }

  private free(row: number): void {
    this.below[row] = this.firstFree;
    this.firstFree = row;
  }

  private grow(): void {
    const capacity = this.below.length * 2;
    const widen = <T extends { set(from: T): void }>(wider: T, old: T): T => {
      wider.set(old);
      return wider;
    };
    this.srcAddr = widen(new Uint32Array(capacity), this.srcAddr);
    this.dstAddr = widen(new Uint32Array(capacity), this.dstAddr);
    this.srcPort = widen(new Uint16Array(capacity), this.srcPort);
    this.dstPort = widen(new Uint16Array(capacity), this.dstPort);
    this.protocol = widen(new Uint8Array(capacity), this.protocol);
    this.ttl = widen(new Uint8Array(capacity), this.ttl);
    this.lengthBytes = widen(new Int32Array(capacity), this.lengthBytes);
    this.below = widen(new Int32Array(capacity), this.below);
  }
}
