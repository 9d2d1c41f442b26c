// hot path
/**
 * Moves packets over links: accept or drop, serialise, propagate, hand over. One event per hop: that of the head of
 * the list of packets in flight. Nothing overtakes within a link unless its impairment says `reorder`.
 */
import { NONE } from '../base/brand.ts';
import type { Engine, HandlerId } from '../engine/engine.ts';
import { type DropReason, dropReason } from './drop-reason.ts';
import type { LinkId, PacketId } from './ids.ts';
import type { Impairment } from './impairment.ts';
import type { LinkTable } from './link-table.ts';
import type { PacketTable } from './packet-table.ts';

/** What the link layer needs of the network around it. */
export interface LinkOwner {
  /** The packet has crossed the link. */
  arrive(link: LinkId, packet: PacketId): void;
  /** The link ended the packet; `event` may be NONE. */
  dropOnLink(link: LinkId, packet: PacketId, reason: DropReason, event: number): void;
  /** The packet is larger than the link takes. */
  tooBig(link: LinkId, packet: PacketId): void;
  /** The link, degraded by the event, delays the packet. */
  delay(packet: PacketId, event: number): void;
  /** The link, restored or changed by the event, carries the packet. */
  revive(packet: PacketId, event: number): void;
}

const LINK_DOWN = dropReason('link-down');
const QUEUE_FULL = dropReason('queue-full');
const RANDOM_LOSS = dropReason('random-loss');
const CORRUPT = dropReason('corrupt');

export class LinkLayer {
  private readonly engine: Engine;
  private readonly links: LinkTable;
  private readonly packets: PacketTable;
  private readonly owner: LinkOwner;
  private readonly headArrives: HandlerId;
  private readonly looseArrives: HandlerId;
  /** Link of a loose packet. */
  private readonly linkOfLoose = new Map<number, LinkId>();

  constructor(engine: Engine, links: LinkTable, packets: PacketTable, owner: LinkOwner) {
    this.engine = engine;
    this.links = links;
    this.packets = packets;
    this.owner = owner;
    this.headArrives = engine.register((link) => this.onHead(link as LinkId));
    this.looseArrives = engine.register((packet) => this.onLoose(packet as PacketId));
  }

  transmit(link: LinkId, packet: PacketId): void {
    const { links, packets } = this;
    if (!links.isOrdinary[link]) {
      this.transmitWithCare(link, packet);
      return;
    }
    const { nowNs } = this.engine;
    const lengthBytes = packets.lengthBytes[packet];
    if (lengthBytes > links.mtuBytes[link]) {
      this.owner.tooBig(link, packet);
    } else if (links.busyUntilNs[link] - nowNs > links.queueNs[link]) {
      this.owner.dropOnLink(link, packet, QUEUE_FULL, NONE);
    } else {
      const sentNs = links.serialise(link, lengthBytes, nowNs);
      this.enqueue(link, packet, sentNs, sentNs + links.latencyNs[link]);
    }
  }

  /** The same where an event has something to do with the link. */
  private transmitWithCare(link: LinkId, packet: PacketId): void {
    const { links, packets, owner } = this;
    const event = links.event[link];
    const degradeEvent = links.degradeEvent[link];
    const { nowNs } = this.engine;
    if (links.isDown[link]) {
      owner.dropOnLink(link, packet, LINK_DOWN, event);
      return;
    }
    const lengthBytes = packets.lengthBytes[packet];
    if (lengthBytes > links.mtuBytes[link]) {
      owner.tooBig(link, packet);
      return;
    }
    const isSlowed = links.rateBps[link] !== links.baseRateBps[link];
    if (links.busyUntilNs[link] - nowNs > links.queueNs[link]) {
      // A queue that overflows at the link's normal rate is congestion, which is nobody's event.
      owner.dropOnLink(link, packet, QUEUE_FULL, isSlowed ? degradeEvent : NONE);
      return;
    }
    const sentNs = links.serialise(link, lengthBytes, nowNs);
    const impairments = links.impairments[link];
    if (event !== NONE) owner.revive(packet, event);
    if (degradeEvent !== NONE) {
      if (isSlowed) owner.delay(packet, degradeEvent);
      else owner.revive(packet, degradeEvent);
    }
    const earliestNs = sentNs + links.latencyNs[link];
    if (impairments === null) this.enqueue(link, packet, sentNs, earliestNs);
    else this.sendImpaired(link, packet, sentNs, earliestNs, impairments);
  }

  /** Drops what the link holds and refuses more until it is up again. */
  fail(link: LinkId, event: number): void {
    this.links.isDown[link] = true;
    this.links.event[link] = event;
    this.links.review(link);
    this.flush(link, LINK_DOWN, event);
  }

  restore(link: LinkId, event: number): void {
    const { links } = this;
    links.isDown[link] = false;
    links.event[link] = event;
    links.review(link);
    links.busyUntilNs[link] = this.engine.nowNs;
    links.remainder[link] = 0;
    links.lastArrivalNs[link] = this.engine.nowNs;
  }

  /** Changes the rate at once: what is not yet sent is sent at the new one. 0 lifts the limit. */
  setRate(link: LinkId, rateBps: number): void {
    const { links, packets } = this;
    const { nowNs } = this.engine;
    const oldRate = links.rateBps[link] as number;
    links.rateBps[link] = rateBps;
    links.review(link);
    links.remainder[link] = 0;
    const oldBusyUntilNs = links.busyUntilNs[link] as number;
    if (oldBusyUntilNs <= nowNs || oldRate === 0) return;
    const scale = rateBps === 0 ? 0 : oldRate / rateBps;
    let lastArrivalNs = nowNs;
    const oldHeadArrivalNs = packets.arrivalNs[links.head[link] as number];
    for (let p = links.head[link] as number; p !== NONE; p = packets.nextInLink[p] as number) {
      const oldSentNs = packets.sentNs[p] as number;
      const flightNs = (packets.arrivalNs[p] as number) - oldSentNs;
      if (oldSentNs > nowNs) {
        const sentNs = nowNs + Math.round((oldSentNs - nowNs) * scale);
        packets.sentNs[p] = sentNs;
        packets.arrivalNs[p] = Math.max(lastArrivalNs, sentNs + flightNs);
      }
      lastArrivalNs = packets.arrivalNs[p] as number;
    }
    // Packets lost on the way have kept the sender busy too, so the last one in flight does not tell.
    links.busyUntilNs[link] = nowNs + Math.round((oldBusyUntilNs - nowNs) * scale);
    links.lastArrivalNs[link] = lastArrivalNs;
    const head = links.head[link] as number;
    if (head !== NONE && packets.arrivalNs[head] !== oldHeadArrivalNs) this.scheduleHead(link, head);
  }

  private sendImpaired(
    link: LinkId,
    packet: PacketId,
    sentNs: number,
    earliestNs: number,
    impairments: readonly Impairment[],
  ): void {
    const { packets, owner } = this;
    let arrivalNs = earliestNs;
    let heldBackNs = 0;
    for (let i = 0; i < impairments.length; i++) {
      const impairment = impairments[i] as Impairment;
      if (!impairment.touches(packets, packet)) continue;
      if (impairment.isLost()) {
        owner.dropOnLink(link, packet, RANDOM_LOSS, impairment.event);
        return;
      }
      if (impairment.isCorrupted()) {
        owner.dropOnLink(link, packet, CORRUPT, impairment.event);
        return;
      }
      arrivalNs += impairment.extraDelayNs();
      const isReordered = impairment.isReordered();
      if (isReordered) heldBackNs += impairment.reorderDelayNs;
      if (isReordered || impairment.isSlower) owner.delay(packet, impairment.event);
    }
    if (heldBackNs > 0) this.sendLoose(link, packet, arrivalNs + heldBackNs);
    else this.enqueue(link, packet, sentNs, arrivalNs);
  }

  private enqueue(link: LinkId, packet: PacketId, sentNs: number, earliestNs: number): void {
    const { links, packets } = this;
    const lastArrivalNs = links.lastArrivalNs[link] as number;
    const arrivalNs = earliestNs < lastArrivalNs ? lastArrivalNs : earliestNs;
    links.lastArrivalNs[link] = arrivalNs;
    packets.sentNs[packet] = sentNs;
    packets.arrivalNs[packet] = arrivalNs;
    packets.arrivalSequence[packet] = this.engine.reserveSequence();
    packets.nextInLink[packet] = NONE;
    const tail = links.tail[link] as number;
    links.tail[link] = packet;
    if (tail === NONE) {
      links.head[link] = packet;
      this.scheduleHead(link, packet);
    } else {
      packets.nextInLink[tail] = packet;
    }
  }

  private scheduleHead(link: LinkId, packet: number): void {
    const { arrivalNs, arrivalSequence } = this.packets;
    this.engine.scheduleReserved(
      arrivalNs[packet] as number,
      arrivalSequence[packet] as number,
      this.headArrives,
      link,
    );
  }

  private onHead(link: LinkId): void {
    const { links, packets, engine } = this;
    const packet = links.head[link] as number;
    // A failed link or a new rate leaves events behind that belong to no head any more.
    if (packet === NONE || packets.arrivalSequence[packet] !== engine.currentSequence) return;
    if (packets.arrivalNs[packet] !== engine.nowNs) return;
    const next = packets.nextInLink[packet] as number;
    links.head[link] = next;
    if (next === NONE) links.tail[link] = NONE;
    else this.scheduleHead(link, next);
    this.owner.arrive(link, packet as PacketId);
  }

  private sendLoose(link: LinkId, packet: PacketId, arrivalNs: number): void {
    const { links } = this;
    const loose = links.loose[link] ?? new Set<number>();
    links.loose[link] = loose.add(packet);
    this.linkOfLoose.set(packet, link);
    this.packets.arrivalSequence[packet] = this.engine.reserveSequence();
    this.engine.scheduleReserved(
      arrivalNs,
      this.packets.arrivalSequence[packet] as number,
      this.looseArrives,
      packet,
    );
  }

  private onLoose(packet: PacketId): void {
    const link = this.linkOfLoose.get(packet);
    if (link === undefined || this.packets.arrivalSequence[packet] !== this.engine.currentSequence) return;
    this.linkOfLoose.delete(packet);
    this.links.loose[link]?.delete(packet);
    this.owner.arrive(link, packet);
  }

  /** Ends every packet in flight. */
  private flush(link: LinkId, reason: DropReason, event: number): void {
    const { links, packets, owner } = this;
    let packet = links.head[link] as number;
    links.head[link] = NONE;
    links.tail[link] = NONE;
    while (packet !== NONE) {
      const next = packets.nextInLink[packet] as number;
      owner.dropOnLink(link, packet as PacketId, reason, event);
      packet = next;
    }
    for (const loose of links.loose[link] ?? []) {
      this.linkOfLoose.delete(loose);
      owner.dropOnLink(link, loose as PacketId, reason, event);
    }
    links.loose[link]?.clear();
  }
}
