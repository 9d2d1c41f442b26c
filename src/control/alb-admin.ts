/**
 * The admin verbs of the servers of an ALB's groups: they act on every node at once, or refuse.
 * Source: Terraform alicloud_alb_server_group.
 */
import type { AlbNode } from '../devices/alb-node.ts';
import type { ServerGroup } from '../devices/alb-servers.ts';
import type { ServerHandler } from './balanced-servers.ts';
import type { ClbView } from './clb-view.ts';
import type { Refusal } from './refusal.ts';

/** Of the groups of an ALB or NLB. */
export interface GroupAdmin {
  setWeight(group: string, serverName: string, weight: number, event: number): Refusal;
  addServer(group: string, serverName: string, address: number, weight: number, event: number): Refusal;
  removeServer(group: string, serverName: string, event: number): Refusal;
}

export class AlbAdmin implements GroupAdmin {
  /** Hears that an instance has become a server, or is one no longer. */
  onServer: ServerHandler = () => {};
  private readonly view: ClbView;
  private readonly nodes: AlbNode[] = [];

  constructor(view: ClbView) {
    this.view = view;
  }

  manage(node: AlbNode): void {
    this.nodes.push(node);
  }

  setWeight(group: string, serverName: string, weight: number, event: number): Refusal {
    if (!this.has(group, serverName)) return `${serverName} is no server of ${group}`;
    this.view.install(`${group}/${serverName}/weight`, null, String(weight), event);
    for (const { entry } of this.entries(group)) {
      for (const server of entry.servers) if (server.name === serverName) server.weight = weight;
      if (weight === 0) entry.event = event;
    }
    return null;
  }

  /** A node gives it requests once its own probes have found it healthy. */
  addServer(group: string, serverName: string, address: number, weight: number, event: number): Refusal {
    if (this.has(group, serverName)) return `${serverName} is a server of ${group} already`;
    for (const { node, entry } of this.entries(group))
      node.addServer(entry, serverName, address, weight, true, event);
    this.view.begin(group, serverName);
    this.onServer(serverName, true);
    return null;
  }

  /** Requests under way there may end. */
  removeServer(group: string, serverName: string, event: number): Refusal {
    if (!this.has(group, serverName)) return `${serverName} is no server of ${group}`;
    this.view.install(`${group}/${serverName}`, null, 'removed', event);
    this.onServer(serverName, false);
    for (const { node, entry } of this.entries(group)) {
      node.removeServer(entry, serverName, event);
      entry.event = event;
    }
    return null;
  }

  private has(group: string, serverName: string): boolean {
    return this.entries(group).some(({ entry }) => entry.servers.some(({ name }) => name === serverName));
  }

  private entries(group: string): { node: AlbNode; entry: ServerGroup }[] {
    return this.nodes.flatMap((node) =>
      node.groups.filter(({ name }) => name === group).map((entry) => ({ node, entry })),
    );
  }
}
