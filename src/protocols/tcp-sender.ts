// hot path
/**
 * The sending side of an open connection: the queue, what may be sent, and the timer behind it (retransmission, tail
 * loss probe, window probe, wait for what may be late: one at a time). What is lost and how much may be under way is decided beside it, in
 * loss-recovery.ts and congestion/. Sends by way of its outlet. Offsets as in the socket: data starts at 1, FIN follows it.
 * Nagle's algorithm is off, as for applications that set TCP_NODELAY.
 */
import type { CongestionControl } from './congestion/congestion-control.ts';
import { WindowUsage } from './congestion/window-usage.ts';
import { LossRecovery } from './loss-recovery.ts';
import { MessageQueue } from './message-queue.ts';
import type { RttEstimator } from './rtt-estimator.ts';
import { Patience } from './tcp-patience.ts';
import { ACK, FIN, type StreamMessage } from './tcp-segment.ts';
import type { TcpSettings } from './tcp-settings.ts';

/** What the sender needs of its socket. */
export interface SegmentOutlet {
  now(): number;
  /** A round trip was measured. */
  roundTrip(roundTripNs: number): void;
  /** `isRepeat`: the segment holds sequence space that was sent before. */
  sendSegment(
    flags: number,
    from: number,
    bytes: number,
    messages: readonly StreamMessage[] | null,
    isRepeat: boolean,
  ): void;
  /** Bytes that SACK blocks take from the next segment. */
  readonly blockBytes: number;
  armRetransmission(atNs: number): void;
  disarmRetransmission(): void;
}

const IDLE = 0;
const RETRANSMISSION = 1;
const TAIL_PROBE = 2;
const WINDOW_PROBE = 3;
const REORDERING = 4;

export class TcpSender {
  readonly recovery: LossRecovery;
  readonly congestion: CongestionControl;
  readonly rtt: RttEstimator;
  /** One past the last offset ever sent. */
  next = 1;
  /** One past the last offset the application has handed over. */
  end = 1;
  isFinQueued = false;
  private readonly outlet: SegmentOutlet;
  private readonly settings: TcpSettings;
  private readonly patience: Patience;
  private readonly usage = new WindowUsage();
  private readonly outbox = new MessageQueue();
  /** Stream bytes of a full segment. */
  private segmentBytes = 0;
  /** One past the last offset the peer's window takes. */
  private windowEnd = 0;
  private largestWindow = 0;
  private pending = IDLE;
  /** When the retransmission time-out is due, whatever the timer waits for. */
  private timeoutAtNs = 0;
  private expiries = 0;
  /** When this run of retransmissions began (Linux: retrans_stamp); -1 without. */
  private firstRepeatNs = -1;
  /** Window probes since the peer was last heard, and when they began. */
  private windowProbes = 0;
  private windowBackOff = 0;
  private firstProbeNs = -1;
  /** Offset whose acknowledgement gives a round-trip sample; 0 when none is timed. */
  private timedEnd = 0;
  private timedAtNs = 0;
  /** One past the last offset sent more than once. */
  private repeatEnd = 0;
  private lastFrom = 1;
  private lastSentNs = -1;

  constructor(
    outlet: SegmentOutlet,
    settings: TcpSettings,
    rtt: RttEstimator,
    congestion: CongestionControl,
    userTimeoutNs: number,
  ) {
    this.outlet = outlet;
    this.settings = settings;
    this.rtt = rtt;
    this.congestion = congestion;
    this.patience = new Patience(settings, userTimeoutNs);
    this.recovery = new LossRecovery(congestion, settings.reordering);
    this.recovery.board.una = 1;
  }

  /** The handshake is complete. `initialSegments`: the congestion window to begin with. */
  open(segmentBytes: number, windowBytes: number, hasSack: boolean, initialSegments: number): void {
    this.recovery.hasSack = hasSack;
    this.setSegmentBytes(segmentBytes);
    this.congestion.start(segmentBytes, initialSegments);
    this.windowEnd = 1 + windowBytes;
    this.largestWindow = windowBytes;
  }

  get una(): number {
    return this.recovery.board.una;
  }

  get isFinAcknowledged(): boolean {
    return this.isFinQueued && this.una === this.end + 1;
  }

  get isFinSent(): boolean {
    return this.next > this.end;
  }

  /** Nothing is under way and nothing waits. */
  get isIdle(): boolean {
    return this.una === this.limit;
  }

  queue(bytes: number, message: unknown): void {
    this.end += bytes;
    if (message !== undefined) this.outbox.add({ end: this.end, message });
  }

  /** The path takes less: what is under way is too big and goes again at once (RFC 1191 section 6.4). */
  lowerSegmentBytes(bytes: number): void {
    this.setSegmentBytes(bytes);
    if (this.next === this.una) return;
    this.recovery.loseAll(this.next);
    this.flush();
    this.armTimer(true);
  }

  /** Sends what window and peer allow, lost segments first. */
  flush(): void {
    const { board } = this.recovery;
    const wasIdle = this.una === this.next;
    if (wasIdle && this.next < this.limit) this.restartIfIdle();
    const before = this.next;
    let isHeld = false;
    for (;;) {
      const lost = board.nextLost();
      const isSent = lost >= 0 ? this.repair(lost) : this.sendNew();
      if (!isSent) {
        isHeld = this.isFull();
        break;
      }
    }
    if (this.next > before || isHeld) {
      this.usage.note(isHeld, this.una, this.next, this.recovery.pipe(this.next));
    }
    if (this.next > before) this.armTimer(false);
    else if (this.una === this.next) this.waitForWindow();
  }

  /**
   * An acknowledgement. `windowBytes`: what it offers; `isBare`: it brings nothing else; `echoedNs`: age of the time
   * stamp it echoes, or -1. SACK blocks have been entered. Returns how far it moves the stream.
   */
  acknowledge(
    offset: number,
    windowBytes: number,
    isBare: boolean,
    sackedBytes: number,
    echoedNs: number,
  ): number {
    const { recovery } = this;
    const { una, next } = this;
    const newEnd = offset + windowBytes;
    const isDuplicate = isBare && offset === una && newEnd === this.windowEnd && next > una;
    if (newEnd > this.windowEnd) this.windowEnd = newEnd;
    if (windowBytes > this.largestWindow) this.largestWindow = windowBytes;
    this.windowProbes = 0;
    this.firstProbeNs = -1;
    const advance = offset > una ? offset - una : 0;
    // What ends fast recovery acknowledges what had arrived during it, and is no reason to grow.
    const mayGrow = recovery.mayGrow;
    if (advance > 0) this.measure(offset, una, echoedNs);
    const delivered = sackedBytes + (advance > 0 ? recovery.advance(offset, next) : 0);
    recovery.conclude(isDuplicate, sackedBytes, delivered, advance > 0, next);
    // Out of order it may be reordering, and no reason to send more (RFC 5681 section 3.2).
    if (advance > 0 && mayGrow && recovery.mayGrow && this.usage.wasHeldBack(this.congestion))
      this.grow(delivered);
    if (advance > 0) {
      this.expiries = 0;
      this.firstRepeatNs = -1;
      this.windowBackOff = 0;
      while (this.outbox.takeUpTo(offset) !== null);
      if (offset === next) this.disarm();
      else if (recovery.restartsTimeout) this.armTimer(true);
    }
    if (recovery.isInDoubt) this.waitForLate();
    return advance;
  }

  /** The timer fires. False: the connection has waited long enough and is dead. */
  onTimer(): boolean {
    const { pending } = this;
    this.pending = IDLE;
    if (pending === TAIL_PROBE) {
      // Something has been found missing meanwhile: its repair has begun, and only the time-out is left.
      if (this.recovery.mayProbe) this.probeTail();
      else this.wait(RETRANSMISSION, Math.max(this.timeoutAtNs, this.outlet.now()));
      return true;
    }
    if (pending === REORDERING) {
      this.endWait();
      return true;
    }
    return pending === WINDOW_PROBE ? this.probeWindow() : this.expire();
  }

  private get limit(): number {
    return this.isFinQueued ? this.end + 1 : this.end;
  }

  /** Stream bytes that fit the next segment: SACK blocks aboard make it no longer (Linux: tcp_current_mss). */
  private get roomBytes(): number {
    return this.segmentBytes - this.outlet.blockBytes;
  }

  private setSegmentBytes(bytes: number): void {
    this.segmentBytes = bytes;
    this.recovery.segmentBytes = bytes;
    this.congestion.setSegmentBytes(bytes);
  }

  private isFull(): boolean {
    return this.recovery.pipe(this.next) + this.segmentBytes > this.congestion.windowBytes;
  }

  private fits(bytes: number): boolean {
    const pipe = this.recovery.pipe(this.next);
    return pipe <= 0 || pipe + bytes <= this.congestion.windowBytes;
  }

  /** Sends the lost segment at `from` again; false when the window does not let it. */
  private repair(from: number): boolean {
    const { board } = this.recovery;
    const limit = board.lostLimit;
    let end = Math.min(from + this.roomBytes, this.end);
    if (end === this.end && this.isFinSent && limit > end) end++;
    end = Math.min(board.nextSackedFrom(from, end), limit);
    if (!this.recovery.mustRepair && !this.fits(end - from)) return false;
    this.recovery.mustRepair = false;
    board.repair(from, end, this.next);
    this.sendAgain(from, end);
    if (from === this.una) this.noteFirst();
    return true;
  }

  /** RFC 6675 section 6: the first segment's time-out counts from when it was sent last. */
  private noteFirst(): void {
    if (this.recovery.restartsTimeout) this.wait(RETRANSMISSION, this.outlet.now() + this.rtt.timeoutNs);
  }

  private sendAgain(from: number, end: number): void {
    this.timedEnd = 0;
    if (end > this.repeatEnd) this.repeatEnd = end;
    if (this.firstRepeatNs < 0) this.firstRepeatNs = this.outlet.now();
    this.transmit(from, end, true);
  }

  private sendNew(): boolean {
    const { next } = this;
    if (next >= this.limit) return false;
    const waiting = this.end - next;
    let bytes = Math.min(this.roomBytes, waiting);
    const usable = this.windowEnd - next;
    if (bytes > usable || usable === 0) {
      // RFC 9293 section 3.8.6.2.1: a piece of a segment only where it is half of the largest window.
      if (usable <= 0 || usable < this.largestWindow / 2) return false;
      bytes = usable;
    }
    if (!this.fits(bytes)) return false;
    this.sendPiece(bytes);
    return true;
  }

  private sendPiece(bytes: number): void {
    const from = this.next;
    const end = from + bytes;
    this.next = this.isFinQueued && end === this.end ? end + 1 : end;
    this.lastFrom = from;
    const nowNs = this.outlet.now();
    this.lastSentNs = nowNs;
    if (this.timedEnd === 0) {
      this.timedEnd = this.next;
      this.timedAtNs = nowNs;
    }
    this.transmit(from, this.next, false);
  }

  private transmit(from: number, end: number, isRepeat: boolean): void {
    const hasFin = end > this.end;
    const dataEnd = hasFin ? this.end : end;
    const flags = hasFin ? ACK | FIN : ACK;
    this.recovery.noteSent(dataEnd - from);
    this.outlet.sendSegment(flags, from, dataEnd - from, this.outbox.within(from, dataEnd), isRepeat);
  }

  /** RFC 6298 and Karn: what was sent once is timed; of what was sent again, the time stamp tells. */
  private measure(offset: number, una: number, echoedNs: number): void {
    const { rtt } = this;
    rtt.progress();
    if (this.timedEnd > 0 && offset >= this.timedEnd) {
      this.onRoundTrip(this.outlet.now() - this.timedAtNs);
      this.timedEnd = 0;
    } else if (this.timedEnd === 0 && una < this.repeatEnd && echoedNs >= 0) {
      this.onRoundTrip(echoedNs);
    }
  }

  private onRoundTrip(roundTripNs: number): void {
    this.rtt.sample(roundTripNs);
    this.outlet.roundTrip(roundTripNs);
  }

  private grow(delivered: number): void {
    const bytes = this.recovery.isBlind ? Math.min(delivered, 2 * this.segmentBytes) : delivered;
    this.congestion.onDelivered(bytes, this.outlet.now(), Math.max(0, this.rtt.smoothedNs));
  }

  private restartIfIdle(): void {
    if (!this.settings.restartsAfterIdle || this.lastSentNs < 0) return;
    const idleNs = this.outlet.now() - this.lastSentNs;
    const { timeoutNs } = this.rtt;
    if (idleNs <= timeoutNs) return;
    const { initialWindowSegments } = this.settings;
    this.congestion.onIdle(idleNs, timeoutNs, initialWindowSegments * this.segmentBytes);
  }

  // The timer.

  /** `isProgress`: something was acknowledged, so the time-out begins anew. */
  private armTimer(isProgress: boolean): void {
    const nowNs = this.outlet.now();
    if (isProgress || this.pending === IDLE || this.pending === WINDOW_PROBE) {
      this.timeoutAtNs = nowNs + this.rtt.timeoutNs;
    } else if (this.pending === RETRANSMISSION || this.pending === REORDERING) {
      return;
    }
    if (this.settings.hasTailLossProbe && this.expiries === 0 && this.recovery.mayProbe) {
      this.wait(TAIL_PROBE, Math.min(nowNs + this.probeDelayNs(), this.timeoutAtNs));
    } else {
      this.wait(RETRANSMISSION, this.timeoutAtNs);
    }
  }

  /** RFC 8985 section 6.2: what is overtaken gets a quarter of the shortest round trip more to arrive. */
  private waitForLate(): void {
    if (!this.settings.hasRack || this.pending === REORDERING) return;
    const { minNs, smoothedNs } = this.rtt;
    const atNs = this.outlet.now() + Math.round(Math.min(minNs / 4, Math.max(0, smoothedNs)));
    if (atNs >= this.timeoutAtNs) return;
    this.wait(REORDERING, atNs);
  }

  private endWait(): void {
    const { recovery } = this;
    if (recovery.isInDoubt) {
      recovery.endDoubt(this.next);
      this.flush();
    }
    if (this.pending === IDLE) this.wait(RETRANSMISSION, Math.max(this.timeoutAtNs, this.outlet.now()));
  }

  /** RFC 8985 section 7.2; a lone segment may wait for a delayed acknowledgement, for which Linux allows its minimum. */
  private probeDelayNs(): number {
    const { smoothedNs } = this.rtt;
    if (smoothedNs < 0) return this.settings.initialRtoNs;
    const isLone = this.next - this.una <= this.segmentBytes;
    return Math.round(2 * smoothedNs) + (isLone ? this.settings.minRtoNs : 0);
  }

  private wait(what: number, atNs: number): void {
    this.pending = what;
    if (what === RETRANSMISSION) this.timeoutAtNs = atNs;
    this.outlet.armRetransmission(this.patience.boundNs(atNs, this.firstRepeatNs, this.outlet.now()));
  }

  private disarm(): void {
    this.pending = IDLE;
    this.outlet.disarmRetransmission();
  }

  private probeTail(): void {
    const { next, una } = this;
    const usable = this.windowEnd - next;
    const { roomBytes } = this;
    const bytes = Math.min(roomBytes, this.end - next);
    if (next < this.limit && usable > 0 && bytes <= usable) {
      this.sendPiece(bytes);
      this.recovery.noteProbe(next, this.next, false);
    } else {
      const room = this.isFinSent ? roomBytes + 1 : roomBytes;
      const from = Math.max(una, this.lastFrom, next - room);
      this.recovery.noteProbe(from, next, true);
      this.sendAgain(from, next);
    }
    this.wait(RETRANSMISSION, this.outlet.now() + this.rtt.timeoutNs);
  }

  private expire(): boolean {
    const nowNs = this.outlet.now();
    const isRepeated = this.expiries > 0;
    if (isRepeated && this.patience.isOverForData(nowNs - this.firstRepeatNs)) return false;
    this.expiries++;
    this.rtt.backOff();
    this.recovery.onTimeout(this.next, isRepeated);
    this.pending = RETRANSMISSION;
    this.flush();
    this.wait(RETRANSMISSION, nowNs + this.rtt.timeoutNs);
    return true;
  }

  /** The peer's window is shut (RFC 9293 section 3.8.6.1): ask now and then. */
  private waitForWindow(): void {
    if (this.next >= this.limit) return;
    const delayNs = this.rtt.backedOffNs(this.windowBackOff);
    if (this.pending !== WINDOW_PROBE) this.wait(WINDOW_PROBE, this.outlet.now() + delayNs);
  }

  private probeWindow(): boolean {
    const nowNs = this.outlet.now();
    if (this.firstProbeNs < 0) this.firstProbeNs = nowNs;
    if (this.patience.isOverForProbes(this.windowProbes, nowNs - this.firstProbeNs)) return false;
    this.windowProbes++;
    this.windowBackOff++;
    const usable = this.windowEnd - this.next;
    if (usable > 0) {
      this.sendPiece(Math.min(usable, this.roomBytes, this.end - this.next));
      this.armTimer(false);
    } else {
      // An old sequence number, which must be answered with an acknowledgement.
      this.outlet.sendSegment(ACK, this.una - 1, 0, null, false);
      this.waitForWindow();
    }
    return true;
  }
}
