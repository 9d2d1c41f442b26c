/**
 * DNS queries at a rate: a unit is a question with its answer, asked of the sender's resolver past any cache of the
 * host. An answer without an address fails as `name-error`, none at all as `response-timeout`.
 */
import { NONE } from '../base/brand.ts';
import { OUT } from '../network/packet-table.ts';
import { type DnsAnswer, dnsBytes, NO_ERROR } from '../protocols/dns-message.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { DnsStub } from './dns-stub.ts';
import { type OpenLoopOptions, TimedUnitWorkload } from './workload.ts';

export class DnsWorkload extends TimedUnitWorkload {
  private readonly name: string;
  private readonly stubs: ReadonlyMap<HostStack, DnsStub>;
  private sent = 0;

  constructor(options: OpenLoopOptions, name: string, stubs: ReadonlyMap<HostStack, DnsStub>) {
    super(options);
    this.name = name;
    this.stubs = stubs;
  }

  protected override offerUnit(): void {
    const { ledger, flow, senders } = this.options;
    const sender = senders[this.sent++ % senders.length] as HostStack;
    const connection = ledger.openConnection(flow);
    const unit = this.offer(NONE);
    const billing = { flow, unit, connection, direction: OUT };
    this.stubs.get(sender)?.query(this.name, billing, (answer) => this.onAnswer(unit, answer));
  }

  private onAnswer(unit: number, answer: DnsAnswer | null): void {
    const { ledger, flow } = this.options;
    if (answer === null) ledger.fail(flow, unit, 'response-timeout');
    else if (answer.rcode !== NO_ERROR || answer.addresses.length === 0)
      ledger.fail(flow, unit, 'name-error');
    else ledger.deliver(flow, unit, dnsBytes(answer));
  }
}
