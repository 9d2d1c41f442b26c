// hot path
/**
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng), in big-endian order so that one writer serves blocks and packets:
 *
 *   section header      once, with the program's name
 *   interface           one per captured interface, Ethernet, stamps in ns
 *   enhanced packet     one per frame: interface, stamp, lengths, frame, direction and comment
 *
 * Owns the layout of blocks and options; does not own frames, files or buffers.
 */
import type { ByteWriter } from './byte-writer.ts';

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER = 0x1a2b3c4d;
const ETHERNET = 1;
const END_OF_OPTIONS = 0;
const COMMENT = 1;
const APPLICATION = 4;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const EPB_FLAGS = 2;
/** Stamps in units of 10^-9 s. */
const NANOSECONDS = 9;
const TWO_32 = 0x100000000;

export const INBOUND = 1;
export const OUTBOUND = 2;

const encoder = new TextEncoder();

export function writeSectionHeader(writer: ByteWriter, application: string): void {
  const start = beginBlock(writer, SECTION_HEADER);
  writer.u32(BYTE_ORDER);
  writer.u16(1);
  writer.u16(0);
  // The length of the section is left open, as it is written while it grows.
  writer.u32(0xffffffff);
  writer.u32(0xffffffff);
  writer.copy(textOption(APPLICATION, application));
  writer.u32(END_OF_OPTIONS);
  endBlock(writer, start);
}

export function writeInterface(writer: ByteWriter, name: string, snapBytes: number): void {
  const start = beginBlock(writer, INTERFACE_DESCRIPTION);
  writer.u16(ETHERNET);
  writer.u16(0);
  writer.u32(snapBytes);
  writer.copy(textOption(IF_NAME, name));
  writer.u16(IF_TSRESOL);
  writer.u16(1);
  writer.u32(NANOSECONDS * 0x1000000);
  writer.u32(END_OF_OPTIONS);
  endBlock(writer, start);
}

/** Begins the block of a frame; the frame's bytes come next. Returns where the block starts. */
export function beginFrame(writer: ByteWriter, iface: number, timeNs: number): number {
  const start = beginBlock(writer, ENHANCED_PACKET);
  writer.u32(iface);
  writer.u32(Math.floor(timeNs / TWO_32));
  writer.u32(timeNs % TWO_32);
  // Captured and original length, known at the end.
  writer.at += 8;
  return start;
}

/** Bytes of an enhanced packet block ahead of the frame. */
export const FRAME_AT = 28;

/** Ends the block of a frame that was written in full: cuts it at the snap length, adds direction and comment. */
export function endFrame(
  writer: ByteWriter,
  start: number,
  snapBytes: number,
  direction: number,
  comment: Uint8Array,
): void {
  const originalBytes = writer.at - start - FRAME_AT;
  const capturedBytes = Math.min(originalBytes, snapBytes);
  writer.at = start + FRAME_AT - 8;
  writer.u32(capturedBytes);
  writer.u32(originalBytes);
  writer.at += capturedBytes;
  while (writer.at % 4 !== 0) writer.u8(0);
  writer.u16(EPB_FLAGS);
  writer.u16(4);
  writer.u32(direction);
  writer.copy(comment);
  writer.u32(END_OF_OPTIONS);
  endBlock(writer, start);
}

/** An option that says something about a frame, ready to be copied. */
export function commentOption(text: string): Uint8Array {
  return textOption(COMMENT, text);
}

/** Code, length, text, zeros up to a whole word. */
function textOption(code: number, text: string): Uint8Array {
  const bytes = encoder.encode(text);
  const option = new Uint8Array(4 + Math.ceil(bytes.length / 4) * 4);
  const view = new DataView(option.buffer);
  view.setUint16(0, code);
  view.setUint16(2, bytes.length);
  option.set(bytes, 4);
  return option;
}

function beginBlock(writer: ByteWriter, type: number): number {
  const start = writer.at;
  writer.u32(type);
  writer.at += 4;
  return start;
}

/** The length stands at both ends of a block. */
function endBlock(writer: ByteWriter, start: number): void {
  const blockBytes = writer.at + 4 - start;
  writer.u32(blockBytes);
  const end = writer.at;
  writer.at = start + 4;
  writer.u32(blockBytes);
  writer.at = end;
}
