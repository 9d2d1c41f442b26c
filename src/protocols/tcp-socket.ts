/**
 * One TCP connection (RFC 9293): its states, its handshake and close, what each segment does to it, and the application's
 * verbs. The halves of the stream are in tcp-sender.ts and tcp-receiver.ts. Bytes carry no payload; messages ride on the
 * segment that holds their last byte and are handed over in order.
 * Leaves out: ECN, fast open, urgent data, PAWS (no link holds a segment until sequence numbers wrap).
 *
 * Stream offsets are plain integers: SYN is 0, data starts at 1, FIN follows the data. On the wire they become
 * sequence numbers modulo 2^32 relative to the initial one.
 */
import { assert } from '../base/assert.ts';
import { MILLISECOND_NS } from '../base/units.ts';
import type { DeviceTimer } from '../network/device.ts';
import type { PacketId } from '../network/ids.ts';
import type { CongestionControl } from './congestion/congestion-control.ts';
import { Cubic } from './congestion/cubic.ts';
import { NewReno } from './congestion/newreno.ts';
import { RttEstimator } from './rtt-estimator.ts';
import { readSackBlocks } from './sack-scoreboard.ts';
import { TcpHandshake } from './tcp-handshake.ts';
import { Keepalive } from './tcp-keepalive.ts';
import type { TcpLayer } from './tcp-layer.ts';
import { ACK_LATER, ACK_NONE, ACK_NOW, TcpReceiver } from './tcp-receiver.ts';
import { ACK, type Billing, FIN, RST, type StreamMessage, SYN, tcpPayloadBytes } from './tcp-segment.ts';
import { type SegmentOutlet, TcpSender } from './tcp-sender.ts';
import type { SocketOptions } from './tcp-settings.ts';
import {
  ACK_TIMER,
  type CloseReason,
  KEEPALIVE_TIMER,
  RETRANSMISSION_TIMER,
  type SocketHandlers,
  type TcpState,
  TIMERS_PER_SOCKET,
} from './tcp-types.ts';

export type { CloseReason, SocketHandlers, TcpState } from './tcp-types.ts';

export class TcpSocket implements SegmentOutlet {
  readonly localPort: number;
  readonly remoteAddr: number;
  readonly remotePort: number;
  readonly localAddr: number;
  /** Row in the layer; its timers' tokens follow from it. */
  readonly row: number;
  readonly billing: Billing;
  handlers: SocketHandlers;
  /** The application's own, to find its way back from a callback. */
  attachment: unknown = null;
  state: TcpState;
  /** Segments sent more than once. */
  retransmissions = 0;
  /** Next socket with the same key in the layer's table. */
  nextInBucket: TcpSocket | null = null;
  readonly sender: TcpSender;
  readonly receiver: TcpReceiver;
  readonly handshake: TcpHandshake;

  private readonly layer: TcpLayer;
  private readonly timer: DeviceTimer;
  private readonly ackTimer: DeviceTimer;
  private keepaliveTimer: DeviceTimer | null = null;
  private readonly keepalive: Keepalive | null;
  private readonly rtt: RttEstimator;
  private readonly initialSend: number;
  /** The largest packet that the path takes. */
  private mtuBytes: number;
  private heldBytes = 0;
  private isEndWaiting = false;
  private isOrphan = false;
  private isInCallback = false;
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
    this.handlers = {};
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

  // The application's verbs.

  /** Queues bytes; the message arrives with the last of them. */
  send(bytes: number, message?: unknown): void {
    assert(bytes > 0, 'a send must have at least one byte');
    assert(this.state !== 'closed', 'a closed socket was asked to send');
    assert(!this.sender.isFinQueued, 'nothing can be sent after close');
    this.sender.queue(bytes, message);
    if (!this.isInCallback) this.flush();
  }

  /** Bytes sent and not yet acknowledged. */
  get unacknowledgedBytes(): number {
    const { sender } = this;
    return Math.max(0, Math.min(sender.next, sender.end) - sender.una);
  }

  /** Bytes handed over and not yet sent. */
  get queuedBytes(): number {
    return Math.max(0, this.sender.end - this.sender.next);
  }

  /** No more to send, and nobody waits for the peer's end for ever: FIN after what is queued. */
  close(): void {
    this.isOrphan = true;
    if (this.state === 'fin-wait-2') this.waitForPeer();
    this.closeSending();
  }

  /** Half-close: FIN after what is queued; the peer may go on sending for as long as it likes. */
  closeSending(): void {
    if (this.sender.isFinQueued || this.state === 'closed') return;
    if (this.state === 'syn-sent') {
      this.finish('closed');
      return;
    }
    this.sender.isFinQueued = true;
    if (!this.isInCallback) this.flush();
  }

  /** Gives up at once: RST to the peer, nothing more is heard. */
  abort(): void {
    if (this.state === 'closed') return;
    if (this.state !== 'syn-sent' && this.state !== 'time-wait') this.reset();
    this.handlers = {};
    this.finish('reset');
  }

  /** Stops reading: what arrives fills the receive buffer, and the window shuts when that is full. */
  pause(): void {
    if (!this.receiver.isPaused) this.receiver.pause();
  }

  resume(): void {
    const { receiver } = this;
    if (!receiver.isPaused) return;
    receiver.resume();
    const bytes = this.heldBytes;
    this.heldBytes = 0;
    this.deliver(bytes);
    if (!this.isClosed()) this.flush();
  }

  // The layer's side.

  startConnecting(): void {
    this.sendSyn(SYN, false);
  }

  /** A listening port takes the SYN in `packet`. */
  startAccepting(packet: PacketId): void {
    this.takeSyn(packet);
    this.sendSyn(SYN | ACK, false);
  }

  receive(packet: PacketId): void {
    const { packets } = this.layer.context;
    const flags = packets.tcpFlags[packet] as number;
    this.keepalive?.heard(this.now());
    if (this.state === 'syn-sent') {
      this.receiveInSynSent(packet, flags);
      return;
    }
    if (this.state === 'syn-received' && (flags & SYN) !== 0) {
      // The peer repeats its SYN: the answer to it was lost. Or it has opened too, and acknowledges ours.
      if ((flags & ACK) === 0) this.sendSyn(SYN | ACK, true);
      else this.receiveInOrder(packet, ACK, 1, 0);
      return;
    }
    const from = this.receiver.offsetOf(packets.tcpSeq[packet] as number);
    const bytes = tcpPayloadBytes(packets, packet);
    const length = bytes + ((flags & FIN) === 0 ? 0 : 1) + ((flags & SYN) === 0 ? 0 : 1);
    if (!this.receiver.isAcceptable(from, length)) {
      if ((flags & RST) === 0) this.answerInvalid(bytes > 0);
    } else if ((flags & RST) !== 0) {
      // RFC 5961 section 3: a RST that is not exactly the next segment may be a stranger's.
      if (from === this.receiver.stream.next) this.finish('reset');
      else this.answerInvalid(false);
    } else if ((flags & SYN) !== 0) {
      this.answerInvalid(false);
    } else if ((flags & ACK) !== 0) {
      this.receiveInOrder(packet, flags, from, bytes);
    }
  }

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

  /** Nobody is there to take what we send. Only a connection that does not exist yet ends by it. */
  onUnreachable(): void {
    if (this.state === 'syn-sent') this.finish('refused');
  }

  /** Whether a SYN may take the place of this connection in time-wait (RFC 6191: newer in sequence or in time). */
  yieldsTo(packet: PacketId): boolean {
    if (this.state !== 'time-wait') return false;
    const { tcpSeq, tcpTsValue } = this.layer.context.packets;
    const { receiver } = this;
    if (receiver.offsetOf(tcpSeq[packet] as number) >= receiver.stream.next) return true;
    const stamp = tcpTsValue[packet] as number;
    return stamp !== 0 && ((stamp - receiver.timestampToEcho) | 0) > 0;
  }

  /** A SYN of another attempt than the one that made this half-open connection. */
  isOutdatedBy(packet: PacketId): boolean {
    const sequence = this.layer.context.packets.tcpSeq[packet] as number;
    return this.state === 'syn-received' && this.receiver.offsetOf(sequence) !== 0;
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
    if (receiver.hasBlocks) layer.writeBlocks(packet, receiver);
    layer.context.packets.tcpWindow[packet] = receiver.acknowledge();
    if (this.isAckDelayed) this.stopDelay();
    if (isRepeat) this.retransmissions++;
    layer.sendSegment(packet, bytes, messages, isRepeat);
    if ((flags & FIN) !== 0) this.leaveOnFin();
  }

  armRetransmission(atNs: number): void {
    this.layer.context.arm(this.timer, atNs);
  }

  disarmRetransmission(): void {
    this.layer.context.disarm(this.timer);
  }

  // The handshake.

  private sendSyn(flags: number, isRepeat: boolean): void {
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

  private takeSyn(packet: PacketId): void {
    const { packets } = this.layer.context;
    this.handshake.read(packets, packet);
    this.receiver.start(packets.tcpSeq[packet] as number);
    this.receiver.noteTimestamp(packets.tcpTsValue[packet] as number, 0);
  }

  private receiveInSynSent(packet: PacketId, flags: number): void {
    const { packets } = this.layer.context;
    const ack = packets.tcpAck[packet] as number;
    const isAboutOurSyn = (flags & ACK) !== 0 && ack === this.wire(1);
    if ((flags & ACK) !== 0 && !isAboutOurSyn) {
      // The peer still has a connection from before this host restarted: reset it (RFC 9293 section 3.5.1).
      if ((flags & RST) === 0) this.layer.sendRefusal(this, ack);
      return;
    }
    if ((flags & RST) !== 0) {
      if (isAboutOurSyn) this.finish('refused');
      return;
    }
    if ((flags & SYN) === 0) return;
    this.takeSyn(packet);
    if (!isAboutOurSyn) {
      // Both open at once.
      this.state = 'syn-received';
      this.sendSyn(SYN | ACK, true);
      return;
    }
    this.establish(packet, packets.tcpWindow[packet] as number);
    this.receiver.ackDue = ACK_NOW;
    this.tellConnected();
  }

  /** Our SYN is acknowledged by `packet`; a window of `windowBytes` is open. */
  private establish(packet: PacketId, windowBytes: number): void {
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

  private tellConnected(): void {
    this.isInCallback = true;
    this.handlers.onConnected?.(this);
    this.leaveCallback();
  }

  // Segments of an open connection.

  private receiveInOrder(packet: PacketId, flags: number, from: number, bytes: number): void {
    const { packets } = this.layer.context;
    const { sender, receiver } = this;
    const windowBytes = (packets.tcpWindow[packet] as number) * this.handshake.peerScale;
    const una = this.state === 'syn-received' ? 0 : sender.una;
    const offset = una + (((packets.tcpAck[packet] as number) - this.wire(una)) | 0);
    if (this.state === 'syn-received') {
      if (offset !== 1) {
        this.layer.sendRefusal(this, packets.tcpAck[packet] as number);
        return;
      }
      this.establish(packet, windowBytes);
      this.tellConnected();
      if (this.isClosed()) return;
    } else if (offset > sender.next) {
      this.answerInvalid(false);
      return;
    }
    if (this.handshake.hasTimestamps) receiver.noteTimestamp(packets.tcpTsValue[packet] as number, from);
    const hasFin = (flags & FIN) !== 0;
    const isBare = bytes === 0 && !hasFin;
    this.acknowledge(packet, offset, windowBytes, isBare);
    if (this.isClosed()) return;
    if (!isBare) this.receiveData(packet, from, bytes, hasFin);
    if (!this.isClosed()) this.flush();
  }

  private acknowledge(packet: PacketId, offset: number, windowBytes: number, isBare: boolean): void {
    const { sender } = this;
    const { packets } = this.layer.context;
    const before = sender.una;
    const { board } = sender.recovery;
    const sackedBytes = this.handshake.hasSack
      ? readSackBlocks(packets, packet, board, this.wire(before), sender.next)
      : 0;
    const advance = sender.acknowledge(offset, windowBytes, isBare, sackedBytes, this.echoedNs(packet));
    if (advance === 0) return;
    this.advanceState();
    const bytes = Math.min(offset, sender.end) - before;
    if (bytes <= 0 || this.handlers.onAcknowledged === undefined || this.isClosed()) return;
    this.isInCallback = true;
    this.handlers.onAcknowledged(this, bytes);
    this.isInCallback = false;
  }

  /** How old the time stamp is that the peer sends back, in whole ms of its clock; -1 without. */
  private echoedNs(packet: PacketId): number {
    const { tcpTsValue, tcpTsEcho } = this.layer.context.packets;
    const echo = tcpTsEcho[packet] as number;
    if (!this.handshake.hasTimestamps || tcpTsValue[packet] === 0 || echo === 0) return -1;
    return Math.max(1, (this.layer.timestamp() - echo) | 0) * MILLISECOND_NS;
  }

  private advanceState(): void {
    if (!this.sender.isFinAcknowledged) return;
    if (this.state === 'fin-wait-1') {
      this.state = 'fin-wait-2';
      if (this.isOrphan) this.waitForPeer();
    } else if (this.state === 'closing') this.enterTimeWait();
    else if (this.state === 'last-ack') this.finish('closed');
  }

  /** Linux gives up on a peer that does not close, once nobody here cares (net.ipv4.tcp_fin_timeout). */
  private waitForPeer(): void {
    this.armRetransmission(this.now() + this.layer.settings.finWaitNs);
  }

  private receiveData(packet: PacketId, from: number, bytes: number, hasFin: boolean): void {
    const { receiver } = this;
    if (this.state === 'time-wait') {
      // The peer repeats its FIN: our last acknowledgement was lost, and 2 MSL begin again.
      receiver.ackDue = ACK_NOW;
      this.armRetransmission(this.now() + this.layer.settings.timeWaitNs);
      return;
    }
    const messages = this.layer.context.packets.content[packet] as StreamMessage[] | null;
    const inOrder = receiver.take(from, bytes, hasFin, messages, this.now(), this.rtt.timeoutNs);
    if (receiver.stream.takeFin()) this.isEndWaiting = true;
    if (this.isEndWaiting) this.enterOnFin();
    if (receiver.isPaused) this.heldBytes += inOrder;
    else if (inOrder > 0 || this.isEndWaiting) this.deliver(inOrder);
  }

  private enterOnFin(): void {
    if (this.state === 'established') this.state = 'close-wait';
    else if (this.state === 'fin-wait-1') this.state = 'closing';
  }

  /** Hands over what has arrived in order, unless the application stops reading meanwhile. */
  private deliver(bytes: number): void {
    const { receiver } = this;
    this.isInCallback = true;
    if (bytes > 0) this.handlers.onReceived?.(this, bytes);
    while (!receiver.isPaused && !this.isClosed()) {
      const next = receiver.stream.takeMessage();
      if (next === null) break;
      this.handlers.onMessage?.(this, next.message);
    }
    this.isInCallback = false;
    if (!this.isEndWaiting || receiver.isPaused || this.isClosed()) return;
    this.isEndWaiting = false;
    this.endOfPeer();
  }

  private endOfPeer(): void {
    if (this.state === 'close-wait') {
      this.isInCallback = true;
      if (this.handlers.onPeerClosed) this.handlers.onPeerClosed(this);
      else this.close();
      this.isInCallback = false;
    } else if (this.state === 'fin-wait-2') {
      this.sendAck();
      this.enterTimeWait();
    }
  }

  /** RFC 5961: an acknowledgement that lets an honest peer put itself right; those without data not too often. */
  private answerInvalid(hasData: boolean): void {
    const { invalidAckIntervalNs } = this.layer.settings;
    const nowNs = this.now();
    if (!hasData && nowNs - this.lastInvalidAckNs < invalidAckIntervalNs) return;
    if (!hasData) this.lastInvalidAckNs = nowNs;
    this.sendAck();
  }

  // The end.

  private leaveOnFin(): void {
    if (this.state === 'established') this.state = 'fin-wait-1';
    else if (this.state === 'close-wait') this.state = 'last-ack';
  }

  /** The active closer keeps the 5-tuple for a while; for the application it is over. */
  private enterTimeWait(): void {
    this.state = 'time-wait';
    const { onClosed } = this.handlers;
    this.handlers = {};
    this.armRetransmission(this.now() + this.layer.settings.timeWaitNs);
    onClosed?.(this, 'closed');
  }

  private finish(reason: CloseReason): void {
    if (this.isClosed()) return;
    const { onClosed } = this.handlers;
    this.vanish();
    this.layer.forget(this);
    onClosed?.(this, reason);
  }

  private reset(): void {
    this.layer.sendReset(this, this.wire(this.sender.next), this.receiver.wireNext());
  }

  private isClosed(): boolean {
    return this.state === 'closed';
  }

  private isSynchronised(): boolean {
    return this.state !== 'syn-sent' && this.state !== 'syn-received' && this.state !== 'closed';
  }

  // Timers and sending.

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

  /** What the application sent while it was called leaves together, with the acknowledgement aboard. */
  private leaveCallback(): void {
    this.isInCallback = false;
    if (!this.isClosed()) this.flush();
  }

  /** Sends what window and peer allow, then a bare acknowledgement if one is still due. */
  private flush(): void {
    if (this.isSynchronised() && this.state !== 'time-wait') this.sender.flush();
    if (this.receiver.ackDue === ACK_NOW) this.sendAck();
    else if (this.receiver.ackDue === ACK_LATER) this.delayAck();
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

  private sendAck(): void {
    this.sendSegment(ACK, this.sender.next, 0, null, false);
  }

  private wire(offset: number): number {
    return (this.initialSend + offset) >>> 0;
  }
}

function newCongestionControl(name: 'cubic' | 'newreno'): CongestionControl {
  return name === 'cubic' ? new Cubic() : new NewReno();
}
