// hot path
/**
 * All packets of a run: one row a packet, one column a field, the row number is the packet. Columns show the
 * outermost header; headers underneath are rows of the header stack. A row lives from `create` to the verdict that
 * ends the packet. Columns are re-allocated when the table grows: read them afresh after anything that can create.
 */
import { NONE } from '../base/brand.ts';
import { widen } from '../base/columns.ts';
import type { FlowId, PacketId } from './ids.ts';
import { TcpOptionTable } from './tcp-options.ts';

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
  /** RFC 7323 time stamps; a value of 0: the segment carries none. */
  tcpTsValue = new Uint32Array(0);
  tcpTsEcho = new Uint32Array(0);
  /** Row of `options`; NONE without options other than time stamps. */
  tcpOptions = new Int32Array(0);
  /** How the packet is cut, as on the wire: `fragment.ts` draws the word. 0: whole, and may be cut. */
  fragment = new Uint32Array(0);
  /** Of fragments alone: data bytes, after the IP header, of the datagram that they are part of. */
  datagramBytes = new Int32Array(0);
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

  readonly options = new TcpOptionTable();

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
    this.fragment[packet] = 0;
    this.tcpTsValue[packet] = 0;
    this.tcpOptions[packet] = NONE;
    return packet as PacketId;
  }

  free(packet: PacketId): void {
    this.live--;
    this.content[packet] = null;
    if (this.tcpOptions[packet] !== NONE) this.options.free(this.tcpOptions[packet] as number);
    this.nextInLink[packet] = this.firstFree;
    this.firstFree = packet;
  }

  private resize(capacity: number): void {
    this.srcAddr = widen(this.srcAddr, capacity);
    this.dstAddr = widen(this.dstAddr, capacity);
    this.srcPort = widen(this.srcPort, capacity);
    this.dstPort = widen(this.dstPort, capacity);
    this.protocol = widen(this.protocol, capacity);
    this.ttl = widen(this.ttl, capacity);
    this.dscp = widen(this.dscp, capacity);
    this.lengthBytes = widen(this.lengthBytes, capacity);
    this.tcpSeq = widen(this.tcpSeq, capacity);
    this.tcpAck = widen(this.tcpAck, capacity);
    this.tcpWindow = widen(this.tcpWindow, capacity);
    this.tcpFlags = widen(this.tcpFlags, capacity);
    this.tcpTsValue = widen(this.tcpTsValue, capacity);
    this.tcpTsEcho = widen(this.tcpTsEcho, capacity);
    this.tcpOptions = widen(this.tcpOptions, capacity);
    this.fragment = widen(this.fragment, capacity);
    this.datagramBytes = widen(this.datagramBytes, capacity);
    this.headerTop = widen(this.headerTop, capacity);
    this.flow = widen(this.flow, capacity);
    this.unit = widen(this.unit, capacity);
    this.connection = widen(this.connection, capacity);
    this.direction = widen(this.direction, capacity);
    this.createdNs = widen(this.createdNs, capacity);
    this.nextInLink = widen(this.nextInLink, capacity);
    this.sentNs = widen(this.sentNs, capacity);
    this.arrivalNs = widen(this.arrivalNs, capacity);
    this.arrivalSequence = widen(this.arrivalSequence, capacity);
    while (this.content.length < capacity) this.content.push(null);
  }
}
