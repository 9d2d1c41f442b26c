// hot path
/**
 * TCP segments (RFC 9293 section 3.1) with the options that ours carry, laid out as Linux does: on a SYN MSS,
 * SACK permitted, time stamps, NOP, window scale; on others NOP, NOP, time stamps and NOP, NOP, SACK blocks.
 */
import { NONE } from '../base/brand.ts';
import { NO_SHIFT, type TcpOptionTable } from '../network/tcp-options.ts';
import type { ByteWriter } from './byte-writer.ts';
import { addBytes, finishChecksum } from './checksum.ts';
import { pseudoHeaderSum } from './ipv4.ts';
import type { PacketView } from './packet-view.ts';

const NOP = 1;
const MSS = 2;
const WINDOW_SCALE = 3;
const SACK_PERMITTED = 4;
const SACK = 5;
const TIMESTAMPS = 8;

export function encodeTcp(writer: ByteWriter, view: PacketView, level: number): void {
  const { packets, packet } = view;
  const header = view.at(level);
  const start = writer.at;
  writer.u16(header.srcPort);
  writer.u16(header.dstPort);
  writer.u32(packets.tcpSeq[packet] as number);
  writer.u32(packets.tcpAck[packet] as number);
  writer.u8(0);
  writer.u8(packets.tcpFlags[packet] as number);
  writer.u16(Math.min(packets.tcpWindow[packet] as number, 0xffff));
  writer.u32(0);
  encodeOptions(writer, view);
  const headerBytes = writer.at - start;
  writer.bytes[start + 12] = (headerBytes / 4) << 4;
  const sum = addBytes(pseudoHeaderSum(header, view.datagramBytes(level)), writer.bytes, start, writer.at);
  writer.patch16(start + 16, finishChecksum(sum));
  writer.zeros(view.payloadBytes(level) - headerBytes);
}

function encodeOptions(writer: ByteWriter, { packets, packet }: PacketView): void {
  const { options } = packets;
  const row = packets.tcpOptions[packet] as number;
  const value = packets.tcpTsValue[packet] as number;
  if (row !== NONE && options.mssBytes[row] !== 0) encodeMss(writer, options.mssBytes[row] as number);
  const permitsSack = row !== NONE && options.sackPermitted[row] === 1;
  if (permitsSack) encodeSackPermitted(writer, value !== 0);
  if (value !== 0) encodeTimestamps(writer, value, packets.tcpTsEcho[packet] as number, !permitsSack);
  if (row === NONE) return;
  if (options.windowShift[row] !== NO_SHIFT) encodeWindowScale(writer, options.windowShift[row] as number);
  if (options.blockCount[row] !== 0) encodeSack(writer, options, row);
}

function encodeMss(writer: ByteWriter, mssBytes: number): void {
  writer.u8(MSS);
  writer.u8(4);
  writer.u16(mssBytes);
}

/** Two bytes: beside time stamps they stand where their padding would. */
function encodeSackPermitted(writer: ByteWriter, areTimestampsNext: boolean): void {
  if (!areTimestampsNext) pad(writer);
  writer.u8(SACK_PERMITTED);
  writer.u8(2);
}

function encodeTimestamps(writer: ByteWriter, value: number, echo: number, isPadded: boolean): void {
  if (isPadded) pad(writer);
  writer.u8(TIMESTAMPS);
  writer.u8(10);
  writer.u32(value);
  writer.u32(echo);
}

function encodeWindowScale(writer: ByteWriter, shift: number): void {
  writer.u8(NOP);
  writer.u8(WINDOW_SCALE);
  writer.u8(3);
  writer.u8(shift);
}

function encodeSack(writer: ByteWriter, options: TcpOptionTable, row: number): void {
  const count = options.blockCount[row] as number;
  pad(writer);
  writer.u8(SACK);
  writer.u8(2 + 8 * count);
  for (let block = 0; block < count; block++) {
    writer.u32(options.leftOf(row, block));
    writer.u32(options.rightOf(row, block));
  }
}

function pad(writer: ByteWriter): void {
  writer.u8(NOP);
  writer.u8(NOP);
}
