/** Datagrams one way at a rate: a unit is a datagram; the receiving service reports its arrival. */
import { NONE } from '../base/brand.ts';
import { type Distribution, sample } from '../base/distribution.ts';
import type { RandomStream } from '../base/random.ts';
import { OUT } from '../network/packet-table.ts';
import { type OpenLoopOptions, type Slot, spreadSlots, TimedUnitWorkload } from './workload.ts';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** IP lengths of datagrams: one for all, drawn, or as recorded. */
export interface UdpOptions extends OpenLoopOptions {
  readonly sizes?: Distribution | undefined;
  /** Of each unit in turn; as many as there are units. */
  readonly recordedSizes?: readonly number[] | undefined;
}

/** IPv4 and UDP header with one byte of data; the longest IPv4 packet (RFC 791). */
const DATAGRAM_SIZES = { min: 29, max: 65_535 } as const;

export class UdpWorkload extends TimedUnitWorkload {
  private readonly slots: Slot[];
  private readonly ports: PortRange;
  private readonly firstIndex: number;
  private readonly sizes: Distribution | undefined;
  private readonly recordedSizes: readonly number[] | undefined;
  private readonly random: RandomStream;
  private sent = 0;

  /**
   * Every sender's connections take its `ports` upwards of the `firstIndex`-th, one a connection; round and round go
   * first the connections, then the ports.
   */
  constructor(options: UdpOptions, connections: number, ports: PortRange, firstIndex: number) {
    super(options);
    this.slots = spreadSlots(options.senders, connections);
    this.ports = ports;
    this.firstIndex = firstIndex;
    this.sizes = options.sizes;
    this.recordedSizes = options.recordedSizes;
    this.random = options.streams.stream(options.name, 'sizes');
  }

  /** Ports that each sender uses, at most. */
  get portCount(): number {
    return Math.ceil(this.slots.length / this.options.senders.length);
  }

  protected override offerUnit(): void {
    const { ledger, flow, destination } = this.options;
    const lengthBytes = this.nextLength();
    const index = this.sent++ % this.slots.length;
    const slot = this.slots[index] as Slot;
    if (slot.connection < 0) slot.connection = ledger.openConnection(flow);
    const unit = this.offer(index);
    const address = destination.known(slot.stack);
    if (address === NONE)
      destination.resolve(slot.stack, unit, (found) => this.send(index, unit, found, lengthBytes));
    else this.send(index, unit, address, lengthBytes);
  }

  private send(index: number, unit: number, address: number, lengthBytes: number): void {
    const { flow, port, ledger } = this.options;
    const { stack, connection } = this.slots[index] as Slot;
    if (address === NONE) {
      ledger.fail(flow, unit, 'name-error');
      return;
    }
    const billing = { flow, unit, connection, direction: OUT };
    stack.sendDatagram(billing, this.portOf(index), address, port, lengthBytes, null);
  }

  private nextLength(): number {
    if (this.recordedSizes !== undefined) return this.recordedSizes[this.sent] as number;
    if (this.sizes === undefined) return this.options.sizeBytes;
    const { min, max } = DATAGRAM_SIZES;
    return Math.min(max, Math.max(min, Math.round(sample(this.sizes, this.random))));
  }

  private portOf(index: number): number {
    const { first, last } = this.ports;
    const turn = Math.floor(index / this.options.senders.length);
    return first + ((this.firstIndex + turn) % (last - first + 1));
  }
}
