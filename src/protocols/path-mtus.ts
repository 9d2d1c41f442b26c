/**
 * Largest packets that paths take, as ICMP has told a host: per destination, for a while (RFC 1191). Without news it is
 * the MTU of the host's own link.
 */
interface PathMtu {
  mtuBytes: number;
  /** The path takes less than hosts believe: packets of that size may be cut on their way. */
  isTooSmall: boolean;
  expiresNs: number;
}

export class PathMtus {
  /** Of the host's own link; there is no limit before it has one. */
  linkBytes = 65_535;
  private readonly smallestBytes: number;
  private readonly expiryNs: number;
  // Null until ICMP brings news: most hosts never hear any.
  private learned: Map<number, PathMtu> | null = null;

  constructor(smallestBytes: number, expiryNs: number) {
    this.smallestBytes = smallestBytes;
    this.expiryNs = expiryNs;
  }

  to(address: number, nowNs: number): number {
    if (this.learned === null) return this.linkBytes;
    const known = this.learned.get(address);
    if (known === undefined) return this.linkBytes;
    if (known.expiresNs > nowNs) return Math.min(known.mtuBytes, this.linkBytes);
    this.learned.delete(address);
    return this.linkBytes;
  }

  /** Whether packets that fit are not to be cut on their way; on a path below the smallest MTU only routers can help. */
  keepsWhole(address: number, nowNs: number): boolean {
    const known = this.learned?.get(address);
    return known === undefined || !known.isTooSmall || known.expiresNs <= nowNs;
  }

  /** News that only `mtuBytes` fit; never raises what is known. */
  lower(address: number, mtuBytes: number, nowNs: number): void {
    const fittingBytes = Math.max(this.smallestBytes, mtuBytes);
    if (fittingBytes > this.to(address, nowNs)) return;
    this.learned ??= new Map();
    const isTooSmall = mtuBytes < this.smallestBytes;
    this.learned.set(address, { mtuBytes: fittingBytes, isTooSmall, expiresNs: nowNs + this.expiryNs });
  }

  clear(): void {
    this.learned = null;
  }
}
