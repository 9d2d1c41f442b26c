/**
 * One node of an ALB (layer 7) in one zone.
 * Models: TCP ends here on both sides; HTTP listeners with rules by host and path, server groups with their
 * schedulers, a connection per request to a server with the client's address as metadata, cookies that keep a client at its server, 502, 503 and 504 of its own,
 * idle and request time-outs; slow start of servers that are added, draining of those that leave; HTTP health checks of every server on a phase of its own, by which this node alone acts.
 * Leaves out: HTTPS, HTTP/2, how long servers want their own cookies kept, redirects and rewrites, limits, a second try of a failed
 * request at another server.
 * Source: ALB "What is ALB", "ALB status codes"; Terraform alicloud_alb_listener, _server_group, _rule.
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { TCP } from '../network/packet-table.ts';
import { CONSUME, drop, type Verdict } from '../network/verdict.ts';
import { beginWarming, stopWarming } from '../policy/slow-start.ts';
import type { HealthState } from '../protocols/health-prober.ts';
import { HostStack } from '../protocols/host-stack.ts';
import { HttpProber } from '../protocols/http-prober.ts';
import type { TcpSettings } from '../protocols/tcp-settings.ts';
import type { AlbServer, ServerGroup } from './alb-servers.ts';
import { HttpProxy, type ProxyListener, type ProxySettings } from './http-proxy.ts';

const NO_ROUTE = drop(dropReason('no-route'));

/** Timer tokens: sockets from 0; probers at odd, client connections at even negative numbers. */
const proberToken = (index: number): number => -1 - 2 * index;
const visitToken = (row: number): number => -2 - 2 * row;

export interface AlbNodeOptions {
  /** The zone's address, which clients connect to. */
  readonly serviceAddress: number;
  /** What servers are connected to and probed from: in 100.64.0.0/10. */
  readonly nodeAddress: number;
  readonly tcp: TcpSettings;
  readonly proxy: ProxySettings;
  /** Told of every request. */
  readonly onRequest?: () => void;
}

export class AlbNode extends Device {
  readonly groups: ServerGroup[] = [];
  /** Hears that a server has entered or left this node's pool, for those who show it. */
  onPool: (group: ServerGroup, server: AlbServer, cause: Cause | null) => void = () => {};
  protected readonly stack: HostStack;
  private readonly options: AlbNodeOptions;
  private readonly proxy: HttpProxy;
  private readonly probers: HttpProber[] = [];
  private iface = NONE as IfaceId;
  private isOn = true;
  /** What is being received just now; NONE otherwise. */
  private packet = NONE as PacketId;
  /** Whose doing it is that a packet is sent just now; NONE: nobody's. */
  private cutEvent: number = NONE;

  constructor(context: DeviceContext, options: AlbNodeOptions) {
    super(context);
    this.options = options;
    const { serviceAddress, nodeAddress, tcp, proxy, onRequest } = options;
    this.stack = new HostStack(context, tcp, serviceAddress, (packet) => this.emit(packet));
    const blame = {
      served: (server: AlbServer) => this.blameOn(server.event, true),
      unserved: (group: ServerGroup) => this.blameOn(this.lossOf(group), false),
      cut: (event: number) => {
        this.cutEvent = event;
      },
    };
    this.proxy = new HttpProxy(context, this.stack, nodeAddress, proxy, blame, visitToken, onRequest);
  }

  attach(iface: IfaceId): void {
    this.iface = iface;
    this.stack.pathMtus.linkBytes = this.context.mtuOf(iface);
  }

  addListener(listener: ProxyListener): void {
    this.proxy.listen(listener);
  }

  /** Probes begin with the node's start, or now when it runs (added by `event`). */
  addServer(
    group: ServerGroup,
    name: string,
    address: number,
    weight: number,
    isRunning: boolean,
    event: number = NONE,
  ): void {
    if (group.accepts?.(name) === false) return;
    const prober = group.check === null ? null : this.newProber(group, name, address, event);
    const verdict = prober === null ? 'up' : 'checking';
    const isInPool = prober === null;
    const server: AlbServer = {
      name,
      address,
      weight,
      isInPool,
      credit: 0,
      active: 0,
      requests: 0,
      event: NONE,
      prober,
      verdict,
      isNew: isRunning && (group.slowStartNs ?? 0) > 0,
      warmFromNs: Number.NaN,
    };
    group.servers.push(server);
    if (isInPool) beginWarming(server, group.servers, this.context.now());
    if (isRunning && this.isOn) prober?.start();
  }

  removeServer(group: ServerGroup, name: string, event: number = NONE): void {
    const index = group.servers.findIndex((server) => server.name === name);
    const [server] = index < 0 ? [] : group.servers.splice(index, 1);
    if (server === undefined) return;
    server.prober?.stop();
    if (group.drainNs != null) this.proxy.drain(server, group.drainNs, event);
  }

  override start(): void {
    for (const { servers } of this.groups) for (const { prober } of servers) prober?.start();
  }

  override onTimer(token: number): void {
    if (token >= 0) this.stack.tcp.onTimer(token);
    else if (token % 2 === 0) this.proxy.onTimer((visitToken(0) - token) / 2);
    else this.probers[(proberToken(0) - token) / 2]?.onTimer();
  }

  override onPower(isOn: boolean): void {
    this.isOn = isOn;
    this.stack.vanish();
    this.proxy.vanish();
    if (isOn) this.start();
    else this.forgetServers();
  }

  override gauges(): Record<string, number> {
    const gauges: Record<string, number> = { connections: this.proxy.connections };
    for (const { name, servers } of this.groups)
      for (const server of servers) gauges[`requests/${name}/${server.name}`] = server.requests;
    return gauges;
  }

  receive(packet: PacketId, iface: IfaceId): Verdict {
    const { dstAddr, protocol } = this.context.packets;
    const { serviceAddress, nodeAddress } = this.options;
    const address = dstAddr[packet];
    if (iface !== this.iface || (address !== serviceAddress && address !== nodeAddress)) return NO_ROUTE;
    this.packet = packet;
    const isTcp = protocol[packet] === TCP;
    const verdict = this.stack.receive(packet);
    this.packet = NONE as PacketId;
    // A proxied connection ends here on purpose, but nothing has reached its receiver.
    return isTcp ? CONSUME : verdict;
  }

  protected emit(packet: PacketId): void {
    if (this.context.packets.protocol[packet] === TCP) this.context.segment(packet);
    if (this.cutEvent !== NONE) this.context.impair(packet, this.cutEvent);
    this.context.send(packet, this.iface);
  }

  private newProber(group: ServerGroup, name: string, address: number, event: number): HttpProber {
    const { context, options } = this;
    const check = group.check as NonNullable<ServerGroup['check']>;
    const probe = {
      context,
      flow: context.flows.add(`probe/${this.name}/${group.name}/${name}`, false),
      source: options.nodeAddress,
      firstPort: 0,
      target: { protocol: 'tcp', address, port: check.port } as const,
      settings: check.settings,
      addedBy: event,
      initialTtl: options.tcp.initialTtl,
      timerToken: proberToken(this.probers.length),
      emit: (packet: PacketId) => this.emit(packet),
      onVerdict: (isUp: boolean, cause: Cause | null) => this.onProbed(group, name, isUp, cause),
    };
    const prober = new HttpProber(this.stack.tcp, probe, check.http);
    this.probers.push(prober);
    return prober;
  }

  private onProbed(group: ServerGroup, name: string, isUp: boolean, cause: Cause | null): void {
    const server = group.servers.find((candidate) => candidate.name === name);
    if (server === undefined) return;
    const from = server.verdict;
    server.verdict = isUp ? 'up' : 'down';
    this.judge(group, server, from, cause);
  }

  /** Own probes have changed a server's verdict, which was `from`: here they alone decide. */
  protected judge(group: ServerGroup, server: AlbServer, from: HealthState, cause: Cause | null): void {
    const subject = `${this.name}/${group.name}/${server.name}`;
    const to = server.verdict;
    this.context.change({ kind: 'detection', subject, from, to, cause, detector: 'health-check' });
    const isUp = to === 'up';
    if (server.isInPool === isUp) return;
    const carried =
      cause === null ? null : { event: cause.event, chain: [...cause.chain, `${subject} ${to}`] };
    this.setInPool(server, isUp, carried?.event ?? NONE);
    this.followPool(group, server);
    const pool = `${this.name}/pool/${group.name}/${server.name}`;
    const [before, after] = isUp ? ['out', 'in'] : ['in', 'out'];
    this.context.change({ kind: 'installation', subject: pool, from: before, to: after, cause: carried });
    this.onPool(group, server, carried);
  }

  /** `event` is what it is to be blamed on. */
  setInPool(server: AlbServer, isInPool: boolean, event: number): void {
    server.isInPool = isInPool;
    server.credit = 0;
    server.event = event;
  }

  /** A server has entered or left the pool by this node's own doing. */
  private followPool(group: ServerGroup, server: AlbServer): void {
    if (server.isInPool) {
      beginWarming(server, group.servers, this.context.now());
      this.proxy.undrain(server);
      return;
    }
    stopWarming(server);
    if (group.drainNs != null) this.proxy.drain(server, group.drainNs, server.event);
  }

  /** What the node knew of them is gone with its power. */
  protected forgetServers(): void {
    const cause = { event: this.context.powerEvent(), chain: [] };
    for (const group of this.groups) for (const server of group.servers) this.loseSight(group, server, cause);
  }

  private loseSight(group: ServerGroup, server: AlbServer, cause: Cause): void {
    server.isNew = false;
    stopWarming(server);
    if (server.prober === null) return;
    const subject = `${this.name}/${group.name}/${server.name}`;
    if (server.verdict !== 'checking')
      this.context.change({ kind: 'state', subject, from: server.verdict, to: 'checking', cause });
    server.verdict = 'checking';
    server.prober.stop();
    if (!server.isInPool) return;
    server.isInPool = false;
    const pool = `${this.name}/pool/${group.name}/${server.name}`;
    this.context.change({ kind: 'state', subject: pool, from: 'in', to: 'out', cause });
    this.onPool(group, server, cause);
  }

  /** The latest event that took a server out of the pool, or started the node with an empty one. */
  private lossOf(group: ServerGroup): number {
    let { event } = group;
    for (const { isInPool, event: since, verdict } of group.servers) {
      const cause = verdict === 'checking' ? this.context.powerEvent() : since;
      if (!isInPool && this.context.flows.isLater(cause, event)) event = cause;
    }
    return event;
  }

  private blameOn(event: number, isServed: boolean): void {
    if (event === NONE || this.packet === NONE) return;
    if (isServed) this.context.revive(this.packet, event);
    else this.context.impair(this.packet, event);
  }
}
