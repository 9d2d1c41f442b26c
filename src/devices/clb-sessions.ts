/**
 * Sessions of one CLB node: which server a client's connection is pinned to. A session ends after its time-out:
 * half open, established, or closed (both FIN seen, or RST). Found from the client's side by address, port and
 * frontend port, and from the server's by the same client and the server's own end.
 */
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import { ACK, FIN, RST, SYN } from '../protocols/tcp-segment.ts';
import type { ClbServer, NodeListener } from './clb-node.ts';

/** `finSeen` once both ends have sent FIN. */
export const BOTH_CLOSED = 3;

export interface SessionTimeouts {
  readonly halfOpenNs: number;
  readonly closedNs: number;
}

export interface ClbSession {
  readonly listener: NodeListener;
  readonly clientAddr: number;
  readonly clientPort: number;
  server: ClbServer;
  isEstablished: boolean;
  /** Bit 0: FIN from the client; bit 1: FIN from the server. */
  finSeen: number;
  readonly row: number;
  readonly timer: DeviceTimer;
  next: ClbSession | null;
}

export class ClbSessions {
  private readonly context: DeviceContext;
  private readonly timeouts: SessionTimeouts;
  private readonly byClient = new Map<number, ClbSession>();
  private readonly rows: (ClbSession | null)[] = [];
  private readonly freeRows: number[] = [];

  constructor(context: DeviceContext, timeouts: SessionTimeouts) {
    this.context = context;
    this.timeouts = timeouts;
  }

  get count(): number {
    return this.rows.length - this.freeRows.length;
  }

  findByClient(address: number, port: number, listener: NodeListener): ClbSession | null {
    let session = this.byClient.get(clientKey(address, port)) ?? null;
    while (session !== null && session.listener !== listener) session = session.next;
    return session;
  }

  findByServer(address: number, port: number, serverAddr: number, serverPort: number): ClbSession | null {
    let session = this.byClient.get(clientKey(address, port)) ?? null;
    while (
      session !== null &&
      (session.server.address !== serverAddr || session.listener.backendPort !== serverPort)
    ) {
      session = session.next;
    }
    return session;
  }

  create(listener: NodeListener, clientAddr: number, clientPort: number, server: ClbServer): ClbSession {
    const row = this.freeRows.pop() ?? this.rows.length;
    const key = clientKey(clientAddr, clientPort);
    const session: ClbSession = {
      listener,
      clientAddr,
      clientPort,
      server,
      isEstablished: false,
      finSeen: 0,
      row,
      timer: this.context.newTimer(row),
      next: this.byClient.get(key) ?? null,
    };
    this.rows[row] = session;
    this.byClient.set(key, session);
    this.context.arm(session.timer, this.context.now() + this.timeouts.halfOpenNs);
    return session;
  }

  /** Notes a TCP segment of the session and moves its deadline. */
  noteSegment(session: ClbSession, flags: number, isFromServer: boolean): void {
    if ((flags & RST) !== 0) {
      this.expireIn(session, this.timeouts.closedNs);
      return;
    }
    if ((flags & FIN) !== 0) session.finSeen |= isFromServer ? 2 : 1;
    if (!isFromServer && (flags & ACK) !== 0 && (flags & SYN) === 0) session.isEstablished = true;
    if (session.finSeen === BOTH_CLOSED) {
      this.expireIn(session, this.timeouts.closedNs);
      return;
    }
    this.expireIn(session, session.isEstablished ? session.listener.idleTimeoutNs : this.timeouts.halfOpenNs);
  }

  noteDatagram(session: ClbSession): void {
    this.expireIn(session, session.listener.idleTimeoutNs);
  }

  onTimer(row: number): void {
    const session = this.rows[row];
    if (session) this.remove(session);
  }

  remove(session: ClbSession): void {
    this.context.disarm(session.timer);
    this.context.freeTimer(session.timer);
    this.rows[session.row] = null;
    this.freeRows.push(session.row);
    const key = clientKey(session.clientAddr, session.clientPort);
    const first = this.byClient.get(key) ?? null;
    if (first === session) {
      if (session.next === null) this.byClient.delete(key);
      else this.byClient.set(key, session.next);
      return;
    }
    for (let s = first; s !== null; s = s.next) if (s.next === session) s.next = session.next;
  }

  clear(): void {
    for (const session of [...this.rows]) if (session) this.remove(session);
  }

  private expireIn(session: ClbSession, spanNs: number): void {
    this.context.arm(session.timer, this.context.now() + spanNs);
  }
}

function clientKey(address: number, port: number): number {
  return address * 65536 + port;
}
