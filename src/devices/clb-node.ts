/**
 * One node of a CLB cluster (layer 4).
 * Models: listeners, schedulers, sessions pinned to a server until their first retransmitted SYN meets a server that
 * is out of the pool, destination translation towards the server with the client's address kept, replies through the
 * node, echo replies for the address once a listener exists, and the probes of its servers on a phase of its own.
 * Source-address persistence, draining, a standby server; of an NLB, best effort when no server is healthy.
 * What its own probes say goes to `onVerdict`; whether a server is in the pool is told by `setInPool`.
 * Its share of what the CLB may carry.
 * A listener at layer 7 has the zone's proxy nodes for servers, and what these do is not seen here.
 * Source: SLB "Network traffic flow", "Health check overview".
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import { isFragment } from '../network/fragment.ts';
import type { FlowId, IfaceId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { ICMP, TCP, UDP } from '../network/packet-table.ts';
import { drop, forward, type Verdict } from '../network/verdict.ts';
import { ANNOUNCEMENT_PORT } from '../protocols/announcement.ts';
import type { Announcer } from '../protocols/announcer.ts';
import { type HealthProber, PORTS_PER_PROBER, type ProbeSettings } from '../protocols/health-prober.ts';
import { HostStack } from '../protocols/host-stack.ts';
import { ECHO_REQUEST, isIcmpError, type QuotedHeader, translateQuoted } from '../protocols/ip.ts';
import { type ListenerProbe, newProber } from '../protocols/listener-probe.ts';
import { OVERLAY } from '../protocols/overlay.ts';
import { ACK, SYN } from '../protocols/tcp-segment.ts';
import type { TcpSettings } from '../protocols/tcp-settings.ts';
import type { ClientAffinity } from './clb-affinity.ts';
import { ClbLimits } from './clb-limits.ts';
import { type Schedulable, type SchedulerName, schedule } from './clb-scheduler.ts';
import { BOTH_CLOSED, type ClbSession, ClbSessions, type SessionTimeouts } from './clb-sessions.ts';

/** `active`: open connections of clients that come by this node. */
export interface ClbServer extends Schedulable {
  readonly name: string;
  readonly address: number;
  readonly prober: HealthProber;
  /** Event that last changed its place in the pool; NONE at first. */
  event: number;
}

export interface NodeListener {
  readonly name: string;
  readonly protocol: 'tcp' | 'udp';
  readonly frontendPort: number;
  readonly backendPort: number;
  scheduler: SchedulerName;
  readonly idleTimeoutNs: number;
  readonly probe: ListenerProbe;
  checkPort: number;
  settings: ProbeSettings;
  readonly servers: ClbServer[];
  /** Event by which an administrator last took a server away or set its weight to 0; NONE at first. */
  event: number;
  /** Whether connections of a server that leaves the pool end, and after how long. */
  drains: boolean;
  drainNs: number;
  /** How long a client's address stays with a server after its last new connection; 0: not at all. */
  persistenceNs: number;
  readonly affinity: ClientAffinity<ClbServer>;
  /** Serves while no other does; nobody probes it. */
  standby: ClbServer | null;
  /** Whether servers go on serving, as if they were well, when every one of them is down. */
  readonly isBestEffort?: boolean;
  /** Its servers are the proxy nodes of layer 7, which each node checks for itself alone. */
  readonly actsAlone?: boolean;
}

/** Hears which server a client's address stays with. */
export type AffinityHandler = (listener: NodeListener, clientAddr: number, server: ClbServer) => void;

/** Hears what this node's own probes found. */
export type VerdictHandler = (
  listener: NodeListener,
  server: ClbServer,
  isUp: boolean,
  cause: Cause | null,
) => void;

const NO_HEALTHY_BACKEND = drop(dropReason('no-healthy-backend'));
const FRAGMENT_UNSUPPORTED = drop(dropReason('fragment-unsupported'));
const NOT_LISTENING = drop(dropReason('not-listening'));
const NO_SESSION = drop(dropReason('no-session'));
const RATE_LIMIT = drop(dropReason('rate-limit'));
const NO_ROUTE = drop(dropReason('no-route'));

/** Timer tokens: connections of HTTP probes from 0; all else downwards of these. */
const FIRST_PROBER = -1;
const FIRST_AGENT = -1_000_000;
const FIRST_SESSION = -2_000_000;
/** Source ports of probes start here. */
const FIRST_PROBE_PORT = 1024;

/** What talks for the node to its peers, its controller or its routers. */
export interface NodeAgent {
  /** The node starts, at the beginning or with its power back. */
  start(): void;
  onTimer(): void;
  /** Told before the node forgets. */
  onPowerLost(): void;
}

export interface ClbNodeOptions {
  /** The address that clients connect to, as it looks at this node. */
  readonly serviceAddress: number;
  /** Source of probes and of the overlay to servers: in 100.64.0.0/10. */
  readonly nodeAddress: number;
  readonly managementAddress: number;
  readonly tcp: TcpSettings;
  readonly timeouts: SessionTimeouts;
}

export class ClbNode extends Device {
  readonly listeners: NodeListener[] = [];
  readonly sessions: ClbSessions;
  readonly limits = new ClbLimits();
  /** Talks on the management network only. */
  readonly management: HostStack;
  onVerdict: VerdictHandler = () => {};
  onAffinity: AffinityHandler = () => {};
  /** Tells routers of the node that it has the address; null for one that is reached in another way. */
  announcer: Announcer | null = null;
  private readonly agents: NodeAgent[] = [];
  private readonly options: ClbNodeOptions;
  private readonly service: HostStack;
  /** Probes over HTTP, from the node's own address. */
  private readonly probing: HostStack;
  private readonly probers: HealthProber[] = [];
  private isOn = true;
  /** Event for which connections were last given a time to end; NONE at first. */
  private drainEvent: number = NONE;
  private dataIface = NONE as IfaceId;
  private managementIface = NONE as IfaceId;

  constructor(context: DeviceContext, options: ClbNodeOptions) {
    super(context);
    this.options = options;
    this.sessions = new ClbSessions(context, options.timeouts, FIRST_SESSION);
    this.management = new HostStack(context, options.tcp, options.managementAddress, (packet) =>
      context.send(packet, this.managementIface),
    );
    const emit = (packet: PacketId): void => this.emit(packet);
    this.service = new HostStack(context, options.tcp, options.serviceAddress, emit);
    this.probing = new HostStack(context, options.tcp, options.nodeAddress, emit);
  }

  attach(dataIface: IfaceId, managementIface: IfaceId): void {
    this.dataIface = dataIface;
    this.managementIface = managementIface;
    this.service.pathMtus.linkBytes = this.context.mtuOf(dataIface);
    this.probing.pathMtus.linkBytes = this.context.mtuOf(dataIface);
    this.management.pathMtus.linkBytes = this.context.mtuOf(managementIface);
  }

  /** Sends a packet of the node's own towards servers, routers or clients. */
  emit(packet: PacketId): void {
    this.context.send(packet, this.dataIface);
  }

  /** Answers the token of the agent's timer. */
  addAgent(agent: NodeAgent): number {
    this.agents.push(agent);
    return FIRST_AGENT - this.agents.length + 1;
  }

  addListener(listener: NodeListener): void {
    this.listeners.push(listener);
  }

  /** Adds a server to a listener; its probes begin with the node's start, or now when it runs (added by `event`). */
  addServer(
    listener: NodeListener,
    name: string,
    address: number,
    weight: number,
    isRunning: boolean,
    event: number = NONE,
  ): void {
    const server = this.makeServer(listener, name, address, weight, event);
    listener.servers.push(server);
    if (isRunning && this.isOn) server.prober.start();
  }

  /** Serves when the listener's one server is out; nobody probes it. */
  setStandby(listener: NodeListener, name: string, address: number): void {
    listener.standby = this.makeServer(listener, name, address, 1, NONE);
    listener.standby.isInPool = true;
  }

  private makeServer(
    listener: NodeListener,
    name: string,
    address: number,
    weight: number,
    event: number,
  ): ClbServer {
    const index = this.probers.length;
    const flow = this.context.flows.add(`probe/${this.name}/${listener.name}/${name}`, false);
    const server: ClbServer = {
      name,
      address,
      weight,
      isInPool: false,
      credit: 0,
      active: 0,
      event: NONE,
      prober: newProber(listener.probe, this.probing.tcp, {
        context: this.context,
        flow: flow as FlowId,
        source: this.options.nodeAddress,
        firstPort: FIRST_PROBE_PORT + index * PORTS_PER_PROBER,
        target: { protocol: listener.protocol, address, port: listener.checkPort },
        settings: listener.settings,
        addedBy: event,
        initialTtl: this.options.tcp.initialTtl,
        timerToken: FIRST_PROBER - index,
        emit: (packet) => this.context.send(packet, this.dataIface),
        onVerdict: (isUp, cause) => this.onVerdict(listener, server, isUp, cause),
      }),
    };
    this.probers.push(server.prober);
    return server;
  }

  removeServer(listener: NodeListener, name: string, event: number): void {
    const index = listener.servers.findIndex((server) => server.name === name);
    const [server] = index < 0 ? [] : listener.servers.splice(index, 1);
    if (server === undefined) return;
    server.prober.stop();
    server.isInPool = false;
    this.drain(listener, server, event);
  }

  /** The pool's view of a server, agreed between nodes; `event` is what it is to be blamed on. */
  setInPool(server: ClbServer, isInPool: boolean, event: number): void {
    server.isInPool = isInPool;
    server.credit = 0;
    server.event = event;
    const listener = this.listeners.find(({ servers }) => servers.includes(server));
    if (isInPool) this.sessions.undrain(server);
    else if (listener !== undefined) this.drain(listener, server, event);
  }

  private drain(listener: NodeListener, server: ClbServer, event: number): void {
    if (!listener.drains) return;
    this.sessions.drain(server, this.context.now() + listener.drainNs);
    this.drainEvent = event;
  }

  override start(): void {
    // Not those of servers that were removed meanwhile.
    for (const { servers } of this.listeners) for (const { prober } of servers) prober.start();
    for (const agent of this.agents) agent.start();
  }

  override onTimer(token: number): void {
    if (token >= 0) this.probing.tcp.onTimer(token);
    else if (token <= FIRST_SESSION) this.sessions.onTimer(token);
    else if (token <= FIRST_AGENT) this.agents[FIRST_AGENT - token]?.onTimer();
    else this.probers[FIRST_PROBER - token]?.onTimer();
  }

  override onPower(isOn: boolean): void {
    this.isOn = isOn;
    if (isOn) {
      this.start();
      return;
    }
    for (const agent of this.agents) agent.onPowerLost();
    this.forget();
  }

  override gauges(): Record<string, number> {
    const { count, replicaCount } = this.sessions;
    return { sessions: count - replicaCount, replicas: replicaCount };
  }

  private forget(): void {
    this.sessions.clear();
    for (const { affinity } of this.listeners) affinity.clear();
    this.drainEvent = NONE;
    for (const prober of this.probers) prober.stop();
    this.probing.vanish();
    for (const listener of this.listeners) for (const server of listener.servers) server.isInPool = false;
  }

  receive(packet: PacketId, iface: IfaceId): Verdict {
    if (iface === this.managementIface) return this.management.receive(packet);
    const { packets, headers } = this.context;
    const address = packets.dstAddr[packet] as number;
    if (address === this.options.serviceAddress) return this.receiveFromClient(packet);
    if (address !== this.options.nodeAddress) return NO_ROUTE;
    if (packets.headerTop[packet] === NONE) return this.receiveOwn(packet);
    headers.pop(packet);
    return this.receiveFromServer(packet);
  }

  /** To the node's own address: from servers it probes, or from routers. */
  private receiveOwn(packet: PacketId): Verdict {
    const { protocol, dstPort, content } = this.context.packets;
    if (protocol[packet] === UDP && dstPort[packet] === ANNOUNCEMENT_PORT) {
      this.announcer?.receive(packet);
      return this.management.accepted(packet);
    }
    const quoted = isIcmpError(this.context, packet) ? (content[packet] as QuotedHeader) : null;
    const port = quoted === null ? (dstPort[packet] as number) : quoted.srcPort;
    // What probes over HTTP has connections of its own, with ports of their own.
    const prober = this.probers[Math.floor((port - FIRST_PROBE_PORT) / PORTS_PER_PROBER)];
    if (prober === undefined) return this.probing.receive(packet);
    if (quoted === null) prober.receive(packet);
    else prober.receiveUnreachable(port);
    return this.management.accepted(packet);
  }

  private receiveFromClient(packet: PacketId): Verdict {
    const { packets } = this.context;
    const protocol = packets.protocol[packet] as number;
    if (protocol === ICMP) return this.receiveIcmp(packet);
    if (isFragment(packets.fragment[packet] as number)) return FRAGMENT_UNSUPPORTED;
    const listener = this.listenerFor(protocol === TCP ? 'tcp' : 'udp', packets.dstPort[packet] as number);
    if (listener === null) return NOT_LISTENING;
    const clientAddr = packets.srcAddr[packet] as number;
    const clientPort = packets.srcPort[packet] as number;
    const flags = packets.tcpFlags[packet] as number;
    const isOpening = protocol !== TCP || (flags & (SYN | ACK)) === SYN;
    let session = this.sessions.findByClient(clientAddr | 0, clientPort, listener);
    if (session !== null && isOpening && session.finSeen === BOTH_CLOSED) {
      // The client has closed this connection and opens another from the same port.
      this.sessions.remove(session);
      session = null;
    }
    // A repeated SYN, or any datagram, may leave a server that is out of the pool; all else stays pinned.
    const isRepeat = isOpening && session !== null && !session.server.isInPool;
    if (session === null || isRepeat) {
      if (!isOpening) return this.dropUnknown();
      if (session === null) {
        const { count, replicaCount } = this.sessions;
        const refusal = this.limits.refuse(count - replicaCount, this.context.now());
        if (refusal !== null) return this.blamed(this.limits.specEvent, refusal);
      }
      const pinned = session !== null && isLastResort(listener) ? session.server : null;
      const server = pinned ?? this.choose(listener, clientAddr, clientPort);
      if (server === null) return this.dropForWantOf(listener);
      if (session === null) session = this.sessions.create(listener, clientAddr, clientPort, server);
      else session.server = server;
    }
    this.note(session, packet, false);
    return this.toServer(session, packet);
  }

  private choose(listener: NodeListener, clientAddr: number, clientPort: number): ClbServer | null {
    const { scheduler, servers, frontendPort, standby, persistenceNs, affinity } = listener;
    const nowNs = this.context.now();
    const kept = persistenceNs > 0 ? affinity.find(clientAddr, nowNs) : null;
    const pick = () => schedule(scheduler, servers, clientAddr, clientPort, frontendPort);
    // A server of weight 0 keeps the clients that stay with it.
    const server = kept?.isInPool
      ? kept
      : (pick() ?? standby ?? (isLastResort(listener) ? asIfHealthy(servers, pick) : null));
    if (persistenceNs > 0 && server !== null) {
      affinity.keep(clientAddr, server, nowNs + persistenceNs, nowNs);
      this.onAffinity(listener, clientAddr, server);
    }
    return server;
  }

  private receiveIcmp(packet: PacketId): Verdict {
    if (isIcmpError(this.context, packet)) return this.receiveErrorFromClient(packet);
    if (this.context.packets.dstPort[packet] !== ECHO_REQUEST || this.listeners.length === 0)
      return NOT_LISTENING;
    return this.service.receive(packet);
  }

  /** An error about what a server has sent goes to that server, and speaks of what it knows. */
  private receiveErrorFromClient(packet: PacketId): Verdict {
    const { packets, headers } = this.context;
    const quoted = packets.content[packet] as QuotedHeader;
    const listener = this.listenerFor(quoted.protocol === TCP ? 'tcp' : 'udp', quoted.srcPort);
    const session =
      listener === null ? null : this.sessions.findByClient(quoted.dstAddr, quoted.dstPort, listener);
    if (listener === null || session === null) return NO_SESSION;
    const { address } = session.server;
    translateQuoted(quoted, 'srcAddr', this.options.serviceAddress, address);
    quoted.srcPort = listener.backendPort;
    packets.dstAddr[packet] = address;
    headers.push(packet, this.options.nodeAddress, address, OVERLAY, this.options.tcp.initialTtl);
    return forward(this.dataIface);
  }

  private toServer(session: ClbSession, packet: PacketId): Verdict {
    const { packets, headers } = this.context;
    const { server, listener } = session;
    packets.dstAddr[packet] = server.address;
    packets.dstPort[packet] = listener.backendPort;
    headers.push(packet, this.options.nodeAddress, server.address, OVERLAY, this.options.tcp.initialTtl);
    if (server.event !== NONE) this.context.revive(packet, server.event);
    return forward(this.dataIface);
  }

  private receiveFromServer(packet: PacketId): Verdict {
    const { packets } = this.context;
    if (isFragment(packets.fragment[packet] as number)) return FRAGMENT_UNSUPPORTED;
    const quoted = isIcmpError(this.context, packet) ? (packets.content[packet] as QuotedHeader) : null;
    const clientPort = quoted === null ? (packets.dstPort[packet] as number) : quoted.srcPort;
    const serverPort = quoted === null ? (packets.srcPort[packet] as number) : quoted.dstPort;
    const clientAddr = packets.dstAddr[packet] as number;
    const serverAddr = packets.srcAddr[packet] as number;
    const session = this.sessions.findByServer(clientAddr | 0, clientPort, serverAddr, serverPort);
    if (session === null) return NO_SESSION;
    const { bandwidth } = this.limits;
    if (bandwidth !== null && !bandwidth.take(packets.lengthBytes[packet] as number, this.context.now()))
      return this.blamed(bandwidth.event, RATE_LIMIT);
    packets.srcAddr[packet] = this.options.serviceAddress;
    if (quoted === null) {
      packets.srcPort[packet] = session.listener.frontendPort;
      this.note(session, packet, true);
    } else {
      translateQuoted(quoted, 'dstAddr', serverAddr, this.options.serviceAddress);
      quoted.dstPort = session.listener.frontendPort;
    }
    return forward(this.dataIface);
  }

  private note(session: ClbSession, packet: PacketId, isFromServer: boolean): void {
    if (session.listener.protocol === 'udp') this.sessions.noteDatagram(session);
    else this.sessions.noteSegment(session, this.context.packets.tcpFlags[packet] as number, isFromServer);
  }

  private blamed(event: number, verdict: Verdict): Verdict {
    if (event !== NONE) this.context.blameDrop(event);
    return verdict;
  }

  private listenerFor(protocol: 'tcp' | 'udp', port: number): NodeListener | null {
    for (const listener of this.listeners) {
      if (listener.frontendPort === port && listener.protocol === protocol) return listener;
    }
    return null;
  }

  /**
   * A node that was restarted has forgotten its sessions, one that routers chose of late does not know its peers', one
   * that drained has ended some.
   */
  private dropUnknown(): Verdict {
    let event = this.context.powerEvent();
    for (const other of [this.announcer?.routeEvent ?? NONE, this.drainEvent])
      if (this.context.flows.isLater(other, event)) event = other;
    if (event !== NONE) this.context.blameDrop(event);
    return NO_SESSION;
  }

  /** Blamed on the latest event that took a server out of the pool, or started the node with an empty one. */
  private dropForWantOf(listener: NodeListener): Verdict {
    let { event } = listener;
    for (const { isInPool, event: since, prober } of listener.servers) {
      const cause = prober.state === 'checking' ? this.context.powerEvent() : since;
      if (!isInPool && this.context.flows.isLater(cause, event)) event = cause;
    }
    if (event !== NONE) this.context.blameDrop(event);
    return NO_HEALTHY_BACKEND;
  }
}

/** Best effort begins: not one server is in the pool. */
function isLastResort({ isBestEffort, servers }: NodeListener): boolean {
  return isBestEffort === true && !servers.some(({ isInPool }) => isInPool);
}

function asIfHealthy<T>(servers: readonly ClbServer[], pick: () => T): T {
  for (const server of servers) server.isInPool = true;
  const picked = pick();
  for (const server of servers) server.isInPool = false;
  return picked;
}
