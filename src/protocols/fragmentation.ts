// hot path
/**
 * Cutting IPv4 packets (RFC 791 section 3.2). Every piece is billed to the unit of the whole and has its content aboard;
 * the ports travel with the first piece, as on the wire, and are 0 on the others.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext } from '../network/device.ts';
import {
  fragmentOf,
  hasMoreFragments,
  isFragment,
  mayBeCut,
  OFFSET_UNIT,
  offsetBytesOf,
} from '../network/fragment.ts';
import type { FlowId, IfaceId, PacketId } from '../network/ids.ts';

const IP_HEADER = 20;

/** Data bytes of a piece that is not the last one, for links that take packets of `mtuBytes`. */
function pieceBytes(mtuBytes: number): number {
  return Math.floor((mtuBytes - IP_HEADER) / OFFSET_UNIT) * OFFSET_UNIT;
}

/** A router's part: sends the packet in pieces, unless that is forbidden (false). The caller ends the whole. */
export function forwardInPieces(
  context: DeviceContext,
  packet: PacketId,
  iface: IfaceId,
  mtuBytes: number,
): boolean {
  const { fragment, headerTop, lengthBytes } = context.packets;
  // What is encapsulated is the cloud's own, which sizes its links for it.
  if (!mayBeCut(fragment[packet] as number) || headerTop[packet] !== NONE) return false;
  const dataBytes = (lengthBytes[packet] as number) - IP_HEADER;
  const step = pieceBytes(mtuBytes);
  for (let at = 0; at < dataBytes; at += step) {
    context.send(createPiece(context, packet, at, Math.min(step, dataBytes - at)), iface);
  }
  return true;
}

/**
 * A host's part: the packet becomes its own first piece; the others are appended to `rest`, in order. All are the
 * caller's to send.
 */
export function cutInPlace(
  context: DeviceContext,
  packet: PacketId,
  mtuBytes: number,
  rest: PacketId[],
): void {
  const dataBytes = (context.packets.lengthBytes[packet] as number) - IP_HEADER;
  const step = pieceBytes(mtuBytes);
  for (let at = step; at < dataBytes; at += step) {
    rest.push(createPiece(context, packet, at, Math.min(step, dataBytes - at)));
  }
  const { datagramBytes, fragment, lengthBytes } = context.packets;
  datagramBytes[packet] = dataBytes;
  fragment[packet] = fragmentOf(fragment[packet] as number, 0, true);
  lengthBytes[packet] = IP_HEADER + step;
}

/** `bytes` of the data of `whole`, which may be a fragment itself, from `atBytes` on. */
function createPiece(context: DeviceContext, whole: PacketId, atBytes: number, bytes: number): PacketId {
  const { flow, unit, connection, direction } = context.packets;
  const piece = context.create(
    flow[whole] as FlowId,
    unit[whole] as number,
    connection[whole] as number,
    direction[whole] as number,
  );
  const { packets } = context;
  const word = packets.fragment[whole] as number;
  const offsetBytes = offsetBytesOf(word) + atBytes;
  const isLast = atBytes + bytes + IP_HEADER === packets.lengthBytes[whole];
  packets.fragment[piece] = fragmentOf(word, offsetBytes, !isLast || hasMoreFragments(word));
  packets.datagramBytes[piece] = isFragment(word)
    ? (packets.datagramBytes[whole] as number)
    : (packets.lengthBytes[whole] as number) - IP_HEADER;
  packets.lengthBytes[piece] = IP_HEADER + bytes;
  packets.srcAddr[piece] = packets.srcAddr[whole] as number;
  packets.dstAddr[piece] = packets.dstAddr[whole] as number;
  packets.protocol[piece] = packets.protocol[whole] as number;
  packets.ttl[piece] = packets.ttl[whole] as number;
  packets.dscp[piece] = packets.dscp[whole] as number;
  packets.srcPort[piece] = offsetBytes === 0 ? (packets.srcPort[whole] as number) : 0;
  packets.dstPort[piece] = offsetBytes === 0 ? (packets.dstPort[whole] as number) : 0;
  packets.tcpSeq[piece] = packets.tcpSeq[whole] as number;
  packets.tcpAck[piece] = packets.tcpAck[whole] as number;
  packets.tcpWindow[piece] = packets.tcpWindow[whole] as number;
  packets.tcpFlags[piece] = packets.tcpFlags[whole] as number;
  packets.tcpTsValue[piece] = packets.tcpTsValue[whole] as number;
  packets.tcpTsEcho[piece] = packets.tcpTsEcho[whole] as number;
  const options = packets.tcpOptions[whole] as number;
  if (options !== NONE) packets.tcpOptions[piece] = packets.options.copyOf(options);
  packets.content[piece] = packets.content[whole];
  packets.createdNs[piece] = packets.createdNs[whole] as number;
  return piece;
}
