/**
 * What keeps a TCP connection going apart from what its segments say: how it opens, how its segments look, its timers and
 * its end. The other half, tcp-socket.ts, is what arrives and what the application wants.
 *
 * Stream offsets are plain integers: SYN is 0, data starts at 1, FIN follows the data. On the wire they become
 * sequence numbers modulo 2^32 relative to the initial one.
 */
import { MILLISECOND_NS } from '../base/units.ts';
import type { DeviceTimer } from '../network/device.ts';
import type { PacketId } from '../network/ids.ts';
import { MAX_SACK_BLOCKS } from '../network/tcp-options.ts';
import type { CongestionControl } from './congestion/congestion-control.ts';
import { Cubic } from './congestion/cubic.ts';
import { NewReno } from './congestion/newreno.ts';
import { RttEstimator } from './rtt-estimator.ts';
import { TcpHandshake } from './tcp-handshake.ts';
import { Keepalive } from './tcp-keepalive.ts';
import type { TcpLayer } from './tcp-layer.ts';
import { ACK_LATER, ACK_NONE, ACK_NOW, TcpReceiver } from './tcp-receiver.ts';
import {
  ACK,
  type Billing,
  BLOCKS_BESIDE_TIMESTAMPS,
  FIN,
  type StreamMessage,
  SYN,
  sackBytes,
} from './tcp-segment.ts';
import { type SegmentOutlet, TcpSender } from './tcp-sender.ts';
import type { SocketOptions } from './tcp-settings.ts';
import {
  ACK_TIMER,
  type CloseReason,
  KEEPALIVE_TIMER,
  RETRANSMISSION_TIMER,
  type TcpState,
  TIMERS_PER_SOCKET,
} from './tcp-types.ts';

export abstract class TcpConnection implements SegmentOutlet {
  readonly localPort: number;
  readonly remoteAddr: number;
  readonly remotePort: number;
  readonly localAddr: number;
  /** Row in the layer; its timers' tokens follow from it. */
  readonly row: number;
  readonly billing: Billing;
  state: TcpState;
  /** Segments sent more than once. */
  retransmissions = 0;
  readonly sender: TcpSender;
  readonly receiver: TcpReceiver;
  protected readonly handshake: TcpHandshake;

  protected readonly layer: TcpLayer;
  private readonly timer: DeviceTimer;
  private readonly ackTimer: DeviceTimer;
  private keepaliveTimer: DeviceTimer | null = null;
  protected readonly keepalive: Keepalive | null;
  protected readonly rtt: RttEstimator;
  private readonly initialSend: number;
  /** The largest packet that the path takes. */
  private mtuBytes: number;
  private isAckDelayed = false;
  private lastInvalidAckNs = Number.NEGATIVE_INFINITY;

  constructor(
    layer: TcpLayer,
    row: number,
    localAddr: number,
    localPort: number,
    remoteAddr: number,
    remotePort: number,
    billing: Billing,
    isPassive: boolean,
    options: SocketOptions,
  ) {
    const { settings, context } = layer;
    this.layer = layer;
    this.row = row;
    this.localAddr = localAddr;
    this.localPort = localPort;
    this.remoteAddr = remoteAddr;
    this.remotePort = remotePort;
    this.billing = billing;
    this.state = isPassive ? 'syn-received' : 'syn-sent';
    this.timer = context.newTimer(row * TIMERS_PER_SOCKET + RETRANSMISSION_TIMER);
    this.ackTimer = context.newTimer(row * TIMERS_PER_SOCKET + ACK_TIMER);
    this.initialSend = layer.initialSequence(localPort, remoteAddr, remotePort);
    this.mtuBytes = layer.mtuTowards(remoteAddr);
    this.rtt = new RttEstimator(settings);
    this.handshake = new TcpHandshake(settings);
    const congestion = newCongestionControl(options.congestion ?? settings.congestion);
    const userTimeoutNs = options.userTimeoutNs ?? 0;
    this.sender = new TcpSender(this, settings, this.rtt, congestion, userTimeoutNs);
    this.receiver = new TcpReceiver(settings, options.receiveBufferBytes ?? settings.receiveBufferBytes);
    const keepalive = options.keepalive === true ? settings.keepalive : (options.keepalive ?? null);
    this.keepalive = keepalive === null ? null : new Keepalive(keepalive, userTimeoutNs);
  }

  // The layer's side.

  onTimer(which: number): void {
    if (which === ACK_TIMER) {
      this.isAckDelayed = false;
      if (this.receiver.ackDue !== ACK_NONE) this.sendAck();
    } else if (which === KEEPALIVE_TIMER) {
      this.onKeepalive();
    } else {
      this.onRetransmissionTimer();
    }
  }

  /** The path takes packets of this size only. */
  lowerMtu(mtuBytes: number): void {
    if (mtuBytes >= this.mtuBytes) return;
    this.mtuBytes = mtuBytes;
    if (this.isSynchronised()) this.sender.lowerSegmentBytes(this.handshake.segmentBytes(mtuBytes));
  }

  /** The machine lost power: gone without a word. */
  vanish(): void {
    const { context } = this.layer;
    this.state = 'closed';
    for (const timer of [this.timer, this.ackTimer, this.keepaliveTimer]) {
      if (timer === null) continue;
      context.disarm(timer);
      context.freeTimer(timer);
    }
  }

  // The sender's outlet.

  now(): number {
    return this.layer.context.now();
  }

  roundTrip(roundTripNs: number): void {
    this.layer.roundTrip(this, roundTripNs);
  }

  sendSegment(
    flags: number,
    from: number,
    bytes: number,
    messages: readonly StreamMessage[] | null,
    isRepeat: boolean,
  ): void {
    const { layer, receiver } = this;
    const packet = layer.createSegment(this, flags, this.wire(from), receiver.wireNext());
    if (this.handshake.hasTimestamps) layer.stamp(packet, receiver.timestampToEcho);
    if (receiver.hasBlocks) layer.writeBlocks(packet, receiver, this.blockLimit);
    layer.context.packets.tcpWindow[packet] = receiver.acknowledge();
    if (this.isAckDelayed) this.stopDelay();
    if (isRepeat) this.retransmissions++;
    layer.sendSegment(packet, bytes, messages, isRepeat);
    if ((flags & FIN) !== 0) this.leaveOnFin();
  }

  get blockBytes(): number {
    const { receiver } = this;
    return receiver.hasBlocks ? sackBytes(receiver.blockCount(this.blockLimit)) : 0;
  }

  armRetransmission(atNs: number): void {
    this.layer.context.arm(this.timer, atNs);
  }

  disarmRetransmission(): void {
    this.layer.context.disarm(this.timer);
  }

  // Opening.

  protected sendSyn(flags: number, isRepeat: boolean): void {
    const { layer, receiver, handshake } = this;
    const { packets } = layer.context;
    const ack = (flags & ACK) === 0 ? 0 : receiver.wireNext();
    const packet = layer.createSegment(this, flags, this.wire(0), ack);
    if (handshake.hasTimestamps) layer.stamp(packet, receiver.timestampToEcho);
    handshake.write(packets, packet, layer.ownMssBytes(), receiver.ownShift);
    packets.tcpWindow[packet] = receiver.synWindow();
    if (isRepeat) this.retransmissions++;
    else handshake.sentNs = this.now();
    layer.sendSegment(packet, 0, null, isRepeat);
    const doublings = handshake.doublings(this.state === 'syn-sent');
    this.armRetransmission(this.now() + this.rtt.backedOffNs(doublings));
  }

  private repeatSyn(): void {
    const isActive = this.state === 'syn-sent';
    if (this.handshake.countRepeat(isActive)) this.sendSyn(isActive ? SYN : SYN | ACK, true);
    else this.finish('timeout');
  }

  protected takeSyn(packet: PacketId): void {
    const { packets } = this.layer.context;
    this.handshake.read(packets, packet);
    this.receiver.start(packets.tcpSeq[packet] as number);
    this.receiver.noteTimestamp(packets.tcpTsValue[packet] as number, 0);
  }

  /** Our SYN is acknowledged by `packet`; a window of `windowBytes` is open. */
  protected establish(packet: PacketId, windowBytes: number): void {
    const { handshake, receiver, layer } = this;
    const echoedNs = this.echoedNs(packet);
    if (this.retransmissions === 0) this.measureSyn(this.now() - handshake.sentNs);
    else if (echoedNs >= 0) this.measureSyn(echoedNs);
    this.disarmRetransmission();
    this.state = 'established';
    receiver.hasSack = handshake.hasSack;
    receiver.shift = handshake.hasScaling ? receiver.ownShift : 0;
    const segmentBytes = handshake.segmentBytes(this.mtuBytes);
    this.sender.open(segmentBytes, windowBytes, handshake.hasSack, handshake.initialWindowSegments);
    if (this.keepalive === null) return;
    this.keepaliveTimer ??= layer.context.newTimer(this.row * TIMERS_PER_SOCKET + KEEPALIVE_TIMER);
    this.onKeepalive();
  }

  private measureSyn(roundTripNs: number): void {
    this.rtt.sample(roundTripNs);
    this.roundTrip(roundTripNs);
  }

  /** How old the time stamp is that the peer sends back, in whole ms of its clock; -1 without. */
  protected echoedNs(packet: PacketId): number {
    const { tcpTsValue, tcpTsEcho } = this.layer.context.packets;
    const echo = tcpTsEcho[packet] as number;
    if (!this.handshake.hasTimestamps || tcpTsValue[packet] === 0 || echo === 0) return -1;
    return Math.max(1, (this.layer.timestamp() - echo) | 0) * MILLISECOND_NS;
  }

  // Sending.

  /** Sends what window and peer allow, then a bare acknowledgement if one is still due. */
  protected flush(): void {
    if (this.isSynchronised() && this.state !== 'time-wait') this.sender.flush();
    if (this.receiver.ackDue === ACK_NOW) this.sendAck();
    else if (this.receiver.ackDue === ACK_LATER) this.delayAck();
  }

  protected sendAck(): void {
    this.sendSegment(ACK, this.sender.next, 0, null, false);
  }

  /** RFC 5961: an acknowledgement that lets an honest peer put itself right; those without data not too often. */
  protected answerInvalid(hasData: boolean): void {
    const { invalidAckIntervalNs } = this.layer.settings;
    const nowNs = this.now();
    if (!hasData && nowNs - this.lastInvalidAckNs < invalidAckIntervalNs) return;
    if (!hasData) this.lastInvalidAckNs = nowNs;
    this.sendAck();
  }

  private get blockLimit(): number {
    return this.handshake.hasTimestamps ? BLOCKS_BESIDE_TIMESTAMPS : MAX_SACK_BLOCKS;
  }

  private delayAck(): void {
    if (this.isAckDelayed) return;
    this.isAckDelayed = true;
    this.layer.context.arm(this.ackTimer, this.now() + this.layer.settings.delayedAckNs);
  }

  private stopDelay(): void {
    this.isAckDelayed = false;
    this.layer.context.disarm(this.ackTimer);
  }

  protected wire(offset: number): number {
    return (this.initialSend + offset) >>> 0;
  }

  // Timers.

  private onRetransmissionTimer(): void {
    switch (this.state) {
      case 'syn-sent':
      case 'syn-received':
        this.repeatSyn();
        break;
      case 'time-wait':
        this.finish('closed');
        break;
      case 'fin-wait-2':
        this.finish('timeout');
        break;
      default:
        if (!this.sender.onTimer()) this.finish('timeout');
    }
  }

  private onKeepalive(): void {
    const { keepalive, keepaliveTimer } = this;
    if (keepalive === null || keepaliveTimer === null || this.state === 'time-wait') return;
    const verdict = keepalive.check(this.now(), !this.sender.isIdle);
    if (verdict === 'dead') {
      this.reset();
      this.finish('timeout');
      return;
    }
    if (verdict === 'probe') this.sendSegment(ACK, this.sender.next - 1, 0, null, false);
    this.layer.context.arm(keepaliveTimer, keepalive.dueNs);
  }

  // The end.

  /** Linux gives up on a peer that does not close, once nobody here cares (net.ipv4.tcp_fin_timeout). */
  protected waitForPeer(): void {
    this.armRetransmission(this.now() + this.layer.settings.finWaitNs);
  }

  private leaveOnFin(): void {
    if (this.state === 'established') this.state = 'fin-wait-1';
    else if (this.state === 'close-wait') this.state = 'last-ack';
  }

  /** The active closer keeps the 5-tuple for a while; for the application it is over. */
  protected enterTimeWait(): void {
    this.state = 'time-wait';
    this.armRetransmission(this.now() + this.layer.settings.timeWaitNs);
    this.tellClosed('closed');
  }

  protected finish(reason: CloseReason): void {
    if (this.isClosed()) return;
    this.vanish();
    this.forget();
    this.tellClosed(reason);
  }

  protected reset(): void {
    this.layer.sendReset(this, this.wire(this.sender.next), this.receiver.wireNext());
  }

  protected isClosed(): boolean {
    return this.state === 'closed';
  }

  protected isSynchronised(): boolean {
    return this.state !== 'syn-sent' && this.state !== 'syn-received' && this.state !== 'closed';
  }

  /** The layer must not find it any more. */
  protected abstract forget(): void;
  /** The application hears once that it is over. */
  protected abstract tellClosed(reason: CloseReason): void;
}

function newCongestionControl(name: 'cubic' | 'newreno'): CongestionControl {
  return name === 'cubic' ? new Cubic() : new NewReno();
}
