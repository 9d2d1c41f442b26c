/**
 * One node of the layer-7 cluster of a CLB in one zone (Tengine), behind the layer-4 nodes of that zone.
 * Models: the proxy of an ALB's node, whose clients come by way of layer-4 nodes and are answered by the same, so that
 * it knows their addresses; what its own health checks find goes to `onVerdict`, and whether a server is in the pool is
 * told by `setInPool`; its share of the queries a second of a specification.
 * Leaves out: HTTPS.
 * Source: CLB "Network traffic flow", "High availability", "Guaranteed-performance instances".
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { TCP } from '../network/packet-table.ts';
import { drop, type Verdict } from '../network/verdict.ts';
import { QueryLimit } from '../policy/query-limit.ts';
import type { HealthState } from '../protocols/health-prober.ts';
import { HostStack } from '../protocols/host-stack.ts';
import { isIcmpError, type QuotedHeader } from '../protocols/ip.ts';
import { OVERLAY } from '../protocols/overlay.ts';
import { ACK, SYN } from '../protocols/tcp-segment.ts';
import type { TcpSettings } from '../protocols/tcp-settings.ts';
import { AlbNode } from './alb-node.ts';
import type { AlbServer, ServerGroup } from './alb-servers.ts';
import type { NodeAgent } from './clb-node.ts';
import { type Door, EniDoors } from './eni-doors.ts';
import type { ProxyListener, ProxySettings } from './http-proxy.ts';

const RATE_LIMIT = drop(dropReason('rate-limit'));

/** Timer tokens, far below those of connections and probers: agents from here downwards. */
const SWEEP = -1_000_000_000;
const FIRST_AGENT = SWEEP - 1;

export interface ClbProxyOptions {
  /** Where layer-4 nodes send clients, and where servers are connected to and probed from: in 100.64.0.0/10. */
  readonly nodeAddress: number;
  readonly managementAddress: number;
  readonly tcp: TcpSettings;
  readonly proxy: ProxySettings;
  /** By which layer-4 node a client came is forgotten when unused for so long. */
  readonly doorTimeoutNs: number;
}

export class ClbProxy extends AlbNode {
  /** Talks on the management network only. */
  readonly management: HostStack;
  readonly queries = new QueryLimit();
  /** Hears what this node's own probes found. */
  onVerdict: (group: ServerGroup, server: AlbServer, isUp: boolean, cause: Cause | null) => void = () => {};
  private readonly clbOptions: ClbProxyOptions;
  private readonly agents: NodeAgent[] = [];
  /** By which layer-4 node each client came, and is answered. */
  private readonly doors = new EniDoors();
  private readonly sweep: DeviceTimer;
  private readonly ports = new Set<number>();
  private managementIface = NONE as IfaceId;

  constructor(context: DeviceContext, options: ClbProxyOptions) {
    const { nodeAddress, managementAddress, tcp, proxy } = options;
    super(context, {
      serviceAddress: nodeAddress,
      nodeAddress,
      tcp,
      proxy,
      onRequest: () => this.queries.note(context.now()),
    });
    this.clbOptions = options;
    this.sweep = context.newTimer(SWEEP);
    this.management = new HostStack(context, tcp, managementAddress, (packet) =>
      context.send(packet, this.managementIface),
    );
  }

  /** What its agents know as listeners. */
  get listeners(): readonly ServerGroup[] {
    return this.groups;
  }

  attachManagement(iface: IfaceId): void {
    this.managementIface = iface;
    this.management.pathMtus.linkBytes = this.context.mtuOf(iface);
  }

  /** Answers the token of the agent's timer. */
  addAgent(agent: NodeAgent): number {
    this.agents.push(agent);
    return FIRST_AGENT - this.agents.length + 1;
  }

  override addListener(listener: ProxyListener): void {
    this.ports.add(listener.port);
    super.addListener(listener);
  }

  override start(): void {
    super.start();
    for (const agent of this.agents) agent.start();
  }

  override onTimer(token: number): void {
    if (token <= FIRST_AGENT) this.agents[FIRST_AGENT - token]?.onTimer();
    else if (token === SWEEP) this.sweepDoors();
    else super.onTimer(token);
  }

  override receive(packet: PacketId, iface: IfaceId): Verdict {
    if (iface === this.managementIface) return this.management.receive(packet);
    const { packets, headers } = this.context;
    if (packets.headerTop[packet] === NONE || packets.dstAddr[packet] !== this.clbOptions.nodeAddress)
      return super.receive(packet, iface);
    const door = packets.srcAddr[packet] as number;
    headers.pop(packet);
    if (this.isNewConnection(packet) && !this.queries.hasRoom(this.context.now())) {
      if (this.queries.event !== NONE) this.context.blameDrop(this.queries.event);
      return RATE_LIMIT;
    }
    // An error is about a connection that has its door already.
    if (!isIcmpError(this.context, packet)) this.rememberDoor(packet, door);
    return super.receive(packet, iface);
  }

  protected override emit(packet: PacketId): void {
    const door = this.doors.isEmpty ? null : this.doorOf(packet);
    if (door === null) {
      super.emit(packet);
      return;
    }
    const { nodeAddress, tcp } = this.clbOptions;
    door.lastUsedNs = this.context.now();
    this.context.headers.push(packet, nodeAddress, door.address, OVERLAY, tcp.initialTtl);
    super.emit(packet);
  }

  /** The verdict goes to all nodes, which decide together. */
  protected override judge(group: ServerGroup, server: AlbServer, _: HealthState, cause: Cause | null): void {
    this.onVerdict(group, server, server.verdict === 'up', cause);
  }

  protected override forgetServers(): void {
    this.doors.clear();
    for (const agent of this.agents) agent.onPowerLost();
    for (const group of this.groups) for (const server of group.servers) forget(server);
  }

  private isNewConnection(packet: PacketId): boolean {
    const { protocol, tcpFlags, dstPort } = this.context.packets;
    const isSyn = ((tcpFlags[packet] as number) & (SYN | ACK)) === SYN;
    return protocol[packet] === TCP && isSyn && this.ports.has(dstPort[packet] as number);
  }

  /** The door of the connection a packet belongs to; an ICMP error belongs to the one it quotes. */
  private doorOf(packet: PacketId): Door | null {
    const { packets } = this.context;
    const quoted = isIcmpError(this.context, packet) ? (packets.content[packet] as QuotedHeader) : null;
    const remotePort = quoted === null ? (packets.dstPort[packet] as number) : quoted.srcPort;
    const localPort = quoted === null ? (packets.srcPort[packet] as number) : quoted.dstPort;
    return this.doors.find(packets.dstAddr[packet] as number, remotePort, localPort, TCP);
  }

  private rememberDoor(packet: PacketId, address: number): void {
    const { srcAddr, srcPort, dstPort } = this.context.packets;
    const [remoteAddr, remotePort] = [srcAddr[packet] as number, srcPort[packet] as number];
    const localPort = dstPort[packet] as number;
    const nowNs = this.context.now();
    if (this.doors.isEmpty) this.context.arm(this.sweep, nowNs + this.clbOptions.doorTimeoutNs);
    this.doors.remember(remoteAddr | 0, remotePort, localPort, TCP, address, nowNs);
  }

  private sweepDoors(): void {
    const { doorTimeoutNs } = this.clbOptions;
    const nowNs = this.context.now();
    this.doors.sweep(nowNs - doorTimeoutNs);
    if (!this.doors.isEmpty) this.context.arm(this.sweep, nowNs + doorTimeoutNs);
  }
}

/** With the power of the node. */
function forget(server: AlbServer): void {
  if (server.prober === null) return;
  server.prober.stop();
  server.verdict = 'checking';
  server.isInPool = false;
}
