/**
 * The controller of a region's NAT gateways that stand in two zones.
 * Models: hellos to both gateways of each pair over the management network; a silent one is down; when that is the one
 * at work, after a hold-down the other is told to take over, again until it says that it has, and then routes and EIPs
 * are moved to it, which takes a while to be in force. No return unless `nat.switches_back` says so.
 * Leaves out: its own redundancy (a region has one, which no zone outage takes), and what it would do about a gateway that
 * answers and forwards nothing: it cannot see that.
 * Source: none; NAT Gateway "disaster recovery" promises recovery in another zone and no time (assumed throughout).
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext, type DeviceTimer } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { FlowId, IfaceId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { OUT } from '../network/packet-table.ts';
import { CONSUME, drop, type Verdict } from '../network/verdict.ts';
import { createDatagram } from '../protocols/dns-datagram.ts';
import { HeartbeatProber, type HeartbeatSettings } from '../protocols/heartbeat-prober.ts';
import { NAT_CONTROL_PORT, NAT_MESSAGE_BYTES, type NatMessage } from '../protocols/nat-messages.ts';

const NO_ROUTE = drop(dropReason('no-route'));

export interface NatControllerOptions {
  readonly address: number;
  readonly hello: HeartbeatSettings;
  readonly holdDownNs: number;
  readonly routeDelayNs: number;
  readonly switchesBack: boolean;
  readonly initialTtl: number;
}

interface Node {
  readonly name: string;
  readonly address: number;
  readonly watch: HeartbeatProber;
  state: 'checking' | 'up' | 'down';
}

interface Pair {
  readonly name: string;
  /** The one that works at the start first. */
  readonly nodes: readonly Node[];
  readonly commands: FlowId;
  readonly holdDown: DeviceTimer;
  readonly repeat: DeviceTimer;
  readonly route: DeviceTimer;
  /** Which of them works. */
  active: number;
  /** Which of them is about to; NONE: none. */
  next: number;
  /** Counts decisions. */
  term: number;
  /** Of the verdict that called for a change. */
  cause: Cause | null;
  /** Routes and EIPs lead to that node from now on. */
  install(active: number, cause: Cause | null): void;
}

export class NatController extends Device {
  private readonly options: NatControllerOptions;
  private readonly pairs: Pair[] = [];
  private readonly byName = new Map<string, { readonly pair: Pair; readonly node: Node }>();
  /** By the token of their timers. */
  private readonly handlers: (() => void)[] = [];
  private iface = NONE as IfaceId;

  constructor(context: DeviceContext, options: NatControllerOptions) {
    super(context);
    this.options = options;
  }

  get address(): number {
    return this.options.address;
  }

  attach(iface: IfaceId): void {
    this.iface = iface;
  }

  /** A gateway and where its two devices are on the management network, the working one first. */
  watch(
    name: string,
    devices: readonly { readonly name: string; readonly address: number }[],
    install: (active: number, cause: Cause | null) => void,
  ): void {
    const { context } = this;
    const pair: Pair = {
      name,
      nodes: devices.map((device) => this.nodeOf(device)),
      commands: context.flows.add(`commands/${name}`, false),
      holdDown: this.timer(() => this.onHoldDown(pair)),
      repeat: this.timer(() => this.command(pair)),
      route: this.timer(() => this.onRoute(pair)),
      active: 0,
      next: NONE,
      term: 0,
      cause: null,
      install,
    };
    this.pairs.push(pair);
    for (const node of pair.nodes) this.byName.set(node.name, { pair, node });
  }

  override start(): void {
    for (const { nodes } of this.pairs) for (const { watch } of nodes) watch.start();
  }

  override onTimer(token: number): void {
    this.handlers[token]?.();
  }

  /** Off: what it was about to do is forgotten; who works it knows again from its records. */
  override onPower(isOn: boolean): void {
    if (isOn) {
      this.start();
      return;
    }
    for (const pair of this.pairs) {
      for (const node of pair.nodes) {
        node.watch.stop();
        node.state = 'checking';
      }
      for (const timer of [pair.holdDown, pair.repeat, pair.route]) this.context.disarm(timer);
      pair.next = NONE;
    }
  }

  receive(packet: PacketId): Verdict {
    const { packets } = this.context;
    if (packets.dstAddr[packet] !== this.options.address) return NO_ROUTE;
    const message = packets.content[packet] as NatMessage;
    const found = this.byName.get(message.node);
    if (found === undefined) return CONSUME;
    if (message.kind === 'nat-answer') found.node.watch.receiveAnswer(message.sequence);
    else if (message.kind === 'nat-active') this.onActive(found.pair, found.node);
    return CONSUME;
  }

  private nodeOf({ name, address }: { readonly name: string; readonly address: number }): Node {
    const { context } = this;
    const watch: HeartbeatProber = new HeartbeatProber({
      context,
      flow: context.flows.add(`hello/${name}`, false),
      settings: this.options.hello,
      timerToken: this.handlers.length,
      send: () => this.tell(watch.flow, address, { kind: 'nat-hello', node: name, sequence: watch.sequence }),
      onVerdict: (isUp, cause) => this.onVerdict(name, isUp, cause),
    });
    this.handlers.push(() => watch.onTimer());
    return { name, address, watch, state: 'checking' };
  }

  private timer(handler: () => void): DeviceTimer {
    this.handlers.push(handler);
    return this.context.newTimer(this.handlers.length - 1);
  }

  private onVerdict(name: string, isUp: boolean, cause: Cause | null): void {
    const { pair, node } = this.byName.get(name) as { readonly pair: Pair; readonly node: Node };
    const subject = `${this.name}/${name}`;
    const from = node.state;
    const to = isUp ? 'up' : 'down';
    node.state = to;
    this.context.change({ kind: 'detection', subject, from, to, cause, detector: 'heartbeat' });
    if (cause !== null) pair.cause = { event: cause.event, chain: [...cause.chain, `${subject} ${to}`] };
    this.reconsider(pair);
  }

  /** Begins a hold-down when another node should work than does, ends one when none should any more. */
  private reconsider(pair: Pair): void {
    if (pair.next !== NONE) {
      if (pair.nodes[pair.next]?.watch.isDown !== true) return;
      // The one that was to take over is lost on the way.
      this.context.disarm(pair.repeat);
      this.context.disarm(pair.route);
      pair.next = NONE;
    }
    const isWanted = this.wanted(pair) !== pair.active;
    if (isWanted) this.context.arm(pair.holdDown, this.context.now() + this.options.holdDownNs);
    else this.context.disarm(pair.holdDown);
  }

  private wanted({ nodes, active }: Pair): number {
    const isUp = (index: number): boolean => nodes[index]?.watch.isUp === true;
    if (this.options.switchesBack && isUp(0)) return 0;
    const isLost = nodes[active]?.watch.isDown === true;
    return isLost && isUp(1 - active) ? 1 - active : active;
  }

  private onHoldDown(pair: Pair): void {
    const wanted = this.wanted(pair);
    if (wanted === pair.active) return;
    pair.next = wanted;
    pair.term++;
    this.command(pair);
  }

  /** Said again until the answer comes. */
  private command(pair: Pair): void {
    const node = pair.nodes[pair.next] as Node;
    this.context.arm(pair.repeat, this.context.now() + this.options.hello.intervalNs);
    const { term, cause } = pair;
    this.tell(pair.commands, node.address, { kind: 'nat-activate', node: node.name, term, cause });
  }

  private onActive(pair: Pair, node: Node): void {
    if (pair.nodes[pair.next] !== node) return;
    this.context.disarm(pair.repeat);
    this.context.arm(pair.route, this.context.now() + this.options.routeDelayNs);
  }

  private onRoute(pair: Pair): void {
    pair.active = pair.next;
    pair.next = NONE;
    pair.install(pair.active, pair.cause);
    this.reconsider(pair);
  }

  private tell(flow: FlowId, address: number, content: NatMessage): void {
    const billing = { flow, unit: NONE, connection: NONE, direction: OUT };
    const packet = createDatagram(this.context, billing, {
      srcAddr: this.options.address,
      srcPort: NAT_CONTROL_PORT,
      dstAddr: address,
      dstPort: NAT_CONTROL_PORT,
      ttl: this.options.initialTtl,
      payloadBytes: NAT_MESSAGE_BYTES,
      content,
    });
    this.context.send(packet, this.iface);
  }
}
