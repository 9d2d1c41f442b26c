/**
 * Sessions of one CLB node: which server a client's connection is pinned to. A session ends after its time-out:
 * half open, established, or closed (both FIN seen, or RST). Found from the client's side by address, port and
 * frontend port, and from the server's by the same client and the server's own end.
 */
import { endKey } from '../base/mix.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import { ACK, FIN, RST, SYN } from '../protocols/tcp-segment.ts';
import type { ClbServer, NodeListener } from './clb-node.ts';

/** `finSeen` once both ends have sent FIN. */
export const BOTH_CLOSED = 3;

export interface SessionTimeouts {
  readonly halfOpenNs: number;
  readonly closedNs: number;
  /** After how long peers are told again of a session that is in use. */
  readonly refreshNs: number;
}

export interface ClbSession {
  readonly listener: NodeListener;
  readonly clientAddr: number;
  readonly clientPort: number;
  server: ClbServer;
  /** Among whose open connections it counts; null: closed, or a peer's. */
  countedAt: ClbServer | null;
  isEstablished: boolean;
  /** Bit 0: FIN from the client; bit 1: FIN from the server. */
  finSeen: number;
  /** A peer's: none of its packets has come here yet. */
  isReplica: boolean;
  /** When peers were last told of it; NaN: never. */
  syncedNs: number;
  /** By both FIN, or by RST. */
  isClosed: boolean;
  /** When it ends whatever happens, in ns: its server is drained. */
  endsNs: number;
  /** Waits for the peers to be told of it. */
  isChanged: boolean;
  readonly row: number;
  readonly timer: DeviceTimer;
  next: ClbSession | null;
}

export class ClbSessions {
  private readonly context: DeviceContext;
  private readonly timeouts: SessionTimeouts;
  private readonly firstToken: number;
  /** By `endKey` of the client. */
  private readonly byClient = new Map<number, ClbSession>();
  private readonly rows: (ClbSession | null)[] = [];
  private readonly freeRows: number[] = [];

  /** Timer tokens are `firstToken` and below. */
  constructor(context: DeviceContext, timeouts: SessionTimeouts, firstToken: number) {
    this.context = context;
    this.timeouts = timeouts;
    this.firstToken = firstToken;
  }

  replicaCount = 0;
  /** What peers are to be told; null where there are none. */
  private changed: ClbSession[] | null = null;

  /** From now on keeps what peers are to be told. */
  noteChanges(): void {
    this.changed = [];
  }

  /** Sessions whose handshake was completed, that closed, or that are in use, since last asked. */
  takeChanges(): ClbSession[] {
    const taken = this.changed ?? [];
    this.changed = [];
    for (const session of taken) {
      session.isChanged = false;
      session.syncedNs = this.context.now();
    }
    return taken;
  }

  /** This node's own whose handshake was completed and that have not ended. */
  established(): ClbSession[] {
    return this.rows.filter(
      (session): session is ClbSession =>
        session !== null &&
        session.listener.protocol === 'tcp' &&
        session.isEstablished &&
        !session.isClosed &&
        !session.isReplica,
    );
  }

  /** All, replicas too. */
  get count(): number {
    return this.rows.length - this.freeRows.length;
  }

  findByClient(address: number, port: number, listener: NodeListener): ClbSession | null {
    let session = this.byClient.get(endKey(address, port)) ?? null;
    while (session !== null && (session.listener !== listener || !isClient(session, address, port))) {
      session = session.next;
    }
    return session;
  }

  findByServer(address: number, port: number, serverAddr: number, serverPort: number): ClbSession | null {
    let session = this.byClient.get(endKey(address, port)) ?? null;
    while (
      session !== null &&
      (session.server.address !== serverAddr ||
        session.listener.backendPort !== serverPort ||
        !isClient(session, address, port))
    ) {
      session = session.next;
    }
    return session;
  }

  create(listener: NodeListener, clientAddr: number, clientPort: number, server: ClbServer): ClbSession {
    const row = this.freeRows.pop() ?? this.rows.length;
    const key = endKey(clientAddr, clientPort);
    const session: ClbSession = {
      listener,
      clientAddr,
      clientPort,
      server,
      countedAt: null,
      isEstablished: false,
      finSeen: 0,
      isReplica: false,
      syncedNs: Number.NaN,
      isClosed: false,
      endsNs: Number.POSITIVE_INFINITY,
      isChanged: false,
      row,
      timer: this.context.newTimer(this.firstToken - row),
      next: this.byClient.get(key) ?? null,
    };
    this.rows[row] = session;
    this.byClient.set(key, session);
    this.context.arm(session.timer, this.context.now() + this.timeouts.halfOpenNs);
    this.recount(session);
    return session;
  }

  private recount(session: ClbSession): void {
    countAt(session, session.isClosed || session.isReplica ? null : session.server);
  }

  /** What a peer says of a session of its own. It outlives the time until the peer speaks of it again. */
  replicate(listener: NodeListener, clientAddr: number, clientPort: number, server: ClbServer): void {
    let session = this.findByClient(clientAddr, clientPort, listener);
    if (session !== null && !session.isReplica) return;
    if (session === null) {
      session = this.create(listener, clientAddr, clientPort, server);
      session.isReplica = true;
      this.recount(session);
      this.replicaCount++;
    }
    session.server = server;
    session.isEstablished = true;
    session.syncedNs = this.context.now();
    this.expireIn(session, listener.idleTimeoutNs + this.timeouts.refreshNs);
  }

  /** A peer's session is over. One whose packets come here is this node's own by now. */
  dropReplica(session: ClbSession): void {
    if (session.isReplica) this.remove(session);
  }

  /** Its packets come here now. */
  private own(session: ClbSession): void {
    session.isReplica = false;
    this.replicaCount--;
  }

  /** A connection that is over before anybody was told of it concerns nobody. */
  private isNews({ isClosed, isEstablished, syncedNs }: ClbSession): boolean {
    if (Number.isNaN(syncedNs)) return isEstablished && !isClosed;
    return isClosed || this.context.now() - syncedNs >= this.timeouts.refreshNs;
  }

  /** Notes a TCP segment of the session and moves its deadline. */
  noteSegment(session: ClbSession, flags: number, isFromServer: boolean): void {
    this.moveDeadline(session, flags, isFromServer);
    session.isClosed = session.finSeen === BOTH_CLOSED || (flags & RST) !== 0;
    if (session.isReplica) this.own(session);
    this.recount(session);
    if (this.changed !== null && !session.isChanged && this.isNews(session)) {
      session.isChanged = true;
      this.changed.push(session);
    }
  }

  private moveDeadline(session: ClbSession, flags: number, isFromServer: boolean): void {
    if ((flags & RST) !== 0) {
      this.expireIn(session, this.timeouts.closedNs);
      return;
    }
    if ((flags & FIN) !== 0) session.finSeen |= isFromServer ? 2 : 1;
    if (!isFromServer && (flags & ACK) !== 0 && (flags & SYN) === 0) session.isEstablished = true;
    this.expireIn(session, this.spanOf(session));
  }

  private spanOf({ finSeen, isEstablished, listener }: ClbSession): number {
    if (finSeen === BOTH_CLOSED) return this.timeouts.closedNs;
    return isEstablished || listener.protocol === 'udp' ? listener.idleTimeoutNs : this.timeouts.halfOpenNs;
  }

  noteDatagram(session: ClbSession): void {
    this.recount(session);
    this.expireIn(session, session.listener.idleTimeoutNs);
  }

  onTimer(token: number): void {
    const session = this.rows[this.firstToken - token];
    if (session) this.remove(session);
  }

  remove(session: ClbSession): void {
    if (session.isReplica) this.replicaCount--;
    countAt(session, null);
    this.context.disarm(session.timer);
    this.context.freeTimer(session.timer);
    this.rows[session.row] = null;
    this.freeRows.push(session.row);
    const key = endKey(session.clientAddr, session.clientPort);
    const first = this.byClient.get(key) ?? null;
    if (first === session) {
      if (session.next === null) this.byClient.delete(key);
      else this.byClient.set(key, session.next);
      return;
    }
    for (let s = first; s !== null; s = s.next) if (s.next === session) s.next = session.next;
  }

  /** Connections with a server end at an instant, if not before. */
  drain(server: ClbServer, endsNs: number): void {
    for (const session of this.rows) {
      if (session?.server !== server) continue;
      session.endsNs = endsNs;
      this.expireIn(session, this.spanOf(session));
    }
  }

  /** They may go on after all. */
  undrain(server: ClbServer): void {
    for (const session of this.rows)
      if (session?.server === server) session.endsNs = Number.POSITIVE_INFINITY;
  }

  clear(): void {
    if (this.changed !== null) this.changed = [];
    for (const session of [...this.rows]) if (session) this.remove(session);
  }

  private expireIn(session: ClbSession, spanNs: number): void {
    this.context.arm(session.timer, Math.min(this.context.now() + spanNs, session.endsNs));
  }
}

function countAt(session: ClbSession, server: ClbServer | null): void {
  if (session.countedAt === server) return;
  if (session.countedAt !== null) session.countedAt.active--;
  if (server !== null) server.active++;
  session.countedAt = server;
}

function isClient({ clientAddr, clientPort }: ClbSession, address: number, port: number): boolean {
  return clientPort === port && (clientAddr | 0) === (address | 0);
}
