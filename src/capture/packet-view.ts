// hot path
/**
 * A packet as it is on the wire: its headers from the outermost to the innermost, with lengths that fit into one
 * another. Valid while the packet's row is. Owns no bytes; encoders read from it.
 *
 *   level 0         outermost: the columns of the packet table
 *   level 1, 2, ..  what encapsulation saved, rows of the header stack
 *
 * Overlay headers are not metered, so the length that columns show is the length without them; here every one adds its
 * 20 bytes. How a packet is cut is a matter of its innermost header.
 */
import { NONE } from '../base/brand.ts';
import { isFragment } from '../network/fragment.ts';
import type { HeaderStack, SavedHeader } from '../network/header-stack.ts';
import type { PacketId } from '../network/ids.ts';
import type { PacketTable } from '../network/packet-table.ts';
import { OVERLAY } from '../protocols/overlay.ts';
import type { ByteWriter } from './byte-writer.ts';

export const IP_HEADER_BYTES = 20;

/** Writes what follows the IP header of `level`: as many bytes as that header's length leaves. */
export type Encoder = (writer: ByteWriter, view: PacketView, level: number) => void;

/** By IP protocol number. */
export type Encoders = ReadonlyMap<number, Encoder>;

export interface IpHeader extends SavedHeader {
  dscp: number;
  /** As the column of the packet table. */
  fragment: number;
}

export class PacketView {
  readonly packets: PacketTable;
  readonly encoders: Encoders;
  private readonly stack: HeaderStack;
  packet = NONE as PacketId;
  depth = 0;
  private readonly headers: IpHeader[] = [];

  constructor(packets: PacketTable, stack: HeaderStack, encoders: Encoders) {
    this.packets = packets;
    this.stack = stack;
    this.encoders = encoders;
  }

  /** Looks at another packet. */
  read(packet: PacketId): void {
    const { packets } = this;
    this.packet = packet;
    this.readOutermost(packet);
    let row = packets.headerTop[packet] as number;
    this.depth = 1;
    while (row !== NONE) {
      const header = this.makeLevel(this.depth++);
      row = this.stack.readInto(header, row);
      header.dscp = packets.dscp[packet] as number;
      header.fragment = 0;
    }
    this.at(this.depth - 1).fragment = packets.fragment[packet] as number;
    for (let level = this.depth - 2; level >= 0; level--) {
      const outer = this.at(level);
      if (outer.protocol === OVERLAY) outer.lengthBytes = this.at(level + 1).lengthBytes + IP_HEADER_BYTES;
    }
  }

  private readOutermost(packet: PacketId): void {
    const { packets } = this;
    const header = this.makeLevel(0);
    header.srcAddr = packets.srcAddr[packet] as number;
    header.dstAddr = packets.dstAddr[packet] as number;
    header.srcPort = packets.srcPort[packet] as number;
    header.dstPort = packets.dstPort[packet] as number;
    header.protocol = packets.protocol[packet] as number;
    header.ttl = packets.ttl[packet] as number;
    header.lengthBytes = packets.lengthBytes[packet] as number;
    header.dscp = packets.dscp[packet] as number;
    header.fragment = 0;
  }

  at(level: number): IpHeader {
    return this.headers[level] as IpHeader;
  }

  /** Bytes after the IP header of a level. */
  payloadBytes(level: number): number {
    return this.at(level).lengthBytes - IP_HEADER_BYTES;
  }

  /** Bytes after the IP header of the datagram that the packet is, or of which it is a fragment. */
  datagramBytes(level: number): number {
    const isPart = isFragment(this.at(level).fragment);
    return isPart ? (this.packets.datagramBytes[this.packet] as number) : this.payloadBytes(level);
  }

  /** What rides on the packet: a message, a quoted header, or null. */
  get content(): unknown {
    return this.packets.content[this.packet] ?? null;
  }

  private makeLevel(level: number): IpHeader {
    const known = this.headers[level];
    if (known !== undefined) return known;
    const header = newHeader();
    this.headers.push(header);
    return header;
  }
}

function newHeader(): IpHeader {
  return {
    srcAddr: 0,
    dstAddr: 0,
    srcPort: 0,
    dstPort: 0,
    protocol: 0,
    ttl: 0,
    lengthBytes: 0,
    dscp: 0,
    fragment: 0,
  };
}
