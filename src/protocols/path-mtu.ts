/**
 * What a host has learnt of the paths to its peers (RFC 1191): the largest packet that passes, until the entry expires
 * and the path is tried again with the link's MTU. Connections that open meanwhile start from it.
 */

interface PathMtu {
  mtuBytes: number;
  expiresNs: number;
}

export class PathMtuCache {
  private entries: Map<number, PathMtu> | null = null;

  /** The MTU towards an address; the link's own when nothing less is known. */
  towards(address: number, linkMtuBytes: number, nowNs: number): number {
    const entry = this.entries?.get(address | 0);
    if (entry === undefined) return linkMtuBytes;
    if (nowNs < entry.expiresNs) return Math.min(entry.mtuBytes, linkMtuBytes);
    this.entries?.delete(address | 0);
    return linkMtuBytes;
  }

  lower(address: number, mtuBytes: number, expiresNs: number): void {
    this.entries ??= new Map();
    this.entries.set(address | 0, { mtuBytes, expiresNs });
  }

  forget(): void {
    this.entries = null;
  }
}
