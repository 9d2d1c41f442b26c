/**
 * The doors of an ENI: by which load balancer node or NAT gateway each connection came in, so that its replies leave by the same.
 * Keyed by the whole 5-tuple (the local address is the ENI's); forgotten after being idle.
 */
import { endKey } from '../base/mix.ts';

export interface Door {
  /** Of the node or gateway: where replies are sent. */
  address: number;
  /** As a signed word. */
  readonly remoteAddr: number;
  readonly remotePort: number;
  readonly protocol: number;
  readonly localPort: number;
  lastUsedNs: number;
  /** Next connection of the same key. */
  next: Door | null;
}

export class EniDoors {
  /** By `endKey` of the remote end; null until the first door, since most instances of a large network have none. */
  private byRemote: Map<number, Door> | null = null;

  get isEmpty(): boolean {
    return this.byRemote === null || this.byRemote.size === 0;
  }

  find(remoteAddr: number, remotePort: number, localPort: number, protocol: number): Door | null {
    let door = this.byRemote?.get(endKey(remoteAddr, remotePort)) ?? null;
    while (
      door !== null &&
      (door.localPort !== localPort ||
        door.protocol !== protocol ||
        door.remotePort !== remotePort ||
        door.remoteAddr !== (remoteAddr | 0))
    ) {
      door = door.next;
    }
    return door;
  }

  /** The connection came in by this door, the first time or again. */
  remember(
    remoteAddr: number,
    remotePort: number,
    localPort: number,
    protocol: number,
    address: number,
    nowNs: number,
  ): void {
    const known = this.find(remoteAddr, remotePort, localPort, protocol);
    if (known === null) {
      this.add(remoteAddr, remotePort, localPort, protocol, address, nowNs);
      return;
    }
    known.address = address;
    known.lastUsedNs = nowNs;
  }

  add(
    remoteAddr: number,
    remotePort: number,
    localPort: number,
    protocol: number,
    address: number,
    nowNs: number,
  ): void {
    const remote = endKey(remoteAddr, remotePort);
    this.byRemote ??= new Map();
    const next = this.byRemote.get(remote) ?? null;
    this.byRemote.set(remote, {
      address,
      remoteAddr: remoteAddr | 0,
      remotePort,
      protocol,
      localPort,
      lastUsedNs: nowNs,
      next,
    });
  }

  /** Keeps those used since `sinceNs`. */
  sweep(sinceNs: number): void {
    const { byRemote } = this;
    if (byRemote === null) return;
    for (const [remote, first] of byRemote) {
      let kept: Door | null = null;
      for (let door: Door | null = first; door !== null; ) {
        const { next }: Door = door;
        if (door.lastUsedNs > sinceNs) {
          door.next = kept;
          kept = door;
        }
        door = next;
      }
      if (kept === null) byRemote.delete(remote);
      else byRemote.set(remote, kept);
    }
  }

  clear(): void {
    this.byRemote?.clear();
  }
}
