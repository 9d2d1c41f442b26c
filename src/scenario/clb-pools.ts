/** What of a CLB has servers: its listeners, and server groups that forwarding rules of a listener lead to. */
import type { Clb, ClbListener } from './scenario.ts';

/** Each as a listener; a group has all from its listener but name, port and servers. */
export function poolsOf({ listeners }: Pick<Clb, 'listeners'>): ClbListener[] {
  return listeners.flatMap((listener) => [listener, ...groupsOf(listener)]);
}

export function groupsOf(listener: ClbListener): ClbListener[] {
  return (listener.http?.groups ?? []).map(({ name, port, backends }) => ({
    ...listener,
    name,
    backendPort: port,
    backends,
  }));
}
