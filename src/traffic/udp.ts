/** Datagrams one way at a rate: a unit is a datagram; the receiving service reports its arrival. */
import { NONE } from '../base/brand.ts';
import { OUT } from '../network/packet-table.ts';
import { type OpenLoopOptions, OpenLoopWorkload, type Slot, spreadSlots } from './workload.ts';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export class UdpWorkload extends OpenLoopWorkload {
  private readonly slots: Slot[];
  private readonly ports: PortRange;
  private readonly firstIndex: number;
  private readonly timeout;
  private sent = 0;

  /**
   * Every sender's connections take its `ports` upwards of the `firstIndex`-th, one a connection; round and round go
   * first the connections, then the ports.
   */
  constructor(options: OpenLoopOptions, connections: number, ports: PortRange, firstIndex: number) {
    super(options);
    this.slots = spreadSlots(options.senders, connections);
    this.ports = ports;
    this.firstIndex = firstIndex;
    this.timeout = options.engine.register((unit) =>
      options.ledger.fail(options.flow, unit, 'response-timeout'),
    );
  }

  /** Ports that each sender uses, at most. */
  get portCount(): number {
    return Math.ceil(this.slots.length / this.options.senders.length);
  }

  protected override offerUnit(): void {
    const { engine, ledger, flow, timeoutNs, destination } = this.options;
    const index = this.sent++ % this.slots.length;
    const slot = this.slots[index] as Slot;
    if (slot.connection < 0) slot.connection = ledger.openConnection(flow);
    const unit = ledger.offer(flow, index);
    engine.schedule(engine.nowNs + timeoutNs, this.timeout, unit);
    const address = destination.known(slot.stack);
    if (address === NONE) destination.resolve(slot.stack, unit, (found) => this.send(index, unit, found));
    else this.send(index, unit, address);
  }

  private send(index: number, unit: number, address: number): void {
    const { flow, port, sizeBytes, ledger } = this.options;
    const { stack, connection } = this.slots[index] as Slot;
    if (address === NONE) {
      ledger.fail(flow, unit, 'name-error');
      return;
    }
    const billing = { flow, unit, connection, direction: OUT };
    stack.sendDatagram(billing, this.portOf(index), address, port, sizeBytes, null);
  }

  private portOf(index: number): number {
    const { first, last } = this.ports;
    const turn = Math.floor(index / this.options.senders.length);
    return first + ((this.firstIndex + turn) % (last - first + 1));
  }
}
