/**
 * What the console shows of a CLB's servers: `up` when every running node sends a server new connections, `down` when
 * none does, the last of the two in between. It tells nobody in the network; results and `expect` read it.
 */
import type { DeviceId } from '../network/ids.ts';
import type { Network } from '../network/network.ts';
import type { Cause } from '../network/observer.ts';

/** What it reads of a node. */
export interface PooledNode {
  readonly listeners: readonly {
    readonly name: string;
    readonly servers: readonly { readonly name: string; readonly isInPool: boolean }[];
  }[];
}

export class ClbView {
  readonly clb: string;
  private readonly network: Network;
  private readonly nodes: { readonly id: DeviceId; readonly node: PooledNode }[] = [];

  constructor(clb: string, network: Network) {
    this.clb = clb;
    this.network = network;
  }

  watch(id: DeviceId, node: PooledNode): void {
    this.nodes.push({ id, node });
  }

  /** A server is listed; nobody knows yet how it is. */
  begin(listener: string, server: string): void {
    const subject = `${this.clb}/${listener}/${server}`;
    // One that was removed before comes back from there.
    const from = this.network.states.get(subject) ?? null;
    this.network.change({ kind: 'state', subject, from, to: 'checking', cause: null });
  }

  /** An administrator's change, which acts at once on every node. `from`: null for the state shown so far. */
  install(part: string, from: string | null, to: string, event: number): void {
    const subject = `${this.clb}/${part}`;
    const before = from ?? this.network.states.get(subject) ?? null;
    this.network.change({ kind: 'installation', subject, from: before, to, cause: { event, chain: [] } });
  }

  /** Some node changed its pool, or lost power. */
  update(listenerName: string, serverName: string, cause: Cause | null): void {
    let inside = 0;
    let running = 0;
    for (const { id, node } of this.nodes) {
      if (!this.network.isPowered(id)) continue;
      const listener = node.listeners.find(({ name }) => name === listenerName);
      const server = listener?.servers.find(({ name }) => name === serverName);
      if (server === undefined) continue;
      running++;
      if (server.isInPool) inside++;
    }
    if (inside === running && running > 0) this.show(listenerName, serverName, 'up', cause);
    else if (inside === 0) this.show(listenerName, serverName, 'down', cause);
  }

  updateAll(cause: Cause | null): void {
    for (const listener of this.nodes[0]?.node.listeners ?? []) {
      for (const server of listener.servers) this.update(listener.name, server.name, cause);
    }
  }

  private show(listener: string, server: string, to: 'up' | 'down', cause: Cause | null): void {
    const subject = `${this.clb}/${listener}/${server}`;
    const from = this.network.states.get(subject);
    // Proxy nodes are servers to nodes of layer 4, but nobody lists them.
    if (from !== undefined && from !== to) this.network.change({ kind: 'state', subject, from, to, cause });
  }
}
