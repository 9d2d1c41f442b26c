/**
 * The IP stack of one host: TCP, UDP and ICMP behind its address, and further ones that it has for a while, fragments of
 * what is longer than its path takes, other protocols for programs that speak them, and the switch of the process that serves its ports. Owns sockets and bindings; does not own interfaces: what it emits is
 * sent by its device.
 */
import { NONE } from '../base/brand.ts';
import { mix32 } from '../base/mix.ts';
import type { DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import { DONT_FRAGMENT, isFragment, wholePacket } from '../network/fragment.ts';
import type { FlowId, PacketId } from '../network/ids.ts';
import { ICMP, TCP, UDP } from '../network/packet-table.ts';
import { CONSUME, DELIVER, drop, type Verdict } from '../network/verdict.ts';
import { DatagramAssembly } from './datagram-assembly.ts';
import { cutInPlace } from './fragmentation.ts';
import {
  createEchoReply,
  createIcmpError,
  ECHO_REPLY,
  ECHO_REQUEST,
  FRAGMENTATION_NEEDED,
  PORT_UNREACHABLE,
  PROTOCOL_UNREACHABLE,
  type QuotedHeader,
} from './ip.ts';
import { PathMtus } from './path-mtus.ts';
import { type Acceptor, TcpLayer } from './tcp-layer.ts';
import type { Billing } from './tcp-segment.ts';
import type { SocketOptions, TcpSettings } from './tcp-settings.ts';

/** What ails the process behind the ports: dead, silent, answering 5xx, answering late; or nothing. */
export type ServiceFault = 'none' | 'refuse' | 'hang' | 'error' | 'slow';

/** Hears datagrams of a bound port; `packet` lives until it returns. */
export type DatagramHandler = (packet: PacketId) => void;
/** Hears that an ICMP error of a kind came back about what a local port, or an echo identifier, has sent. */
export type ErrorHandler = (kind: number, quoted: QuotedHeader, error: PacketId) => void;

/** One that its host has, or had until the event. */
interface ExtraAddress {
  readonly isHeld: boolean;
  readonly event: number;
}

const FRAGMENT_REFUSED = drop(dropReason('fragment-unsupported'));
const NOT_LISTENING = drop(dropReason('not-listening'));
/** IP and UDP header. */
export const UDP_HEADERS = 28;

export class HostStack {
  readonly context: DeviceContext;
  readonly tcp: TcpLayer;
  readonly address: number;
  /** What is known of the paths from here. */
  readonly pathMtus: PathMtus;
  private readonly settings: TcpSettings;
  /** Rises whenever what processes remember is gone: with power, and once more when it returns. */
  lives = 0;
  private readonly initialTtl: number;
  private readonly emit: (packet: PacketId) => void;
  // Null until something is bound: an empty Map weighs 240 bytes, and most hosts of a large network are idle.
  /** Addresses that it has or had besides its own, as signed words; null: never any. */
  private extraAddresses: Map<number, ExtraAddress> | null = null;
  private protocols: Map<number, DatagramHandler[]> | null = null;
  private datagrams: Map<number, DatagramHandler> | null = null;
  private echoReplies: Map<number, DatagramHandler> | null = null;
  private errorHandlers: Map<number, ErrorHandler> | null = null;
  private assembly: DatagramAssembly | null = null;
  /** Of the next packet that may be cut; hosts begin at different numbers. */
  private identification: number;
  private readonly pieces: PacketId[] = [];
  /** Ports whose process the service switch acts on. */
  private servicePorts: Set<number> | null = null;
  private processEnds: (() => void)[] | null = null;
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
    this.settings = settings;
    this.initialTtl = settings.initialTtl;
    this.identification = mix32(address) & 0xffff;
    this.pathMtus = new PathMtus(settings.ip.minPathMtuBytes, settings.ip.pathMtuExpiryNs);
    this.emit = emit;
    this.tcp = new TcpLayer(context, settings, this.pathMtus, () => this.nextIdentification(), emit);
  }

  get serviceFault(): ServiceFault {
    return this.fault;
  }

  /** Whether it has the address. */
  has(address: number): boolean {
    return address === this.address || (this.extraAddresses?.get(address | 0)?.isHeld ?? false);
  }

  /** Gives or takes an address besides its own, by an event or NONE. Connections with it stay, and wait for it. */
  setExtraAddress(address: number, isHeld: boolean, event: number): void {
    this.extraAddresses ??= new Map();
    this.extraAddresses.set(address | 0, { isHeld, event });
  }

  /** Whether it has the source of a packet of its own; without it, as on Linux, the packet does not leave. */
  canSend(packet: PacketId): boolean {
    if (this.extraAddresses === null) return true;
    const address = this.context.packets.srcAddr[packet] as number;
    if (this.has(address)) return true;
    this.blameAbsence(address);
    return false;
  }

  /** What is about to be dropped for want of the address is the doing of the event that took it. */
  blameAbsence(address: number): void {
    const event = this.extraAddresses?.get(address | 0)?.event ?? NONE;
    if (event !== NONE) this.context.blameDrop(event);
  }

  /** Packets of an IP protocol other than TCP, UDP and ICMP; all who bind it hear of all. */
  bindProtocol(protocol: number, handler: DatagramHandler): void {
    this.protocols ??= new Map();
    this.protocols.set(protocol, [...(this.protocols.get(protocol) ?? []), handler]);
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
    if (fault !== 'refuse') return;
    this.tcp.abortAccepted(event);
    this.endProcesses();
  }

  /** Hears that the processes behind the ports died, with the machine or alone: what they had in mind is gone. */
  onProcessEnd(listener: () => void): void {
    this.processEnds ??= [];
    this.processEnds.push(listener);
  }

  /** A local port's datagrams, and ICMP errors about those it sent. */
  bindUdp(port: number, handler: DatagramHandler, onError?: ErrorHandler): void {
    this.datagrams ??= new Map();
    this.datagrams.set(port, handler);
    if (onError !== undefined) this.onError(UDP, port, onError);
  }

  /** ICMP errors about what was sent from a port, or as echo of an identifier. */
  onError(protocol: number, port: number, handler: ErrorHandler): void {
    this.errorHandlers ??= new Map();
    this.errorHandlers.set((protocol << 16) | port, handler);
  }

  onEchoReply(identifier: number, handler: DatagramHandler): void {
    this.echoReplies ??= new Map();
    this.echoReplies.set(identifier, handler);
  }

  /** `lengthBytes` is the IP length; `message` rides along. What is longer than the path takes leaves in fragments. */
  sendDatagram(
    billing: Billing,
    localPort: number,
    remoteAddr: number,
    remotePort: number,
    lengthBytes: number,
    message: unknown,
    ttl = this.initialTtl,
  ): void {
    const packet = this.create(billing, remoteAddr, UDP, lengthBytes, ttl);
    const { packets } = this.context;
    packets.srcPort[packet] = localPort;
    packets.dstPort[packet] = remotePort;
    packets.content[packet] = message;
    this.emitFitting(packet);
  }

  sendEcho(
    billing: Billing,
    identifier: number,
    remoteAddr: number,
    lengthBytes: number,
    ttl = this.initialTtl,
  ): void {
    const packet = this.create(billing, remoteAddr, ICMP, lengthBytes, ttl);
    const { packets } = this.context;
    packets.srcPort[packet] = identifier;
    packets.dstPort[packet] = ECHO_REQUEST;
    this.emitFitting(packet);
  }

  /** A packet for this host's address. */
  receive(packet: PacketId): Verdict {
    const { protocol, fragment } = this.context.packets;
    if (isFragment(fragment[packet] as number)) {
      const verdict = this.assemble(packet);
      if (verdict !== null) return verdict;
    }
    switch (protocol[packet]) {
      case TCP:
        return this.receiveTcp(packet);
      case UDP:
        return this.receiveUdp(packet);
      case ICMP:
        return this.receiveIcmp(packet);
      default:
        return this.receiveOther(packet);
    }
  }

  /** Volatile state is gone. Bindings stay: the processes come back with the machine. */
  vanish(): void {
    this.lives++;
    this.tcp.vanish();
    this.assembly?.clear();
    this.pathMtus.clear();
    this.endProcesses();
    this.fault = 'none';
    this.faultEvent = NONE;
  }

  private endProcesses(): void {
    for (const listener of this.processEnds ?? []) listener();
  }

  private isServed(port: number): boolean {
    return this.servicePorts?.has(port) ?? false;
  }

  private receiveTcp(packet: PacketId): Verdict {
    const verdict = this.accepted(packet);
    const isService = this.isServed(this.context.packets.dstPort[packet] as number);
    if (isService) this.blameService(packet);
    this.tcp.receive(packet, isService && this.fault === 'refuse');
    return verdict;
  }

  private receiveUdp(packet: PacketId): Verdict {
    const port = this.context.packets.dstPort[packet] as number;
    const handler = this.datagrams?.get(port);
    const isService = this.isServed(port);
    // Datagrams ask for no answer: a service that answers wrongly or late still takes them.
    const isDeaf = this.fault !== 'error' && this.fault !== 'slow';
    if (isService && isDeaf) this.blameService(packet);
    const isClosed = handler === undefined || (isService && this.fault === 'refuse');
    if (isClosed) {
      const from = this.context.packets.dstAddr[packet] as number;
      const error = createIcmpError(this.context, packet, PORT_UNREACHABLE, from, this.initialTtl);
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
    else this.receiveError(packet, kind, content[packet] as QuotedHeader);
    return verdict;
  }

  private receiveOther(packet: PacketId): Verdict {
    const { protocol, dstAddr } = this.context.packets;
    const handlers = this.protocols?.get(protocol[packet] as number);
    if (handlers === undefined) {
      const from = dstAddr[packet] as number;
      this.emit(createIcmpError(this.context, packet, PROTOCOL_UNREACHABLE, from, this.initialTtl));
      return NOT_LISTENING;
    }
    const verdict = this.accepted(packet);
    for (const handler of handlers) handler(packet);
    return verdict;
  }

  private receiveError(packet: PacketId, kind: number, quoted: QuotedHeader): void {
    const { protocol, srcPort, dstAddr, nextHopMtu = 0 } = quoted;
    if (protocol === TCP) this.tcp.onIcmpError(kind, quoted);
    else if (kind === FRAGMENTATION_NEEDED && nextHopMtu > 0)
      this.pathMtus.lower(dstAddr, nextHopMtu, this.context.now());
    this.errorHandlers?.get((protocol << 16) | srcPort)?.(kind, quoted, packet);
  }

  /** The kernel's own answers may be cut on their way, whatever is known of the path (Linux: IP_PMTUDISC_DONT). */
  private answerEcho(request: PacketId): void {
    const reply = createEchoReply(this.context, request, this.initialTtl);
    const { fragment, lengthBytes } = this.context.packets;
    fragment[reply] = wholePacket(this.nextIdentification());
    if ((lengthBytes[reply] as number) <= this.pathMtus.linkBytes) this.emit(reply);
    else this.emitPieces(reply, this.pathMtus.linkBytes);
  }

  /** Whole and not to be cut where it fits the path, as Linux discovers path MTUs; otherwise in fragments. */
  private emitFitting(packet: PacketId): void {
    const { fragment, lengthBytes, dstAddr } = this.context.packets;
    const address = dstAddr[packet] as number;
    const mtuBytes = this.pathMtus.to(address, this.context.now());
    if ((lengthBytes[packet] as number) <= mtuBytes) {
      const isKeptWhole =
        this.settings.ip.discoversPathMtu && this.pathMtus.keepsWhole(address, this.context.now());
      fragment[packet] = isKeptWhole ? DONT_FRAGMENT : wholePacket(this.nextIdentification());
      this.emit(packet);
      return;
    }
    fragment[packet] = wholePacket(this.nextIdentification());
    this.emitPieces(packet, mtuBytes);
  }

  private emitPieces(packet: PacketId, mtuBytes: number): void {
    const { pieces } = this;
    cutInPlace(this.context, packet, mtuBytes, pieces);
    this.emit(packet);
    for (const piece of pieces) this.emit(piece);
    pieces.length = 0;
  }

  private nextIdentification(): number {
    this.identification = (this.identification + 1) & 0xffff;
    return this.identification;
  }

  /** Null once the packet has become a whole datagram. */
  private assemble(packet: PacketId): Verdict | null {
    this.assembly ??= new DatagramAssembly(this.settings.ip.fragments);
    const state = this.assembly.take(this.context.packets, packet, this.context.now());
    if (state === 'refused') return FRAGMENT_REFUSED;
    return state === 'complete' ? null : this.accepted(packet);
  }

  /** Under a fault the service fails to answer what arrives; afterwards it answers again. */
  blameService(packet: PacketId): void {
    if (this.faultEvent === NONE) return;
    if (this.fault === 'none') this.context.revive(packet, this.faultEvent);
    else this.context.impair(packet, this.faultEvent);
  }

  /** The verdict for a packet that has reached its end here. */
  accepted(packet: PacketId): Verdict {
    const flow = this.context.packets.flow[packet] as number;
    return this.context.flows.isTraffic[flow] ? DELIVER : CONSUME;
  }

  private create(
    billing: Billing,
    remoteAddr: number,
    protocol: number,
    lengthBytes: number,
    ttl: number,
  ): PacketId {
    const { flow, unit, connection, direction } = billing;
    const packet = this.context.create(flow as FlowId, unit, connection, direction);
    const { packets } = this.context;
    packets.srcAddr[packet] = this.address;
    packets.dstAddr[packet] = remoteAddr;
    packets.protocol[packet] = protocol;
    packets.ttl[packet] = ttl;
    packets.lengthBytes[packet] = lengthBytes;
    return packet;
  }
}
