/**
 * A NAT gateway's voice on the management network: it answers the hellos of its controller, and takes over when told to.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext } from '../network/device.ts';
import type { FlowId, IfaceId, PacketId } from '../network/ids.ts';
import { IN } from '../network/packet-table.ts';
import { CONSUME, type Verdict } from '../network/verdict.ts';
import { createDatagram } from '../protocols/dns-datagram.ts';
import { NAT_CONTROL_PORT, NAT_MESSAGE_BYTES, type NatMessage } from '../protocols/nat-messages.ts';

export interface NatAgentOptions {
  readonly context: DeviceContext;
  readonly iface: IfaceId;
  readonly address: number;
  readonly controller: number;
  readonly initialTtl: number;
  activate(event: number): void;
}

export class NatAgent {
  private readonly options: NatAgentOptions;
  /** Of the last command it has followed. */
  private term = 0;

  constructor(options: NatAgentOptions) {
    this.options = options;
  }

  get iface(): IfaceId {
    return this.options.iface;
  }

  receive(packet: PacketId): Verdict {
    const { context } = this.options;
    const message = context.packets.content[packet] as NatMessage;
    const node = context.name;
    if (message.kind === 'nat-hello')
      this.answer(packet, { kind: 'nat-answer', node, sequence: message.sequence });
    else if (message.kind === 'nat-activate') {
      // The same command again, because its answer was lost, changes nothing.
      if (message.term > this.term) this.options.activate(message.cause?.event ?? NONE);
      this.term = Math.max(this.term, message.term);
      this.answer(packet, { kind: 'nat-active', node });
    }
    return CONSUME;
  }

  private answer(packet: PacketId, content: NatMessage): void {
    const { context, iface, address, controller, initialTtl } = this.options;
    const flow = context.packets.flow[packet] as FlowId;
    const billing = { flow, unit: NONE, connection: NONE, direction: IN };
    const reply = createDatagram(context, billing, {
      srcAddr: address,
      srcPort: NAT_CONTROL_PORT,
      dstAddr: controller,
      dstPort: NAT_CONTROL_PORT,
      ttl: initialTtl,
      payloadBytes: NAT_MESSAGE_BYTES,
      content,
    });
    context.send(reply, iface);
  }
}
