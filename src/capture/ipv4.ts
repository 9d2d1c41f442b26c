// hot path
/** IPv4 headers without options (RFC 791), and the pseudo-header that TCP and UDP sum up with their own. */
import { isLaterFragment } from '../network/fragment.ts';
import type { ByteWriter } from './byte-writer.ts';
import { addAddress, addBytes, finishChecksum } from './checksum.ts';
import { IP_HEADER_BYTES, type IpHeader, type PacketView } from './packet-view.ts';

const VERSION_AND_WORDS = 0x45;

/** The header of a level, and by its protocol's encoder whatever is below. */
export function encodeIpv4(writer: ByteWriter, view: PacketView, level: number): void {
  const header = view.at(level);
  encodeHeader(writer, header);
  // Only the first fragment has the header of the layer above; of a protocol without encoder nothing is known.
  const encode = isLaterFragment(header.fragment) ? undefined : view.encoders.get(header.protocol);
  if (encode === undefined) writer.zeros(view.payloadBytes(level));
  else encode(writer, view, level);
}

export function encodeHeader(writer: ByteWriter, header: IpHeader): void {
  const start = writer.at;
  writer.u8(VERSION_AND_WORDS);
  writer.u8(header.dscp << 2);
  writer.u16(header.lengthBytes);
  writer.u32(header.fragment);
  writer.u8(header.ttl);
  writer.u8(header.protocol);
  writer.u16(0);
  writer.u32(header.srcAddr);
  writer.u32(header.dstAddr);
  writer.patch16(start + 10, finishChecksum(addBytes(0, writer.bytes, start, start + IP_HEADER_BYTES)));
}

/** Sum of the pseudo-header (RFC 9293 section 3.1, RFC 768) for a segment or datagram of so many bytes. */
export function pseudoHeaderSum(header: IpHeader, lengthBytes: number): number {
  return addAddress(addAddress(header.protocol + lengthBytes, header.srcAddr), header.dstAddr);
}
