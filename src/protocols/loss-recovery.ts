// hot path
/**
 * What a sender makes of acknowledgements: which of its bytes are lost, and when the congestion window is told. Owns the
 * scoreboard and the phase; does not send. With SACK after RFC 6675 (without its rules 3 and 4 of NextSeg: what a
 * rescue would repair, the probe does) and proportional rate reduction, without after NewReno, RFC 6582. A repair that is
 * lost as well is found by what left after it and has arrived, as RACK would find it. A duplicate acknowledgement without
 * SACK counts as one segment that has left the network.
 */
import type { CongestionControl } from './congestion/congestion-control.ts';
import { SackScoreboard } from './sack-scoreboard.ts';

const OPEN = 0;
/** Fast recovery, until `recover` is acknowledged. */
const RECOVERY = 1;
/** After a time-out, until `recover` is acknowledged. */
const LOSS = 2;

export class LossRecovery {
  readonly board = new SackScoreboard();
  hasSack = false;
  segmentBytes = 0;
  /** The next lost segment goes out whatever the congestion window says: a loss has just been found. */
  mustRepair = false;
  private readonly congestion: CongestionControl;
  private readonly threshold: number;
  private phase = OPEN;
  private recover = 0;
  // Proportional rate reduction: what was under way when recovery began, and what has arrived and left since.
  private flightAtLoss = 0;
  private arrivedSince = 0;
  private sentSince = 0;
  /** Without SACK: partial acknowledgements of this recovery. */
  private partials = 0;
  private duplicates = 0;
  /** Without SACK: bytes that duplicate acknowledgements say have arrived. */
  private duplicateBytes = 0;
  /** Last byte of a tail loss probe whose outcome is open; 0 without. */
  private probeEnd = 0;
  private probeFrom = 0;
  private isProbeRepeat = false;

  constructor(congestion: CongestionControl, threshold: number) {
    this.congestion = congestion;
    this.threshold = threshold;
  }

  pipe(next: number): number {
    return this.board.pipe(next) - this.duplicateBytes;
  }

  /** A probe of the tail makes sense: nothing is known to be missing, and no other probe is out. */
  get mayProbe(): boolean {
    return this.hasSack && this.phase === OPEN && this.board.sackedBytes === 0 && this.probeEnd === 0;
  }

  /** Something was overtaken, and too little has arrived beyond it to say whether it is lost or late. */
  get isInDoubt(): boolean {
    const { board } = this;
    return this.hasSack && board.highestSackedFrom > Math.max(board.una, board.lostEnd);
  }

  /** What was overtaken has been waited for long enough. */
  endDoubt(next: number): void {
    this.board.markLost(this.board.highestSackedFrom);
    if (this.phase === OPEN) this.enterRecovery(next);
    if (this.phase === RECOVERY) this.reduce(this.segmentBytes, false, next);
  }

  /**
   * Whether progress starts the time-out anew. Without SACK only the first partial acknowledgement does ("impatient",
   * RFC 6582 section 4): where many segments are lost the time-out is faster than a round trip for each.
   */
  get restartsTimeout(): boolean {
    return this.phase !== RECOVERY || this.hasSack || this.partials <= 1;
  }

  /** In fast recovery the window is what the reduction made it. */
  get mayGrow(): boolean {
    return this.phase !== RECOVERY;
  }

  /** After a time-out without SACK an acknowledgement may jump over what had arrived long before. */
  get isBlind(): boolean {
    return this.phase === LOSS && !this.hasSack;
  }

  /** The cumulative acknowledgement moves; returns the bytes that are news. */
  advance(offset: number, next: number): number {
    const { board, segmentBytes } = this;
    const acknowledged = offset - board.una;
    const delivered = board.advance(offset);
    if (this.probeEnd > 0 && offset >= this.probeEnd) this.concludeProbe(offset);
    if (this.phase === OPEN) {
      this.duplicates = 0;
      this.duplicateBytes = 0;
    } else if (offset >= this.recover) {
      this.finish(next);
    } else if (this.phase === RECOVERY && !this.hasSack) {
      // RFC 6582: the next hole begins right here; what lay between left the network.
      this.partials++;
      this.duplicateBytes = Math.max(0, this.duplicateBytes - Math.max(0, acknowledged - segmentBytes));
      this.loseFirstSegment(next);
    }
    return delivered;
  }

  /**
   * After the marks of an acknowledgement are entered. `isDuplicate`: it says nothing but that something arrived;
   * `delivered`: all bytes it says have arrived; `isAdvance`: it moves the cumulative acknowledgement.
   */
  conclude(
    isDuplicate: boolean,
    sackedBytes: number,
    delivered: number,
    isAdvance: boolean,
    next: number,
  ): void {
    const { board, segmentBytes } = this;
    const lostBefore = board.lostEnd;
    let isRepairLost = false;
    if (isDuplicate && sackedBytes === 0 && board.una >= this.probeEnd) this.probeEnd = 0;
    if (board.una === next) return;
    if (this.hasSack) {
      if (sackedBytes > 0) this.duplicates++;
      board.detectLoss(this.threshold, segmentBytes);
      isRepairLost = this.phase !== OPEN && board.detectLostRepairs(this.threshold, segmentBytes);
      // What was sent a probe time-out before a probe that has arrived is lost (as RFC 8985 section 6 would find).
      if (this.probeEnd > board.una && board.isSacked(this.probeEnd - 1)) {
        board.markLost(this.probeFrom);
        this.probeEnd = 0;
      }
    } else if (isDuplicate) {
      this.duplicates++;
      if (this.phase !== LOSS) {
        this.duplicateBytes = Math.min(
          this.duplicateBytes + segmentBytes,
          Math.max(0, next - board.una - segmentBytes),
        );
      }
    }
    if (this.phase === OPEN && this.hasFoundLoss()) this.enterRecovery(next);
    if (this.phase === RECOVERY && this.hasSack) {
      this.reduce(delivered, isAdvance && board.lostEnd === lostBefore && !isRepairLost, next);
    }
  }

  /** So many bytes of the stream are about to leave. */
  noteSent(bytes: number): void {
    this.sentSince += bytes;
  }

  onTimeout(next: number, isRepeated: boolean): void {
    this.congestion.onTimeout(next - this.board.una, isRepeated);
    this.loseAll(next);
  }

  /** All that is under way must go again; without a word to the congestion window where congestion is not why. */
  loseAll(next: number): void {
    this.phase = LOSS;
    this.recover = next;
    this.duplicates = 0;
    this.duplicateBytes = 0;
    this.probeEnd = 0;
    this.board.loseAll(next);
    this.mustRepair = true;
  }

  noteProbe(from: number, end: number, isRepeat: boolean): void {
    this.probeFrom = from;
    this.probeEnd = end;
    this.isProbeRepeat = isRepeat;
  }

  /** RFC 8985 section 7.4: only a loss that the probe repaired can let later data be acknowledged without a duplicate. */
  private concludeProbe(offset: number): void {
    if (this.isProbeRepeat && offset === this.probeEnd) return;
    // The tail is less than the window took: as in Linux it is the window that is reduced.
    if (this.isProbeRepeat) this.congestion.onLoss(this.congestion.windowBytes);
    this.probeEnd = 0;
  }

  private hasFoundLoss(): boolean {
    const { board } = this;
    if (board.lostEnd > board.una) return true;
    if (this.duplicates < this.threshold) return false;
    // RFC 6582 section 3.2: duplicates of what was sent again needlessly are no sign of a loss.
    return this.hasSack || board.una > this.recover;
  }

  private enterRecovery(next: number): void {
    const { board } = this;
    this.congestion.onLoss(next - board.una);
    this.phase = RECOVERY;
    this.recover = next;
    this.flightAtLoss = next - board.una;
    this.arrivedSince = 0;
    this.sentSince = 0;
    this.partials = 0;
    if (board.lostEnd <= board.una) this.loseFirstSegment(next);
    this.mustRepair = true;
  }

  /**
   * Proportional rate reduction (RFC 6937, with Linux's reduction bound): of what arrives, only the share of the new window
   * in the old one leaves again, so that repairs come neither as a burst nor after a silence.
   */
  private reduce(delivered: number, isLossless: boolean, next: number): void {
    const { congestion, segmentBytes } = this;
    this.arrivedSince += delivered;
    const pipe = this.board.pipe(next);
    const room = congestion.thresholdBytes - pipe;
    const balance = this.arrivedSince - this.sentSince;
    let mayLeave: number;
    if (room < 0) {
      mayLeave = (this.arrivedSince * congestion.thresholdBytes) / this.flightAtLoss - this.sentSince;
    } else {
      mayLeave = Math.min(room, Math.max(balance, delivered) + (isLossless ? segmentBytes : 0));
    }
    congestion.windowBytes = pipe + Math.max(mayLeave, 0);
  }

  private loseFirstSegment(next: number): void {
    const { board } = this;
    const end = Math.min(board.una + this.segmentBytes, next);
    board.markLost(board.nextSackedFrom(board.una, end));
    this.mustRepair = true;
  }

  private finish(next: number): void {
    if (this.phase === RECOVERY) this.congestion.windowBytes = this.congestion.thresholdBytes;
    if (this.phase === RECOVERY && !this.hasSack) {
      // RFC 6582 section 3.2, step 3: no burst when recovery ends.
      const flightBytes = Math.max(next - this.board.una, this.segmentBytes);
      this.congestion.limit(flightBytes + this.segmentBytes);
    }
    this.phase = OPEN;
    this.duplicates = 0;
    this.duplicateBytes = 0;
    this.mustRepair = false;
  }
}
