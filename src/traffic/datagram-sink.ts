/** A UDP port that takes datagrams of traffic and reports their arrival. */
import type { FlowId, PacketId } from '../network/ids.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import type { Ledger } from './ledger.ts';

export class DatagramSink {
  private readonly stack: HostStack;
  private readonly ledger: Ledger;

  constructor(stack: HostStack, ledger: Ledger) {
    this.stack = stack;
    this.ledger = ledger;
  }

  serve(port: number): void {
    this.stack.serveUdp(port, (packet) => this.onDatagram(packet));
  }

  private onDatagram(packet: PacketId): void {
    const { packets, flows } = this.stack.context;
    const flow = packets.flow[packet] as FlowId;
    if (!flows.isTraffic[flow]) return;
    this.ledger.deliver(flow, packets.unit[packet] as number, packets.lengthBytes[packet] as number);
  }
}
