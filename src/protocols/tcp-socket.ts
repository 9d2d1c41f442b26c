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
import type { PacketId } from '../network/ids.ts';
import { readSackBlocks } from './sack-scoreboard.ts';
import { TcpConnection } from './tcp-connection.ts';
import { ACK_NOW } from './tcp-receiver.ts';
import { ACK, FIN, RST, type StreamMessage, SYN, tcpPayloadBytes } from './tcp-segment.ts';
import type { CloseReason, SocketHandlers } from './tcp-types.ts';

export type { CloseReason, SocketHandlers, TcpState } from './tcp-types.ts';

export class TcpSocket extends TcpConnection {
  handlers: SocketHandlers = {};
  /** The application's own, to find its way back from a callback. */
  attachment: unknown = null;
  /** Next socket with the same key in the layer's table. */
  nextInBucket: TcpSocket | null = null;
  private heldBytes = 0;
  private isEndWaiting = false;
  private isOrphan = false;
  private isInCallback = false;

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

  get congestionWindowBytes(): number {
    return this.sender.congestion.windowBytes;
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

  // The handshake.

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

  private advanceState(): void {
    if (!this.sender.isFinAcknowledged) return;
    if (this.state === 'fin-wait-1') {
      this.state = 'fin-wait-2';
      if (this.isOrphan) this.waitForPeer();
    } else if (this.state === 'closing') this.enterTimeWait();
    else if (this.state === 'last-ack') this.finish('closed');
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

  /** What the application sent while it was called leaves together, with the acknowledgement aboard. */
  private leaveCallback(): void {
    this.isInCallback = false;
    if (!this.isClosed()) this.flush();
  }

  protected override forget(): void {
    this.layer.forget(this);
  }

  protected override tellClosed(reason: CloseReason): void {
    const { onClosed } = this.handlers;
    this.handlers = {};
    onClosed?.(this, reason);
  }
}
