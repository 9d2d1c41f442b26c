/** How a server of HTTP answers one request on its connection. */

import type { HttpRequest, HttpResponse } from '../protocols/http-messages.ts';
import type { TcpSocket } from '../protocols/tcp-socket.ts';

export const OK = 200;

export interface HttpServerSettings {
  /** How long an answer takes under the fault `slow`, on top of other work. */
  readonly slowNs: number;
  /** Bytes of an answer under the fault `error`, or for want of room or time. */
  readonly errorBytes: number;
}

/** Nothing happens when the connection is gone: a late answer may find nobody. */
export function answer(socket: TcpSocket, request: HttpRequest, status: number, errorBytes: number): void {
  if (socket.state !== 'established' && socket.state !== 'close-wait') return;
  const response: HttpResponse = { kind: 'http-response', status };
  socket.send(status === OK ? request.responseBytes : errorBytes, response);
  if (!request.keepAlive) socket.close();
}
