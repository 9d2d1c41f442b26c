// hot path
/**
 * TCP on the wire: flags, the length of headers and options, and the messages that ride on the segment holding their
 * last byte. Segments carry no bytes; how many they would carry follows from the length of the packet.
 */
import { NONE } from '../base/brand.ts';
import type { PacketId } from '../network/ids.ts';
import type { PacketTable } from '../network/packet-table.ts';
import { NO_SHIFT } from '../network/tcp-options.ts';

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;

/** IP and TCP header without options. */
export const TCP_HEADERS = 40;
/** Time stamps with the two bytes that align them, as Linux lays them out. */
export const TIMESTAMP_BYTES = 12;
/** SACK blocks that fit beside time stamps, of 40 bytes of options. */
export const BLOCKS_BESIDE_TIMESTAMPS = 3;

/** A message ends at this offset of its stream. */
export interface StreamMessage {
  readonly end: number;
  readonly message: unknown;
}

/** Who a packet is billed to; numbers count within the flow. */
export interface Billing {
  flow: number;
  unit: number;
  connection: number;
  direction: number;
}

/**
 * Bytes of the options of a segment, padded to whole words. On a SYN: MSS (4), SACK permitted with time stamps (12) or
 * alone (4), NOP and window scale (4). On others: NOP, NOP, time stamps (12); NOP, NOP, SACK (4 + 8 a block).
 */
export function tcpOptionBytes(packets: PacketTable, packet: PacketId): number {
  const hasTimestamps = packets.tcpTsValue[packet] !== 0;
  let bytes = hasTimestamps ? TIMESTAMP_BYTES : 0;
  const row = packets.tcpOptions[packet] as number;
  if (row === NONE) return bytes;
  const { mssBytes, windowShift, sackPermitted, blockCount } = packets.options;
  if (mssBytes[row] !== 0) bytes += 4;
  // Beside time stamps it takes the place of two bytes of padding.
  if (sackPermitted[row] === 1 && !hasTimestamps) bytes += 4;
  if (windowShift[row] !== NO_SHIFT) bytes += 4;
  return bytes + sackBytes(blockCount[row] as number);
}

/** Of the SACK option with so many blocks. */
export function sackBytes(blocks: number): number {
  return blocks === 0 ? 0 : 4 + 8 * blocks;
}

/** Bytes of the stream in a segment. */
export function tcpPayloadBytes(packets: PacketTable, packet: PacketId): number {
  return (packets.lengthBytes[packet] as number) - TCP_HEADERS - tcpOptionBytes(packets, packet);
}
