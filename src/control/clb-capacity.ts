/**
 * The admin verbs of what a CLB may carry. The bandwidth of the instance and what listeners reserve of it are enforced
 * where its public address is, at the Internet gateway; each node has its share of the whole, as of the specification.
 */
import { CLB_SPECS, type ClbSpecName } from '../base/clb-specs.ts';
import type { ParameterValues } from '../base/parameters.ts';
import type { Specification } from '../devices/clb-limits.ts';
import type { ClbNode } from '../devices/clb-node.ts';
import type { InternetGateway } from '../devices/internet-gateway.ts';
import type { Network } from '../network/network.ts';
import { TCP, UDP } from '../network/packet-table.ts';
import type { QueryLimit } from '../policy/query-limit.ts';
import { eipLimit } from './eip-admin.ts';
import type { Refusal } from './refusal.ts';

export interface CapacityListener {
  readonly name: string;
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
}

/** The public side of a CLB with an address of its own. */
export interface PublicSide {
  readonly gateway: InternetGateway;
  readonly address: number;
}

export class ClbCapacityAdmin {
  private readonly network: Network;
  private readonly values: ParameterValues;
  private readonly nodes: readonly ClbNode[];
  private readonly nodesPerZone: number;
  private readonly publicSide: PublicSide | null;
  private readonly listeners: readonly CapacityListener[];
  private readonly queryLimits: readonly QueryLimit[];
  private bandwidthBps: number;
  private readonly reservedBps = new Map<string, number>();

  constructor(
    network: Network,
    values: ParameterValues,
    nodes: readonly ClbNode[],
    publicSide: PublicSide | null,
    listeners: readonly CapacityListener[],
    queryLimits: readonly QueryLimit[],
  ) {
    this.network = network;
    this.values = values;
    this.nodes = nodes;
    this.nodesPerZone = values.get('clb.cluster_nodes');
    this.publicSide = publicSide;
    this.listeners = listeners;
    this.queryLimits = queryLimits;
    // Nothing limits a private address, and what is not in play is not asked for.
    this.bandwidthBps = publicSide === null ? Number.POSITIVE_INFINITY : values.get('clb.internet_bandwidth');
  }

  setBandwidth(bandwidthBps: number, event: number): Refusal {
    const reserved = this.sumReserved();
    if (reserved >= bandwidthBps) return 'its listeners reserve as much or more';
    this.bandwidthBps = bandwidthBps;
    const { outboundBps, outboundBurstBytes } = eipLimit(this.shareOf(bandwidthBps), this.values);
    for (const { limits } of this.nodes)
      limits.setBandwidth(outboundBps, outboundBurstBytes, this.network.nowNs, event);
    this.apply(event);
    return null;
  }

  refuseReservation(listener: string, bandwidthBps: number): Refusal {
    const others = this.sumReserved() - (this.reservedBps.get(listener) ?? 0);
    return others + bandwidthBps >= this.bandwidthBps ? 'the CLB has not so much bandwidth left' : null;
  }

  /** One that would not be refused. */
  reserve(listener: string, bandwidthBps: number, event: number): void {
    this.reservedBps.set(listener, bandwidthBps);
    this.apply(event);
  }

  setSpecification(name: ClbSpecName, event: number): Refusal {
    const { values } = this;
    const spec = CLB_SPECS[name];
    const share: Specification = {
      connections: this.shareOf(values.get(`clb.${spec}_connections`)),
      connectionsPerSecond: this.shareOf(values.get(`clb.${spec}_connection_rate`)),
    };
    const burstNs = values.get('clb.cps_burst');
    const burst = Math.max(1, Math.round((share.connectionsPerSecond * burstNs) / 1e9));
    for (const { limits } of this.nodes) limits.setSpecification(share, burst, this.network.nowNs, event);
    this.setQueries(values.get(`clb.${spec}_query_rate`), burstNs, event);
    return null;
  }

  /** Of nodes at layer 7, of which there may be another number. */
  private setQueries(queriesPerSecond: number, burstNs: number, event: number): void {
    if (this.queryLimits.length === 0) return;
    const nodes = this.values.get('clb.proxy_nodes');
    for (const limit of this.queryLimits) limit.set(shareOf(queriesPerSecond, nodes), burstNs, event);
  }

  /** What is reserved is taken from the rest, which the other listeners share. */
  private apply(event: number): void {
    if (this.publicSide === null) return;
    const { gateway, address } = this.publicSide;
    for (const { name, protocol, port } of this.listeners) {
      const reserved = this.reservedBps.get(name);
      if (reserved === undefined) continue;
      gateway.reserve(address, protocol === 'tcp' ? TCP : UDP, port, this.limitOf(reserved), event);
    }
    const rest = this.bandwidthBps - this.sumReserved();
    const limit = this.reservedBps.size === 0 ? eipLimit(rest, this.values) : this.limitOf(rest);
    gateway.setLimit(address, limit, event);
  }

  /** The same both ways: the floor of what comes in is the instance's, not each listener's. */
  private limitOf(bps: number) {
    const { outboundBps, outboundBurstBytes } = eipLimit(bps, this.values);
    return {
      outboundBps,
      outboundBurstBytes,
      inboundBps: outboundBps,
      inboundBurstBytes: outboundBurstBytes,
    };
  }

  private sumReserved(): number {
    let sum = 0;
    for (const bps of this.reservedBps.values()) sum += bps;
    return sum;
  }

  private shareOf(whole: number): number {
    return shareOf(whole, this.nodesPerZone);
  }
}

/** One node may fail without the whole carrying less. */
function shareOf(whole: number, nodes: number): number {
  return Math.max(1, Math.floor(whole / Math.max(1, nodes - 1)));
}
