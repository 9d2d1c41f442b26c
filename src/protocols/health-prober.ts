/**
 * Health checks of one server by one prober, as packets. TCP: SYN, SYN/ACK, RST (the handshake is not completed);
 * no answer within the time-out, or RST, is a miss. UDP: a datagram; ICMP port unreachable within the time-out is a
 * miss, silence a success (with strings, and over HTTP: files of their own). The interval counts from the end of a probe; the first one starts at a random phase.
 * Source: CLB "Health check overview"; facts about the order of segments from the TCP listener's page.
 *
 * The verdict inherits the blame of the misses, or of the answers, that filled its threshold.
 */
import { NONE } from '../base/brand.ts';
import type { RandomStream } from '../base/random.ts';
import type { DeviceContext, DeviceTimer } from '../network/device.ts';
import type { FlowId, PacketId } from '../network/ids.ts';
import type { Cause } from '../network/observer.ts';
import { OUT, TCP, UDP } from '../network/packet-table.ts';
import { UDP_HEADERS } from './host-stack.ts';
import { ACK, RST, SYN, TCP_HEADERS } from './tcp-segment.ts';

export interface ProbeSettings {
  readonly intervalNs: number;
  readonly timeoutNs: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
}

export interface ProbeTarget {
  readonly protocol: 'tcp' | 'udp';
  readonly address: number;
  readonly port: number;
}

export interface ProberOptions {
  readonly context: DeviceContext;
  readonly flow: FlowId;
  readonly source: number;
  readonly firstPort: number;
  readonly target: ProbeTarget;
  readonly settings: ProbeSettings;
  /** Event that brought the server; NONE when it was there from the start. */
  readonly addedBy?: number;
  readonly initialTtl: number;
  readonly timerToken: number;
  emit(packet: PacketId): void;
  onVerdict(isUp: boolean, cause: Cause | null): void;
}

export type HealthState = 'checking' | 'up' | 'down';

/** IP length of a UDP probe: headers and a few bytes. */
const UDP_PROBE_BYTES = UDP_HEADERS + 4;
/** A prober cycles through this many source ports, so that a late answer is not taken for the next one's. */
export const PORTS_PER_PROBER = 4;

export class HealthProber {
  state: HealthState = 'checking';
  protected readonly context: DeviceContext;
  protected readonly flow: FlowId;
  protected readonly source: number;
  private readonly firstPort: number;
  protected target: ProbeTarget;
  private readonly initialTtl: number;
  protected readonly emit: (packet: PacketId) => void;
  private readonly onVerdict: (isUp: boolean, cause: Cause | null) => void;
  private readonly timer: DeviceTimer;
  private readonly phase: RandomStream;
  private settings: ProbeSettings;
  /** Event that brought the server or moved its probed port: the next verdict is its doing, unless marked otherwise. */
  private originEvent: number;
  protected probes = 0;
  protected isWaiting = false;
  private isComingUp = false;
  private misses = 0;
  private answers = 0;
  /** Latest event among the misses or answers of the present run of them. */
  private runEvent: number = NONE;

  constructor(options: ProberOptions) {
    this.context = options.context;
    this.flow = options.flow;
    this.source = options.source;
    this.firstPort = options.firstPort;
    this.target = options.target;
    this.settings = options.settings;
    this.originEvent = options.addedBy ?? NONE;
    this.initialTtl = options.initialTtl;
    this.emit = options.emit;
    this.onVerdict = options.onVerdict;
    this.timer = this.context.newTimer(options.timerToken);
    this.phase = this.context.random(`phase ${this.context.flows.names[this.flow]}`);
  }

  start(): void {
    this.reset();
    this.setComingUp(true);
    const phaseNs = Math.floor(this.phase.uniform() * this.settings.intervalNs);
    this.context.arm(this.timer, this.context.now() + phaseNs);
  }

  /** Stops, until the next start. */
  stop(): void {
    this.reset();
    this.setComingUp(false);
    this.context.disarm(this.timer);
  }

  /** New thresholds act at once, new times and a new port from the next probe on. */
  change(settings: ProbeSettings, port: number, event: number): void {
    this.settings = settings;
    if (port === this.target.port) return;
    this.target = { ...this.target, port };
    this.originEvent = event;
  }

  onTimer(): void {
    if (this.isWaiting) this.onTimeout();
    else this.probe();
  }

  /** An answer, which counts if it is to the present probe. */
  receive(packet: PacketId): void {
    if (!this.awaits(packet)) return;
    const flags = this.context.packets.tcpFlags[packet] as number;
    if ((flags & RST) !== 0) {
      this.conclude(false);
      return;
    }
    if ((flags & (SYN | ACK)) !== (SYN | ACK)) return;
    this.sendReset();
    this.conclude(true);
  }

  protected awaits(packet: PacketId): boolean {
    return this.isWaiting && this.context.packets.dstPort[packet] === this.port;
  }

  /** A UDP probe met a closed port. */
  receiveUnreachable(port: number): void {
    if (this.isWaiting && port === this.port) this.conclude(false);
  }

  private get port(): number {
    return this.firstPort + (this.probes % PORTS_PER_PROBER);
  }

  /** The control plane is not settled before every prober has had its first verdict. */
  private setComingUp(isComingUp: boolean): void {
    if (this.isComingUp === isComingUp) return;
    this.isComingUp = isComingUp;
    this.context.comingUp(isComingUp);
  }

  private reset(): void {
    this.state = 'checking';
    this.isWaiting = false;
    this.misses = 0;
    this.answers = 0;
    this.runEvent = NONE;
  }

  private probe(): void {
    this.probes++;
    this.isWaiting = true;
    this.context.flows.clearMarks(this.flow);
    this.context.arm(this.timer, this.context.now() + this.settings.timeoutNs);
    this.ask();
  }

  private onTimeout(): void {
    this.conclude(this.giveUp());
  }

  /** Sends the probe. */
  protected ask(): void {
    if (this.target.protocol === 'tcp') this.sendSegment(SYN);
    else this.sendPacket(UDP, UDP_PROBE_BYTES);
  }

  /** The time-out has passed; true when silence is a success. */
  protected giveUp(): boolean {
    const isTcp = this.target.protocol === 'tcp';
    if (isTcp) this.sendReset();
    return !isTcp;
  }

  protected conclude(isAnswer: boolean): void {
    const { flows } = this.context;
    this.isWaiting = false;
    const event = isAnswer ? flows.answerOf(this.flow) : flows.missOf(this.flow);
    const isFirstOfRun = isAnswer ? this.answers === 0 : this.misses === 0;
    if (isFirstOfRun) this.runEvent = NONE;
    if (flows.isLater(event, this.runEvent)) this.runEvent = event;
    this.answers = isAnswer ? this.answers + 1 : 0;
    this.misses = isAnswer ? 0 : this.misses + 1;
    this.context.arm(this.timer, this.context.now() + this.settings.intervalNs);
    if (this.answers >= this.settings.healthyThreshold) this.enter('up');
    else if (this.misses >= this.settings.unhealthyThreshold) this.enter('down');
  }

  private enter(state: 'up' | 'down'): void {
    if (this.state === state) return;
    const event = this.runEvent === NONE ? this.originEvent : this.runEvent;
    this.originEvent = NONE;
    this.state = state;
    this.setComingUp(false);
    this.onVerdict(state === 'up', event === NONE ? null : { event, chain: [] });
  }

  private sendSegment(flags: number): void {
    const packet = this.sendable(TCP, TCP_HEADERS);
    const { packets } = this.context;
    packets.tcpFlags[packet] = flags;
    packets.tcpSeq[packet] = flags === SYN ? this.probes : this.probes + 1;
    packets.tcpAck[packet] = 0;
    packets.tcpWindow[packet] = 0;
    this.emit(packet);
  }

  private sendReset(): void {
    this.sendSegment(RST);
  }

  private sendPacket(protocol: number, lengthBytes: number): void {
    this.emit(this.sendable(protocol, lengthBytes));
  }

  protected sendable(protocol: number, lengthBytes: number): PacketId {
    const packet = this.context.create(this.flow, this.probes, NONE, OUT);
    const { packets } = this.context;
    packets.srcAddr[packet] = this.source;
    packets.dstAddr[packet] = this.target.address;
    packets.srcPort[packet] = this.port;
    packets.dstPort[packet] = this.target.port;
    packets.protocol[packet] = protocol;
    packets.ttl[packet] = this.initialTtl;
    packets.lengthBytes[packet] = lengthBytes;
    return packet;
  }
}
