// hot path
/** Ethernet addresses, and gratuitous ARP (RFC 826, RFC 5227): a broadcast by which a station says that an address is its. */
import type { IfaceId } from '../network/ids.ts';
import type { ByteWriter } from './byte-writer.ts';

/** Upper half of an address that is locally administered and of one station; the interface's number follows. */
const MAC_PREFIX = 0x0200;
const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV4 = 0x0800;
const ETHERNET = 1;
const MAC_BYTES = 6;
const ADDRESS_BYTES = 4;
const REQUEST = 1;

export function writeMac(writer: ByteWriter, iface: IfaceId): void {
  writer.u16(MAC_PREFIX);
  writer.u32(iface);
}

/** The whole frame. */
export function encodeArp(writer: ByteWriter, address: number, from: IfaceId): void {
  writer.u16(0xffff);
  writer.u32(0xffffffff);
  writeMac(writer, from);
  writer.u16(ETHERTYPE_ARP);
  writer.u16(ETHERNET);
  writer.u16(ETHERTYPE_IPV4);
  writer.u8(MAC_BYTES);
  writer.u8(ADDRESS_BYTES);
  writer.u16(REQUEST);
  writeMac(writer, from);
  writer.u32(address);
  writer.u16(0);
  writer.u32(0);
  writer.u32(address);
}
