// hot path
/**
 * The 5-tuple that connection tracking knows a packet by, read from the packet table and written back to it. Owns one
 * convention: an ICMP echo has its identifier on the asking side, where a port would be, and 0 on the answering side,
 *
 *   request   source port = identifier, destination port = 0
 *   reply     source port = 0, destination port = identifier
 *
 * so that a reply is a request reversed, as it is for ports. An object of this class is made once and filled again for
 * every packet. An ICMP error belongs to the connection it quotes: ask `isIcmpError` first, then read the quoted header.
 */
import type { PacketId } from '../network/ids.ts';
import { ICMP, type PacketTable } from '../network/packet-table.ts';
import { ECHO_REPLY, type QuotedHeader } from './ip.ts';

export class SessionKey {
  protocol = 0;
  srcAddr = 0;
  srcPort = 0;
  dstAddr = 0;
  dstPort = 0;

  readKey(packets: PacketTable, packet: PacketId): void {
    this.protocol = packets.protocol[packet] as number;
    this.srcAddr = packets.srcAddr[packet] as number;
    this.dstAddr = packets.dstAddr[packet] as number;
    this.readPorts(packets.srcPort[packet] as number, packets.dstPort[packet] as number);
  }

  /** Of the packet that an ICMP error is about, as it was when it met its end. */
  readQuotedKey(quoted: QuotedHeader): void {
    this.protocol = quoted.protocol;
    this.srcAddr = quoted.srcAddr;
    this.dstAddr = quoted.dstAddr;
    this.readPorts(quoted.srcPort, quoted.dstPort);
  }

  /** Makes `packet`, which `readKey` would read, a packet of the key as it is now. */
  writeKey(packets: PacketTable, packet: PacketId): void {
    packets.srcAddr[packet] = this.srcAddr;
    packets.dstAddr[packet] = this.dstAddr;
    if (packets.protocol[packet] === ICMP) {
      packets.srcPort[packet] = this.identifier(packets.dstPort[packet] as number);
      return;
    }
    packets.srcPort[packet] = this.srcPort;
    packets.dstPort[packet] = this.dstPort;
  }

  writeQuotedKey(quoted: QuotedHeader): void {
    quoted.srcAddr = this.srcAddr;
    quoted.dstAddr = this.dstAddr;
    if (quoted.protocol === ICMP) {
      quoted.srcPort = this.identifier(quoted.dstPort);
      return;
    }
    quoted.srcPort = this.srcPort;
    quoted.dstPort = this.dstPort;
  }

  /** The key of the answer to what this is the key of. */
  reverse(): void {
    const { srcAddr, srcPort } = this;
    this.srcAddr = this.dstAddr;
    this.srcPort = this.dstPort;
    this.dstAddr = srcAddr;
    this.dstPort = srcPort;
  }

  /** From columns, in which an ICMP packet has its identifier first and its type and code second. */
  private readPorts(first: number, second: number): void {
    const isEcho = this.protocol === ICMP;
    const isReply = isEcho && second === ECHO_REPLY;
    this.srcPort = isReply ? 0 : first;
    this.dstPort = isReply ? first : isEcho ? 0 : second;
  }

  private identifier(kind: number): number {
    return kind === ECHO_REPLY ? this.dstPort : this.srcPort;
  }
}
