/** One packet with the columns that a test sets, and the bytes that a capture makes of it. */
import { ByteWriter } from '../../src/capture/byte-writer.ts';
import { ENCODERS } from '../../src/capture/encoders.ts';
import { encodeIpv4 } from '../../src/capture/ipv4.ts';
import { PacketView } from '../../src/capture/packet-view.ts';
import { HeaderStack } from '../../src/network/header-stack.ts';
import type { FlowId, PacketId } from '../../src/network/ids.ts';
import { PacketTable, TCP } from '../../src/network/packet-table.ts';

const COLUMNS = [
  'srcAddr',
  'dstAddr',
  'srcPort',
  'dstPort',
  'protocol',
  'ttl',
  'dscp',
  'lengthBytes',
  'tcpSeq',
  'tcpAck',
  'tcpWindow',
  'tcpFlags',
  'tcpTsValue',
  'tcpTsEcho',
  'fragment',
  'datagramBytes',
  'unit',
] as const;

export type PacketColumns = Partial<Record<(typeof COLUMNS)[number], number>>;

const DEFAULTS: PacketColumns = {
  srcAddr: 0x0a000001,
  dstAddr: 0x0a000002,
  srcPort: 49_152,
  dstPort: 80,
  protocol: TCP,
  ttl: 64,
  lengthBytes: 40,
};

export interface EncodedOptions {
  readonly content?: unknown;
  /** Does more to the packet before it is encoded. */
  readonly prepare?: (packets: PacketTable, headers: HeaderStack, packet: PacketId) => void;
}

/** The IP packet's bytes. */
export function encoded(columns: PacketColumns, { content, prepare }: EncodedOptions = {}): Uint8Array {
  const packets = new PacketTable(4);
  const headers = new HeaderStack(packets);
  const packet = packets.create(0 as FlowId, 0, 0, 0, 0);
  const all = { ...DEFAULTS, ...columns };
  for (const column of COLUMNS) {
    const value = all[column];
    if (value !== undefined) packets[column][packet] = value;
  }
  packets.content[packet] = content ?? null;
  prepare?.(packets, headers, packet);
  const view = new PacketView(packets, headers, ENCODERS);
  // What was there before must not show through.
  const writer = new ByteWriter(80_000);
  writer.bytes.fill(0xee);
  view.read(packet);
  encodeIpv4(writer, view, 0);
  return writer.bytes.slice(0, writer.at);
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replaceAll(/(.{8})(?=.)/g, '$1 ');
}
