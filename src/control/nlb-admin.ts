/**
 * The admin verbs of the servers of an NLB's groups: they act on every listener of the group, in every zone, or refuse.
 * Source: Terraform alicloud_nlb_server_group_server_attachment.
 */
import type { GroupAdmin } from './alb-admin.ts';
import type { ClbAdmin } from './clb-admin.ts';
import type { Refusal } from './refusal.ts';

/** A listener in a zone. */
export interface GroupListener {
  readonly group: string;
  readonly listener: string;
  readonly admin: ClbAdmin;
  /** Whether an instance may serve in its zone. */
  readonly accepts: (instance: string) => boolean;
}

export class NlbAdmin implements GroupAdmin {
  private readonly listeners: readonly GroupListener[];

  constructor(listeners: readonly GroupListener[]) {
    this.listeners = listeners;
  }

  setWeight(group: string, serverName: string, weight: number, event: number): Refusal {
    return this.each(group, serverName, ({ admin, listener }) =>
      admin.setWeight(listener, serverName, weight, event),
    );
  }

  addServer(group: string, serverName: string, address: number, weight: number, event: number): Refusal {
    return this.each(group, serverName, ({ admin, listener }) =>
      admin.addServer(listener, serverName, address, weight, event),
    );
  }

  removeServer(group: string, serverName: string, event: number): Refusal {
    return this.each(group, serverName, ({ admin, listener }) =>
      admin.removeServer(listener, serverName, event),
    );
  }

  /** All know the same servers, so that the first refuses for all. */
  private each(group: string, serverName: string, act: (listener: GroupListener) => Refusal): Refusal {
    for (const entry of this.listeners) {
      const isMeant = entry.group === group && entry.accepts(serverName);
      const refusal = isMeant ? act(entry) : null;
      if (refusal !== null) return refusal;
    }
    return null;
  }
}
