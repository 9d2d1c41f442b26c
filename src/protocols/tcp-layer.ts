/**
 * TCP of one host: finds the socket of a segment, accepts connections, hands out ephemeral ports, and answers what
 * belongs to nobody with RST. Faults of the process behind it act here: `refuse` answers like a host without the
 * process, `hang` keeps the kernel's side going while the application hears nothing.
 *
 * Most hosts of a large network never speak TCP: tables and the random stream are made when first needed.
 */
import { assert } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { DeviceContext } from '../network/device.ts';
import type { FlowId, PacketId } from '../network/ids.ts';
import { IN, OUT, TCP } from '../network/packet-table.ts';
import type { QuotedHeader } from './ip.ts';
import { ACK, type Billing, FIN, RST, type StreamMessage, SYN, TCP_HEADERS } from './tcp-segment.ts';
import type { TcpSettings } from './tcp-settings.ts';
import { type SocketHandlers, TcpSocket } from './tcp-socket.ts';

/** Makes the handlers of a connection that a listening port accepted. */
export type Acceptor = (socket: TcpSocket) => SocketHandlers;

export class TcpLayer {
  readonly context: DeviceContext;
  readonly settings: TcpSettings;
  private readonly emit: (packet: PacketId) => void;
  private readonly sockets: (TcpSocket | null)[] = [];
  private readonly freeRows: number[] = [];
  /** First socket of a bucket; the key leaves 11 bits of the remote address out, so buckets chain. */
  private buckets: Map<number, TcpSocket> | null = null;
  private acceptors: Map<number, Acceptor> | null = null;
  /** NONE until the first one is drawn. */
  private nextEphemeral = NONE;
  /** Event for whose sake connections are being reset just now; NONE otherwise. */
  private resetEvent: number = NONE;

  constructor(context: DeviceContext, settings: TcpSettings, emit: (packet: PacketId) => void) {
    this.context = context;
    this.settings = settings;
    this.emit = emit;
  }

  listen(port: number, acceptor: Acceptor): void {
    this.acceptors ??= new Map();
    this.acceptors.set(port, acceptor);
  }

  /** Null when every ephemeral port towards this destination is taken. */
  connect(
    localAddr: number,
    remoteAddr: number,
    remotePort: number,
    billing: Billing,
    handlers: SocketHandlers,
  ): TcpSocket | null {
    const localPort = this.takeEphemeral(remoteAddr, remotePort);
    if (localPort === NONE) return null;
    const socket = this.open(localAddr, localPort, remoteAddr, remotePort, billing, handlers, false);
    socket.startConnecting();
    return socket;
  }

  /** The segment's verdict is the caller's affair: it has been accepted. `isRefusing`: no process listens. */
  receive(packet: PacketId, isRefusing: boolean): void {
    const { srcAddr, srcPort, dstAddr, dstPort, tcpFlags, tcpSeq, tcpWindow, unit } = this.context.packets;
    const remoteAddr = srcAddr[packet] as number;
    const remotePort = srcPort[packet] as number;
    const localPort = dstPort[packet] as number;
    const flags = tcpFlags[packet] as number;
    const socket = this.find(localPort, remoteAddr, remotePort);
    const isSyn = (flags & (SYN | ACK)) === SYN;
    if (socket !== null && !(isSyn && socket.state === 'time-wait')) {
      // Replies are billed to the unit that is being answered.
      if (socket.billing.direction === IN) socket.billing.unit = unit[packet] as number;
      socket.receive(packet);
      return;
    }
    const acceptor = this.acceptors?.get(localPort);
    if (!isSyn || acceptor === undefined || isRefusing) {
      if ((flags & RST) === 0) this.sendReset(packet);
      return;
    }
    socket?.vanish();
    if (socket !== null) this.forget(socket);
    const accepted = this.open(
      dstAddr[packet] as number,
      localPort,
      remoteAddr,
      remotePort,
      this.billingOfReply(packet),
      {},
      true,
    );
    accepted.handlers = acceptor(accepted);
    accepted.startAccepting(tcpSeq[packet] as number, tcpWindow[packet] as number);
  }

  onTimer(row: number): void {
    this.sockets[row]?.onTimer();
  }

  /** An ICMP error about a segment of this host; connections learn nothing from it. */
  receiveError(_quoted: QuotedHeader, _kind: number): void {}

  /** The machine lost power: every connection is gone without a word. */
  vanish(): void {
    for (const socket of this.sockets) socket?.vanish();
    this.sockets.length = 0;
    this.freeRows.length = 0;
    this.buckets?.clear();
  }

  /** The process died by the event: its connections are reset by the kernel. */
  abortAccepted(event: number): void {
    this.resetEvent = event;
    for (const socket of [...this.sockets]) if (socket?.billing.direction === IN) socket.abort();
    this.resetEvent = NONE;
  }

  // For sockets.

  /** Differs per connection, as RFC 6528 asks, without a clock. */
  initialSequence(localPort: number, remoteAddr: number, remotePort: number): number {
    let h = Math.imul(remoteAddr ^ Math.imul(localPort, 0x9e3779b1), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 15) ^ remotePort, 0xc2b2ae35);
    return (h ^ (h >>> 16)) >>> 0;
  }

  sendControl(socket: TcpSocket, flags: number, sequence: number, ack: number): void {
    this.sendData(socket, flags, sequence, ack, 0, null);
  }

  sendData(
    socket: TcpSocket,
    flags: number,
    sequence: number,
    ack: number,
    bytes: number,
    messages: readonly StreamMessage[] | null,
  ): void {
    const { billing } = socket;
    const packet = this.context.create(
      billing.flow as FlowId,
      billing.unit,
      billing.connection,
      billing.direction,
    );
    const { packets } = this.context;
    packets.srcAddr[packet] = socket.localAddr;
    packets.dstAddr[packet] = socket.remoteAddr;
    packets.srcPort[packet] = socket.localPort;
    packets.dstPort[packet] = socket.remotePort;
    this.fill(packet, flags, sequence, ack, bytes);
    packets.content[packet] = messages;
    if (this.resetEvent !== NONE) this.context.impair(packet, this.resetEvent);
    this.emit(packet);
  }

  forget(socket: TcpSocket): void {
    this.sockets[socket.row] = null;
    this.freeRows.push(socket.row);
    const key = bucketKey(socket.localPort, socket.remoteAddr, socket.remotePort);
    const { buckets } = this;
    const first = buckets?.get(key) ?? null;
    if (buckets !== null && first === socket) {
      if (socket.nextInBucket === null) buckets.delete(key);
      else buckets.set(key, socket.nextInBucket);
      return;
    }
    for (let s = first; s !== null; s = s.nextInBucket) {
      if (s.nextInBucket === socket) s.nextInBucket = socket.nextInBucket;
    }
  }

  private fill(packet: PacketId, flags: number, sequence: number, ack: number, bytes: number): void {
    const { packets } = this.context;
    packets.protocol[packet] = TCP;
    packets.ttl[packet] = this.settings.initialTtl;
    packets.lengthBytes[packet] = TCP_HEADERS + bytes;
    packets.tcpSeq[packet] = sequence;
    packets.tcpAck[packet] = ack;
    packets.tcpFlags[packet] = flags;
    packets.tcpWindow[packet] = this.settings.receiveWindowBytes;
  }

  /** RST as RFC 9293 section 3.10.7.1 has it: the sequence number the sender expects, or 0 with an acknowledgement. */
  private sendReset(cause: PacketId): void {
    const billing = this.billingOfReply(cause);
    const packet = this.context.create(
      billing.flow as FlowId,
      billing.unit,
      billing.connection,
      billing.direction,
    );
    const { packets } = this.context;
    packets.srcAddr[packet] = packets.dstAddr[cause] as number;
    packets.dstAddr[packet] = packets.srcAddr[cause] as number;
    packets.srcPort[packet] = packets.dstPort[cause] as number;
    packets.dstPort[packet] = packets.srcPort[cause] as number;
    const flags = packets.tcpFlags[cause] as number;
    const started = this.context.powerEvent();
    // A host that was restarted knows nothing of the connections it had.
    if (started !== NONE && (flags & SYN) === 0) this.context.impair(cause, started);
    if ((flags & ACK) !== 0) {
      this.fill(packet, RST, packets.tcpAck[cause] as number, 0, 0);
    } else {
      const length =
        (packets.lengthBytes[cause] as number) - TCP_HEADERS + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
      this.fill(packet, RST | ACK, 0, ((packets.tcpSeq[cause] as number) + length) >>> 0, 0);
    }
    this.emit(packet);
  }

  private billingOfReply(packet: PacketId): Billing {
    const { flow, unit, connection, direction } = this.context.packets;
    return {
      flow: flow[packet] as number,
      unit: unit[packet] as number,
      connection: connection[packet] as number,
      direction: direction[packet] === OUT ? IN : OUT,
    };
  }

  private open(
    localAddr: number,
    localPort: number,
    remoteAddr: number,
    remotePort: number,
    billing: Billing,
    handlers: SocketHandlers,
    isPassive: boolean,
  ): TcpSocket {
    const row = this.freeRows.pop() ?? this.sockets.length;
    const socket = new TcpSocket(
      this,
      row,
      localAddr,
      localPort,
      remoteAddr,
      remotePort,
      billing,
      handlers,
      isPassive,
    );
    this.sockets[row] = socket;
    const key = bucketKey(localPort, remoteAddr, remotePort);
    this.buckets ??= new Map();
    socket.nextInBucket = this.buckets.get(key) ?? null;
    this.buckets.set(key, socket);
    return socket;
  }

  private find(localPort: number, remoteAddr: number, remotePort: number): TcpSocket | null {
    let socket = this.buckets?.get(bucketKey(localPort, remoteAddr, remotePort)) ?? null;
    while (socket !== null && (socket.remoteAddr !== remoteAddr || socket.remotePort !== remotePort)) {
      socket = socket.nextInBucket;
    }
    return socket;
  }

  private takeEphemeral(remoteAddr: number, remotePort: number): number {
    const { ephemeralFirst, ephemeralLast } = this.settings;
    assert(ephemeralFirst <= ephemeralLast, 'the ephemeral port range is empty');
    if (this.nextEphemeral === NONE) {
      const random = this.context.random('tcp');
      this.nextEphemeral = ephemeralFirst + random.below(ephemeralLast - ephemeralFirst + 1);
    }
    for (let tries = ephemeralLast - ephemeralFirst; tries >= 0; tries--) {
      const port = this.nextEphemeral;
      this.nextEphemeral = port === ephemeralLast ? ephemeralFirst : port + 1;
      if (this.find(port, remoteAddr, remotePort) === null) return port;
    }
    return NONE;
  }
}

/** Both ports and 21 bits of the remote address in one exact integer. */
function bucketKey(localPort: number, remoteAddr: number, remotePort: number): number {
  const address = (remoteAddr ^ (remoteAddr >>> 21)) & 0x1fffff;
  return (address * 65536 + localPort) * 65536 + remotePort;
}
