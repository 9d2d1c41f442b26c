// hot path
/**
 * The hops of `packet/routers` with everything taken away that makes a simulator of them: one function and two records
 * of typed arrays instead of devices, contexts, verdicts, counters and observers. The event queue, the FIB and the
 * fingerprint are the real ones. What the packet path could reach at best with these three.
 *
 *   link    busyUntil  remainder  lastArrival  rate  latency | head tail next        8 doubles, ints from 10
 *   packet  arrival    sequence                              | next length address ttl  4 doubles, ints from 4
 */
import { CalendarQueue } from '../src/engine/calendar-queue.ts';
import { Fingerprint, nameHash } from '../src/network/fingerprint.ts';
import { Fib, type NextHop } from '../src/routing/fib.ts';

const NONE = -1;
const TTL = 64;

// Doubles of a link, then its ints.
const [BUSY_UNTIL, REMAINDER, LAST_ARRIVAL, RATE, LATENCY] = [0, 1, 2, 3, 4];
const [HEAD, TAIL, NEXT_LINK] = [10, 11, 12];
// Doubles of a packet, then its ints.
const [ARRIVAL, SEQUENCE] = [0, 1];
const [NEXT, LENGTH, ADDRESS, HOPS_LEFT] = [4, 5, 6, 7];

export interface BareRingOptions {
  readonly links: number;
  readonly packets: number;
  readonly routes: number;
  readonly destination: number;
  readonly rateBps: number;
  readonly latencyNs: number;
}

export class BareRing {
  private readonly queue = new CalendarQueue();
  private readonly fingerprint = new Fingerprint();
  private readonly fib = new Fib();
  private readonly linkDoubles: Float64Array;
  private readonly linkInts: Int32Array;
  private readonly packetDoubles: Float64Array;
  private readonly packetInts: Int32Array;
  private readonly lastLink: number;
  private readonly flowHash = nameHash('laps');
  private sequence = 0;

  constructor({ links, packets, routes, destination, rateBps, latencyNs }: BareRingOptions) {
    this.lastLink = links - 1;
    this.linkDoubles = new Float64Array(links * 8);
    this.linkInts = new Int32Array(this.linkDoubles.buffer);
    this.packetDoubles = new Float64Array(packets * 4);
    this.packetInts = new Int32Array(this.packetDoubles.buffer);
    for (let n = 0; n < routes; n++) this.fib.set({ base: (n << 24) >>> 0, length: 8 }, 0 as NextHop);
    this.fib.set({ base: destination, length: 32 }, 1 as NextHop);
    for (let link = 0; link < links; link++) {
      this.linkDoubles[link * 8 + RATE] = rateBps;
      this.linkDoubles[link * 8 + LATENCY] = latencyNs + link;
      this.linkInts[link * 16 + HEAD] = NONE;
      this.linkInts[link * 16 + TAIL] = NONE;
      this.linkInts[link * 16 + NEXT_LINK] = (link + 1) % links;
    }
    for (let packet = 0; packet < packets; packet++) {
      this.packetInts[packet * 8 + LENGTH] = 100 + (packet % 1400);
      this.packetInts[packet * 8 + ADDRESS] = destination;
      this.packetInts[packet * 8 + HOPS_LEFT] = TTL;
      this.transmit(0, packet, 0);
    }
  }

  run(hops: number): void {
    const { queue, linkInts, packetDoubles, packetInts, fib, lastLink } = this;
    for (let left = hops; left > 0; left--) {
      queue.pop();
      const link = queue.argument;
      const packet = linkInts[link * 16 + HEAD];
      const next = packetInts[packet * 8 + NEXT];
      linkInts[link * 16 + HEAD] = next;
      if (next === NONE) linkInts[link * 16 + TAIL] = NONE;
      else queue.push(packetDoubles[next * 4 + ARRIVAL], packetDoubles[next * 4 + SEQUENCE], 0, link);

      const hopsLeft = --packetInts[packet * 8 + HOPS_LEFT];
      if (link === lastLink) packetInts[packet * 8 + HOPS_LEFT] = TTL;
      const nextHop = fib.lookup(packetInts[packet * 8 + ADDRESS]);
      if (hopsLeft === 0 || nextHop !== 1) throw new Error('a packet lost its way');
      const out = linkInts[link * 16 + NEXT_LINK];
      this.fingerprint.add(queue.timeNs, link, this.flowHash, out);
      this.transmit(out, packet, queue.timeNs);
    }
  }

  hash(): string {
    return this.fingerprint.toString();
  }

  private transmit(link: number, packet: number, nowNs: number): void {
    const { linkDoubles, linkInts, packetDoubles, packetInts } = this;
    const d = link * 8;
    const i = link * 16;
    const busyUntilNs = linkDoubles[d + BUSY_UNTIL];
    const isIdle = busyUntilNs < nowNs;
    const rate = linkDoubles[d + RATE];
    const work = packetInts[packet * 8 + LENGTH] * 8e9 + (isIdle ? 0 : linkDoubles[d + REMAINDER]);
    const spentNs = Math.floor(work / rate);
    const sentNs = (isIdle ? nowNs : busyUntilNs) + spentNs;
    const arrivalNs = Math.max(sentNs + linkDoubles[d + LATENCY], linkDoubles[d + LAST_ARRIVAL]);
    linkDoubles[d + BUSY_UNTIL] = sentNs;
    linkDoubles[d + REMAINDER] = work - spentNs * rate;
    linkDoubles[d + LAST_ARRIVAL] = arrivalNs;

    packetDoubles[packet * 4 + ARRIVAL] = arrivalNs;
    packetDoubles[packet * 4 + SEQUENCE] = this.sequence;
    packetInts[packet * 8 + NEXT] = NONE;
    const tail = linkInts[i + TAIL];
    linkInts[i + TAIL] = packet;
    if (tail === NONE) {
      linkInts[i + HEAD] = packet;
      this.queue.push(arrivalNs, this.sequence, 0, link);
    } else packetInts[tail * 8 + NEXT] = packet;
    this.sequence++;
  }
}
