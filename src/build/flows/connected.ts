/** What flows of long-lived TCP connections set: how they come back, and the options of their sockets. */
import type { SocketOptions } from '../../protocols/tcp-settings.ts';
import type { BulkFlow, SessionsFlow } from '../../scenario/scenario.ts';
import type { ReconnectSettings } from '../../traffic/connection-failure.ts';
import type { Plant } from '../plant.ts';

export function reconnectOf(
  { values }: Plant,
  { reconnect }: Pick<SessionsFlow, 'reconnect'>,
): ReconnectSettings | null {
  if (reconnect === null) return null;
  const delayNs = reconnect.delayNs ?? values.get('traffic.reconnect_delay');
  const maxDelayNs = reconnect.maxDelayNs ?? values.get('traffic.reconnect_max_delay');
  return { delayNs, maxDelayNs: Math.max(delayNs, maxDelayNs) };
}

export function socketOptionsOf(
  { tcp }: Plant,
  { keepalive, userTimeoutNs }: Pick<BulkFlow | SessionsFlow, 'keepalive' | 'userTimeoutNs'>,
): SocketOptions {
  return {
    keepalive: keepalive === null ? null : { ...tcp.keepalive, ...keepalive },
    ...(userTimeoutNs === undefined ? {} : { userTimeoutNs }),
  };
}
