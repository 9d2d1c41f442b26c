/**
 * TCP of one host: finds the socket of a segment, accepts connections, hands out ephemeral ports, and answers what
 * belongs to nobody with RST. Faults of the process behind it act here: `refuse` answers like a host without the
 * process, `hang` keeps the kernel's side going while the application hears nothing.
 *
 * Most hosts of a large network never speak TCP: tables and the random stream are made when first needed.
 */
import { assert } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import { MICROSECOND_NS, MILLISECOND_NS } from '../base/units.ts';
import type { DeviceContext } from '../network/device.ts';
import { DONT_FRAGMENT, wholePacket } from '../network/fragment.ts';
import type { FlowId, PacketId } from '../network/ids.ts';
import { IN, OUT, TCP } from '../network/packet-table.ts';
import { FRAGMENTATION_NEEDED, PORT_UNREACHABLE, PROTOCOL_UNREACHABLE, type QuotedHeader } from './ip.ts';
import type { PathMtus } from './path-mtus.ts';
import type { TcpConnection } from './tcp-connection.ts';
import type { TcpReceiver } from './tcp-receiver.ts';
import {
  ACK,
  type Billing,
  FIN,
  RST,
  type StreamMessage,
  SYN,
  TCP_HEADERS,
  tcpOptionBytes,
  tcpPayloadBytes,
} from './tcp-segment.ts';
import type { SocketOptions, TcpSettings } from './tcp-settings.ts';
import { TcpSocket } from './tcp-socket.ts';
import { type SocketHandlers, TIMERS_PER_SOCKET } from './tcp-types.ts';

/** Makes the handlers of a connection that a listening port accepted. */
export type Acceptor = (socket: TcpSocket) => SocketHandlers;

interface Listener {
  readonly acceptor: Acceptor;
  readonly options: SocketOptions;
}

/** RFC 9293 section 3.4.1: initial sequence numbers move on by one every 4 us. */
const SEQUENCE_CLOCK_NS = 4 * MICROSECOND_NS;

export class TcpLayer {
  readonly context: DeviceContext;
  readonly settings: TcpSettings;
  private readonly emit: (packet: PacketId) => void;
  private readonly sockets: (TcpSocket | null)[] = [];
  private readonly freeRows: number[] = [];
  /** First socket of a bucket; keys are hashes small enough to cost no memory, so buckets chain. */
  private buckets: Map<number, TcpSocket> | null = null;
  private listeners: Map<number, Listener> | null = null;
  private readonly paths: PathMtus;
  private readonly identify: () => number;
  /** NONE until the first one is drawn. */
  private nextEphemeral = NONE;
  /** Of the ephemeral range, how many ports are taken towards a destination: a host without one left knows at once. */
  private takenPorts: Map<number, number> | null = null;
  /** Event for whose sake connections are being reset just now; NONE otherwise. */
  private resetEvent: number = NONE;

  /** `paths`: what the host knows of them; `identify`: numbers the packets that may be cut on their way. */
  constructor(
    context: DeviceContext,
    settings: TcpSettings,
    paths: PathMtus,
    identify: () => number,
    emit: (packet: PacketId) => void,
  ) {
    this.context = context;
    this.settings = settings;
    this.paths = paths;
    this.identify = identify;
    this.emit = emit;
  }

  /** `options` are those of every connection that the port accepts. */
  listen(port: number, acceptor: Acceptor, options: SocketOptions = {}): void {
    this.listeners ??= new Map();
    this.listeners.set(port, { acceptor, options });
  }

  /** Null when every ephemeral port towards this destination is taken. */
  connect(
    localAddr: number,
    remoteAddr: number,
    remotePort: number,
    billing: Billing,
    handlers: SocketHandlers,
    options: SocketOptions = {},
  ): TcpSocket | null {
    const localPort = this.takeEphemeral(remoteAddr, remotePort);
    if (localPort === NONE) return null;
    const socket = this.open(localAddr, localPort, remoteAddr, remotePort, billing, false, options);
    socket.handlers = handlers;
    socket.startConnecting();
    return socket;
  }

  /** The segment's verdict is the caller's affair: it has been accepted. `isRefusing`: no process listens. */
  receive(packet: PacketId, isRefusing: boolean): void {
    const { srcAddr, srcPort, dstAddr, dstPort, tcpFlags, unit } = this.context.packets;
    const flags = tcpFlags[packet] as number;
    const socket = this.find(
      dstPort[packet] as number,
      srcAddr[packet] as number,
      srcPort[packet] as number,
      dstAddr[packet] as number,
    );
    const isSyn = (flags & (SYN | ACK | RST)) === SYN;
    if (socket !== null && !(isSyn && (socket.yieldsTo(packet) || socket.isOutdatedBy(packet)))) {
      // Replies are billed to the unit that is being answered.
      if (socket.billing.direction === IN) socket.billing.unit = unit[packet] as number;
      socket.receive(packet);
      return;
    }
    const listener = this.listeners?.get(dstPort[packet] as number);
    if (!isSyn || listener === undefined || isRefusing) {
      if ((flags & RST) === 0) this.refuse(packet);
      return;
    }
    if (socket !== null) {
      socket.vanish();
      this.forget(socket);
    }
    this.accept(packet, listener);
  }

  /** A router or the peer's host says what became of a segment of ours. */
  onIcmpError(kind: number, quoted: QuotedHeader): void {
    const socket = this.find(quoted.srcPort, quoted.dstAddr, quoted.dstPort);
    if (socket === null) return;
    if (kind === PORT_UNREACHABLE || kind === PROTOCOL_UNREACHABLE) socket.onUnreachable();
    else if (kind === FRAGMENTATION_NEEDED) this.lowerMtu(socket, quoted.nextHopMtu ?? 0);
  }

  onTimer(token: number): void {
    const which = token % TIMERS_PER_SOCKET;
    this.sockets[(token - which) / TIMERS_PER_SOCKET]?.onTimer(which);
  }

  /** The machine lost power: every connection is gone without a word. */
  vanish(): void {
    for (const socket of this.sockets) socket?.vanish();
    this.sockets.length = 0;
    this.freeRows.length = 0;
    this.buckets?.clear();
    this.takenPorts?.clear();
  }

  /** The process died by the event: its connections are reset by the kernel. */
  abortAccepted(event: number): void {
    this.resetEvent = event;
    for (const socket of [...this.sockets]) if (socket?.billing.direction === IN) socket.abort();
    this.resetEvent = NONE;
  }

  // For sockets.

  /** A clock plus what differs per connection, as RFC 6528 has it, but from nothing secret. */
  initialSequence(localPort: number, remoteAddr: number, remotePort: number): number {
    let h = Math.imul(remoteAddr ^ Math.imul(localPort, 0x9e3779b1), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 15) ^ remotePort, 0xc2b2ae35);
    return ((h ^ (h >>> 16)) + Math.floor(this.context.now() / SEQUENCE_CLOCK_NS)) >>> 0;
  }

  /** Now in ms, which are the ticks of time stamps; never 0. */
  timestamp(): number {
    return (1 + Math.floor(this.context.now() / MILLISECOND_NS)) >>> 0;
  }

  mtuTowards(address: number): number {
    return this.paths.to(address, this.context.now());
  }

  /** The segment size that our SYNs announce. */
  ownMssBytes(): number {
    return Math.min(this.settings.mssBytes, this.paths.linkBytes - TCP_HEADERS);
  }

  roundTrip(socket: TcpConnection, roundTripNs: number): void {
    this.context.roundTrip(socket.billing.flow as FlowId, roundTripNs);
  }

  /** A segment of a connection, without window, options and payload. */
  createSegment(socket: TcpConnection, flags: number, sequence: number, ack: number): PacketId {
    const { flow, unit, connection, direction } = socket.billing;
    const packet = this.context.create(flow as FlowId, unit, connection, direction);
    const { packets } = this.context;
    packets.srcAddr[packet] = socket.localAddr;
    packets.dstAddr[packet] = socket.remoteAddr;
    packets.srcPort[packet] = socket.localPort;
    packets.dstPort[packet] = socket.remotePort;
    this.fill(packet, flags, sequence, ack);
    return packet;
  }

  stamp(packet: PacketId, echo: number): void {
    const { packets } = this.context;
    packets.tcpTsValue[packet] = this.timestamp();
    packets.tcpTsEcho[packet] = echo;
  }

  writeBlocks(packet: PacketId, receiver: TcpReceiver, limit: number): void {
    const { packets } = this.context;
    const row = packets.options.create();
    packets.tcpOptions[packet] = row;
    receiver.writeBlocks(packets.options, row, limit);
  }

  /** `isRepeat`: it holds sequence space that was sent before. */
  sendSegment(
    packet: PacketId,
    bytes: number,
    messages: readonly StreamMessage[] | null,
    isRepeat: boolean,
  ): void {
    const { packets } = this.context;
    packets.lengthBytes[packet] = TCP_HEADERS + tcpOptionBytes(packets, packet) + bytes;
    packets.content[packet] = messages;
    if (this.resetEvent !== NONE) this.context.impair(packet, this.resetEvent);
    if (isRepeat) this.context.retransmit(packet);
    this.emit(packet);
  }

  /** RST of a connection that is being given up. */
  sendReset(socket: TcpConnection, sequence: number, ack: number): void {
    this.sendSegment(this.createSegment(socket, RST | ACK, sequence, ack), 0, null, false);
  }

  /** RST to a segment that acknowledges what was never sent (RFC 9293 section 3.10.7). */
  sendRefusal(socket: TcpConnection, sequence: number): void {
    this.sendSegment(this.createSegment(socket, RST, sequence, 0), 0, null, false);
  }

  forget(socket: TcpSocket): void {
    this.sockets[socket.row] = null;
    this.freeRows.push(socket.row);
    this.countTaken(socket, -1);
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

  private fill(packet: PacketId, flags: number, sequence: number, ack: number): void {
    const { packets } = this.context;
    packets.protocol[packet] = TCP;
    packets.ttl[packet] = this.settings.initialTtl;
    packets.fragment[packet] = this.keepsWhole(packets.dstAddr[packet] as number)
      ? DONT_FRAGMENT
      : wholePacket(this.identify());
    packets.lengthBytes[packet] = TCP_HEADERS;
    packets.tcpSeq[packet] = sequence;
    packets.tcpAck[packet] = ack;
    packets.tcpFlags[packet] = flags;
    packets.tcpWindow[packet] = 0;
  }

  private keepsWhole(address: number): boolean {
    return this.settings.ip.discoversPathMtu && this.paths.keepsWhole(address, this.context.now());
  }

  private accept(packet: PacketId, listener: Listener): void {
    const { srcAddr, srcPort, dstAddr, dstPort } = this.context.packets;
    const accepted = this.open(
      dstAddr[packet] as number,
      dstPort[packet] as number,
      srcAddr[packet] as number,
      srcPort[packet] as number,
      this.billingOfReply(packet),
      true,
      listener.options,
    );
    accepted.handlers = listener.acceptor(accepted);
    accepted.startAccepting(packet);
  }

  private lowerMtu(socket: TcpSocket, nextHopMtuBytes: number): void {
    if (!this.settings.ip.discoversPathMtu) return;
    this.paths.lower(socket.remoteAddr, nextHopMtuBytes, this.context.now());
    socket.lowerMtu(this.mtuTowards(socket.remoteAddr));
  }

  /** RST as RFC 9293 section 3.10.7.1 has it: the sequence number the sender expects, or 0 with an acknowledgement. */
  private refuse(cause: PacketId): void {
    const { flow, unit, connection, direction } = this.billingOfReply(cause);
    const packet = this.context.create(flow as FlowId, unit, connection, direction);
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
      this.fill(packet, RST, packets.tcpAck[cause] as number, 0);
    } else {
      const length = tcpPayloadBytes(packets, cause) + ((flags & (SYN | FIN)) === 0 ? 0 : 1);
      this.fill(packet, RST | ACK, 0, ((packets.tcpSeq[cause] as number) + length) >>> 0);
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
    isPassive: boolean,
    options: SocketOptions,
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
      isPassive,
      options,
    );
    this.sockets[row] = socket;
    const key = bucketKey(localPort, remoteAddr, remotePort);
    this.buckets ??= new Map();
    socket.nextInBucket = this.buckets.get(key) ?? null;
    this.buckets.set(key, socket);
    this.countTaken(socket, 1);
    return socket;
  }

  /** `localAddr` tells apart what came to different addresses of the host; NONE: whichever. */
  private find(
    localPort: number,
    remoteAddr: number,
    remotePort: number,
    localAddr: number = NONE,
  ): TcpSocket | null {
    let socket = this.buckets?.get(bucketKey(localPort, remoteAddr, remotePort)) ?? null;
    while (
      socket !== null &&
      (socket.localPort !== localPort ||
        socket.remoteAddr !== remoteAddr ||
        socket.remotePort !== remotePort ||
        (localAddr !== NONE && socket.localAddr !== localAddr))
    ) {
      socket = socket.nextInBucket;
    }
    return socket;
  }

  private takeEphemeral(remoteAddr: number, remotePort: number): number {
    const { ephemeralFirst, ephemeralLast } = this.settings;
    assert(ephemeralFirst <= ephemeralLast, 'the ephemeral port range is empty');
    const taken = this.takenPorts?.get(destinationKey(remoteAddr, remotePort)) ?? 0;
    if (taken === ephemeralLast - ephemeralFirst + 1) return NONE;
    if (this.nextEphemeral === NONE) {
      const random = this.context.random('tcp');
      this.nextEphemeral = ephemeralFirst + random.below(ephemeralLast - ephemeralFirst + 1);
    }
    for (let tries = ephemeralLast - ephemeralFirst; tries >= 0; tries--) {
      const port = this.nextEphemeral;
      this.nextEphemeral = port === ephemeralLast ? ephemeralFirst : port + 1;
      if (this.find(port, remoteAddr, remotePort) === null) return port;
    }
    assert(false, 'a port is free unless all are counted as taken');
  }

  private countTaken({ localPort, remoteAddr, remotePort }: TcpSocket, change: number): void {
    const { ephemeralFirst, ephemeralLast } = this.settings;
    if (localPort < ephemeralFirst || localPort > ephemeralLast) return;
    this.takenPorts ??= new Map();
    const key = destinationKey(remoteAddr, remotePort);
    const taken = (this.takenPorts.get(key) ?? 0) + change;
    if (taken === 0) this.takenPorts.delete(key);
    else this.takenPorts.set(key, taken);
  }
}

function destinationKey(remoteAddr: number, remotePort: number): number {
  return remoteAddr * 0x10000 + remotePort;
}

/** A hash in 31 bits: a number that engines keep without a box. */
function bucketKey(localPort: number, remoteAddr: number, remotePort: number): number {
  const ports = Math.imul(localPort ^ (remotePort << 16), 0x9e3779b1);
  const mixed = Math.imul(ports ^ remoteAddr ^ (ports >>> 15), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) & 0x3fffffff;
}
