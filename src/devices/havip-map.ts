/**
 * Who has the floating addresses of a zone: the VPC's router sends what is for one of them to the interface that announced
 * it last by gratuitous ARP, a while after it did. Announcements count only by interfaces that may have the address. What
 * is known outlives the router, since it is the VPC's.
 * Owns who has which address; does not own routes, nor what leads to whom.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import type { GratuitousArp } from '../protocols/vrrp-message.ts';
import type { NextHop } from '../routing/fib.ts';

/** Who may have an address. */
export interface HavipMember {
  readonly name: string;
  /** Towards it, at this router. */
  readonly iface: IfaceId;
}

/** Has what is sent to a next hop leave by an interface from now on, for the sake of an event or NONE. */
export type Lead = (nextHop: NextHop, iface: IfaceId, event: number) => void;

interface Floating {
  readonly name: string;
  readonly nextHop: NextHop;
  readonly members: readonly HavipMember[];
  readonly timer: DeviceTimer;
  holder: HavipMember | null;
  /** Announced, but not acted on yet. */
  next: HavipMember | null;
  cause: Cause | null;
  isComingUp: boolean;
}

/** The first of its timers' tokens; the others follow downwards. */
const FIRST_TOKEN = -1;

export class HavipMap {
  private readonly context: DeviceContext;
  private readonly updateNs: number;
  private readonly lead: Lead;
  private readonly all: Floating[] = [];
  private readonly byAddress = new Map<number, Floating>();

  constructor(context: DeviceContext, updateNs: number, lead: Lead) {
    this.context = context;
    this.updateNs = updateNs;
    this.lead = lead;
  }

  add(name: string, address: number, nextHop: NextHop, members: readonly HavipMember[]): void {
    const floating: Floating = {
      name,
      nextHop,
      members,
      timer: this.context.newTimer(FIRST_TOKEN - this.all.length),
      holder: null,
      next: null,
      cause: null,
      isComingUp: false,
    };
    this.all.push(floating);
    this.byAddress.set(address | 0, floating);
  }

  /** The control plane is not settled before every address that somebody may have is somebody's. */
  start(): void {
    for (const floating of this.all) if (floating.members.length > 0) this.setComingUp(floating, true);
  }

  receive(packet: PacketId, iface: IfaceId): void {
    const { packets } = this.context;
    const floating = this.byAddress.get((packets.srcAddr[packet] as number) | 0);
    const member = floating?.members.find((candidate) => candidate.iface === iface);
    if (floating === undefined || member === undefined) return;
    const { next, holder } = floating;
    if (member === next || (next === null && member === holder)) return;
    floating.next = member;
    floating.cause = (packets.content[packet] as GratuitousArp).cause;
    this.setComingUp(floating, true);
    this.context.arm(floating.timer, this.context.now() + this.updateNs);
  }

  onTimer(token: number): void {
    const floating = this.all[FIRST_TOKEN - token];
    if (floating === undefined || floating.next === null) return;
    const { nextHop, holder, next, cause } = floating;
    floating.next = null;
    this.setComingUp(floating, false);
    if (next === holder) return;
    this.lead(nextHop, next.iface, cause?.event ?? NONE);
    floating.holder = next;
    const [from, to] = [holder?.name ?? 'nobody', next.name];
    this.context.change({ kind: 'installation', subject: floating.name, from, to, cause });
  }

  private setComingUp(floating: Floating, isComingUp: boolean): void {
    if (floating.isComingUp === isComingUp) return;
    floating.isComingUp = isComingUp;
    this.context.comingUp(isComingUp);
  }
}
