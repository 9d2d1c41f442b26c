/**
 * One TCP connection (RFC 9293): handshake, data in order with cumulative acknowledgements, retransmission with
 * exponential back-off (RFC 6298), slow start up to the peer's window, close, reset, time-outs. Bytes carry no
 * payload; messages ride on the segment that holds their last byte and are handed over in order.
 * Leaves out: fast retransmit and selective acknowledgements, delayed acknowledgements, window scale, keepalive.
 *
 * Stream offsets are plain integers: SYN is 0, data starts at 1, FIN follows the data. On the wire they become
 * sequence numbers modulo 2^32 relative to the initial one.
 */
import { assert } from '../base/assert.ts';
import type { DeviceTimer } from '../network/device.ts';
import type { PacketId } from '../network/ids.ts';
import { Reassembly } from './reassembly.ts';
import { RttEstimator } from './rtt-estimator.ts';
import type { TcpLayer } from './tcp-layer.ts';
import { ACK, type Billing, FIN, RST, type StreamMessage, SYN, TCP_HEADERS } from './tcp-segment.ts';

export type TcpState =
  | 'syn-sent'
  | 'syn-received'
  | 'established'
  | 'fin-wait-1'
  | 'fin-wait-2'
  | 'close-wait'
  | 'closing'
  | 'last-ack'
  | 'time-wait'
  | 'closed';

/** `closed`: in order. `refused`: RST to our SYN. `reset`: RST later. `timeout`: retransmissions used up. */
export type CloseReason = 'closed' | 'refused' | 'reset' | 'timeout';

/** What an application hears. */
export interface SocketHandlers {
  onConnected?(socket: TcpSocket): void;
  onMessage?(socket: TcpSocket, message: unknown): void;
  /** The peer will send no more. Without it the socket closes its own side too. */
  onPeerClosed?(socket: TcpSocket): void;
  /** The connection is over; in order only once both sides have closed. */
  onClosed?(socket: TcpSocket, reason: CloseReason): void;
}

export class TcpSocket {
  readonly localPort: number;
  readonly remoteAddr: number;
  readonly remotePort: number;
  readonly localAddr: number;
  /** Row in the layer; the token of its timer. */
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

  private readonly layer: TcpLayer;
  private readonly timer: DeviceTimer;
  private readonly rtt: RttEstimator;
  private readonly received = new Reassembly();
  private readonly initialSend: number;
  private initialReceive = 0;
  private unacknowledged = 0;
  /** Goes back to what is unacknowledged when the time-out expires. */
  private nextToSend = 0;
  /** One past the last offset ever sent: acknowledgements may reach beyond what was repeated. */
  private highestSent = 0;
  /** One past the last offset the application has handed over. */
  private sendEnd = 1;
  private isFinQueued = false;
  private congestionWindow: number;
  private slowStartThreshold = Number.POSITIVE_INFINITY;
  private peerWindow: number;
  private attempts = 0;
  /** Offset whose acknowledgement gives a round-trip sample; 0 when none is timed. */
  private timedOffset = 0;
  private timedAtNs = 0;
  private outbox: StreamMessage[] = [];
  private isAckDue = false;
  private isInCallback = false;

  constructor(
    layer: TcpLayer,
    row: number,
    localAddr: number,
    localPort: number,
    remoteAddr: number,
    remotePort: number,
    billing: Billing,
    handlers: SocketHandlers,
    isPassive: boolean,
  ) {
    this.layer = layer;
    this.row = row;
    this.localAddr = localAddr;
    this.localPort = localPort;
    this.remoteAddr = remoteAddr;
    this.remotePort = remotePort;
    this.billing = billing;
    this.handlers = handlers;
    this.state = isPassive ? 'syn-received' : 'syn-sent';
    this.rtt = new RttEstimator(layer.settings);
    this.timer = layer.context.newTimer(row);
    this.initialSend = layer.initialSequence(localPort, remoteAddr, remotePort);
    this.congestionWindow = layer.settings.initialWindowBytes;
    this.peerWindow = layer.settings.mssBytes;
  }

  // The application's verbs.

  /** Queues bytes; the message arrives with the last of them. */
  send(bytes: number, message?: unknown): void {
    assert(bytes > 0, 'a send must have at least one byte');
    assert(this.state !== 'closed', 'a closed socket was asked to send');
    assert(!this.isFinQueued, 'nothing can be sent after close');
    this.sendEnd += bytes;
    if (message !== undefined) this.outbox.push({ end: this.sendEnd, message });
    if (!this.isInCallback) this.flush();
  }

  /** No more to send: FIN after what is queued. */
  close(): void {
    if (this.isFinQueued || this.state === 'closed') return;
    if (this.state === 'syn-sent') {
      this.finish('closed');
      return;
    }
    this.isFinQueued = true;
    if (!this.isInCallback) this.flush();
  }

  /** Gives up at once: RST to the peer, nothing more is heard. */
  abort(): void {
    if (this.state === 'closed') return;
    if (this.state !== 'syn-sent' && this.state !== 'time-wait') {
      this.layer.sendControl(this, RST | ACK, this.wireSeq(this.nextToSend), this.wireAck());
    }
    this.handlers = {};
    this.finish('reset');
  }

  // The layer's side.

  startConnecting(): void {
    this.sendSyn(SYN);
  }

  startAccepting(peerSequence: number, peerWindow: number): void {
    this.initialReceive = peerSequence;
    this.received.start(1);
    this.peerWindow = peerWindow;
    this.sendSyn(SYN | ACK);
  }

  receive(packet: PacketId): void {
    const { tcpFlags, tcpSeq, tcpAck, tcpWindow, lengthBytes, content } = this.layer.context.packets;
    const flags = tcpFlags[packet] as number;
    const ack = tcpAck[packet] as number;
    if (this.state === 'syn-sent') {
      this.receiveInSynSent(flags, tcpSeq[packet] as number, ack, tcpWindow[packet] as number);
      return;
    }
    if ((flags & RST) !== 0) {
      this.finish('reset');
      return;
    }
    if ((flags & SYN) !== 0) {
      // A repeated SYN or SYN/ACK: the answer to it was lost.
      if (this.state === 'syn-received') this.sendSyn(SYN | ACK);
      else this.sendAck();
      return;
    }
    this.peerWindow = tcpWindow[packet] as number;
    const isNewAck = this.acknowledge(this.unacknowledged + ((ack - this.wireSeq(this.unacknowledged)) | 0));
    if (this.isClosed()) return;
    const from =
      this.received.next + (((tcpSeq[packet] as number) - this.initialReceive - this.received.next) | 0);
    const bytes = (lengthBytes[packet] as number) - TCP_HEADERS;
    const hasFin = (flags & FIN) !== 0;
    if (bytes > 0 || hasFin) this.receiveData(from, bytes, hasFin, content[packet] as StreamMessage[] | null);
    if (isNewAck || this.isAckDue) this.flush();
  }

  /** The retransmission timer, or the end of time-wait. */
  onTimer(): void {
    if (this.state === 'time-wait') {
      this.finish('closed');
      return;
    }
    this.attempts++;
    if (this.attempts > this.allowedAttempts()) {
      this.finish('timeout');
      return;
    }
    this.retransmissions++;
    this.timedOffset = 0;
    if (this.state === 'syn-sent') {
      this.sendSyn(SYN);
      return;
    }
    if (this.state === 'syn-received') {
      this.sendSyn(SYN | ACK);
      return;
    }
    const { mssBytes } = this.layer.settings;
    this.slowStartThreshold = Math.max(2 * mssBytes, (this.nextToSend - this.unacknowledged) / 2);
    this.congestionWindow = mssBytes;
    this.rtt.backOff();
    this.nextToSend = this.unacknowledged;
    this.flush();
  }

  /** The machine lost power: gone without a word. */
  vanish(): void {
    this.state = 'closed';
    this.layer.context.disarm(this.timer);
    this.layer.context.freeTimer(this.timer);
  }

  private isClosed(): boolean {
    return this.state === 'closed';
  }

  private receiveInSynSent(flags: number, sequence: number, ack: number, window: number): void {
    const isAboutOurSyn = ((ack - this.wireSeq(1)) | 0) === 0;
    if ((flags & RST) !== 0) {
      if (isAboutOurSyn) this.finish('refused');
      return;
    }
    if (!isAboutOurSyn || (flags & SYN) === 0) {
      // The peer still has a connection from before this host restarted: reset it (RFC 9293 section 3.5.1).
      this.layer.sendControl(this, RST, ack, 0);
      return;
    }
    this.initialReceive = sequence;
    this.received.start(1);
    this.peerWindow = window;
    this.acknowledge(1);
    this.sendAck();
    this.isInCallback = true;
    this.handlers.onConnected?.(this);
    this.leaveCallback();
  }

  /** Returns true when the offset acknowledges something new. */
  private acknowledge(offset: number): boolean {
    if (offset <= this.unacknowledged || offset > this.highestSent) return false;
    const advance = offset - this.unacknowledged;
    this.unacknowledged = offset;
    if (this.nextToSend < offset) this.nextToSend = offset;
    this.attempts = 0;
    this.rtt.progress();
    if (this.timedOffset > 0 && offset >= this.timedOffset) {
      this.rtt.sample(this.layer.context.now() - this.timedAtNs);
      this.timedOffset = 0;
    }
    if (this.congestionWindow < this.slowStartThreshold) this.congestionWindow += advance;
    while (this.outbox.length > 0 && (this.outbox[0] as StreamMessage).end <= offset) this.outbox.shift();
    if (this.unacknowledged === this.nextToSend) this.layer.context.disarm(this.timer);
    else this.armRetransmission();
    this.advanceState();
    return true;
  }

  private advanceState(): void {
    const isFinAcknowledged = this.isFinQueued && this.unacknowledged === this.sendEnd + 1;
    switch (this.state) {
      case 'syn-sent':
      case 'syn-received':
        this.state = 'established';
        break;
      case 'fin-wait-1':
        if (isFinAcknowledged) this.state = 'fin-wait-2';
        break;
      case 'closing':
        if (isFinAcknowledged) this.enterTimeWait();
        break;
      case 'last-ack':
        if (isFinAcknowledged) this.finish('closed');
        break;
      default:
    }
  }

  private receiveData(from: number, bytes: number, hasFin: boolean, messages: StreamMessage[] | null): void {
    this.isAckDue = true;
    this.received.add(from, from + bytes, hasFin, messages);
    const isEnd = this.received.takeFin();
    if (isEnd && this.state === 'established') this.state = 'close-wait';
    else if (isEnd && this.state === 'fin-wait-1') this.state = 'closing';
    for (let message = this.received.takeMessage(); message !== null; message = this.received.takeMessage()) {
      this.isInCallback = true;
      this.handlers.onMessage?.(this, message.message);
      this.leaveCallback();
      if (this.isClosed()) return;
    }
    if (isEnd) this.endOfPeer();
  }

  private endOfPeer(): void {
    if (this.state === 'close-wait') {
      this.isInCallback = true;
      if (this.handlers.onPeerClosed) this.handlers.onPeerClosed(this);
      else this.close();
      this.leaveCallback();
    } else if (this.state === 'fin-wait-2') {
      this.sendAck();
      this.enterTimeWait();
    }
  }

  /** The active closer keeps the 5-tuple for a while; for the application it is over. */
  private enterTimeWait(): void {
    this.state = 'time-wait';
    const { onClosed } = this.handlers;
    this.handlers = {};
    this.layer.context.arm(this.timer, this.layer.context.now() + this.layer.settings.timeWaitNs);
    onClosed?.(this, 'closed');
  }

  private finish(reason: CloseReason): void {
    if (this.isClosed()) return;
    const { onClosed } = this.handlers;
    this.vanish();
    this.layer.forget(this);
    onClosed?.(this, reason);
  }

  /** What the application sent while it was called leaves together, with the acknowledgement aboard. */
  private leaveCallback(): void {
    this.isInCallback = false;
    if (!this.isClosed()) this.flush();
  }

  private sendSyn(flags: number): void {
    this.nextToSend = 1;
    this.highestSent = 1;
    if (this.attempts === 0) this.timeOffset(1);
    const ack = (flags & ACK) === 0 ? 0 : this.wireAck();
    this.layer.sendControl(this, flags, this.wireSeq(0), ack);
    this.armRetransmission();
  }

  private sendAck(): void {
    this.isAckDue = false;
    this.layer.sendControl(this, ACK, this.wireSeq(this.nextToSend), this.wireAck());
  }

  /** Sends what window and peer allow, then a bare acknowledgement if one is still due. */
  private flush(): void {
    if (this.state !== 'syn-sent' && this.state !== 'syn-received' && this.state !== 'time-wait')
      this.sendSegments();
    if (this.isAckDue && !this.isClosed()) this.sendAck();
  }

  private sendSegments(): void {
    const { mssBytes } = this.layer.settings;
    const limit = this.unacknowledged + Math.min(this.congestionWindow, this.peerWindow);
    const finOffset = this.sendEnd;
    while (this.nextToSend < this.sendEnd || (this.isFinQueued && this.nextToSend === finOffset)) {
      const bytes = Math.min(mssBytes, this.sendEnd - this.nextToSend);
      if (bytes > 0 && this.nextToSend + bytes > limit && this.nextToSend > this.unacknowledged) return;
      const end = this.nextToSend + bytes;
      const hasFin = this.isFinQueued && end === finOffset;
      this.isAckDue = false;
      const flags = hasFin ? ACK | FIN : ACK;
      this.layer.sendData(
        this,
        flags,
        this.wireSeq(this.nextToSend),
        this.wireAck(),
        bytes,
        this.messagesIn(this.nextToSend, end),
      );
      this.nextToSend = hasFin ? end + 1 : end;
      if (this.nextToSend > this.highestSent) {
        this.highestSent = this.nextToSend;
        if (this.timedOffset === 0 && this.attempts === 0) this.timeOffset(this.nextToSend);
      }
      this.armRetransmission();
      if (hasFin) this.leaveOnFin();
    }
  }

  private leaveOnFin(): void {
    if (this.state === 'established') this.state = 'fin-wait-1';
    else if (this.state === 'close-wait') this.state = 'last-ack';
  }

  private messagesIn(from: number, end: number): StreamMessage[] | null {
    const [first] = this.outbox;
    if (first === undefined || first.end > end) return null;
    const inside = this.outbox.filter((entry) => entry.end > from && entry.end <= end);
    return inside.length === 0 ? null : inside;
  }

  private timeOffset(offset: number): void {
    this.timedOffset = offset;
    this.timedAtNs = this.layer.context.now();
  }

  private armRetransmission(): void {
    this.layer.context.arm(this.timer, this.layer.context.now() + this.retransmissionNs());
  }

  /** SYNs wait one initial time-out each for the linear ones, then double (Linux 6.5 and later). */
  private retransmissionNs(): number {
    const { initialRtoNs, synLinearTimeouts, maxRtoNs } = this.layer.settings;
    if (this.state !== 'syn-sent' && this.state !== 'syn-received') return this.rtt.timeoutNs;
    const linear = this.state === 'syn-sent' ? synLinearTimeouts : 0;
    let timeoutNs = initialRtoNs;
    for (let i = linear; i < this.attempts && timeoutNs < maxRtoNs; i++) timeoutNs *= 2;
    return Math.min(timeoutNs, maxRtoNs);
  }

  private allowedAttempts(): number {
    const { synRetries, synLinearTimeouts, synAckRetries, retries } = this.layer.settings;
    if (this.state === 'syn-sent') return synRetries + synLinearTimeouts;
    return this.state === 'syn-received' ? synAckRetries : retries;
  }

  private wireSeq(offset: number): number {
    return (this.initialSend + offset) >>> 0;
  }

  private wireAck(): number {
    return (this.initialReceive + this.received.next) >>> 0;
  }
}
