/**
 * What one degradation does to the packets of a link direction. Links in order have none, so that the hot path pays one
 * comparison; several act one after the other, each with its own event and its own draws.
 */
import { mix32 } from '../base/mix.ts';
import type { RandomStream } from '../base/random.ts';
import { isFragment } from './fragment.ts';
import type { PacketId } from './ids.ts';
import { ICMP, type PacketTable } from './packet-table.ts';

export interface ImpairmentOptions {
  /** Independent loss, 0 to 1. */
  readonly loss?: number;
  /** Gilbert-Elliott: loss inside bursts, mean lengths of burst and gap in packets (Gilbert 1960, Elliott 1963). */
  readonly burst?: { readonly loss: number; readonly meanBurst: number; readonly meanGap: number };
  readonly latencyNs?: number;
  /** Uniform from 0 to this. */
  readonly jitterNs?: number;
  readonly corrupt?: number;
  readonly reorder?: number;
  /** Share of connections touched, by a hash that both directions share. */
  readonly share?: number;
}

/** A stream of the link direction for one purpose: whether one thing happens moves no draw of another. */
export type StreamOf = (purpose: string) => RandomStream;

export class Impairment {
  /** Event that degraded the link so. */
  readonly event: number;
  readonly reorderDelayNs: number;
  /** True when every packet that passes is delayed or may be. */
  readonly isSlower: boolean;
  private readonly options: ImpairmentOptions;
  private readonly lossRandom: RandomStream;
  private readonly burstRandom: RandomStream;
  private readonly corruptRandom: RandomStream;
  private readonly reorderRandom: RandomStream;
  private readonly jitterRandom: RandomStream;
  private isInBurst = false;

  constructor(options: ImpairmentOptions, event: number, streamOf: StreamOf, reorderDelayNs: number) {
    this.options = options;
    this.event = event;
    this.reorderDelayNs = reorderDelayNs;
    this.isSlower = (options.latencyNs ?? 0) > 0 || (options.jitterNs ?? 0) > 0;
    this.lossRandom = streamOf('loss');
    this.burstRandom = streamOf('burst');
    this.corruptRandom = streamOf('corrupt');
    this.reorderRandom = streamOf('reorder');
    this.jitterRandom = streamOf('jitter');
  }

  touches(packets: PacketTable, packet: PacketId): boolean {
    const { share } = this.options;
    return share === undefined || connectionShare(packets, packet) < share;
  }

  isLost(): boolean {
    const { loss = 0, burst } = this.options;
    if (burst !== undefined) {
      const leave = 1 / (this.isInBurst ? burst.meanBurst : burst.meanGap);
      if (this.burstRandom.uniform() < leave) this.isInBurst = !this.isInBurst;
      if (this.isInBurst && this.lossRandom.uniform() < burst.loss) return true;
    }
    return loss > 0 && this.lossRandom.uniform() < loss;
  }

  isCorrupted(): boolean {
    const { corrupt = 0 } = this.options;
    return corrupt > 0 && this.corruptRandom.uniform() < corrupt;
  }

  isReordered(): boolean {
    const { reorder = 0 } = this.options;
    return reorder > 0 && this.reorderRandom.uniform() < reorder;
  }

  extraDelayNs(): number {
    const { latencyNs = 0, jitterNs = 0 } = this.options;
    return latencyNs + (jitterNs > 0 ? Math.floor(this.jitterRandom.uniform() * jitterNs) : 0);
  }
}

/** A number from 0 to 1 that is the same for all packets of a connection, in both directions. */
function connectionShare(packets: PacketTable, packet: PacketId): number {
  const { srcAddr, dstAddr, srcPort, dstPort, protocol, fragment } = packets;
  if (isFragment(fragment[packet] as number)) {
    // Most fragments have no ports, and those of a datagram belong together.
    const sum = (srcAddr[packet] as number) + (dstAddr[packet] as number);
    return (mix32(sum ^ (protocol[packet] as number)) >>> 0) / 0x100000000;
  }
  // An echo and its reply have the identifier in common, not the type, which is where other protocols have a port.
  const farPort = protocol[packet] === ICMP ? srcPort[packet] : dstPort[packet];
  const a = Math.imul((srcAddr[packet] as number) ^ (srcPort[packet] as number), 0x9e3779b1);
  const b = Math.imul((dstAddr[packet] as number) ^ (farPort as number), 0x9e3779b1);
  return (mix32((a + b) ^ (protocol[packet] as number)) >>> 0) / 0x100000000;
}
