/**
 * The admin verbs of an ALB: servers of its groups, on every node at once, and zone shift, which takes a zone's address
 * out of DNS or puts it back. What clients hold by then is theirs until it expires; open connections stay.
 * Source: Terraform alicloud_alb_server_group; StartShiftLoadBalancerZones, CancelShiftLoadBalancerZones.
 */
import { present } from '../base/assert.ts';
import type { AlbNode } from '../devices/alb-node.ts';
import type { ServerGroup } from '../devices/alb-servers.ts';
import type { Network } from '../network/network.ts';
import type { ClbView } from './clb-view.ts';
import type { DnsAdmin } from './dns-admin.ts';
import type { Refusal } from './refusal.ts';

const IN_SERVICE = 'in-service';
const SHIFTED = 'shifted';

export class AlbAdmin {
  private readonly alb: string;
  private readonly view: ClbView;
  private readonly network: Network;
  private readonly nodes: AlbNode[] = [];
  /** By zone, whether its address is withheld from DNS. */
  private readonly shifted = new Map<string, boolean>();

  constructor(alb: string, zones: readonly string[], view: ClbView, network: Network) {
    this.alb = alb;
    this.view = view;
    this.network = network;
    for (const zone of zones) {
      this.shifted.set(zone, false);
      network.states.set(`${alb}/${zone}`, IN_SERVICE);
    }
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
    return null;
  }

  /** Requests under way there may end. */
  removeServer(group: string, serverName: string, event: number): Refusal {
    if (!this.has(group, serverName)) return `${serverName} is no server of ${group}`;
    this.view.install(`${group}/${serverName}`, null, 'removed', event);
    for (const { node, entry } of this.entries(group)) {
      node.removeServer(entry, serverName);
      entry.event = event;
    }
    return null;
  }

  /** `isShifted` false: cancels an earlier shift. Without names there is nothing to withhold the address from. */
  shiftZone(zone: string, isShifted: boolean, names: DnsAdmin | null, event: number): Refusal {
    const subject = `${this.alb}/${zone}`;
    const was = present(this.shifted.get(zone), `${this.alb} has no zone ${zone}`);
    if (was === isShifted) return isShifted ? `${subject} is shifted already` : `${subject} is not shifted`;
    const left = [...this.shifted].filter(([other, isGone]) => !isGone && other !== zone);
    if (isShifted && left.length === 0) return `${subject} is the last zone in service`;
    this.shifted.set(zone, isShifted);
    const [from, to] = isShifted ? [IN_SERVICE, SHIFTED] : [SHIFTED, IN_SERVICE];
    this.network.change({ kind: 'installation', subject, from, to, cause: { event, chain: [] } });
    names?.offer(subject, !isShifted, event);
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
