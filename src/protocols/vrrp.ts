/**
 * One member of a VRRP group, as keepalived runs it on an instance: backup until it has not heard a master for the master
 * down interval, then master until it hears a better one. Advertisements go from host to host, since the cloud carries no
 * multicast. Timers are those of RFC 5798: 3 x the master's interval + skew, skew = (256 - priority) / 256 x that interval.
 * As in keepalived a master that hears a lesser one says again, by advertisement and gratuitous ARP, that it is there, and a
 * new one repeats its ARP once.
 * Owns the state and its timers; does not own addresses or interfaces: its host takes and releases the address.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import type { FlowId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { OUT } from '../network/packet-table.ts';
import { ADVERTISEMENT_BYTES, type Advertisement, VRRP } from './vrrp-message.ts';

export interface VrrpSettings {
  /** 1 to 254; the highest one becomes master. */
  readonly priority: number;
  /** Between advertisements. */
  readonly intervalNs: number;
  /** Whether it takes over from a master of lower priority. */
  readonly preempts: boolean;
  /** Until a new master repeats its ARP. */
  readonly arpRepeatNs: number;
  /** Between further ones; 0: none. */
  readonly arpRefreshNs: number;
}

export interface VrrpPeer {
  readonly address: number;
  /** Of advertisements to it, and from it. */
  readonly to: FlowId;
  readonly from: FlowId;
}

export interface VrrpOptions {
  readonly context: DeviceContext;
  /** Of the group, `web-1/vrrp/vip`: what state changes are of. */
  readonly subject: string;
  readonly routerId: number;
  /** The host's own, and the one that moves. */
  readonly address: number;
  readonly virtualAddress: number;
  readonly initialTtl: number;
  readonly settings: VrrpSettings;
  /** Three of the host's timer tokens, downwards from here. */
  readonly firstToken: number;
  emit(packet: PacketId): void;
  /** The host has the address from now on, or has it no more. */
  setHolding(isHolding: boolean, event: number): void;
  announce(cause: Cause | null): void;
}

/** Timers of a member. */
export const TIMERS_PER_MEMBER = 3;
/** Skew is counted in 256ths (RFC 5798 section 6.1). */
const PRIORITIES = 256;

type State = 'off' | 'backup' | 'master';

export class VrrpMember {
  private readonly options: VrrpOptions;
  private readonly peers: VrrpPeer[] = [];
  private readonly masterDown: DeviceTimer;
  private readonly advert: DeviceTimer;
  private readonly arpRepeat: DeviceTimer;
  private readonly phase: () => number;
  private state: State = 'off';
  /** That of the master it heard last, or its own. */
  private masterIntervalNs: number;
  /** It has heard a lesser master since it heard a better one. */
  private isPreempting = false;
  private isComingUp = false;
  private cause: Cause | null = null;

  constructor(options: VrrpOptions) {
    const { context, firstToken, settings } = options;
    this.options = options;
    this.masterDown = context.newTimer(firstToken);
    this.advert = context.newTimer(firstToken - 1);
    this.arpRepeat = context.newTimer(firstToken - 2);
    this.masterIntervalNs = settings.intervalNs;
    const stream = context.random(`phase ${options.subject}`);
    this.phase = () => Math.floor(stream.uniform() * settings.intervalNs);
  }

  addPeer(peer: VrrpPeer): void {
    this.peers.push(peer);
  }

  get isMaster(): boolean {
    return this.state === 'master';
  }

  /** With power on, at any moment of an interval: nobody's clock knows another's. */
  start(): void {
    this.state = 'backup';
    this.masterIntervalNs = this.options.settings.intervalNs;
    this.isPreempting = false;
    this.show('off', 'backup', this.powerCause(), 'state');
    this.setComingUp(true);
    this.waitForMaster(this.phase() + this.masterDownNs());
  }

  /** It falls silent: what its peers miss from now on is the doing of whatever took its power. */
  onPowerLost(): void {
    const { context } = this.options;
    for (const timer of [this.masterDown, this.advert, this.arpRepeat]) context.disarm(timer);
    this.setComingUp(false);
    const event = context.powerEvent();
    if (this.isMaster && event !== NONE) for (const { to } of this.peers) context.flows.markMiss(to, event);
    if (this.isMaster) this.options.setHolding(false, event);
    this.show(this.state, 'off', this.powerCause(), 'state');
    this.state = 'off';
  }

  /** `which` of its timers, in the order of their tokens. */
  onTimer(which: number): void {
    if (which === 0) this.takeOver();
    else if (which === 1) this.advertise();
    else this.announceAgain();
  }

  receive(packet: PacketId): void {
    const { context, routerId } = this.options;
    const { packets } = context;
    const peer = this.peers.find(({ address }) => address === packets.srcAddr[packet]);
    const message = packets.content[packet] as Advertisement;
    if (peer === undefined || message.routerId !== routerId || this.state === 'off') return;
    const cause = this.heardOf(peer, message);
    if (this.isMaster) this.hearAsMaster(peer, message, cause);
    else this.hearAsBackup(message);
  }

  /** Section 6.4.2. A lesser master is not heeded by one that preempts. */
  private hearAsBackup({ priority, intervalNs }: Advertisement): void {
    const { settings } = this.options;
    if (settings.preempts && priority < settings.priority) {
      this.isPreempting = true;
      return;
    }
    this.masterIntervalNs = intervalNs;
    this.isPreempting = false;
    this.setComingUp(false);
    this.waitForMaster(this.masterDownNs());
  }

  /** Section 6.4.3; equal priorities are decided by the higher address. */
  private hearAsMaster(peer: VrrpPeer, message: Advertisement, cause: Cause | null): void {
    const { context, settings, address } = this.options;
    const { priority, intervalNs } = message;
    const isBetter =
      priority > settings.priority || (priority === settings.priority && peer.address > address);
    if (!isBetter) {
      this.cause = cause;
      this.advertise();
      this.options.announce(cause);
      return;
    }
    context.disarm(this.advert);
    context.disarm(this.arpRepeat);
    this.masterIntervalNs = intervalNs;
    this.isPreempting = false;
    this.change('backup', cause);
    this.options.setHolding(false, cause?.event ?? NONE);
    this.waitForMaster(this.masterDownNs());
  }

  /** What an advertisement is due to: what brought it here again, or why its sender is master. */
  private heardOf(peer: VrrpPeer, { cause }: Advertisement): Cause | null {
    const { flows } = this.options.context;
    const answer = flows.answerOf(peer.from);
    flows.clearMarks(peer.from);
    return flows.isLater(answer, cause?.event ?? NONE) ? { event: answer, chain: [] } : cause;
  }

  private announceAgain(): void {
    const { context, settings, announce } = this.options;
    announce(this.cause);
    const { arpRefreshNs } = settings;
    if (arpRefreshNs > 0) context.arm(this.arpRepeat, context.now() + arpRefreshNs);
  }

  private takeOver(): void {
    this.change('master', this.isPreempting ? this.powerCause() : (this.missed() ?? this.powerCause()));
    this.setComingUp(false);
    this.options.setHolding(true, NONE);
    this.advertise();
    this.options.announce(this.cause);
    const { context, settings } = this.options;
    context.arm(this.arpRepeat, context.now() + settings.arpRepeatNs);
  }

  /** The latest event that kept a peer's advertisements from coming. */
  private missed(): Cause | null {
    const { flows } = this.options.context;
    let latest: number = NONE;
    for (const { from } of this.peers) {
      const event = flows.missOf(from);
      if (flows.isLater(event, latest)) latest = event;
    }
    return latest === NONE ? null : { event: latest, chain: [] };
  }

  private advertise(): void {
    const { context, settings } = this.options;
    context.arm(this.advert, context.now() + settings.intervalNs);
    for (const peer of this.peers) this.send(peer);
  }

  private send({ address: dstAddr, to }: VrrpPeer): void {
    const { context, routerId, address, virtualAddress, initialTtl, settings, emit } = this.options;
    const { priority, intervalNs } = settings;
    const { cause } = this;
    const kind = 'vrrp-advertisement';
    const message: Advertisement = { kind, routerId, priority, intervalNs, virtualAddress, cause };
    const packet = context.create(to, NONE, NONE, OUT);
    const { packets } = context;
    packets.srcAddr[packet] = address;
    packets.dstAddr[packet] = dstAddr;
    packets.srcPort[packet] = 0;
    packets.dstPort[packet] = 0;
    packets.protocol[packet] = VRRP;
    packets.ttl[packet] = initialTtl;
    packets.lengthBytes[packet] = ADVERTISEMENT_BYTES;
    packets.content[packet] = message;
    emit(packet);
  }

  private masterDownNs(): number {
    const { masterIntervalNs, options } = this;
    const skewNs = ((PRIORITIES - options.settings.priority) * masterIntervalNs) / PRIORITIES;
    return 3 * masterIntervalNs + Math.round(skewNs);
  }

  private waitForMaster(delayNs: number): void {
    const { context } = this.options;
    context.arm(this.masterDown, context.now() + delayNs);
  }

  private powerCause(): Cause | null {
    const event = this.options.context.powerEvent();
    return event === NONE ? null : { event, chain: [] };
  }

  private change(to: 'backup' | 'master', cause: Cause | null): void {
    this.show(this.state, to, cause, 'detection');
    this.state = to;
    this.cause = cause && { event: cause.event, chain: [...cause.chain, `${this.options.subject} ${to}`] };
  }

  private show(from: State, to: State, cause: Cause | null, kind: 'state' | 'detection'): void {
    const { context, subject } = this.options;
    context.change({ kind, subject, from, to, cause, ...(kind === 'detection' ? { detector: 'vrrp' } : {}) });
  }

  private setComingUp(isComingUp: boolean): void {
    if (this.isComingUp === isComingUp) return;
    this.isComingUp = isComingUp;
    this.options.context.comingUp(isComingUp);
  }
}
