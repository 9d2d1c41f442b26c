// hot path
/**
 * The opening of a connection: SYNs, when they are repeated, and what both ends agree on in them: segment size (RFC 6691),
 * window scale and time stamps (RFC 7323), selective acknowledgements (RFC 2018). An end answers only what it was offered.
 */
import { NONE } from '../base/brand.ts';
import type { PacketId } from '../network/ids.ts';
import type { PacketTable } from '../network/packet-table.ts';
import { NO_SHIFT } from '../network/tcp-options.ts';
import { TCP_HEADERS, TIMESTAMP_BYTES } from './tcp-segment.ts';
import type { TcpSettings } from './tcp-settings.ts';

/** RFC 9293 section 3.7.1: the segment size of a peer that names none. */
const DEFAULT_MSS_BYTES = 536;
/** RFC 7323 section 2.3. */
const MAX_SHIFT = 14;

export class TcpHandshake {
  /** Before the peer's SYN: what we offer. After it: what both have. */
  hasSack: boolean;
  hasTimestamps: boolean;
  hasScaling: boolean;
  /** What the peer's windows are multiplied by. */
  peerScale = 1;
  /** SYNs, or SYN/ACKs, sent again because time was up. */
  repeats = 0;
  /** When the first one was sent. */
  sentNs = 0;
  private readonly settings: TcpSettings;
  private peerMssBytes = DEFAULT_MSS_BYTES;

  constructor(settings: TcpSettings) {
    this.settings = settings;
    this.hasSack = settings.hasSack;
    this.hasTimestamps = settings.hasTimestamps;
    this.hasScaling = settings.hasWindowScaling;
  }

  /** Another SYN (`isActive`) or SYN/ACK is due; false when that were too many. */
  countRepeat(isActive: boolean): boolean {
    const { synRetries, synLinearTimeouts, synAckRetries } = this.settings;
    this.repeats++;
    return this.repeats <= (isActive ? synRetries + synLinearTimeouts : synAckRetries);
  }

  /** SYNs wait one initial time-out each for the linear ones, then double (Linux 6.5 and later). */
  doublings(isActive: boolean): number {
    return Math.max(0, this.repeats - (isActive ? this.settings.synLinearTimeouts : 0));
  }

  /** Linux: a SYN repeated more than once counts as a loss. */
  get initialWindowSegments(): number {
    return this.repeats > 1 ? 1 : this.settings.initialWindowSegments;
  }

  /** Stream bytes of a full segment on a path: what both ends take, less the time stamps. */
  segmentBytes(mtuBytes: number): number {
    const mssBytes = Math.min(this.peerMssBytes, this.settings.mssBytes, mtuBytes - TCP_HEADERS);
    return this.hasTimestamps ? mssBytes - TIMESTAMP_BYTES : mssBytes;
  }

  /** Reads the options of the peer's SYN or SYN/ACK. */
  read(packets: PacketTable, packet: PacketId): void {
    const row = packets.tcpOptions[packet] as number;
    const { mssBytes, sackPermitted, windowShift } = packets.options;
    const mss = row === NONE ? 0 : (mssBytes[row] as number);
    const shift = row === NONE ? NO_SHIFT : (windowShift[row] as number);
    if (mss > 0) this.peerMssBytes = mss;
    this.hasSack = this.hasSack && row !== NONE && sackPermitted[row] === 1;
    this.hasTimestamps = this.hasTimestamps && packets.tcpTsValue[packet] !== 0;
    this.hasScaling = this.hasScaling && shift !== NO_SHIFT;
    this.peerScale = this.hasScaling ? 1 << Math.min(shift, MAX_SHIFT) : 1;
  }

  /** Writes them into our own. Time stamps are a column of their own. */
  write(packets: PacketTable, packet: PacketId, mssBytes: number, shift: number): void {
    const { options } = packets;
    const row = options.create();
    options.mssBytes[row] = mssBytes;
    options.sackPermitted[row] = this.hasSack ? 1 : 0;
    options.windowShift[row] = this.hasScaling ? shift : NO_SHIFT;
    packets.tcpOptions[packet] = row;
  }
}
