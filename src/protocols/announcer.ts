/**
 * A cluster node's end of the announcements: while it has the address it says so to every router, at once and then
 * every interval on a phase of its own. One that is to have it no longer goes on until its next turn, so that another
 * cluster's announcements arrive first, and then says that.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import type { FlowId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { OUT, UDP } from '../network/packet-table.ts';
import {
  ANNOUNCEMENT_BYTES,
  ANNOUNCEMENT_PORT,
  type Announcement,
  type RouteNotice,
} from './announcement.ts';
import { UDP_HEADERS } from './host-stack.ts';

export interface AnnouncerOptions {
  readonly context: DeviceContext;
  readonly address: number;
  readonly intervalNs: number;
  readonly initialTtl: number;
  readonly timerToken: number;
  /** False: it waits to be told to announce. */
  readonly announcesUnasked: boolean;
  emit(packet: PacketId): void;
}

export interface RouterToTell {
  readonly address: number;
  readonly flow: FlowId;
}

export class Announcer {
  /** Of the present order; 0 before any. */
  epoch = 0;
  isAnnouncing = false;
  /** Event that last changed where routers send what is for the address, as far as they have told; NONE at first. */
  routeEvent: number = NONE;
  private readonly options: AnnouncerOptions;
  private readonly routers: RouterToTell[] = [];
  private readonly timer: DeviceTimer;
  private readonly phase: () => number;
  private isLeaving = false;
  private cause: Cause | null = null;

  constructor(options: AnnouncerOptions) {
    this.options = options;
    this.timer = options.context.newTimer(options.timerToken);
    const stream = options.context.random('phase announcements');
    this.phase = () => Math.floor(stream.uniform() * options.intervalNs);
  }

  tellRouter(router: RouterToTell): void {
    this.routers.push(router);
  }

  /** With power on, too. */
  start(): void {
    if (!this.options.announcesUnasked) return;
    const event = this.options.context.powerEvent();
    this.announce(event === NONE ? null : { event, chain: [] });
  }

  /** All it was told is gone with its power. */
  onPowerLost(): void {
    this.options.context.disarm(this.timer);
    this.isAnnouncing = false;
    this.isLeaving = false;
    this.epoch = 0;
    this.routeEvent = NONE;
  }

  /** An order that is not newer than the last one changes nothing. */
  obey(isToAnnounce: boolean, epoch: number, cause: Cause | null): void {
    if (epoch <= this.epoch) return;
    const { isAnnouncing } = this;
    this.epoch = epoch;
    if (isToAnnounce) this.announce(cause);
    else if (isAnnouncing) {
      this.isLeaving = true;
      this.cause = cause;
      const { context, intervalNs } = this.options;
      context.arm(this.timer, context.now() + intervalNs);
    }
  }

  onTimer(): void {
    if (this.isLeaving) {
      this.isAnnouncing = false;
      this.isLeaving = false;
      this.tellAll();
      return;
    }
    const { context, intervalNs } = this.options;
    context.arm(this.timer, context.now() + intervalNs);
    this.tellAll();
  }

  /** What a router says about its routes. */
  receive(packet: PacketId): void {
    const { packets, flows } = this.options.context;
    const { event } = packets.content[packet] as RouteNotice;
    if (flows.isLater(event, this.routeEvent)) this.routeEvent = event;
  }

  private announce(cause: Cause | null): void {
    const { context } = this.options;
    this.isAnnouncing = true;
    this.isLeaving = false;
    this.cause = cause;
    this.tellAll();
    context.arm(this.timer, context.now() + this.phase());
  }

  private tellAll(): void {
    const { isAnnouncing: isAnnounced, epoch, cause } = this;
    const message: Announcement = { kind: 'announcement', isAnnounced, epoch, cause };
    for (const router of this.routers) this.send(router, message);
  }

  private send(router: RouterToTell, message: Announcement): void {
    const { context, address, initialTtl, emit } = this.options;
    const packet = context.create(router.flow, NONE, NONE, OUT);
    const { packets } = context;
    packets.srcAddr[packet] = address;
    packets.dstAddr[packet] = router.address;
    packets.srcPort[packet] = ANNOUNCEMENT_PORT;
    packets.dstPort[packet] = ANNOUNCEMENT_PORT;
    packets.protocol[packet] = UDP;
    packets.ttl[packet] = initialTtl;
    packets.lengthBytes[packet] = UDP_HEADERS + ANNOUNCEMENT_BYTES;
    packets.content[packet] = message;
    emit(packet);
  }
}
