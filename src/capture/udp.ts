// hot path
/**
 * UDP datagrams (RFC 768); what they carry is zeros, but for messages that have an encoding. The first fragment has
 * length and checksum of the whole datagram.
 */
import { isDatagramCheck, isDatagramCheckAnswer } from '../protocols/datagram-check.ts';
import type { ByteWriter } from './byte-writer.ts';
import { addBytes, finishChecksum } from './checksum.ts';
import { encodeDns, isDnsMessage } from './dns.ts';
import { pseudoHeaderSum } from './ipv4.ts';
import type { PacketView } from './packet-view.ts';

export function encodeUdp(writer: ByteWriter, view: PacketView, level: number): void {
  const header = view.at(level);
  const datagramBytes = view.datagramBytes(level);
  const start = writer.at;
  writer.u16(header.srcPort);
  writer.u16(header.dstPort);
  writer.u16(datagramBytes);
  writer.u16(0);
  const { content } = view;
  if (isDnsMessage(content)) encodeDns(writer, content);
  else if (isDatagramCheck(content)) encodeText(writer, content.request);
  else if (isDatagramCheckAnswer(content)) encodeText(writer, content.text);
  const sum = addBytes(pseudoHeaderSum(header, datagramBytes), writer.bytes, start, writer.at);
  // All zeros would say that there is no checksum.
  writer.patch16(start + 6, finishChecksum(sum) || 0xffff);
  writer.zeros(start + view.payloadBytes(level) - writer.at);
}

/** Letters and digits. */
function encodeText(writer: ByteWriter, text: string): void {
  for (let i = 0; i < text.length; i++) writer.u8(text.charCodeAt(i));
}
