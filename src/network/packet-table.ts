// hot path
/**
 * All packets of a run: one row a packet, one column a field, the row number is the packet. Columns show the
 * outermost header; headers underneath are rows of the header stack. A row lives from `create` to the verdict that
 * ends the packet. Columns are re-allocated when the table grows: read them afresh after anything that can create.
 */
import { NONE } from '../base/brand.ts';
import type { FlowId, PacketId } from './ids.ts';

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;

/** Directions of a packet within its flow. */
export const OUT = 0;
export const IN = 1;

export class PacketTable {
  /** Addresses and ports of the outermost header. ICMP: source port is the identifier, destination port type * 256 + code. */
  srcAddr = new Uint32Array(0);
  dstAddr = new Uint32Array(0);
  srcPort = new Uint16Array(0);
  dstPort = new Uint16Array(0);
  protocol = new Uint8Array(0);
  ttl = new Uint8Array(0);
  dscp = new Uint8Array(0);
  /** IP total length in bytes. */
  lengthBytes = new Int32Array(0);
  tcpSeq = new Uint32Array(0);
  tcpAck = new Uint32Array(0);
  tcpWindow = new Uint32Array(0);
  tcpFlags = new Uint8Array(0);
  /** Top of the stack of headers under the outermost one; NONE without. */
  headerTop = new Int32Array(0);
  /** Who is billed and blamed; they survive translation and encapsulation. Units and connections count within the flow. */
  flow = new Int32Array(0);
  unit = new Int32Array(0);
  connection = new Int32Array(0);
  direction = new Uint8Array(0);
  createdNs = new Float64Array(0);
  /** Messages or a quoted header riding on the packet; null for plain bytes. */
  content: unknown[] = [];

  /** A packet is in at most one link, which keeps its place in line here. */
  nextInLink = new Int32Array(0);
  sentNs = new Float64Array(0);
  arrivalNs = new Float64Array(0);
  arrivalSequence = new Float64Array(0);

  /** Rows in use. */
  live = 0;
  private used = 0;
  private firstFree = NONE;

  constructor(capacity = 1024) {
    this.resize(capacity);
  }

  /** A row with no headers below, nothing aboard; the caller fills in the header. */
  create(flow: FlowId, unit: number, connection: number, direction: number, nowNs: number): PacketId {
    let packet = this.firstFree;
    if (packet === NONE) {
      packet = this.used++;
      if (packet === this.flow.length) this.resize(packet * 2);
    } else {
      this.firstFree = this.nextInLink[packet] as number;
    }
    this.live++;
    this.flow[packet] = flow;
    this.unit[packet] = unit;
    this.connection[packet] = connection;
    this.direction[packet] = direction;
    this.createdNs[packet] = nowNs;
    this.headerTop[packet] = NONE;
    this.dscp[packet] = 0;
    return packet as PacketId;
  }

  free(packet: PacketId): void {
    this.live--;
    this.content[packet] = null;
    this.nextInLink[packet] = this.firstFree;
    this.firstFree = packet;
  }

  private resize(capacity: number): void {
    const u32 = (old: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> =>
      copyInto(new Uint32Array(capacity), old);
    const i32 = (old: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> =>
      copyInto(new Int32Array(capacity), old);
    const u16 = (old: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> =>
      copyInto(new Uint16Array(capacity), old);
    const u8 = (old: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
      copyInto(new Uint8Array(capacity), old);
    const f64 = (old: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> =>
      copyInto(new Float64Array(capacity), old);
    this.srcAddr = u32(this.srcAddr);
    this.dstAddr = u32(this.dstAddr);
    this.srcPort = u16(this.srcPort);
    this.dstPort = u16(this.dstPort);
    this.protocol = u8(this.protocol);
    this.ttl = u8(this.ttl);
    this.dscp = u8(this.dscp);
    this.lengthBytes = i32(this.lengthBytes);
    this.tcpSeq = u32(this.tcpSeq);
    this.tcpAck = u32(this.tcpAck);
    this.tcpWindow = u32(this.tcpWindow);
    this.tcpFlags = u8(this.tcpFlags);
    this.headerTop = i32(this.headerTop);
    this.flow = i32(this.flow);
    this.unit = i32(this.unit);
    this.connection = i32(this.connection);
    this.direction = u8(this.direction);
    this.createdNs = f64(this.createdNs);
    while (this.content.length < capacity) this.content.push(null);
    this.nextInLink = i32(this.nextInLink);
    this.sentNs = f64(this.sentNs);
    this.arrivalNs = f64(this.arrivalNs);
    this.arrivalSequence = f64(this.arrivalSequence);
  }
}

function copyInto<T extends { set(from: T): void }>(wider: T, old: T): T {
  wider.set(old);
  return wider;
}
