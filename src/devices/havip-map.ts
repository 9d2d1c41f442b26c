/**
 * Who has the floating addresses of a zone: the VPC's router sends what is for one of them to the interface that announced
 * it last by gratuitous ARP, a while after it did. Announcements count only by interfaces that may have the address. What
 * is known outlives the router, since it is the VPC's.
 * Owns the members of the next hops' groups; does not own routes.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import type { LearntRoute } from '../protocols/route-learner.ts';
import type { GratuitousArp } from '../protocols/vrrp-message.ts';
import type { EcmpGroup } from '../routing/ecmp.ts';
import type { NextHop } from '../routing/fib.ts';

/** Who may have an address. */
export interface HavipMember {
  readonly name: string;
  /** Towards it, at this router. */
  readonly iface: IfaceId;
  readonly nextHop: NextHop;
}

interface Floating {
  readonly name: string;
  /** Of the address: empty, or the one who has it. */
  readonly group: EcmpGroup;
  readonly members: readonly HavipMember[];
  readonly route: { event: number; readonly nodes: readonly [] };
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
  private readonly all: Floating[] = [];
  private readonly byAddress = new Map<number, Floating>();

  constructor(context: DeviceContext, updateNs: number) {
    this.context = context;
    this.updateNs = updateNs;
  }

  /** Answers what was learnt of the address, for those who follow it. */
  add(name: string, address: number, group: EcmpGroup, members: readonly HavipMember[]): LearntRoute {
    const floating: Floating = {
      name,
      group,
      members,
      route: { event: NONE, nodes: [] },
      timer: this.context.newTimer(FIRST_TOKEN - this.all.length),
      holder: null,
      next: null,
      cause: null,
      isComingUp: false,
    };
    this.all.push(floating);
    this.byAddress.set(address | 0, floating);
    return floating.route;
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
    const { group, holder, next, cause } = floating;
    floating.next = null;
    this.setComingUp(floating, false);
    if (next === holder) return;
    if (holder !== null) group.remove(holder.nextHop);
    group.add(next.nextHop);
    floating.holder = next;
    floating.route.event = cause?.event ?? NONE;
    const [from, to] = [holder?.name ?? 'nobody', next.name];
    this.context.change({ kind: 'installation', subject: floating.name, from, to, cause });
  }

  private setComingUp(floating: Floating, isComingUp: boolean): void {
    if (floating.isComingUp === isComingUp) return;
    floating.isComingUp = isComingUp;
    this.context.comingUp(isComingUp);
  }
}
