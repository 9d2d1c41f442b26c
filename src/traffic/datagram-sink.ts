/**
 * A UDP port that takes datagrams of traffic and reports their arrival, and answers health checks with strings. To those
 * it heeds the service switch of its host: silent under `hang`, wrong under `error`, late under `slow` (`refuse` never
 * gets here).
 */
import { NONE } from '../base/brand.ts';
import type { Engine } from '../engine/engine.ts';
import type { FlowId, PacketId } from '../network/ids.ts';
import { IN } from '../network/packet-table.ts';
import {
  type DatagramCheck,
  type DatagramCheckAnswer,
  isDatagramCheck,
} from '../protocols/datagram-check.ts';
import { type HostStack, UDP_HEADERS } from '../protocols/host-stack.ts';
import type { Ledger } from './ledger.ts';

export class DatagramSink {
  private readonly stack: HostStack;
  private readonly ledger: Ledger;
  private readonly engine: Engine;
  /** How long an answer takes under the fault `slow`. */
  private readonly slowNs: number;

  constructor(stack: HostStack, ledger: Ledger, engine: Engine, slowNs: number) {
    this.stack = stack;
    this.ledger = ledger;
    this.engine = engine;
    this.slowNs = slowNs;
  }

  serve(port: number): void {
    this.stack.serveUdp(port, (packet) => this.onDatagram(packet));
  }

  private onDatagram(packet: PacketId): void {
    const { packets, flows } = this.stack.context;
    const flow = packets.flow[packet] as FlowId;
    if (flows.isTraffic[flow]) {
      this.ledger.deliver(flow, packets.unit[packet] as number, packets.lengthBytes[packet] as number);
      return;
    }
    const content = packets.content[packet];
    if (isDatagramCheck(content)) this.onCheck(packet, content);
  }

  private onCheck(packet: PacketId, { response }: DatagramCheck): void {
    const { stack, engine } = this;
    const { packets } = stack.context;
    const { serviceFault, lives } = stack;
    stack.blameService(packet);
    const billing = {
      flow: packets.flow[packet] as number,
      unit: packets.unit[packet] as number,
      connection: NONE,
      direction: IN,
    };
    const [port, remote] = [packets.dstPort[packet] as number, packets.srcAddr[packet] as number];
    const remotePort = packets.srcPort[packet] as number;
    const text = serviceFault === 'error' ? '' : response;
    const answer: DatagramCheckAnswer = { kind: 'check-answer', text };
    const send = (): void => {
      // A machine that has restarted meanwhile remembers nothing of it.
      if (stack.lives !== lives) return;
      stack.sendDatagram(billing, port, remote, remotePort, UDP_HEADERS + text.length, answer);
    };
    if (serviceFault === 'slow') engine.call(engine.nowNs + this.slowNs, send);
    else send();
  }
}
