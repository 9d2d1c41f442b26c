/**
 * traceroute: a unit is one trace. Probes with a time to live from 1 up ask every router on the way to say that it ran out;
 * the destination answers that nobody is at the port, or with an echo reply. As in Linux traceroute several probes are
 * under way at once, and the hop that the destination answers at is the last.
 */
import { NONE } from '../base/brand.ts';
import type { PacketId } from '../network/ids.ts';
import { ICMP, OUT, UDP } from '../network/packet-table.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import { FRAGMENTATION_NEEDED, TIME_EXCEEDED } from '../protocols/ip.ts';
import { withAddress } from './destination.ts';
import { type HopRow, HopTally } from './hop-tally.ts';
import type { PortRange } from './udp.ts';
import { type OpenLoopOptions, OpenLoopWorkload, type Slot, spreadSlots } from './workload.ts';

export interface TracerouteOptions extends OpenLoopOptions {
  readonly maxHops: number;
  readonly probesPerHop: number;
  /** Probes of a trace that may be under way at once. */
  readonly simultaneous: number;
  readonly method: 'udp' | 'icmp';
  /** Of every sender: of these, PROBE_NUMBERS upwards of the `firstIndex`-th are the flow's, round and round. */
  readonly ports: PortRange;
  readonly firstIndex: number;
}

/** Where UDP probes begin; each goes to a port of its own. */
const FIRST_PORT = 33_434;
/** Source ports, or identifiers of echoes, that a flow takes of every sender; a probe has one of its own. */
export const PROBE_NUMBERS = 512;

interface Probe {
  readonly trace: Trace;
  readonly ttl: number;
  readonly sentNs: number;
  /** Address of who answered; NONE while nobody has. */
  answeredBy: number;
  roundTripNs: number;
  isOpen: boolean;
}

interface Trace {
  readonly unit: number;
  readonly slot: Slot;
  readonly address: number;
  readonly probes: Probe[];
  open: number;
  lastHop: number;
  isAnswered: boolean;
}

export class TracerouteWorkload extends OpenLoopWorkload {
  private readonly trace: TracerouteOptions;
  private readonly slots: Slot[];
  private readonly tally = new HopTally();
  private readonly underWay = new Set<Trace>();
  /** By local number, the probe that has it: one table a sender. */
  private readonly probeOf = new Map<HostStack, Map<number, Probe>>();
  /** By the argument of its time-out. */
  private readonly waiting = new Map<number, Probe>();
  private readonly timeout;
  private sent = 0;
  private probeCount = 0;

  constructor(options: TracerouteOptions) {
    super(options);
    this.trace = options;
    this.slots = spreadSlots(options.senders, 1);
    this.timeout = options.engine.register((number) => this.onTimeout(number));
    for (const { stack } of this.slots) this.probeOf.set(stack, new Map());
  }

  /** What was heard of each hop; ask once, at the end. */
  hops(): HopRow[] {
    for (const trace of this.underWay) this.note(trace);
    this.underWay.clear();
    return this.tally.rows();
  }

  protected override offerUnit(): void {
    const { ledger, flow, destination } = this.options;
    const index = this.sent++ % this.slots.length;
    const slot = this.slots[index] as Slot;
    if (slot.connection < 0) slot.connection = ledger.openConnection(flow);
    const unit = ledger.offer(flow, index);
    withAddress(destination, slot.stack, unit, (address) => this.begin(slot, unit, address));
  }

  private begin(slot: Slot, unit: number, address: number): void {
    const { ledger, flow } = this.options;
    if (address === NONE) {
      ledger.fail(flow, unit, 'name-error');
      return;
    }
    const lastHop = this.trace.maxHops;
    const trace: Trace = { unit, slot, address, probes: [], open: 0, lastHop, isAnswered: false };
    this.underWay.add(trace);
    this.advance(trace);
  }

  /** Sends what may be under way; ends a trace of which nothing is left to hear. */
  private advance(trace: Trace): void {
    const { probesPerHop, simultaneous } = this.trace;
    while (trace.open < simultaneous && trace.probes.length < trace.lastHop * probesPerHop) this.probe(trace);
    if (trace.open > 0 || !this.underWay.delete(trace)) return;
    this.note(trace);
    const { ledger, flow } = this.options;
    if (!trace.isAnswered) ledger.fail(flow, trace.unit, 'response-timeout');
  }

  private probe(trace: Trace): void {
    const { engine, flow, timeoutNs, sizeBytes } = this.options;
    const { method, probesPerHop } = this.trace;
    const { stack, connection } = trace.slot;
    const index = trace.probes.length;
    const ttl = Math.floor(index / probesPerHop) + 1;
    const number = this.probeCount++;
    const probe: Probe = {
      trace,
      ttl,
      sentNs: engine.nowNs,
      answeredBy: NONE,
      roundTripNs: 0,
      isOpen: true,
    };
    trace.probes.push(probe);
    trace.open++;
    this.waiting.set(number, probe);
    engine.schedule(engine.nowNs + timeoutNs, this.timeout, number);
    const local = this.localOf(number);
    this.listen(stack, local, probe);
    const billing = { flow, unit: trace.unit, connection, direction: OUT };
    if (method === 'icmp') stack.sendEcho(billing, local, trace.address, sizeBytes, ttl);
    else stack.sendDatagram(billing, local, trace.address, FIRST_PORT + index, sizeBytes, null, ttl);
  }

  /** Source port or identifier of a probe. */
  private localOf(number: number): number {
    const { ports, firstIndex } = this.trace;
    return ports.first + ((firstIndex + (number % PROBE_NUMBERS)) % (ports.last - ports.first + 1));
  }

  private listen(stack: HostStack, local: number, probe: Probe): void {
    const probes = this.probeOf.get(stack) as Map<number, Probe>;
    const isHeard = probes.has(local);
    probes.set(local, probe);
    if (isHeard) return;
    const { packets } = stack.context;
    const heard = (packet: PacketId, isEnd: boolean): void =>
      this.onAnswer(probes.get(local) as Probe, packets.srcAddr[packet] as number, isEnd);
    stack.onError(this.trace.method === 'icmp' ? ICMP : UDP, local, (kind, _quoted, error) => {
      if (kind !== FRAGMENTATION_NEEDED) heard(error, kind !== TIME_EXCEEDED);
    });
    if (this.trace.method === 'icmp') stack.onEchoReply(local, (packet) => heard(packet, true));
  }

  /** `isEnd`: the destination answered, or somebody who knows that there is no way to it. */
  private onAnswer(probe: Probe, from: number, isEnd: boolean): void {
    if (!probe.isOpen) return;
    const { engine, ledger, flow, sizeBytes } = this.options;
    const { trace } = probe;
    probe.answeredBy = from;
    probe.roundTripNs = engine.nowNs - probe.sentNs;
    if (isEnd) {
      if (!trace.isAnswered) ledger.deliver(flow, trace.unit, sizeBytes);
      trace.isAnswered = true;
      trace.lastHop = Math.min(trace.lastHop, probe.ttl);
    }
    this.close(probe);
  }

  private onTimeout(number: number): void {
    const probe = this.waiting.get(number);
    this.waiting.delete(number);
    if (probe?.isOpen) this.close(probe);
  }

  private close(probe: Probe): void {
    probe.isOpen = false;
    probe.trace.open--;
    this.advance(probe.trace);
  }

  /** Probes beyond the hop of the destination, which were under way already, tell nothing. */
  private note({ probes, lastHop }: Trace): void {
    for (const { ttl, answeredBy, roundTripNs } of probes) {
      if (ttl <= lastHop) this.tally.add(ttl, answeredBy === NONE ? null : answeredBy, roundTripNs);
    }
  }
}
