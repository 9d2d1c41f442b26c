/**
 * The admin verbs of the listeners of a CLB at layer 7: they act on every proxy node at once, or refuse.
 * Source: Terraform alicloud_slb_listener.
 */
import type { ServerGroup } from '../devices/alb-servers.ts';
import type { ClbProxy } from '../devices/clb-proxy.ts';
import type { SchedulerName } from '../devices/clb-scheduler.ts';
import type { ProbeSettings } from '../protocols/health-prober.ts';
import { AlbAdmin } from './alb-admin.ts';
import type { ListenerAdmin } from './clb-admin.ts';
import type { OpinionHolder } from './clb-agent.ts';
import type { ClbView } from './clb-view.ts';
import type { Refusal } from './refusal.ts';

/** What layer 7 has of the schedulers of a CLB. */
export const HTTP_SCHEDULERS = { wrr: 'Wrr', rr: 'Rr' } as const;

export class ClbHttpAdmin extends AlbAdmin implements ListenerAdmin {
  private readonly shown: ClbView;
  private readonly synced: ReadonlyMap<string, readonly string[]>;
  private readonly proxies: ClbProxy[] = [];
  private readonly holders: OpinionHolder[] = [];

  /** `synced`: by listener, the server groups that are checked and chosen from as it says. */
  constructor(view: ClbView, synced: ReadonlyMap<string, readonly string[]>) {
    super(view);
    this.shown = view;
    this.synced = synced;
  }

  /** A node and the agent that speaks for it. */
  manageProxy(node: ClbProxy, holder: OpinionHolder): void {
    this.manage(node);
    this.proxies.push(node);
    this.holders.push(holder);
  }

  setScheduler(listener: string, scheduler: SchedulerName, event: number): Refusal {
    if (scheduler !== 'wrr' && scheduler !== 'rr') return `${scheduler} is no scheduler of layer 7`;
    const groups = this.syncedGroups(listener);
    this.shown.install(`${listener}/scheduler`, schedulerWord(groups[0]), scheduler, event);
    for (const group of groups) group.scheduler = HTTP_SCHEDULERS[scheduler];
    return null;
  }

  /** Settings that are absent stay; a listener without checks has none to change. */
  setHealthCheck(
    listener: string,
    changes: Partial<ProbeSettings>,
    port: number | null,
    event: number,
  ): Refusal {
    for (const group of this.syncedGroups(listener)) {
      if (group.check === null) return `${listener} does not check its servers`;
      const settings = withRaisedTimeout({ ...group.check.settings, ...changes });
      group.check = { ...group.check, port: port ?? group.check.port, settings };
      for (const { prober } of group.servers) prober?.change(settings, group.check.port, event);
    }
    return null;
  }

  /** All or nothing: one unknown server refuses the whole change. */
  setWeights(
    listener: string,
    weights: readonly { instance: string; weight: number }[],
    event: number,
  ): Refusal {
    const [group] = this.groupsOf(listener);
    const unknown = weights.find(({ instance }) => !group?.servers.some(({ name }) => name === instance));
    if (unknown !== undefined) return `${unknown.instance} is no server of ${listener}`;
    for (const { instance, weight } of weights) this.setWeight(listener, instance, weight, event);
    return null;
  }

  /** There are none at layer 7 but the bandwidth, which is not kept here. */
  setOptions(): void {}

  override removeServer(listener: string, serverName: string, event: number): Refusal {
    const refusal = super.removeServer(listener, serverName, event);
    if (refusal === null) for (const holder of this.holders) holder.forget(listener, serverName);
    return refusal;
  }

  private groupsOf(name: string): ServerGroup[] {
    return this.proxies.flatMap(({ groups }) => groups.filter((group) => group.name === name));
  }

  private syncedGroups(listener: string): ServerGroup[] {
    return [listener, ...(this.synced.get(listener) ?? [])].flatMap((name) => this.groupsOf(name));
  }
}

/** A time-out below the interval counts as the interval (Terraform: health_check_timeout). */
export function withRaisedTimeout(settings: ProbeSettings): ProbeSettings {
  return { ...settings, timeoutNs: Math.max(settings.timeoutNs, settings.intervalNs) };
}

function schedulerWord(group: ServerGroup | undefined): SchedulerName | null {
  if (group === undefined) return null;
  return group.scheduler === 'Rr' ? 'rr' : 'wrr';
}
