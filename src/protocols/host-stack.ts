/**
 * The IP stack of one host: TCP, UDP and ICMP behind one address, and the switch of the process that serves its
 * ports. Owns sockets and bindings; does not own interfaces: what it emits is sent by its device.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { FlowId, PacketId } from '../network/ids.ts';
import { ICMP, TCP, UDP } from '../network/packet-table.ts';
import { CONSUME, DELIVER, drop, type Verdict } from '../network/verdict.ts';
import {
  createEchoReply,
  createIcmpError,
  ECHO_REPLY,
  ECHO_REQUEST,
  isIcmpError,
  PORT_UNREACHABLE,
  type QuotedHeader,
} from './ip.ts';
import { type Acceptor, TcpLayer } from './tcp-layer.ts';
import type { Billing } from './tcp-segment.ts';
import type { SocketOptions, TcpSettings } from './tcp-settings.ts';

/** What ails the process behind the ports: dead, silent, answering 5xx, answering late; or nothing. */
export type ServiceFault = 'none' | 'refuse' | 'hang' | 'error' | 'slow';

/** Hears datagrams of a bound port; `packet` lives until it returns. */
export type DatagramHandler = (packet: PacketId) => void;
/** Hears that a datagram from a local port met a closed one. */
export type UnreachableHandler = (quoted: QuotedHeader) => void;

const NOT_LISTENING = drop(dropReason('not-listening'));
/** IP and UDP header. */
export const UDP_HEADERS = 28;

export class HostStack {
  readonly context: DeviceContext;
  readonly tcp: TcpLayer;
  readonly address: number;
  private readonly initialTtl: number;
  private readonly emit: (packet: PacketId) => void;
  // Null until something is bound: an empty Map weighs 240 bytes, and most hosts of a large network are idle.
  private datagrams: Map<number, DatagramHandler> | null = null;
  private echoReplies: Map<number, DatagramHandler> | null = null;
  private unreachables: Map<number, UnreachableHandler> | null = null;
  /** Ports whose process the service switch acts on. */
  private servicePorts: Set<number> | null = null;
  private fault: ServiceFault = 'none';
  private faultEvent: number = NONE;

  constructor(
    context: DeviceContext,
    settings: TcpSettings,
    address: number,
    emit: (packet: PacketId) => void,
  ) {
    this.context = context;
    this.address = address;
    this.initialTtl = settings.initialTtl;
    this.emit = emit;
    this.tcp = new TcpLayer(context, settings, emit);
  }

  get serviceFault(): ServiceFault {
    return this.fault;
  }

  /** A process serves this port; the service switch acts on it. `options` are those of its connections. */
  serveTcp(port: number, acceptor: Acceptor, options?: SocketOptions): void {
    this.servicePorts ??= new Set();
    this.servicePorts.add(port);
    this.tcp.listen(port, acceptor, options);
  }

  serveUdp(port: number, handler: DatagramHandler): void {
    this.servicePorts ??= new Set();
    this.servicePorts.add(port);
    this.bindUdp(port, handler);
  }

  setServiceFault(fault: ServiceFault, event: number): void {
    this.fault = fault;
    this.faultEvent = event;
    if (fault === 'refuse') this.tcp.abortAccepted(event);
  }

  /** A local port's datagrams, and news of those it sent that met a closed port. */
  bindUdp(port: number, handler: DatagramHandler, onUnreachable?: UnreachableHandler): void {
    this.datagrams ??= new Map();
    this.datagrams.set(port, handler);
    if (onUnreachable === undefined) return;
    this.unreachables ??= new Map();
    this.unreachables.set(port, onUnreachable);
  }

  onEchoReply(identifier: number, handler: DatagramHandler): void {
    this.echoReplies ??= new Map();
    this.echoReplies.set(identifier, handler);
  }

  /** `lengthBytes` is the IP length; `message` rides along. */
  sendDatagram(
    billing: Billing,
    localPort: number,
    remoteAddr: number,
    remotePort: number,
    lengthBytes: number,
    message: unknown,
  ): void {
    const packet = this.create(billing, remoteAddr, UDP, lengthBytes);
    const { packets } = this.context;
    packets.srcPort[packet] = localPort;
    packets.dstPort[packet] = remotePort;
    packets.content[packet] = message;
    this.emit(packet);
  }

  sendEcho(billing: Billing, identifier: number, remoteAddr: number, lengthBytes: number): void {
    const packet = this.create(billing, remoteAddr, ICMP, lengthBytes);
    const { packets } = this.context;
    packets.srcPort[packet] = identifier;
    packets.dstPort[packet] = ECHO_REQUEST;
    this.emit(packet);
  }

  /** A packet for this host's address. */
  receive(packet: PacketId): Verdict {
    const { protocol } = this.context.packets;
    switch (protocol[packet]) {
      case TCP:
        return this.receiveTcp(packet);
      case UDP:
        return this.receiveUdp(packet);
      default:
        return this.receiveIcmp(packet);
    }
  }

  /** Volatile state is gone. Bindings stay: the processes come back with the machine. */
  vanish(): void {
    this.tcp.vanish();
    this.fault = 'none';
    this.faultEvent = NONE;
  }

  private isServed(port: number): boolean {
    return this.servicePorts?.has(port) ?? false;
  }

  private receiveTcp(packet: PacketId): Verdict {
    const verdict = this.accepted(packet);
    const isService = this.isServed(this.context.packets.dstPort[packet] as number);
    if (isService && this.faultEvent !== NONE) this.blame(packet);
    this.tcp.receive(packet, isService && this.fault === 'refuse');
    return verdict;
  }

  private receiveUdp(packet: PacketId): Verdict {
    const port = this.context.packets.dstPort[packet] as number;
    const handler = this.datagrams?.get(port);
    const isService = this.isServed(port);
    // Datagrams ask for no answer: a service that answers wrongly or late still takes them.
    const isDeaf = this.fault !== 'error' && this.fault !== 'slow';
    if (isService && isDeaf && this.faultEvent !== NONE) this.blame(packet);
    const isClosed = handler === undefined || (isService && this.fault === 'refuse');
    if (isClosed) {
      const error = createIcmpError(this.context, packet, PORT_UNREACHABLE, this.address, this.initialTtl);
      this.emit(error);
      if (isService && this.faultEvent !== NONE) this.context.blameDrop(this.faultEvent);
      return NOT_LISTENING;
    }
    const verdict = this.accepted(packet);
    if (!isService || this.fault !== 'hang') handler(packet);
    return verdict;
  }

  private receiveIcmp(packet: PacketId): Verdict {
    const { dstPort, srcPort, content } = this.context.packets;
    const kind = dstPort[packet] as number;
    const verdict = this.accepted(packet);
    if (kind === ECHO_REQUEST) this.answerEcho(packet);
    else if (kind === ECHO_REPLY) this.echoReplies?.get(srcPort[packet] as number)?.(packet);
    else if (isIcmpError(this.context, packet)) {
      const quoted = content[packet] as QuotedHeader;
      if (quoted.protocol === TCP) this.tcp.onIcmpError(kind, quoted);
      else if (kind === PORT_UNREACHABLE) this.unreachables?.get(quoted.srcPort)?.(quoted);
    }
    return verdict;
  }

  private answerEcho(request: PacketId): void {
    this.emit(createEchoReply(this.context, request, this.initialTtl));
  }

  /** Under a fault the service fails to answer what arrives; afterwards it answers again. */
  private blame(packet: PacketId): void {
    if (this.fault === 'none') this.context.revive(packet, this.faultEvent);
    else this.context.impair(packet, this.faultEvent);
  }

  /** The verdict for a packet that has reached its end here. */
  accepted(packet: PacketId): Verdict {
    const flow = this.context.packets.flow[packet] as number;
    return this.context.flows.isTraffic[flow] ? DELIVER : CONSUME;
  }

  private create(billing: Billing, remoteAddr: number, protocol: number, lengthBytes: number): PacketId {
    const { flow, unit, connection, direction } = billing;
    const packet = this.context.create(flow as FlowId, unit, connection, direction);
    const { packets } = this.context;
    packets.srcAddr[packet] = this.address;
    packets.dstAddr[packet] = remoteAddr;
    packets.protocol[packet] = protocol;
    packets.ttl[packet] = this.initialTtl;
    packets.lengthBytes[packet] = lengthBytes;
    return packet;
  }
}
