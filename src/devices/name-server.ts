/**
 * The authoritative name server of all records of a scenario.
 * Models: A queries over UDP 53, answered at once by the records' policies; verdicts of the probe node, which take
 * unhealthy values out of the answers and put them back.
 * Leaves out: delegation, other record types, DNSSEC, EDNS and its client subnet, TCP; secondaries.
 * Source: RFC 1035; Global Traffic Manager for policies and health checks.
 */
import { NONE } from '../base/brand.ts';
import { Device, type DeviceContext } from '../network/device.ts';
import { dropReason } from '../network/drop-reason.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import { IN } from '../network/packet-table.ts';
import { CONSUME, drop, type Verdict } from '../network/verdict.ts';
import { createDatagram } from '../protocols/dns-datagram.ts';
import { type DnsAnswer, type DnsQuery, dnsBytes } from '../protocols/dns-message.ts';
import type { DnsVerdict, DnsVerdicts } from '../protocols/dns-verdict.ts';
import { type DnsZone, membershipChanges } from '../protocols/dns-zone.ts';

const NO_ROUTE = drop(dropReason('no-route'));
const NOT_LISTENING = drop(dropReason('not-listening'));

export class NameServer extends Device {
  private readonly zone: DnsZone;
  private readonly address: number;
  private readonly initialTtl: number;
  private iface = NONE as IfaceId;

  constructor(context: DeviceContext, zone: DnsZone, address: number, initialTtl: number) {
    super(context);
    this.zone = zone;
    this.address = address;
    this.initialTtl = initialTtl;
  }

  attach(iface: IfaceId): void {
    this.iface = iface;
  }

  receive(packet: PacketId): Verdict {
    const { dstAddr, content } = this.context.packets;
    if (dstAddr[packet] !== this.address) return NO_ROUTE;
    const message = content[packet] as DnsQuery | DnsVerdicts | null;
    if (message?.kind === 'dns-query') this.reply(packet, this.zone.answer(message));
    else if (message?.kind === 'dns-verdicts') for (const verdict of message.verdicts) this.judge(verdict);
    else return NOT_LISTENING;
    return CONSUME;
  }

  private reply(query: PacketId, answer: DnsAnswer): void {
    const { flow, unit, connection, srcAddr, srcPort, dstPort } = this.context.packets;
    const billing = {
      flow: flow[query] as number,
      unit: unit[query] as number,
      connection: connection[query] as number,
      direction: IN,
    };
    const packet = createDatagram(this.context, billing, {
      srcAddr: this.address,
      srcPort: dstPort[query] as number,
      dstAddr: srcAddr[query] as number,
      dstPort: srcPort[query] as number,
      ttl: this.initialTtl,
      payloadBytes: dnsBytes(answer),
      content: answer,
    });
    this.context.send(packet, this.iface);
  }

  /** Repeated verdicts, and those on values that have left meanwhile, change nothing. */
  private judge({ record: recordName, value: valueName, isUp, cause }: DnsVerdict): void {
    const record = this.zone.find(recordName);
    const value = record?.values.find(({ name }) => name === valueName);
    if (record === undefined || value === undefined || value.isUp === isUp) return;
    const changes = membershipChanges(record, () => {
      value.isUp = isUp;
    });
    for (const { value: moved, isIn } of changes) {
      const [from, to] = isIn ? ['out', 'in'] : ['in', 'out'];
      const subject = `${record.name}/${moved.name}`;
      this.context.change({ kind: 'installation', subject, from, to, cause });
    }
  }
}
