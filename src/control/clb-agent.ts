/**
 * How the nodes of a CLB agree which servers are in the pool. Each node probes for itself; its verdict goes to all
 * peers as a message on the management network, and is repeated so that a lost message heals. A server is out while
 * any node holds it down, and in when none does and at least one has seen it up. What a silent node said is forgotten.
 * Source: SLB "Health check overview" (one node's verdict is spread to all); refresh and lifetime are assumed.
 */
import { NONE } from '../base/brand.ts';
import type { ParameterValues } from '../base/parameters.ts';
import type { NodeAgent } from '../devices/clb-node.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import type { FlowId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { OUT } from '../network/packet-table.ts';
import { type HostStack, UDP_HEADERS } from '../protocols/host-stack.ts';
import type { ClbView } from './clb-view.ts';

export interface ClbAgentSettings {
  readonly refreshNs: number;
  readonly lifetimeNs: number;
}

export function readClbAgentSettings(values: ParameterValues): ClbAgentSettings {
  return { refreshNs: values.get('clb.verdict_refresh'), lifetimeNs: values.get('clb.verdict_lifetime') };
}

/** What it needs of a server. */
export interface CheckedServer {
  readonly name: string;
  readonly isInPool: boolean;
  /** Null: it is not checked, and always in the pool. */
  readonly prober: object | null;
}

/** Servers that are checked and chosen from together. */
export interface CheckedListener<S extends CheckedServer> {
  readonly name: string;
  readonly servers: readonly S[];
  /** Each node goes by its own checks of them, and keeps its verdicts to itself. */
  readonly actsAlone?: boolean;
}

/** A node of layer 4 or of layer 7. */
export interface CheckingNode<S extends CheckedServer, L extends CheckedListener<S>> {
  readonly name: string;
  readonly listeners: readonly L[];
  readonly management: HostStack;
  onVerdict: (listener: L, server: S, isUp: boolean, cause: Cause | null) => void;
  addAgent(agent: NodeAgent): number;
  setInPool(server: S, isInPool: boolean, event: number): void;
}

/** Forgets what is thought of a server that left. */
export interface OpinionHolder {
  forget(listener: string, server: string): void;
}

/** One node's opinion of one server, as it travels. */
interface SpreadVerdict {
  readonly listener: string;
  readonly server: string;
  readonly isUp: boolean;
  readonly cause: Cause | null;
}

interface VerdictMessage {
  readonly from: string;
  readonly verdicts: readonly SpreadVerdict[];
}

interface Opinion {
  readonly isUp: boolean;
  readonly cause: Cause | null;
  readonly heardNs: number;
}

/** UDP port of the agents. */
const PORT = 3600;
const VERDICT_BYTES = 16;

export class ClbAgent<S extends CheckedServer, L extends CheckedListener<S>>
  implements NodeAgent, OpinionHolder
{
  private readonly node: CheckingNode<S, L>;
  private readonly context: DeviceContext;
  private readonly settings: ClbAgentSettings;
  private readonly peers: readonly number[];
  private readonly view: ClbView;
  private readonly flow: FlowId;
  private readonly refresh: DeviceTimer;
  /** By listener/server, then by node. */
  private readonly opinions = new Map<string, Map<string, Opinion>>();

  constructor(
    node: CheckingNode<S, L>,
    context: DeviceContext,
    settings: ClbAgentSettings,
    peers: readonly number[],
    view: ClbView,
  ) {
    this.node = node;
    this.context = context;
    this.settings = settings;
    this.peers = peers;
    this.view = view;
    this.flow = context.flows.add(`verdicts/${node.name}`, false);
    this.refresh = context.newTimer(node.addAgent(this));
    node.onVerdict = (listener, server, isUp, cause) => this.onOwnVerdict(listener, server, isUp, cause);
    node.management.bindUdp(PORT, (packet) =>
      this.onMessage(context.packets.content[packet] as VerdictMessage),
    );
  }

  /** Its own probes speak first. */
  start(): void {}

  /** A server left the listener. */
  forget(listener: string, server: string): void {
    this.opinions.delete(opinionKey(listener, server));
  }

  private onOwnVerdict(listener: L, server: S, isUp: boolean, cause: Cause | null): void {
    const subject = `${this.node.name}/${listener.name}/${server.name}`;
    const known = this.opinionsOf(listener.name, server.name);
    const before = known.get(this.node.name);
    const from = before === undefined ? 'checking' : before.isUp ? 'up' : 'down';
    const to = isUp ? 'up' : 'down';
    this.context.change({ kind: 'detection', subject, from, to, cause, detector: 'health-check' });
    const carried =
      cause === null ? null : { event: cause.event, chain: [...cause.chain, `${subject} ${to}`] };
    known.set(this.node.name, { isUp, cause: carried, heardNs: this.context.now() });
    if (listener.actsAlone !== true)
      this.spread([{ listener: listener.name, server: server.name, isUp, cause: carried }]);
    this.decide(listener, server, carried);
    if (before === undefined) this.context.arm(this.refresh, this.context.now() + this.settings.refreshNs);
  }

  private onMessage(message: VerdictMessage): void {
    for (const { listener, server, isUp, cause } of message.verdicts) {
      const found = this.find(listener, server);
      if (found === null) continue;
      this.opinionsOf(listener, server).set(message.from, { isUp, cause, heardNs: this.context.now() });
      this.decide(found.listener, found.server, cause);
    }
  }

  /** Repeats what this node holds and forgets what peers have stopped repeating. */
  onTimer(): void {
    const nowNs = this.context.now();
    this.context.arm(this.refresh, nowNs + this.settings.refreshNs);
    const own: SpreadVerdict[] = [];
    for (const listener of this.node.listeners) {
      for (const server of listener.servers) {
        const known = this.opinionsOf(listener.name, server.name);
        const mine = known.get(this.node.name);
        if (mine !== undefined && listener.actsAlone !== true)
          own.push({ listener: listener.name, server: server.name, isUp: mine.isUp, cause: mine.cause });
        for (const [from, opinion] of known) {
          const isStale = nowNs - opinion.heardNs > this.settings.lifetimeNs;
          if (from !== this.node.name && isStale) known.delete(from);
        }
        this.decide(listener, server, null);
      }
    }
    if (own.length > 0) this.spread(own);
  }

  private decide(listener: L, server: S, cause: Cause | null): void {
    if (server.prober === null) return;
    const known = [...this.opinionsOf(listener.name, server.name).values()];
    const isUp = known.length > 0 && known.every((opinion) => opinion.isUp);
    if (isUp === server.isInPool) return;
    const blamed = this.sinceStart(cause);
    this.node.setInPool(server, isUp, blamed?.event ?? NONE);
    const subject = `${this.node.name}/pool/${listener.name}/${server.name}`;
    const [from, to] = isUp ? ['out', 'in'] : ['in', 'out'];
    this.context.change({ kind: 'installation', subject, from, to, cause: blamed });
    this.view.update(listener.name, server.name, blamed);
  }

  /** A node that was restarted learns old verdicts anew; that it acts on them now is the restart's doing. */
  private sinceStart(cause: Cause | null): Cause | null {
    const started = this.context.powerEvent();
    if (started === NONE || (cause !== null && this.context.flows.isLater(cause.event, started)))
      return cause;
    return { event: started, chain: cause?.chain ?? [] };
  }

  private spread(verdicts: readonly SpreadVerdict[]): void {
    const message: VerdictMessage = { from: this.node.name, verdicts };
    const billing = { flow: this.flow, unit: NONE, connection: NONE, direction: OUT };
    const lengthBytes = UDP_HEADERS + VERDICT_BYTES * verdicts.length;
    for (const peer of this.peers) {
      this.node.management.sendDatagram(billing, PORT, peer, PORT, lengthBytes, message);
    }
  }

  /** What the node knew is gone with its power. */
  onPowerLost(): void {
    const cause = { event: this.context.powerEvent(), chain: [] };
    for (const listener of this.node.listeners) {
      for (const server of listener.servers) this.loseSight(listener, server, cause);
    }
    this.opinions.clear();
    this.context.disarm(this.refresh);
    this.view.updateAll(cause);
  }

  private loseSight(listener: L, server: S, cause: Cause): void {
    if (server.prober === null) return;
    const name = `${listener.name}/${server.name}`;
    const mine = this.opinionsOf(listener.name, server.name).get(this.node.name);
    const tell = (subject: string, from: string, to: string): void =>
      this.context.change({ kind: 'state', subject, from, to, cause });
    if (mine !== undefined) tell(`${this.node.name}/${name}`, mine.isUp ? 'up' : 'down', 'checking');
    if (server.isInPool) tell(`${this.node.name}/pool/${name}`, 'in', 'out');
  }

  private find(listenerName: string, serverName: string): { listener: L; server: S } | null {
    const listener = this.node.listeners.find(({ name }) => name === listenerName);
    const server = listener?.servers.find(({ name }) => name === serverName);
    return listener === undefined || server === undefined ? null : { listener, server };
  }

  private opinionsOf(listener: string, server: string): Map<string, Opinion> {
    const key = opinionKey(listener, server);
    const known = this.opinions.get(key) ?? new Map<string, Opinion>();
    this.opinions.set(key, known);
    return known;
  }
}

function opinionKey(listener: string, server: string): string {
  return `${listener}/${server}`;
}
