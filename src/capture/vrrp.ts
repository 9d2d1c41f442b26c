// hot path
/** Advertisements of VRRP version 3 for one address (RFC 5798 section 5.2). */
import type { Advertisement } from '../protocols/vrrp-message.ts';
import type { ByteWriter } from './byte-writer.ts';
import { addBytes, finishChecksum } from './checksum.ts';
import { pseudoHeaderSum } from './ipv4.ts';
import type { PacketView } from './packet-view.ts';

const VERSION_AND_TYPE = 0x31;
const CENTISECOND_NS = 10_000_000;

export function encodeVrrp(writer: ByteWriter, view: PacketView, level: number): void {
  const { routerId, priority, intervalNs, virtualAddress } = view.content as Advertisement;
  const start = writer.at;
  writer.u8(VERSION_AND_TYPE);
  writer.u8(routerId);
  writer.u8(priority);
  writer.u8(1);
  writer.u16(Math.round(intervalNs / CENTISECOND_NS));
  writer.u16(0);
  writer.u32(virtualAddress);
  const sum = addBytes(pseudoHeaderSum(view.at(level), writer.at - start), writer.bytes, start, writer.at);
  writer.patch16(start + 6, finishChecksum(sum));
}
