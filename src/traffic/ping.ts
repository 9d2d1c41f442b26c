/** ICMP echo: a unit is an echo there and back. One identifier a sender. */
import { NONE } from '../base/brand.ts';
import { OUT } from '../network/packet-table.ts';
import { type OpenLoopOptions, type Slot, spreadSlots, TimedUnitWorkload } from './workload.ts';

export class PingWorkload extends TimedUnitWorkload {
  private readonly slots: Slot[];
  private readonly identifier: number;
  private sent = 0;

  constructor(options: OpenLoopOptions) {
    super(options);
    this.slots = spreadSlots(options.senders, 1);
    // Identifiers must differ between the flows of one host only; flows are few.
    this.identifier = options.flow + 1;
    const { packets } = (this.slots[0] as Slot).stack.context;
    for (const { stack } of this.slots) {
      stack.onEchoReply(this.identifier, (packet) =>
        options.ledger.deliver(options.flow, packets.unit[packet] as number, options.sizeBytes),
      );
    }
  }

  protected override offerUnit(): void {
    const { ledger, flow, destination } = this.options;
    const index = this.sent++ % this.slots.length;
    const slot = this.slots[index] as Slot;
    if (slot.connection < 0) slot.connection = ledger.openConnection(flow);
    const unit = this.offer(index);
    const address = destination.known(slot.stack);
    if (address === NONE) destination.resolve(slot.stack, unit, (found) => this.send(slot, unit, found));
    else this.send(slot, unit, address);
  }

  private send({ stack, connection }: Slot, unit: number, address: number): void {
    const { flow, sizeBytes, ledger } = this.options;
    if (address === NONE) ledger.fail(flow, unit, 'name-error');
    else stack.sendEcho({ flow, unit, connection, direction: OUT }, this.identifier, address, sizeBytes);
  }
}
