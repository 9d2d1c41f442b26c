/**
 * The controller of a region: decides which cluster of a CLB with two zones has its address.
 * Models: heartbeats with every node over the management network; when no node of the primary zone has been heard for
 * the hold time, and still none after the hold-down, it orders the secondary to announce the address; when a primary one is
 * heard again and keeps being heard, back. Each decision is an epoch, by which nodes and routers know the newest; after
 * a restart it takes over the decision that the nodes remember.
 * Leaves out: its own redundancy; it outlives any zone (assumed). It knows the nodes by their voice on the management
 * network alone: what is wrong with their data path, or with their servers, it does not hear of.
 * Source: CLB "High availability" tells when zones are switched; how is unpublished.
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext, type DeviceTimer } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { FlowId, IfaceId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { OUT } from '../network/packet-table.ts';
import { drop, type Verdict } from '../network/verdict.ts';
import { type ClusterOrder, type NodeState, ORDER_BYTES, ORDER_PORT } from '../protocols/cluster-orders.ts';
import { type HelloTimers, HelloWatch } from '../protocols/hello-watch.ts';
import { HostStack, UDP_HEADERS } from '../protocols/host-stack.ts';
import type { TcpSettings } from '../protocols/tcp-settings.ts';

export interface ControllerSettings extends HelloTimers {
  /** How long the primary cluster has to be silent, beyond the hold time, before the secondary takes over. */
  readonly holdDownNs: number;
  /** How long it has to be back before it takes over again. */
  readonly switchBackNs: number;
}

export interface ControlledNode {
  readonly address: number;
  readonly flow: FlowId;
}

type Side = 'primary' | 'secondary';

interface Watched extends ControlledNode {
  readonly cluster: Cluster;
  readonly side: Side;
  readonly watch: HelloWatch;
  /** Heard or lost since the controller has started. */
  isKnown: boolean;
}

interface Cluster {
  readonly name: string;
  readonly zones: Readonly<Record<Side, string>>;
  readonly nodes: Watched[];
  readonly timer: DeviceTimer;
  /** Null: not decided since the controller has started. */
  active: Side | null;
  epoch: number;
  /** Of the highest epoch among the nodes' answers. */
  remembered: { readonly side: Side; readonly epoch: number } | null;
  /** Whether any node of the primary zone is heard. */
  isPrimaryUp: boolean;
  /** Why it is as it is: of `isPrimaryUp`, and of the last decision. */
  because: Cause | null;
  /** Zone that the console shows. */
  shown: string | null;
  orderCause: Cause | null;
}

const NO_ROUTE = drop(dropReason('no-route'));
/** Timer tokens: two a node from 0; one a cluster from -1 downwards. */
const FIRST_CLUSTER = -1;

export class ClbController extends Device {
  private readonly stack: HostStack;
  private readonly address: number;
  private readonly settings: ControllerSettings;
  private readonly clusters: Cluster[] = [];
  private readonly nodes: Watched[] = [];
  private readonly byAddress = new Map<number, Watched>();
  private iface = NONE as IfaceId;
  private isStarting = false;

  constructor(context: DeviceContext, address: number, tcp: TcpSettings, settings: ControllerSettings) {
    super(context);
    this.address = address;
    this.settings = settings;
    this.stack = new HostStack(context, tcp, address, (packet) => context.send(packet, this.iface));
    this.stack.bindUdp(ORDER_PORT, (packet) => this.hear(packet));
  }

  attach(iface: IfaceId): void {
    this.iface = iface;
    this.stack.pathMtus.linkBytes = this.context.mtuOf(iface);
  }

  addCluster(
    name: string,
    zones: Readonly<Record<Side, string>>,
    nodes: Readonly<Record<Side, readonly ControlledNode[]>>,
  ): void {
    const cluster: Cluster = {
      name,
      zones,
      nodes: [],
      timer: this.context.newTimer(FIRST_CLUSTER - this.clusters.length),
      active: null,
      epoch: 0,
      remembered: null,
      isPrimaryUp: false,
      because: null,
      shown: null,
      orderCause: null,
    };
    this.clusters.push(cluster);
    for (const side of ['primary', 'secondary'] as const)
      for (const node of nodes[side]) this.addNode(cluster, side, node);
  }

  private addNode(cluster: Cluster, side: Side, { address, flow }: ControlledNode): void {
    const firstToken = this.nodes.length * 2;
    const node: Watched = {
      address,
      flow,
      cluster,
      side,
      isKnown: false,
      watch: new HelloWatch({
        context: this.context,
        flow,
        timers: this.settings,
        helloToken: firstToken,
        holdToken: firstToken + 1,
        sayHello: () => this.sendOrder(node),
        onLost: (cause) => this.noteNode(node, cause),
      }),
    };
    this.nodes.push(node);
    cluster.nodes.push(node);
    this.byAddress.set(address, node);
  }

  override start(): void {
    this.setStarting(true);
    for (const { watch, flow } of this.nodes) {
      const phase = this.context.random(`phase ${this.context.flows.names[flow]}`).uniform();
      watch.start(this.context.now() + Math.floor(phase * this.settings.intervalNs));
    }
  }

  override onPower(isOn: boolean): void {
    if (isOn) {
      this.start();
      return;
    }
    this.setStarting(false);
    for (const node of this.nodes) {
      node.watch.stop();
      node.isKnown = false;
    }
    for (const cluster of this.clusters) {
      this.context.disarm(cluster.timer);
      cluster.active = null;
      cluster.epoch = 0;
      cluster.remembered = null;
      cluster.isPrimaryUp = false;
      cluster.because = null;
      cluster.orderCause = null;
    }
  }

  override onTimer(token: number): void {
    if (token < 0) this.decide(this.clusters[FIRST_CLUSTER - token] as Cluster);
    else if (token % 2 === 0) this.nodes[token / 2]?.watch.onHello();
    else this.nodes[(token - 1) / 2]?.watch.onHold();
  }

  receive(packet: PacketId): Verdict {
    if (this.context.packets.dstAddr[packet] !== this.address) return NO_ROUTE;
    return this.stack.receive(packet);
  }

  private hear(packet: PacketId): void {
    const { srcAddr, content } = this.context.packets;
    const node = this.byAddress.get(srcAddr[packet] as number);
    const message = content[packet] as NodeState | null;
    if (node === undefined || message?.kind !== 'node-state') return;
    const { cluster, side } = node;
    const { isAnnouncing, epoch } = message;
    if (isAnnouncing && epoch > (cluster.remembered?.epoch ?? 0)) cluster.remembered = { side, epoch };
    const wasUp = node.watch.isUp;
    const cause = node.watch.hear();
    if (!wasUp) this.noteNode(node, cause);
  }

  /** A node was heard for the first time in a while, or is lost. */
  private noteNode(node: Watched, cause: Cause | null): void {
    node.isKnown = true;
    const { cluster } = node;
    if (cluster.active === null) this.takeOver(cluster);
    const isPrimaryUp = cluster.nodes.some(({ side, watch }) => side === 'primary' && watch.isUp);
    if (isPrimaryUp === cluster.isPrimaryUp) return;
    cluster.isPrimaryUp = isPrimaryUp;
    const subject = `${this.name}/${cluster.name}/${cluster.zones.primary}`;
    const [from, to] = isPrimaryUp ? ['silent', 'heard'] : ['heard', 'silent'];
    this.context.change({ kind: 'detection', subject, from, to, cause, detector: 'heartbeat' });
    cluster.because = cause && { event: cause.event, chain: [...cause.chain, `${subject} ${to}`] };
    this.reconsider(cluster);
  }

  /** First decision since the start: once every node was heard or is lost, what they remember, or the primary. */
  private takeOver(cluster: Cluster): void {
    if (cluster.nodes.some(({ isKnown }) => !isKnown)) return;
    cluster.epoch = cluster.remembered?.epoch ?? 1;
    cluster.active = cluster.remembered?.side ?? 'primary';
    this.showActive(cluster);
    this.order(cluster, null);
    if (this.clusters.every(({ active }) => active !== null)) this.setStarting(false);
    this.reconsider(cluster);
  }

  /** Whoever should have the address and has not gets it after a while, unless things change again meanwhile. */
  private reconsider(cluster: Cluster): void {
    if (cluster.active === null) return;
    if (cluster.isPrimaryUp === (cluster.active === 'primary')) {
      this.context.disarm(cluster.timer);
      return;
    }
    const { holdDownNs, switchBackNs } = this.settings;
    const spanNs = cluster.isPrimaryUp ? switchBackNs : holdDownNs;
    this.context.arm(cluster.timer, this.context.now() + spanNs);
  }

  private decide(cluster: Cluster): void {
    cluster.active = cluster.isPrimaryUp ? 'primary' : 'secondary';
    cluster.epoch++;
    this.showActive(cluster);
    const { because } = cluster;
    const to = cluster.zones[cluster.active];
    this.order(
      cluster,
      because && { event: because.event, chain: [...because.chain, `${cluster.name} ${to}`] },
    );
  }

  /** The console's view: in which zone the address is. */
  private showActive(cluster: Cluster): void {
    const { name: subject, shown: from, because: cause } = cluster;
    const to = cluster.zones[cluster.active ?? 'primary'];
    if (from === to) return;
    cluster.shown = to;
    this.context.change({ kind: 'state', subject, from, to, cause });
  }

  /** At once; heartbeats repeat it, so that an order that is lost arrives later. */
  private order(cluster: Cluster, cause: Cause | null): void {
    cluster.orderCause = cause;
    for (const node of cluster.nodes) this.sendOrder(node);
  }

  private sendOrder({ cluster, side, flow, address }: Watched): void {
    const isToAnnounce = side === cluster.active;
    const { epoch, orderCause: cause } = cluster;
    const order: ClusterOrder = { kind: 'cluster-order', isToAnnounce, epoch, cause };
    const billing = { flow, unit: NONE, connection: NONE, direction: OUT };
    this.stack.sendDatagram(billing, ORDER_PORT, address, ORDER_PORT, UDP_HEADERS + ORDER_BYTES, order);
  }

  /** The control plane is not settled before the controller has decided about every cluster. */
  private setStarting(isStarting: boolean): void {
    if (this.isStarting === isStarting) return;
    this.isStarting = isStarting;
    this.context.comingUp(isStarting);
  }
}
