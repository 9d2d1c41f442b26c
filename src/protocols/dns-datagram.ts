/** DNS messages and verdicts as UDP datagrams of devices that have no host stack. */
import type { DeviceContext } from '../network/device.ts';
import type { FlowId, PacketId } from '../network/ids.ts';
import { UDP } from '../network/packet-table.ts';
import { UDP_HEADERS } from './host-stack.ts';
import type { Billing } from './tcp-segment.ts';

export interface Datagram {
  readonly srcAddr: number;
  readonly srcPort: number;
  readonly dstAddr: number;
  readonly dstPort: number;
  readonly ttl: number;
  readonly payloadBytes: number;
  readonly content: unknown;
}

export function createDatagram(context: DeviceContext, billing: Billing, datagram: Datagram): PacketId {
  const { flow, unit, connection, direction } = billing;
  const packet = context.create(flow as FlowId, unit, connection, direction);
  const { packets } = context;
  packets.srcAddr[packet] = datagram.srcAddr;
  packets.srcPort[packet] = datagram.srcPort;
  packets.dstAddr[packet] = datagram.dstAddr;
  packets.dstPort[packet] = datagram.dstPort;
  packets.protocol[packet] = UDP;
  packets.ttl[packet] = datagram.ttl;
  packets.lengthBytes[packet] = UDP_HEADERS + datagram.payloadBytes;
  packets.content[packet] = datagram.content;
  return packet;
}
