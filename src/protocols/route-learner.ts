/**
 * How one router learns which nodes of a cluster have its address: from their announcements alone, and from their
 * silence. A node is lost after the hold time; what is learnt acts after the delay of a route's installation. Of nodes
 * that announce with different epochs those with the highest count. The router says hello to whom it hears, so that
 * each end of a broken path sees it.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import type { FlowId, IfaceId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { OUT, UDP } from '../network/packet-table.ts';
import {
  ANNOUNCEMENT_BYTES,
  ANNOUNCEMENT_PORT,
  type Announcement,
  type RouteNotice,
} from './announcement.ts';
import { type HelloTimers, HelloWatch } from './hello-watch.ts';
import { UDP_HEADERS } from './host-stack.ts';

export interface LearnerSettings extends HelloTimers {
  /** From learning of a change to acting on it. */
  readonly installNs: number;
  readonly initialTtl: number;
}

export interface NodeToLearn {
  readonly name: string;
  /** Where its announcements come from. */
  readonly address: number;
  readonly flow: FlowId;
  /** Towards it. */
  readonly iface: IfaceId;
}

export interface LearntRoute {
  /** Event that last changed it; NONE at first. */
  event: number;
  /** Who has the address, in the order in which they came. */
  readonly nodes: readonly NodeToLearn[];
}

interface Learnt {
  readonly isAnnounced: boolean;
  readonly epoch: number;
}

interface Entry {
  readonly node: NodeToLearn;
  readonly service: Service;
  readonly watch: HelloWatch;
  readonly install: DeviceTimer;
  isInstalling: boolean;
  /** It was found silent; else its first announcement is news, but nobody has waited for it. */
  isLost: boolean;
  heard: Learnt;
  installed: Learnt;
  cause: Cause | null;
}

interface Service {
  readonly route: { event: number; nodes: NodeToLearn[] };
  readonly entries: Entry[];
  readonly onChange: (node: NodeToLearn, isIn: boolean) => void;
  isComingUp: boolean;
}

const SILENT: Learnt = { isAnnounced: false, epoch: 0 };
const TOKENS_PER_NODE = 3;

export class RouteLearner {
  private readonly context: DeviceContext;
  private readonly settings: LearnerSettings;
  /** The router's own, by which nodes reach it. */
  readonly address: number;
  private readonly services: Service[] = [];
  private readonly entries: Entry[] = [];
  private readonly byAddress = new Map<number, Entry>();

  constructor(context: DeviceContext, settings: LearnerSettings, address: number) {
    this.context = context;
    this.settings = settings;
    this.address = address;
  }

  /** A cluster's address and all nodes that may announce it; `onChange` puts them into the router's tables. */
  addService<T extends NodeToLearn>(
    nodes: readonly T[],
    onChange: (node: T, isIn: boolean) => void,
  ): LearntRoute {
    const route = { event: NONE as number, nodes: [] as NodeToLearn[] };
    const service: Service = {
      route,
      entries: [],
      onChange: onChange as Service['onChange'],
      isComingUp: false,
    };
    this.services.push(service);
    for (const node of nodes) this.addNode(service, node);
    return route;
  }

  private addNode(service: Service, node: NodeToLearn): void {
    const { context, settings } = this;
    const firstToken = this.entries.length * TOKENS_PER_NODE;
    const entry: Entry = {
      node,
      service,
      watch: new HelloWatch({
        context,
        flow: node.flow,
        timers: settings,
        helloToken: firstToken,
        holdToken: firstToken + 1,
        sayHello: () => this.sendNotice(entry),
        onLost: (cause) => this.onLost(entry, cause),
      }),
      install: context.newTimer(firstToken + 2),
      isInstalling: false,
      isLost: false,
      heard: SILENT,
      installed: SILENT,
      cause: null,
    };
    this.entries.push(entry);
    service.entries.push(entry);
    this.byAddress.set(node.address, entry);
  }

  /** The control plane is not settled before every address has been heard of. */
  start(): void {
    for (const service of this.services) this.setComingUp(service, true);
  }

  onTimer(token: number): void {
    const entry = this.entries[Math.floor(token / TOKENS_PER_NODE)];
    if (entry === undefined) return;
    const which = token % TOKENS_PER_NODE;
    if (which === 0) entry.watch.onHello();
    else if (which === 1) entry.watch.onHold();
    else this.installEntry(entry);
  }

  /** Without power all it knew is gone. */
  onPower(isOn: boolean): void {
    if (isOn) return;
    for (const entry of this.entries) {
      entry.watch.stop();
      this.context.disarm(entry.install);
      entry.isInstalling = false;
      entry.isLost = false;
      entry.heard = SILENT;
      entry.installed = SILENT;
    }
    for (const service of this.services) {
      this.setComingUp(service, false);
      this.settle(service, { event: this.context.powerEvent(), chain: [] });
    }
  }

  /** A packet to the router's own address. */
  receive(packet: PacketId): void {
    const { srcAddr, content } = this.context.packets;
    const entry = this.byAddress.get(srcAddr[packet] as number);
    const message = content[packet] as Announcement | null;
    if (entry === undefined || message?.kind !== 'announcement') return;
    const found = message.isAnnounced ? this.hear(entry, message) : this.dismiss(entry, message);
    if (entry.heard.isAnnounced === message.isAnnounced && entry.heard.epoch === message.epoch) return;
    entry.heard = { isAnnounced: message.isAnnounced, epoch: message.epoch };
    this.learn(entry, found);
  }

  /** Answers what the node's announcement is due to: its return, or what it says itself. */
  private hear(entry: Entry, { cause }: Announcement): Cause | null {
    const { watch } = entry;
    if (watch.isUp) {
      watch.hear();
      return cause;
    }
    const found = watch.hear();
    const isReturn = found !== null && this.context.flows.isLater(found.event, cause?.event ?? NONE);
    const because = isReturn ? found : cause;
    watch.start(this.context.now() + this.settings.intervalNs);
    this.tell(entry, entry.isLost ? 'detection' : 'state', 'heard', because);
    entry.isLost = false;
    return because;
  }

  /** The node is through with the address. */
  private dismiss(entry: Entry, { cause }: Announcement): Cause | null {
    if (entry.watch.isUp) this.tell(entry, 'state', 'silent', cause);
    entry.watch.stop();
    return cause;
  }

  private onLost(entry: Entry, cause: Cause | null): void {
    const subject = this.tell(entry, 'detection', 'silent', cause);
    entry.watch.stop();
    entry.isLost = true;
    entry.heard = SILENT;
    this.learn(entry, cause && { event: cause.event, chain: [...cause.chain, `${subject} silent`] });
  }

  private tell(
    { node }: Entry,
    kind: 'detection' | 'state',
    to: 'heard' | 'silent',
    cause: Cause | null,
  ): string {
    const subject = `${this.context.name}/hello/${node.name}`;
    const from = to === 'heard' ? 'silent' : 'heard';
    this.context.change({ kind, subject, from, to, cause, detector: 'hello' });
    return subject;
  }

  private learn(entry: Entry, cause: Cause | null): void {
    entry.cause = cause;
    if (entry.isInstalling) return;
    entry.isInstalling = true;
    this.context.arm(entry.install, this.context.now() + this.settings.installNs);
  }

  private installEntry(entry: Entry): void {
    entry.isInstalling = false;
    entry.installed = entry.heard;
    this.settle(entry.service, entry.cause);
    this.setComingUp(entry.service, false);
  }

  /** Lets the route follow what is installed, and tells the nodes that have the address why. */
  private settle(service: Service, cause: Cause | null): void {
    let epoch = 0;
    for (const { installed } of service.entries)
      if (installed.isAnnounced) epoch = Math.max(epoch, installed.epoch);
    let isChanged = false;
    for (const { node, installed } of service.entries) {
      const isIn = installed.isAnnounced && installed.epoch === epoch;
      if (isIn === service.route.nodes.includes(node)) continue;
      isChanged = true;
      this.put(service, node, isIn, cause);
    }
    if (!isChanged) return;
    service.route.event = cause?.event ?? NONE;
    for (const entry of service.entries) if (service.route.nodes.includes(entry.node)) this.sendNotice(entry);
  }

  private put({ route, onChange }: Service, node: NodeToLearn, isIn: boolean, cause: Cause | null): void {
    if (isIn) route.nodes.push(node);
    else route.nodes.splice(route.nodes.indexOf(node), 1);
    onChange(node, isIn);
    const subject = `${this.context.name}/route/${node.name}`;
    const [from, to] = isIn ? ['out', 'in'] : ['in', 'out'];
    this.context.change({ kind: 'installation', subject, from, to, cause });
  }

  private setComingUp(service: Service, isComingUp: boolean): void {
    if (service.isComingUp === isComingUp) return;
    service.isComingUp = isComingUp;
    this.context.comingUp(isComingUp);
  }

  private sendNotice({ node, service }: Entry): void {
    const { context, settings, address } = this;
    const packet = context.create(node.flow, NONE, NONE, OUT);
    const { packets } = context;
    const notice: RouteNotice = { kind: 'route-notice', event: service.route.event };
    packets.srcAddr[packet] = address;
    packets.dstAddr[packet] = node.address;
    packets.srcPort[packet] = ANNOUNCEMENT_PORT;
    packets.dstPort[packet] = ANNOUNCEMENT_PORT;
    packets.protocol[packet] = UDP;
    packets.ttl[packet] = settings.initialTtl;
    packets.lengthBytes[packet] = UDP_HEADERS + ANNOUNCEMENT_BYTES;
    packets.content[packet] = notice;
    context.send(packet, node.iface);
  }
}
