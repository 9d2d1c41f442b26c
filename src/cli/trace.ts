/** `--trace`: a line per verdict from 0 s on. */
import { NONE } from '../base/brand.ts';
import { formatIpv4 } from '../base/ipv4.ts';
import { dropReasonName } from '../network/drop-reason.ts';
import type { PacketId } from '../network/ids.ts';
import type { Network } from '../network/network.ts';
import type { NetworkObserver } from '../network/observer.ts';
import { ICMP, TCP } from '../network/packet-table.ts';
import { ECHO_REPLY, ECHO_REQUEST, PORT_UNREACHABLE, TIME_EXCEEDED } from '../protocols/ip.ts';
import { ACK, FIN, RST, SYN } from '../protocols/tcp-segment.ts';
import { ARP, VRRP } from '../protocols/vrrp-message.ts';
import { formatVerdictLine, type VerdictLine } from '../report/trace.ts';

const PROTOCOLS: Readonly<Record<number, string>> = {
  [ICMP]: 'icmp',
  4: 'ipip',
  [TCP]: 'tcp',
  17: 'udp',
  [VRRP]: 'vrrp',
  [ARP]: 'arp',
};

export function tracer(write: (line: string) => void): (network: Network) => NetworkObserver {
  return (network) => {
    const tell = (
      place: string,
      packet: PacketId,
      verdict: VerdictLine['verdict'],
      detail: string | null,
    ): void => {
      const timeNs = network.nowNs - network.zeroNs;
      if (Number.isNaN(timeNs)) return;
      write(formatVerdictLine({ timeNs, place, ...describePacket(network, packet), verdict, detail }));
    };
    const device = (id: number): string => network.deviceNames[id] as string;
    return {
      onForward: (id, packet, iface) =>
        tell(device(id), packet, 'forward', network.ifaceNames[iface] as string),
      onDeliver: (id, packet) => tell(device(id), packet, 'deliver', null),
      onConsume: (id, packet) => tell(device(id), packet, 'consume', null),
      onDrop: (id, link, packet, reason) => {
        const place = id === NONE ? (network.links.names[link] as string) : device(id);
        tell(place, packet, 'drop', dropReasonName(reason));
      },
    };
  };
}

function describePacket(
  network: Network,
  packet: PacketId,
): Omit<VerdictLine, 'timeNs' | 'place' | 'verdict' | 'detail'> {
  const { packets, flows } = network;
  const protocol = packets.protocol[packet] as number;
  const unit = packets.unit[packet] as number;
  return {
    flow: flows.names[packets.flow[packet] as number] ?? null,
    unit: unit === NONE ? null : unit,
    protocol: PROTOCOLS[protocol] ?? String(protocol),
    source: formatIpv4(packets.srcAddr[packet] as number),
    sourcePort: protocol === ICMP ? null : (packets.srcPort[packet] as number),
    destination: formatIpv4(packets.dstAddr[packet] as number),
    destinationPort: protocol === ICMP ? null : (packets.dstPort[packet] as number),
    kind: kindOf(network, packet),
    lengthBytes: packets.lengthBytes[packet] as number,
  };
}

function kindOf(network: Network, packet: PacketId): string {
  const { protocol, tcpFlags, dstPort } = network.packets;
  if (protocol[packet] === TCP) return tcpFlagNames(tcpFlags[packet] as number);
  return protocol[packet] === ICMP ? icmpTypeName(dstPort[packet] as number) : '';
}

/** `S`, `S.`, `F.`, `R`: as tcpdump writes them, a dot for ACK. */
function tcpFlagNames(flags: number): string {
  const names: readonly (readonly [number, string])[] = [
    [SYN, 'S'],
    [FIN, 'F'],
    [RST, 'R'],
    [ACK, '.'],
  ];
  return names.flatMap(([bit, name]) => ((flags & bit) === 0 ? [] : [name])).join('');
}

function icmpTypeName(kind: number): string {
  const names: Readonly<Record<number, string>> = {
    [ECHO_REQUEST]: 'echo',
    [ECHO_REPLY]: 'reply',
    [PORT_UNREACHABLE]: 'unreach',
    [TIME_EXCEEDED]: 'expired',
  };
  return names[kind] ?? String(kind);
}
