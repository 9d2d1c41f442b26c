/**
 * A recursive resolver: a provider's on the Internet, or a region's own, which the VPCs of the region reach through
 * their routers (its answers leave by the interface the question came in by, so VPCs may overlap).
 * Models: A queries over UDP 53; a cache that honours TTLs within limits and hands out what is left of them, in whole
 * seconds; one question to the authoritative server for all who wait for a name, repeated, then SERVFAIL; sets of
 * addresses turned round by one at every answer.
 * Leaves out: delegation (it knows the authoritative server), caching of failures, EDNS and its client subnet, TCP.
 * Source: RFC 1034, 1035.
 */
import { NONE } from '../base/brand.ts';
import { SECOND_NS } from '../base/units.ts';
import { Device, type DeviceContext, type DeviceTimer } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { FlowId, IfaceId, PacketId } from '../network/ids.ts';
import { IN, OUT } from '../network/packet-table.ts';
import { CONSUME, drop, type Verdict } from '../network/verdict.ts';
import { createDatagram } from '../protocols/dns-datagram.ts';
import {
  DNS_PORT,
  type DnsAnswer,
  type DnsQuery,
  dnsBytes,
  NO_ERROR,
  SERVER_FAILURE,
} from '../protocols/dns-message.ts';
import { turned } from '../protocols/dns-zone.ts';

const NO_ROUTE = drop(dropReason('no-route'));
const NOT_LISTENING = drop(dropReason('not-listening'));
/** Source port of its own questions. */
const QUESTION_PORT = 32768;
const MAX_ID = 0xffff;

export interface DnsResolverOptions {
  /** What clients ask. */
  readonly serviceAddress: number;
  /** What it asks from. */
  readonly publicAddress: number;
  /** Of the authoritative server. */
  readonly authority: number;
  readonly minTtlSeconds: number;
  readonly maxTtlSeconds: number;
  readonly timeoutNs: number;
  readonly attempts: number;
  readonly initialTtl: number;
}

/** Somebody who waits for an answer. */
interface Asker {
  readonly id: number;
  readonly address: number;
  readonly port: number;
  readonly iface: IfaceId;
  readonly flow: number;
  readonly unit: number;
  readonly connection: number;
}

/** A question under way to the authoritative server. */
interface Lookup {
  readonly id: number;
  readonly name: string;
  readonly timer: DeviceTimer;
  readonly askers: Asker[];
  attempts: number;
}

interface CachedSet {
  readonly addresses: readonly number[];
  readonly expiresNs: number;
  turn: number;
}

export class DnsResolver extends Device {
  private readonly options: DnsResolverOptions;
  private readonly cache = new Map<string, CachedSet>();
  private readonly lookups = new Map<number, Lookup>();
  private publicIface = NONE as IfaceId;
  private asked = 0;

  constructor(context: DeviceContext, options: DnsResolverOptions) {
    super(context);
    this.options = options;
  }

  /** The interface towards the Internet. */
  attach(iface: IfaceId): void {
    this.publicIface = iface;
  }

  receive(packet: PacketId, iface: IfaceId): Verdict {
    const { dstAddr, content } = this.context.packets;
    const { serviceAddress, publicAddress } = this.options;
    const address = dstAddr[packet];
    const message = content[packet] as DnsQuery | DnsAnswer | null;
    if (address !== serviceAddress && address !== publicAddress) return NO_ROUTE;
    if (message?.kind === 'dns-query' && address === serviceAddress) this.onQuery(message, packet, iface);
    else if (message?.kind === 'dns-answer' && address === publicAddress) this.onAnswer(message);
    else return NOT_LISTENING;
    return CONSUME;
  }

  override onTimer(id: number): void {
    const lookup = this.lookups.get(id);
    if (lookup === undefined) return;
    if (lookup.attempts < this.options.attempts) this.ask(lookup);
    else this.conclude(lookup, failureOf(lookup.name));
  }

  /** The cache is volatile. */
  override onPower(): void {
    for (const { timer } of this.lookups.values()) this.context.freeTimer(timer);
    this.lookups.clear();
    this.cache.clear();
  }

  override gauges(): Record<string, number> {
    return { cached: this.cache.size, lookups: this.lookups.size };
  }

  private onQuery({ id, name }: DnsQuery, packet: PacketId, iface: IfaceId): void {
    const { srcAddr, srcPort, flow, unit, connection } = this.context.packets;
    const asker: Asker = {
      id,
      address: srcAddr[packet] as number,
      port: srcPort[packet] as number,
      iface,
      flow: flow[packet] as number,
      unit: unit[packet] as number,
      connection: connection[packet] as number,
    };
    const cached = this.cache.get(name);
    const nowNs = this.context.now();
    if (cached !== undefined && nowNs < cached.expiresNs) {
      this.reply(asker, this.fromCache(name, cached, nowNs));
      return;
    }
    this.cache.delete(name);
    this.join(name, asker);
  }

  private fromCache(name: string, cached: CachedSet, nowNs: number): DnsAnswer {
    const ttlSeconds = Math.floor((cached.expiresNs - nowNs) / SECOND_NS);
    const addresses = turned(cached.addresses, cached.turn++);
    return { kind: 'dns-answer', id: 0, name, rcode: NO_ERROR, ttlSeconds, addresses };
  }

  /** One question is enough for all who wait for a name; a repeated question waits once. */
  private join(name: string, asker: Asker): void {
    for (const lookup of this.lookups.values()) {
      if (lookup.name !== name) continue;
      const isKnown = lookup.askers.some(
        ({ id, address, port, iface }) =>
          id === asker.id && address === asker.address && port === asker.port && iface === asker.iface,
      );
      if (!isKnown) lookup.askers.push(asker);
      return;
    }
    const id = this.asked++ % (MAX_ID + 1);
    const lookup: Lookup = { id, name, timer: this.context.newTimer(id), askers: [asker], attempts: 0 };
    this.lookups.set(id, lookup);
    this.ask(lookup);
  }

  /** The question is billed to who asked first. */
  private ask(lookup: Lookup): void {
    const { flow, unit, connection } = lookup.askers[0] as Asker;
    const { publicAddress, authority, timeoutNs, initialTtl } = this.options;
    lookup.attempts++;
    const query: DnsQuery = { kind: 'dns-query', id: lookup.id, name: lookup.name };
    const packet = createDatagram(
      this.context,
      { flow, unit, connection, direction: OUT },
      {
        srcAddr: publicAddress,
        srcPort: QUESTION_PORT,
        dstAddr: authority,
        dstPort: DNS_PORT,
        ttl: initialTtl,
        payloadBytes: dnsBytes(query),
        content: query,
      },
    );
    this.context.arm(lookup.timer, this.context.now() + timeoutNs);
    this.context.send(packet, this.publicIface);
  }

  private onAnswer(answer: DnsAnswer): void {
    const lookup = this.lookups.get(answer.id);
    if (lookup?.name !== answer.name) return;
    const { minTtlSeconds, maxTtlSeconds } = this.options;
    if (answer.rcode !== NO_ERROR) {
      this.conclude(lookup, answer);
      return;
    }
    const ttlSeconds = Math.min(Math.max(answer.ttlSeconds, minTtlSeconds), maxTtlSeconds);
    const expiresNs = this.context.now() + ttlSeconds * SECOND_NS;
    if (ttlSeconds > 0) this.cache.set(answer.name, { addresses: answer.addresses, expiresNs, turn: 1 });
    this.conclude(lookup, { ...answer, ttlSeconds });
  }

  private conclude(lookup: Lookup, answer: DnsAnswer): void {
    this.lookups.delete(lookup.id);
    this.context.freeTimer(lookup.timer);
    // Only the first asker's unit saw its question dropped; the others fail for the same event.
    const payer = (lookup.askers[0] as Asker).flow as FlowId;
    const event = answer.rcode === SERVER_FAILURE ? this.context.flows.missOf(payer) : NONE;
    for (const asker of lookup.askers) this.reply(asker, answer, event);
  }

  private reply(asker: Asker, answer: DnsAnswer, event: number = NONE): void {
    const { flow, unit, connection } = asker;
    const own: DnsAnswer = { ...answer, id: asker.id };
    const packet = createDatagram(
      this.context,
      { flow, unit, connection, direction: IN },
      {
        srcAddr: this.options.serviceAddress,
        srcPort: DNS_PORT,
        dstAddr: asker.address,
        dstPort: asker.port,
        ttl: this.options.initialTtl,
        payloadBytes: dnsBytes(own),
        content: own,
      },
    );
    if (event !== NONE) this.context.impair(packet, event);
    this.context.send(packet, asker.iface);
  }
}

function failureOf(name: string): DnsAnswer {
  return { kind: 'dns-answer', id: 0, name, rcode: SERVER_FAILURE, ttlSeconds: 0, addresses: [] };
}
