// hot path
/**
 * What routers share: interfaces, a FIB whose next hops the owner maps to interfaces, equal-cost groups.
 * Next-hop numbers from 0 are single; groups are numbered from GROUP_BASE.
 */
import { NONE } from '../base/brand.ts';
import type { DeviceContext } from '../network/device.ts';
import { nameHash } from '../network/fingerprint.ts';
import { isFragment } from '../network/fragment.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import type { PacketTable } from '../network/packet-table.ts';
import type { EcmpGroup } from '../routing/ecmp.ts';
import type { NextHop } from '../routing/fib.ts';
import { flowHash } from '../routing/flow-hash.ts';

const GROUP_BASE = 0x100000;

/** Next hops and groups that several routers share by number, as the zone routers of a VPC do. */
export class NextHopSpace {
  private count = 0;
  readonly groups: EcmpGroup[] = [];

  create(): NextHop {
    return this.count++ as NextHop;
  }

  createGroup(group: EcmpGroup): NextHop {
    this.groups.push(group);
    return (GROUP_BASE + this.groups.length - 1) as NextHop;
  }

  isGroup(nextHop: NextHop): boolean {
    return nextHop >= GROUP_BASE;
  }

  groupOf(nextHop: NextHop): EcmpGroup {
    return this.groups[nextHop - GROUP_BASE] as EcmpGroup;
  }
}

/** One router's own column from next hop to interface. */
export class Forwarder {
  private readonly context: DeviceContext;
  private readonly space: NextHopSpace;
  private readonly ifaceOf: IfaceId[] = [];
  /** By group number: groups of this router alone, in place of the shared ones. */
  private readonly ownGroups: EcmpGroup[] = [];
  private readonly salt: number;

  constructor(context: DeviceContext, space: NextHopSpace) {
    this.context = context;
    this.space = space;
    this.salt = nameHash(context.name);
  }

  setIface(nextHop: NextHop, iface: IfaceId): void {
    this.ifaceOf[nextHop] = iface;
  }

  /** Under the number of a shared group this router has one of its own: what it has learnt itself. */
  setGroup(nextHop: NextHop, group: EcmpGroup): void {
    this.ownGroups[nextHop - GROUP_BASE] = group;
  }

  /** The interface for a packet whose FIB lookup gave `nextHop`; NONE when there is none, as for a blackhole. */
  choose(nextHop: NextHop, packet: PacketId): IfaceId {
    const member = this.space.isGroup(nextHop)
      ? (this.ownGroups[nextHop - GROUP_BASE] ?? this.space.groupOf(nextHop)).choose(this.hash(packet))
      : nextHop;
    if (member < 0) return NONE as IfaceId;
    return this.ifaceOf[member] ?? (NONE as IfaceId);
  }

  private hash(packet: PacketId): number {
    return hashOfPacket(this.context.packets, packet, this.salt);
  }
}

/** The hash of a packet's flow. */
export function hashOfPacket(packets: PacketTable, packet: PacketId, salt: number): number {
  const { srcAddr, dstAddr, protocol, srcPort, dstPort, fragment } = packets;
  // Without the ports, which most fragments lack, all of a datagram go the same way.
  const hasPorts = !isFragment(fragment[packet] as number);
  return flowHash(
    srcAddr[packet] as number,
    dstAddr[packet] as number,
    protocol[packet] as number,
    hasPorts ? (srcPort[packet] as number) : 0,
    hasPorts ? (dstPort[packet] as number) : 0,
    salt,
  );
}
