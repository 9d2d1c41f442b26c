/** The admin verbs of a CLB listener: they act on every node at once, or refuse with the product's rule. */
import type { ClbNode, NodeListener } from '../devices/clb-node.ts';
import type { SchedulerName } from '../devices/clb-scheduler.ts';
import type { ProbeSettings } from '../protocols/health-prober.ts';
import type { ServerHandler } from './balanced-servers.ts';
import type { OpinionHolder } from './clb-agent.ts';
import type { ClbView } from './clb-view.ts';
import type { Refusal } from './refusal.ts';

export type ListenerChanges = Partial<Pick<NodeListener, 'drains' | 'drainNs' | 'persistenceNs'>>;

/** What an administrator can do with a listener of layer 4 or of layer 7. */
export interface ListenerAdmin {
  setScheduler(listener: string, scheduler: SchedulerName, event: number): Refusal;
  setHealthCheck(
    listener: string,
    changes: Partial<ProbeSettings>,
    port: number | null,
    event: number,
  ): Refusal;
  setWeights(
    listener: string,
    weights: readonly { instance: string; weight: number }[],
    event: number,
  ): Refusal;
  setOptions(listener: string, changes: ListenerChanges, defaultDrainNs: () => number): void;
  addServer(listener: string, serverName: string, address: number, weight: number, event: number): Refusal;
  removeServer(listener: string, serverName: string, event: number): Refusal;
}

export class ClbAdmin implements ListenerAdmin {
  /** Hears that an instance has become a server, or is one no longer. */
  onServer: ServerHandler = () => {};
  private readonly view: ClbView;
  private readonly udpDelayNs: number;
  private readonly after: (delayNs: number, act: () => void) => void;
  /** By server path: the number of its latest change; one that takes effect later and is not the latest is void. */
  private readonly latest = new Map<string, number>();
  private readonly nodes: { readonly node: ClbNode; readonly agent: OpinionHolder }[] = [];

  private mostServers = Infinity;

  /** `udpDelayNs`: from a UDP listener's losing a server to its acting on that, by way of `after`. */
  constructor(view: ClbView, udpDelayNs: number, after: (delayNs: number, act: () => void) => void) {
    this.view = view;
    this.udpDelayNs = udpDelayNs;
    this.after = after;
  }

  /** As the product has it; without it an event may add any number. */
  limitServers(most: number): void {
    this.mostServers = most;
  }

  manage(node: ClbNode, agent: OpinionHolder): void {
    this.nodes.push({ node, agent });
  }

  setScheduler(listener: string, scheduler: SchedulerName, event: number): Refusal {
    const [first] = this.entries(listener);
    this.view.install(`${listener}/scheduler`, first?.entry.scheduler ?? null, scheduler, event);
    for (const { entry } of this.entries(listener)) entry.scheduler = scheduler;
    return null;
  }

  /** Settings that are absent stay. */
  setHealthCheck(
    listener: string,
    changes: Partial<ProbeSettings>,
    port: number | null,
    event: number,
  ): Refusal {
    for (const { entry } of this.entries(listener)) {
      entry.settings = { ...entry.settings, ...changes };
      entry.checkPort = port ?? entry.checkPort;
      for (const server of entry.servers) server.prober.change(entry.settings, entry.checkPort, event);
    }
    return null;
  }

  /** All or nothing: one unknown server refuses the whole change. */
  setWeights(
    listener: string,
    weights: readonly { instance: string; weight: number }[],
    event: number,
  ): Refusal {
    const unknown = weights.find(({ instance }) => !this.has(listener, instance));
    if (unknown !== undefined) return `${unknown.instance} is no server of ${listener}`;
    for (const { instance, weight } of weights) this.setWeight(listener, instance, weight, event);
    return null;
  }

  setWeight(listener: string, serverName: string, weight: number, event: number): Refusal {
    if (!this.has(listener, serverName)) return `${serverName} is no server of ${listener}`;
    this.takeEffect(listener, serverName, weight === 0, () => {
      this.view.install(`${listener}/${serverName}/weight`, null, String(weight), event);
      for (const { entry } of this.entries(listener)) {
        for (const server of entry.servers) if (server.name === serverName) server.weight = weight;
        if (weight === 0) entry.event = event;
      }
    });
    return null;
  }

  /** It serves once one node's probes have found it healthy and none hold it down. */
  addServer(listener: string, serverName: string, address: number, weight: number, event: number): Refusal {
    if (this.has(listener, serverName)) return `${serverName} is a server of ${listener} already`;
    if (!this.servers().has(serverName) && this.servers().size >= this.mostServers)
      return `${this.view.clb} has ${this.mostServers} servers, which is the most`;
    for (const { node, entry } of this.entries(listener)) {
      node.addServer(entry, serverName, address, weight, true, event);
    }
    this.view.begin(listener, serverName);
    this.onServer(serverName, true);
    return null;
  }

  removeServer(listener: string, serverName: string, event: number): Refusal {
    if (!this.has(listener, serverName)) return `${serverName} is no server of ${listener}`;
    this.takeEffect(listener, serverName, true, () => {
      this.view.install(`${listener}/${serverName}`, null, 'removed', event);
      this.onServer(serverName, false);
      for (const { node, agent, entry } of this.entries(listener)) {
        node.removeServer(entry, serverName, event);
        entry.event = event;
        agent.forget(entry.name, serverName);
      }
    });
    return null;
  }

  /** Draining and persistence act from now on; who is being drained already keeps the time given. */
  setOptions(
    listener: string,
    { drains, drainNs, persistenceNs }: ListenerChanges,
    defaultDrainNs: () => number,
  ): void {
    for (const { entry } of this.entries(listener)) {
      entry.drains = drains ?? entry.drains;
      entry.drainNs = drainNs ?? entry.drainNs;
      if (entry.drains && entry.drainNs === 0) entry.drainNs = defaultDrainNs();
      entry.persistenceNs = persistenceNs ?? entry.persistenceNs;
      if (entry.persistenceNs === 0) entry.affinity.clear();
    }
  }

  /** At once, but that a UDP listener goes on for a while to use a server that it loses. */
  private takeEffect(listener: string, serverName: string, isLoss: boolean, act: () => void): void {
    const path = `${listener}/${serverName}`;
    const number = (this.latest.get(path) ?? 0) + 1;
    this.latest.set(path, number);
    const isUdp = this.entries(listener).some(({ entry }) => entry.protocol === 'udp');
    if (!isUdp || !isLoss) act();
    else this.after(this.udpDelayNs, () => this.latest.get(path) === number && act());
  }

  private has(listener: string, serverName: string): boolean {
    return this.entries(listener).some(({ entry }) => entry.servers.some(({ name }) => name === serverName));
  }

  /** Of all listeners. */
  private servers(): Set<string> {
    const entries = this.nodes.flatMap(({ node }) => node.listeners);
    return new Set(entries.flatMap(({ servers }) => servers.map(({ name }) => name)));
  }

  private entries(listener: string): { node: ClbNode; agent: OpinionHolder; entry: NodeListener }[] {
    return this.nodes.flatMap(({ node, agent }) =>
      node.listeners.filter(({ name }) => name === listener).map((entry) => ({ node, agent, entry })),
    );
  }
}
