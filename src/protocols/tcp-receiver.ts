// hot path
/**
 * The receiving side of a connection: what has arrived, the window it promises, when an acknowledgement is due and what
 * it says. Owns no timer and sends nothing: the socket asks. Offsets as in the socket: SYN is 0, data starts at 1.
 * Source: RFC 9293 section 3.10.7.4, RFC 2018, RFC 5681 section 4.2, RFC 7323.
 */
import type { TcpOptionTable } from '../network/tcp-options.ts';
import { Reassembly } from './reassembly.ts';
import type { StreamMessage } from './tcp-segment.ts';
import type { TcpSettings } from './tcp-settings.ts';

/** No acknowledgement is due; one may wait for company; one must go at once. */
export const ACK_NONE = 0;
export const ACK_LATER = 1;
export const ACK_NOW = 2;

/** Linux 6.6: TCP_MSS_DEFAULT, a peer's segment size before one has arrived. */
const DEFAULT_SEGMENT_BYTES = 536;
const LARGEST_RAW_WINDOW = 65535;

export class TcpReceiver {
  readonly stream = new Reassembly();
  readonly bufferBytes: number;
  /** Of the window we announce, if scaling is agreed. */
  readonly ownShift: number;
  shift = 0;
  hasSack = false;
  /** The peer's latest time stamp that we echo; 0 before the first. */
  timestampToEcho = 0;
  ackDue = ACK_NONE;
  /** The application reads nothing for now. */
  isPaused = false;
  private readonly settings: TcpSettings;
  private initialSequence = 0;
  /** What our latest acknowledgement said. */
  private acknowledged = 0;
  /** One past the last byte the peer has been allowed to send; never moves back. */
  private windowEnd = 0;
  /** What the application has read, while it is paused. */
  private readEnd = 0;
  private quickAcks = 0;
  private largestSegmentBytes = DEFAULT_SEGMENT_BYTES;
  private lastDataNs = -1;

  constructor(settings: TcpSettings, bufferBytes: number) {
    this.settings = settings;
    this.bufferBytes = bufferBytes;
    let shift = 0;
    while (shift < 14 && bufferBytes > LARGEST_RAW_WINDOW * (1 << shift)) shift++;
    this.ownShift = shift;
  }

  /** The peer's SYN has come. */
  start(initialSequence: number): void {
    this.initialSequence = initialSequence;
    this.stream.start(1);
    this.acknowledged = 1;
    this.windowEnd = 1;
    this.quickAcks = this.settings.quickAcks;
  }

  /** Offset of a sequence number, taken to be within 2^31 of what is expected. */
  offsetOf(sequence: number): number {
    const { next } = this.stream;
    return next + ((sequence - this.wireNext()) | 0);
  }

  wireNext(): number {
    return (this.initialSequence + this.stream.next) >>> 0;
  }

  /** Whether a segment concerns the window; old acknowledgements that ours has not overtaken do, as in Linux. */
  isAcceptable(from: number, length: number): boolean {
    return from + length >= this.acknowledged && from <= this.windowEnd;
  }

  /** RFC 7323 section 4.3: the time stamp of the segment that the next acknowledgement answers. */
  noteTimestamp(value: number, from: number): void {
    if (value === 0 || from > this.acknowledged) return;
    if (this.timestampToEcho === 0 || ((value - this.timestampToEcho) | 0) >= 0) this.timestampToEcho = value;
  }

  /** Takes a segment and decides how soon it is acknowledged. Returns how many bytes came in order through it. */
  take(
    from: number,
    bytes: number,
    hasFin: boolean,
    messages: readonly StreamMessage[] | null,
    nowNs: number,
    timeoutNs: number,
  ): number {
    const { stream } = this;
    const before = stream.next;
    const hadGap = stream.hasGap;
    stream.add(from, from + bytes, hasFin, messages);
    if (bytes > this.largestSegmentBytes) this.largestSegmentBytes = bytes;
    // A sender that was idle begins a slow start again: it must not wait for delayed acknowledgements.
    if (this.lastDataNs >= 0 && nowNs - this.lastDataNs > timeoutNs) this.quickAcks = this.settings.quickAcks;
    this.lastDataNs = nowNs;
    const isWaiting = stream.next - this.acknowledged > this.largestSegmentBytes;
    const isOld = from < before;
    if (hadGap || stream.hasGap || isOld || hasFin || isWaiting || this.quickAcks > 0) this.ackDue = ACK_NOW;
    else if (this.ackDue === ACK_NONE) this.ackDue = ACK_LATER;
    return stream.next - before;
  }

  pause(): void {
    this.isPaused = true;
    this.readEnd = this.stream.next;
  }

  /** The application reads on; an acknowledgement is due if that opens the window by a segment or half of it. */
  resume(): void {
    this.isPaused = false;
    const opened = this.stream.next + this.bufferBytes - this.windowEnd;
    if (opened >= Math.min(this.largestSegmentBytes, this.bufferBytes / 2)) this.ackDue = ACK_NOW;
  }

  /** The window of a SYN: never scaled. */
  synWindow(): number {
    const bytes = Math.min(this.settings.initialReceiveWindowBytes, this.bufferBytes, LARGEST_RAW_WINDOW);
    this.windowEnd = this.stream.next + bytes;
    return bytes;
  }

  /** A segment leaves with our acknowledgement: the raw window it says, which counts as promised. */
  acknowledge(): number {
    const { next } = this.stream;
    if (this.quickAcks > 0 && next > this.acknowledged) this.quickAcks--;
    this.acknowledged = next;
    this.ackDue = ACK_NONE;
    const scale = 1 << this.shift;
    // Rounded up, or the window's end would move back.
    const raw = Math.min(Math.ceil(this.openBytes() / scale), LARGEST_RAW_WINDOW);
    this.windowEnd = Math.max(this.windowEnd, next + raw * scale);
    return raw;
  }

  /** Blocks that an acknowledgement reports now. */
  get hasBlocks(): boolean {
    return this.hasSack && this.stream.hasGap;
  }

  /** How many blocks `writeBlocks` writes at most. */
  blockCount(limit: number): number {
    return Math.min(limit, this.stream.gapCount);
  }

  writeBlocks(options: TcpOptionTable, row: number, limit: number): void {
    this.stream.writeBlocks(options, row, limit, this.initialSequence);
  }

  /** RFC 9293 section 3.8.6.2.2: a window opens by a segment or half the buffer, not by crumbs. */
  private openBytes(): number {
    const { next } = this.stream;
    if (!this.isPaused) return this.bufferBytes;
    const promised = Math.max(0, this.windowEnd - next);
    const free = Math.max(0, this.bufferBytes - (next - this.readEnd));
    const step = Math.min(this.largestSegmentBytes, this.bufferBytes / 2);
    return free - promised >= step ? free : promised;
  }
}
