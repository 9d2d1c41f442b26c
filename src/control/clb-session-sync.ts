/**
 * How the nodes of a cluster know one another's sessions: every interval each tells the others, on the management
 * network, which connections have completed their handshake or ended, and again which long ones are in use. What has
 * not been told when a node dies is lost with it. A node that starts asks the others for all they have. Sessions do not cross clusters, and datagrams have none to tell of.
 * Source: CLB "High availability": only sessions whose handshake has finished are synchronised. The interval is assumed.
 */
import { NONE } from '../base/brand.ts';
import type { ClbNode, NodeAgent } from '../devices/clb-node.ts';
import type { ClbSession } from '../devices/clb-sessions.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import type { FlowId } from '../network/ids.ts';
import { OUT } from '../network/packet-table.ts';
import { UDP_HEADERS } from '../protocols/host-stack.ts';

interface SpreadSession {
  readonly listener: string;
  readonly clientAddr: number;
  readonly clientPort: number;
  readonly server: string;
  readonly isClosed: boolean;
}

type SyncMessage =
  | { readonly kind: 'sessions'; readonly sessions: readonly SpreadSession[] }
  | {
      readonly kind: 'affinity';
      readonly listener: string;
      readonly clientAddr: number;
      readonly server: string;
    }
  | { readonly kind: 'request' };

const PORT = 8848;
const REQUEST_BYTES = 8;
/** On the wire of IPVS's synchronisation a connection takes about as much; as many as a packet of 1,500 bytes holds. */
const SESSION_BYTES = 36;
const SESSIONS_PER_PACKET = 40;

export class ClbSessionSync implements NodeAgent {
  private readonly node: ClbNode;
  private readonly context: DeviceContext;
  private readonly peers: readonly number[];
  private readonly intervalNs: number;
  private readonly flow: FlowId;
  private readonly timer: DeviceTimer;
  private readonly phase: () => number;

  constructor(node: ClbNode, context: DeviceContext, peers: readonly number[], intervalNs: number) {
    this.node = node;
    this.context = context;
    this.peers = peers;
    this.intervalNs = intervalNs;
    this.flow = context.flows.add(`sessions/${node.name}`, false);
    this.timer = context.newTimer(node.addAgent(this));
    const stream = context.random('phase sessions');
    this.phase = () => Math.floor(stream.uniform() * intervalNs);
    node.sessions.noteChanges();
    // At once: the client's next connection may come to another node.
    node.onAffinity = (listener, clientAddr, server) => {
      const message: SyncMessage = {
        kind: 'affinity',
        listener: listener.name,
        clientAddr,
        server: server.name,
      };
      for (const peer of peers) this.send(peer, message, SESSION_BYTES);
    };
    node.management.bindUdp(PORT, (packet) =>
      this.onMessage(
        context.packets.content[packet] as SyncMessage,
        context.packets.srcAddr[packet] as number,
      ),
    );
  }

  start(): void {
    this.context.arm(this.timer, this.context.now() + this.phase());
    for (const peer of this.peers) this.send(peer, { kind: 'request' }, REQUEST_BYTES);
  }

  onPowerLost(): void {
    this.context.disarm(this.timer);
  }

  onTimer(): void {
    this.context.arm(this.timer, this.context.now() + this.intervalNs);
    this.spread(this.node.sessions.takeChanges(), this.peers);
  }

  private spread(sessions: readonly ClbSession[], peers: readonly number[]): void {
    for (let i = 0; i < sessions.length; i += SESSIONS_PER_PACKET) {
      const told = sessions.slice(i, i + SESSIONS_PER_PACKET).map(describe);
      for (const peer of peers)
        this.send(peer, { kind: 'sessions', sessions: told }, SESSION_BYTES * told.length);
    }
  }

  private send(peer: number, message: SyncMessage, lengthBytes: number): void {
    const billing = { flow: this.flow, unit: NONE, connection: NONE, direction: OUT };
    this.node.management.sendDatagram(billing, PORT, peer, PORT, UDP_HEADERS + lengthBytes, message);
  }

  private onMessage(message: SyncMessage, from: number): void {
    if (message.kind === 'request') {
      this.spread(this.node.sessions.established(), [from]);
      return;
    }
    if (message.kind === 'affinity') this.keep(message);
    else for (const session of message.sessions) this.learn(session);
  }

  private keep({
    listener: name,
    clientAddr,
    server: serverName,
  }: Extract<SyncMessage, { kind: 'affinity' }>): void {
    const found = this.find(name, serverName);
    if (found === null) return;
    const nowNs = this.context.now();
    const { listener, server } = found;
    listener.affinity.keep(clientAddr, server, nowNs + listener.persistenceNs, nowNs);
  }

  private find(listenerName: string, serverName: string) {
    const listener = this.node.listeners.find(({ name }) => name === listenerName);
    const server =
      listener?.standby?.name === serverName
        ? listener.standby
        : listener?.servers.find(({ name }) => name === serverName);
    return listener === undefined || server === undefined ? null : { listener, server };
  }

  private learn({
    listener: name,
    clientAddr,
    clientPort,
    server: serverName,
    isClosed,
  }: SpreadSession): void {
    const found = this.find(name, serverName);
    if (found === null) return;
    const { listener, server } = found;
    if (!isClosed) {
      this.node.sessions.replicate(listener, clientAddr, clientPort, server);
      return;
    }
    const session = this.node.sessions.findByClient(clientAddr, clientPort, listener);
    if (session !== null) this.node.sessions.dropReplica(session);
  }
}

function describe({ listener, clientAddr, clientPort, server, isClosed }: ClbSession): SpreadSession {
  return { listener: listener.name, clientAddr, clientPort, server: server.name, isClosed };
}
