/**
 * ICMP (RFC 792): echoes, and errors that quote the header of the packet they are about with its first eight bytes.
 * What the simulator does not keep of a quoted packet is made up: a time to live of 1, sequence number 0.
 */
import { ICMP, UDP } from '../network/packet-table.ts';
import { ECHO_REPLY, ECHO_REQUEST, type QuotedHeader } from '../protocols/ip.ts';
import type { ByteWriter } from './byte-writer.ts';
import { addBytes, finishChecksum } from './checksum.ts';
import { encodeHeader } from './ipv4.ts';
import { IP_HEADER_BYTES, type PacketView } from './packet-view.ts';

/** Quoted of what followed the IP header. */
const QUOTED_BYTES = 8;
const QUOTED_TTL = 1;

export function encodeIcmp(writer: ByteWriter, view: PacketView, level: number): void {
  const { packets, packet } = view;
  const { srcPort, dstPort } = view.at(level);
  const isEcho = dstPort === ECHO_REQUEST || dstPort === ECHO_REPLY;
  const start = writer.at;
  writer.u16(dstPort);
  writer.u16(0);
  if (isEcho) {
    writer.u16(srcPort);
    writer.u16(packets.unit[packet] as number);
  } else encodeError(writer, view.content as QuotedHeader | null);
  writer.patch16(start + 2, finishChecksum(addBytes(0, writer.bytes, start, writer.at)));
  writer.zeros(start + view.payloadBytes(level) - writer.at);
}

function encodeError(writer: ByteWriter, quoted: QuotedHeader | null): void {
  writer.u16(0);
  writer.u16(quoted?.nextHopMtu ?? 0);
  if (quoted !== null) encodeQuoted(writer, quoted);
}

function encodeQuoted(writer: ByteWriter, quoted: QuotedHeader): void {
  const { protocol, srcPort, dstPort, lengthBytes = IP_HEADER_BYTES + QUOTED_BYTES, fragment = 0 } = quoted;
  encodeHeader(writer, { ...quoted, lengthBytes, ttl: QUOTED_TTL, dscp: 0, fragment });
  const start = writer.at;
  if (protocol === ICMP) {
    writer.u16(dstPort);
    writer.u16(0);
    writer.u16(srcPort);
    writer.u16(0);
    writer.patch16(start + 2, finishChecksum(addBytes(0, writer.bytes, start, writer.at)));
    return;
  }
  writer.u16(srcPort);
  writer.u16(dstPort);
  // A datagram's length and no checksum, or a segment's sequence number.
  writer.u16(protocol === UDP ? lengthBytes - IP_HEADER_BYTES : 0);
  writer.u16(0);
}
