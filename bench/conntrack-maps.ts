/**
 * The alternatives for connection tracking, as a careful user of Map would write them: an object per session, found by
 * both tuples. Sessions of one time-out, in the order of their last opening; nothing moves when a packet passes.
 */
import { type Connections, type Headers, PROTOCOL } from './conntrack-traffic.ts';

export interface MapSession {
  readonly number: number;
  /** Original tuple, then that of the replies. */
  readonly tuples: readonly [Tuple, Tuple];
  state: number;
  deadlineNs: number;
}

export type Tuple = readonly [
  protocol: number,
  srcAddr: number,
  srcPort: number,
  dstAddr: number,
  dstPort: number,
];

/** One Map, by a text for each tuple. */
export class StringMapSessions {
  private readonly sessions = new Map<string, MapSession>();

  find(
    protocol: number,
    srcAddr: number,
    srcPort: number,
    dstAddr: number,
    dstPort: number,
  ): MapSession | undefined {
    return this.sessions.get(`${srcAddr}:${srcPort}-${dstAddr}:${dstPort}/${protocol}`);
  }

  add(session: MapSession): void {
    for (const [protocol, srcAddr, srcPort, dstAddr, dstPort] of session.tuples)
      this.sessions.set(`${srcAddr}:${srcPort}-${dstAddr}:${dstPort}/${protocol}`, session);
  }

  remove({ tuples }: MapSession): void {
    for (const [protocol, srcAddr, srcPort, dstAddr, dstPort] of tuples)
      this.sessions.delete(`${srcAddr}:${srcPort}-${dstAddr}:${dstPort}/${protocol}`);
  }
}

/** Maps by destination address and protocol, then source address, then both ports: numbers only. */
export class NestedMapSessions {
  private readonly byEnds = new Map<number, Map<number, Map<number, MapSession>>>();

  find(
    protocol: number,
    srcAddr: number,
    srcPort: number,
    dstAddr: number,
    dstPort: number,
  ): MapSession | undefined {
    return this.byEnds
      .get(dstAddr * 256 + protocol)
      ?.get(srcAddr)
      ?.get(srcPort * 65_536 + dstPort);
  }

  add(session: MapSession): void {
    for (const [protocol, srcAddr, srcPort, dstAddr, dstPort] of session.tuples) {
      const first = dstAddr * 256 + protocol;
      const bySource = this.byEnds.get(first) ?? new Map<number, Map<number, MapSession>>();
      if (bySource.size === 0) this.byEnds.set(first, bySource);
      const byPorts = bySource.get(srcAddr) ?? new Map<number, MapSession>();
      if (byPorts.size === 0) bySource.set(srcAddr, byPorts);
      byPorts.set(srcPort * 65_536 + dstPort, session);
    }
  }

  remove({ tuples }: MapSession): void {
    for (const [protocol, srcAddr, srcPort, dstAddr, dstPort] of tuples) {
      const bySource = this.byEnds.get(dstAddr * 256 + protocol);
      const byPorts = bySource?.get(srcAddr);
      byPorts?.delete(srcPort * 65_536 + dstPort);
      if (byPorts?.size === 0) bySource?.delete(srcAddr);
    }
  }
}

export type MapSessions = StringMapSessions | NestedMapSessions;

export function mapSession({ original, reply }: Connections, i: number, deadlineNs: number): MapSession {
  const tuple = (h: Headers) => [PROTOCOL, h.srcAddr[i], h.srcPort[i], h.dstAddr[i], h.dstPort[i]] as const;
  return { number: i, tuples: [tuple(original), tuple(reply)], state: 0, deadlineNs };
}
