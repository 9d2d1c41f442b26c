/**
 * A link that nobody can get wrong: exact rational time on BigInt, everything in one list, linear. Twin of the link
 * layer for sends, rate changes, failures and restores. Time in ns; work is what is left to send, in bits x 1e9.
 */
interface Waiting {
  readonly number: number;
  work: bigint;
}

interface Flying {
  readonly number: number;
  readonly arrivalNs: number;
}

export class PlainLink {
  readonly arrivals: [number, number][] = [];
  readonly dropped: [number, number][] = [];
  private rateBps: bigint;
  private readonly latencyNs: number;
  private nowNs = 0;
  private queue: Waiting[] = [];
  private flying: Flying[] = [];

  constructor(rateBps: number, latencyNs: number) {
    this.rateBps = BigInt(rateBps);
    this.latencyNs = latencyNs;
  }

  /** Work of the packets not yet sent, as ns (rounded down) at the present rate. */
  backlogNs(): number {
    const work = this.queue.reduce((sum, { work }) => sum + work, 0n);
    return Number(work / this.rateBps);
  }

  send(number: number, lengthBytes: number): void {
    this.queue.push({ number, work: BigInt(lengthBytes) * 8_000_000_000n });
  }

  setRate(rateBps: number): void {
    this.rateBps = BigInt(rateBps);
  }

  fail(): void {
    for (const { number } of [...this.flying, ...this.queue]) this.dropped.push([number, this.nowNs]);
    this.flying = [];
    this.queue = [];
  }

  /** Lets time pass; a packet counts as sent in the last whole ns before its last bit has left. */
  advance(toNs: number): void {
    let work = BigInt(toNs - this.nowNs) * this.rateBps;
    let doneNs = BigInt(this.nowNs) * this.rateBps;
    for (let head = this.queue[0]; head !== undefined && head.work <= work; head = this.queue[0]) {
      work -= head.work;
      doneNs += head.work;
      this.flying.push({
        number: head.number,
        arrivalNs: Number(doneNs / this.rateBps) + this.latencyNs,
      });
      this.queue.shift();
    }
    const [first] = this.queue;
    if (first !== undefined) first.work -= work;
    this.nowNs = toNs;
    for (const { number, arrivalNs } of this.flying.filter((packet) => packet.arrivalNs < toNs)) {
      this.arrivals.push([number, arrivalNs]);
    }
    this.flying = this.flying.filter(({ arrivalNs }) => arrivalNs >= toNs);
  }
}
