/** DNS queries and answers with A records (RFC 1035 section 4), names compressed in answers. */
import type { DnsAnswer, DnsQuery } from '../protocols/dns-message.ts';
import type { ByteWriter } from './byte-writer.ts';

const RESPONSE = 0x8000;
const RECURSION_DESIRED = 0x0100;
const RECURSION_AVAILABLE = 0x0080;
const TYPE_A = 1;
const CLASS_IN = 1;
/** A pointer to the name of the question, which follows the header of 12 bytes. */
const QUESTION_NAME = 0xc000 | 12;

export function isDnsMessage(content: unknown): content is DnsQuery | DnsAnswer {
  const { kind } = (content ?? {}) as { readonly kind?: unknown };
  return kind === 'dns-query' || kind === 'dns-answer';
}

export function encodeDns(writer: ByteWriter, message: DnsQuery | DnsAnswer): void {
  const addresses = message.kind === 'dns-answer' ? message.addresses : [];
  writer.u16(message.id);
  writer.u16(flagsOf(message));
  writer.u16(1);
  writer.u16(addresses.length);
  writer.u32(0);
  encodeName(writer, message.name);
  writer.u16(TYPE_A);
  writer.u16(CLASS_IN);
  if (message.kind === 'dns-query') return;
  for (const address of addresses) {
    writer.u16(QUESTION_NAME);
    writer.u16(TYPE_A);
    writer.u16(CLASS_IN);
    writer.u32(message.ttlSeconds);
    writer.u16(4);
    writer.u32(address);
  }
}

function flagsOf(message: DnsQuery | DnsAnswer): number {
  if (message.kind === 'dns-query') return RECURSION_DESIRED;
  return RESPONSE | RECURSION_DESIRED | RECURSION_AVAILABLE | message.rcode;
}

/** Names are ASCII; each label follows its length, and the root's is 0. */
function encodeName(writer: ByteWriter, name: string): void {
  for (const label of name.split('.')) {
    writer.u8(label.length);
    for (let i = 0; i < label.length; i++) writer.u8(label.charCodeAt(i));
  }
  writer.u8(0);
}
