// hot path
/** What every IP node does: time to live, ICMP errors about packets it cannot help. */
import { NONE } from '../base/brand.ts';
import type { DeviceContext } from '../network/device.ts';
import { isLaterFragment } from '../network/fragment.ts';
import type { FlowId, PacketId } from '../network/ids.ts';
import { ICMP, IN, OUT } from '../network/packet-table.ts';

/** ICMP type * 256 + code, as kept in the destination port column. */
export const ECHO_REPLY = 0;
export const PROTOCOL_UNREACHABLE = 3 * 256 + 2;
export const PORT_UNREACHABLE = 3 * 256 + 3;
export const FRAGMENTATION_NEEDED = 3 * 256 + 4;
export const ECHO_REQUEST = 8 * 256;
export const TIME_EXCEEDED = 11 * 256;

/** The header an ICMP error speaks of; it rides as content and is translated where addresses are. */
export interface QuotedHeader {
  srcAddr: number;
  dstAddr: number;
  protocol: number;
  srcPort: number;
  dstPort: number;
  /** With fragmentation needed: the largest packet that fits (RFC 1191). */
  nextHopMtu?: number;
  /** Of the whole packet, for captures. */
  lengthBytes?: number;
  /** Its identification, flags and offset, for captures. */
  fragment?: number;
}

const IP_HEADER = 20;
/** IP header, ICMP header, quoted IP header and eight bytes of what followed it (RFC 792). */
const ERROR_LENGTH = IP_HEADER + 8 + IP_HEADER + 8;

/** One hop less to live; false when that was the last. */
export function decrementTtl(context: DeviceContext, packet: PacketId): boolean {
  const { ttl } = context.packets;
  const left = (ttl[packet] as number) - 1;
  ttl[packet] = left;
  return left > 0;
}

export function isIcmpError(context: DeviceContext, packet: PacketId): boolean {
  const { protocol, dstPort } = context.packets;
  if (protocol[packet] !== ICMP) return false;
  const kind = dstPort[packet] as number;
  return kind !== ECHO_REQUEST && kind !== ECHO_REPLY;
}

/**
 * Whether an ICMP error may be sent about the packet: not about an ICMP error or a fragment other than the first
 * (RFC 1122 section 3.2.2), nor about what is encapsulated, whose sender is not the one in its outer header.
 */
export function mayReport(context: DeviceContext, packet: PacketId): boolean {
  const { fragment, headerTop } = context.packets;
  if (isLaterFragment(fragment[packet] as number) || headerTop[packet] !== NONE) return false;
  return !isIcmpError(context, packet);
}

/** An ICMP error about `packet`, addressed to its sender and billed to its flow; the caller sends it. */
export function createIcmpError(
  context: DeviceContext,
  packet: PacketId,
  kind: number,
  srcAddr: number,
  initialTtl: number,
  nextHopMtu = 0,
): PacketId {
  const { flow, unit, connection, direction } = context.packets;
  const error = context.create(
    flow[packet] as FlowId,
    unit[packet] as number,
    connection[packet] as number,
    direction[packet] === OUT ? IN : OUT,
  );
  const { packets } = context;
  const quoted: QuotedHeader = {
    srcAddr: packets.srcAddr[packet] as number,
    dstAddr: packets.dstAddr[packet] as number,
    protocol: packets.protocol[packet] as number,
    srcPort: packets.srcPort[packet] as number,
    dstPort: packets.dstPort[packet] as number,
    nextHopMtu,
    lengthBytes: packets.lengthBytes[packet] as number,
    fragment: packets.fragment[packet] as number,
  };
  packets.srcAddr[error] = srcAddr;
  packets.dstAddr[error] = quoted.srcAddr;
  packets.protocol[error] = ICMP;
  packets.srcPort[error] = 0;
  packets.dstPort[error] = kind;
  packets.ttl[error] = initialTtl;
  packets.lengthBytes[error] = ERROR_LENGTH;
  packets.content[error] = quoted;
  return error;
}

/** The answer to an ICMP echo request, from where it was sent to; the caller sends it. */
export function createEchoReply(context: DeviceContext, request: PacketId, initialTtl: number): PacketId {
  const { flow, unit, connection, direction } = context.packets;
  const reply = context.create(
    flow[request] as FlowId,
    unit[request] as number,
    connection[request] as number,
    direction[request] === OUT ? IN : OUT,
  );
  const { packets } = context;
  packets.srcAddr[reply] = packets.dstAddr[request] as number;
  packets.dstAddr[reply] = packets.srcAddr[request] as number;
  packets.protocol[reply] = ICMP;
  packets.srcPort[reply] = packets.srcPort[request] as number;
  packets.dstPort[reply] = ECHO_REPLY;
  packets.ttl[reply] = initialTtl;
  packets.lengthBytes[reply] = packets.lengthBytes[request] as number;
  return reply;
}

/** Rewrites an address inside the header that an ICMP error quotes, where translation rewrote the original. */
export function translateQuoted(
  content: unknown,
  field: 'srcAddr' | 'dstAddr',
  from: number,
  to: number,
): void {
  const quoted = content as QuotedHeader | null;
  if (quoted !== null && quoted[field] === from) quoted[field] = to;
}
