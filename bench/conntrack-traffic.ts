/**
 * Connections and packets for the benches of connection tracking. Connections: `clients` are 16,384 clients that ask 16
 * servers from ports in a row, translated to 20 public addresses; `random` has every field by chance. Packets:
 * `busy` has 256 connections talk at a time, in any order and either direction, until after 16 packets on average another
 * one takes the place: what 2.5 million packets a second are in bursts of 16 within some 2 ms. `scattered` draws every
 * packet from all connections, so that each meets memory that is cold.
 */
import seedrandom from 'seedrandom';

export type Ends = 'clients' | 'random';
export type Order = 'busy' | 'scattered';

/** Headers by number, as columns. */
export interface Headers {
  readonly srcAddr: Uint32Array;
  readonly srcPort: Uint16Array;
  readonly dstAddr: Uint32Array;
  readonly dstPort: Uint16Array;
}

export interface Connections {
  readonly count: number;
  readonly original: Headers;
  readonly reply: Headers;
}

export const PROTOCOL = 6;
export const SYN = 2;
export const ACK = 16;
const SERVERS_SHIFT = 4;
const CLIENTS = 16_384;
const PUBLIC = 20;
const BUSY = 256;
const PACKETS_OF_BUSY = 16;

export function drawConnections(ends: Ends, count: number): Connections {
  const original = headersOf(count);
  const reply = headersOf(count);
  const stream = seedrandom.alea(`bench/conntrack/${ends}/${count}`);
  for (let i = 0; i < count; i++) {
    const isRandom = ends === 'random';
    const perServer = i >> SERVERS_SHIFT;
    original.srcAddr[i] = isRandom ? stream.int32() : 0x0a000000 + (i % CLIENTS);
    original.srcPort[i] = isRandom ? stream.int32() : 32_768 + Math.floor(i / CLIENTS);
    original.dstAddr[i] = isRandom ? stream.int32() : 0xcb007100 + (i & ((1 << SERVERS_SHIFT) - 1));
    original.dstPort[i] = isRandom ? stream.int32() : 443;
    reply.srcAddr[i] = original.dstAddr[i];
    reply.srcPort[i] = original.dstPort[i];
    reply.dstAddr[i] = isRandom ? stream.int32() : 0xc6336400 + (perServer % PUBLIC);
    reply.dstPort[i] = isRandom ? stream.int32() : 1025 + Math.floor(perServer / PUBLIC);
  }
  return { count, original, reply };
}

/** Headers of packets in the order they come by. */
export function drawPackets({ count, original, reply }: Connections, order: Order, packets: number): Headers {
  const stream = seedrandom.alea(`bench/conntrack/${order}`);
  const below = (limit: number) => Math.floor(stream() * limit);
  const busy = Int32Array.from({ length: BUSY }, () => below(count));
  const headers = headersOf(packets);
  for (let i = 0; i < packets; i++) {
    const place = below(BUSY);
    if (order === 'scattered' || below(PACKETS_OF_BUSY) === 0) busy[place] = below(count);
    copyHeader(below(2) === 0 ? original : reply, busy[place], headers, i);
  }
  return headers;
}

function copyHeader(from: Headers, at: number, to: Headers, i: number): void {
  to.srcAddr[i] = from.srcAddr[at];
  to.srcPort[i] = from.srcPort[at];
  to.dstAddr[i] = from.dstAddr[at];
  to.dstPort[i] = from.dstPort[at];
}

function headersOf(count: number): Headers {
  return {
    srcAddr: new Uint32Array(count),
    srcPort: new Uint16Array(count),
    dstAddr: new Uint32Array(count),
    dstPort: new Uint16Array(count),
  };
}
