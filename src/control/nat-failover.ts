/**
 * Moves a NAT gateway between its two zones when its controller has decided: the VPC's routers and the Internet gateway
 * lead to the other device from then on. Sessions stay behind (binding synchronisation is off, assumed).
 */
import type { InternetGateway } from '../devices/internet-gateway.ts';
import type { VpcRouter } from '../devices/vpc-router.ts';
import type { IfaceId } from '../network/ids.ts';
import type { Network } from '../network/network.ts';
import type { Cause } from '../network/observer.ts';
import type { NextHop } from '../routing/fib.ts';

/** How one of the two devices is reached. */
export interface NatSite {
  readonly zone: string;
  /** At the Internet gateway. */
  readonly internetIface: IfaceId;
  /** At each zone router of the VPC. */
  readonly ways: readonly { readonly router: VpcRouter; readonly iface: IfaceId }[];
}

export class NatFailover {
  private readonly options: {
    readonly name: string;
    readonly network: Network;
    readonly gateway: InternetGateway;
    /** Of the gateway as a network at the Internet gateway. */
    readonly number: number;
    /** By which route tables lead to it. */
    readonly nextHop: NextHop;
    readonly sites: readonly NatSite[];
  };
  private active = 0;

  constructor(options: NatFailover['options']) {
    this.options = options;
    options.network.states.set(options.name, this.site.zone);
  }

  /** Where EIPs of the gateway lead now. */
  get internetIface(): IfaceId {
    return this.site.internetIface;
  }

  install(active: number, cause: Cause | null, event: number): void {
    const { name, network, gateway, number, nextHop } = this.options;
    const from = this.site.zone;
    this.active = active;
    for (const { router, iface } of this.site.ways) router.forwarder.setIface(nextHop, iface);
    gateway.moveTargets(number, this.site.internetIface, event);
    network.change({ kind: 'installation', subject: name, from, to: this.site.zone, cause });
  }

  private get site(): NatSite {
    return this.options.sites[this.active] as NatSite;
  }
}
