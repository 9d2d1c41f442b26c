// hot path
/**
 * Network ACLs at the interfaces of a VPC router: what an instance sends is asked of the egress entries of its vSwitch,
 * what goes to it of the ingress entries. What stays within a vSwitch is not asked about. Behind a load balancer the
 * inner header counts: the client's address, the backend's port.
 * Source: VPC "Network ACLs" (traffic that a balancer forwards to an instance is filtered, the balancer is not).
 * Assumed: a later fragment, which has no ports, fits entries about any port.
 */
import { NONE } from '../base/brand.ts';
import { type Cidr, cidrContains } from '../base/ipv4.ts';
import type { DeviceContext } from '../network/device.ts';
import { isLaterFragment } from '../network/fragment.ts';
import type { SavedHeader } from '../network/header-stack.ts';
import type { IfaceId, PacketId } from '../network/ids.ts';
import type { NetworkAcl } from '../policy/network-acl.ts';
import { ANY_PORT } from '../policy/rule-list.ts';

export interface AclGate {
  readonly acl: NetworkAcl;
  /** Block of the vSwitch behind the interface. */
  readonly vswitch: Cidr;
  /** That placed it; NONE: it was there from the start. */
  readonly event: number;
}

export class AclGates {
  private readonly context: DeviceContext;
  /** By interface. */
  private readonly gates: (AclGate | undefined)[] = [];
  private readonly inner: SavedHeader = {
    srcAddr: 0,
    dstAddr: 0,
    srcPort: 0,
    dstPort: 0,
    protocol: 0,
    ttl: 0,
    lengthBytes: 0,
  };

  constructor(context: DeviceContext) {
    this.context = context;
  }

  place(iface: IfaceId, gate: AclGate): void {
    this.gates[iface] = gate;
  }

  remove(iface: IfaceId): void {
    this.gates[iface] = undefined;
  }

  /** Whether the packet may pass an interface; `isIngress`: it is about to leave the router there, into the vSwitch. */
  admits(packet: PacketId, iface: IfaceId, isIngress: boolean): boolean {
    const gate = this.gates[iface];
    if (gate === undefined) return true;
    const { packets, headers } = this.context;
    const { inner } = this;
    const top = packets.headerTop[packet] as number;
    if (top !== NONE) {
      headers.readInto(inner, top);
    } else {
      inner.srcAddr = packets.srcAddr[packet] as number;
      inner.dstAddr = packets.dstAddr[packet] as number;
      inner.dstPort = packets.dstPort[packet] as number;
      inner.protocol = packets.protocol[packet] as number;
    }
    const peer = isIngress ? inner.srcAddr : inner.dstAddr;
    if (cidrContains(gate.vswitch, peer)) return true;
    const port = isLaterFragment(packets.fragment[packet] as number) ? ANY_PORT : inner.dstPort;
    const isAllowed = gate.acl.allows(isIngress, inner.protocol, peer, port);
    if (gate.acl.hasChanged(isIngress)) this.credit(packet, gate.acl, isIngress, peer, port, isAllowed);
    else if (!isAllowed && gate.event !== NONE) this.context.blameDrop(gate.event);
    return isAllowed;
  }

  /** Tells whose doing the verdict is, where a change of entries turned it. */
  private credit(
    packet: PacketId,
    acl: NetworkAcl,
    isIngress: boolean,
    peer: number,
    port: number,
    isAllowed: boolean,
  ): void {
    const event = acl.turnedBy(isIngress, this.inner.protocol, peer, port);
    if (event === NONE) return;
    if (isAllowed) this.context.revive(packet, event);
    else this.context.blameDrop(event);
  }
}
