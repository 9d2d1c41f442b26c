// hot path
/**
 * What the sender knows of the bytes it has under way (RFC 6675), as offsets of its stream:
 *
 *   una ......... lostEnd .................. next
 *      lost unless SACKed   under way unless SACKed
 *   una .. repairedEnd: what was lost there has been sent again
 *
 * Ranges that the peer has acknowledged selectively are kept sorted and apart. How many bytes of them lie below the two
 * marks is counted as they come, so that `pipe` costs nothing; a new range costs a binary search. Everything below
 * `lostEnd` is lost because a mark can only be justified by what lies above it: what is below a lost byte is lost too.
 * A repair may be lost as well. Repairs are noted in the order they leave; one is lost when enough that left after it
 * has arrived (RFC 8985 section 6.2 counts likewise). What is lost again is kept apart from the marks, in `again`.
 */
import { NONE } from '../base/brand.ts';
import type { PacketId } from '../network/ids.ts';
import type { PacketTable } from '../network/packet-table.ts';
import { ByteRanges } from './byte-ranges.ts';

/** Bounds the cost of an acknowledgement: so many repairs beyond the oldest are looked at to tell its fate. */
const REPAIRS_SEEN_AHEAD = 100;

export class SackScoreboard {
  /** First offset not acknowledged. */
  una = 0;
  /** Everything below that is neither acknowledged nor repaired counts as lost. */
  lostEnd = 0;
  /** What was lost below this has been sent again since. */
  repairedEnd = 0;
  /** All bytes acknowledged selectively. */
  sackedBytes = 0;
  private sackedBelowLost = 0;
  private sackedBelowRepaired = 0;
  private froms: number[] = [];
  private ends: number[] = [];
  /** What was repaired and is lost again; nothing that is acknowledged in either way. */
  private readonly again = new ByteRanges();
  // Repairs whose fate is open, in the order they left; with each, one past the last byte that was ever sent by then.
  private repairFroms: number[] = [];
  private repairEnds: number[] = [];
  private repairNexts: number[] = [];

  /** RFC 6675 SetPipe: bytes thought to be in the network, of those below `next`. */
  pipe(next: number): number {
    const doubtful = this.lostEnd > this.una ? this.lostEnd : this.una;
    const fresh = next - doubtful - (this.sackedBytes - this.sackedBelowLost);
    if (this.repairedEnd <= this.una) return fresh;
    return fresh + this.repairedEnd - this.una - this.sackedBelowRepaired - this.again.bytes;
  }

  /** One past the last byte acknowledged selectively; `una` without any. */
  get highestSacked(): number {
    const { ends } = this;
    return ends.length === 0 ? this.una : (ends[ends.length - 1] as number);
  }

  /** Where the highest of the ranges acknowledged selectively begins; `una` without any. */
  get highestSackedFrom(): number {
    const { froms } = this;
    return froms.length === 0 ? this.una : (froms[froms.length - 1] as number);
  }

  isSacked(offset: number): boolean {
    const i = this.firstEndingAbove(offset);
    return i < this.froms.length && (this.froms[i] as number) <= offset;
  }

  /** Where the selectively acknowledged range at or after `offset` begins; `limit` when there is none below it. */
  nextSackedFrom(offset: number, limit: number): number {
    const i = this.firstEndingAbove(offset);
    if (i === this.froms.length) return limit;
    const from = this.froms[i] as number;
    return from < limit ? from : limit;
  }

  /** First lost byte that was not sent again since, or -1. Skips what has been acknowledged selectively. */
  nextLost(): number {
    if (this.again.bytes > 0) return this.again.first;
    let offset = this.repairedEnd > this.una ? this.repairedEnd : this.una;
    const i = this.firstEndingAbove(offset);
    if (i < this.froms.length && (this.froms[i] as number) <= offset) offset = this.ends[i] as number;
    return offset < this.lostEnd ? offset : -1;
  }

  /** How far what `nextLost` begins may reach. */
  get lostLimit(): number {
    return this.again.bytes > 0 ? this.again.firstEnd : this.lostEnd;
  }

  /** Everything acknowledged below `offset`; returns how many bytes of it were not yet known to have arrived. */
  advance(offset: number): number {
    const before = this.sackedBytes;
    const { froms, ends } = this;
    let gone = 0;
    while (gone < froms.length && (ends[gone] as number) <= offset) {
      this.uncount(froms[gone] as number, ends[gone] as number);
      gone++;
    }
    if (gone > 0) {
      froms.splice(0, gone);
      ends.splice(0, gone);
    }
    if (froms.length > 0 && (froms[0] as number) < offset) {
      this.uncount(froms[0] as number, offset);
      froms[0] = offset;
    }
    const delivered = offset - this.una - (before - this.sackedBytes);
    if (this.again.bytes > 0) this.again.remove(this.una, offset);
    this.una = offset;
    this.forgetArrived();
    return delivered;
  }

  /** A block that the peer reports; returns how many bytes of it are news. */
  add(from: number, end: number): number {
    const { froms, ends } = this;
    let left = from > this.una ? from : this.una;
    let right = end;
    if (left >= right) return 0;
    const before = this.sackedBytes;
    if (this.again.bytes > 0) this.again.remove(left, right);
    // Ranges first..last-1 touch the block; they become one with it.
    const first = lowerBound(ends, left);
    let last = first;
    while (last < froms.length && (froms[last] as number) <= right) {
      this.uncount(froms[last] as number, ends[last] as number);
      if ((froms[last] as number) < left) left = froms[last] as number;
      if ((ends[last] as number) > right) right = ends[last] as number;
      last++;
    }
    this.count(left, right);
    if (last === first + 1) {
      froms[first] = left;
      ends[first] = right;
    } else {
      froms.splice(first, last - first, left);
      ends.splice(first, last - first, right);
    }
    return this.sackedBytes - before;
  }

  /**
   * RFC 6675 IsLost: a byte is lost when `ranges` ranges, or more than (`ranges` - 1) segments in bytes, have arrived
   * beyond it. Returns true when that marks more than before.
   */
  detectLoss(ranges: number, segmentBytes: number): boolean {
    const { froms, ends } = this;
    let bytes = 0;
    for (let i = froms.length - 1; i >= 0; i--) {
      bytes += (ends[i] as number) - (froms[i] as number);
      if (froms.length - i >= ranges || bytes > (ranges - 1) * segmentBytes) {
        return this.markLost(froms[i] as number);
      }
    }
    return false;
  }

  /** Everything below `offset` is lost unless it has arrived. */
  markLost(offset: number): boolean {
    if (offset <= this.lostEnd || offset <= this.una) return false;
    const since = this.lostEnd > this.una ? this.lostEnd : this.una;
    this.sackedBelowLost += this.sackedIn(since, offset);
    this.lostEnd = offset;
    return true;
  }

  /** The same of repairs: `count` that left later, or so many segments of new data, have arrived. True when one is. */
  detectLostRepairs(count: number, segmentBytes: number): boolean {
    const { repairFroms, repairEnds, repairNexts } = this;
    const sackedEnd = this.highestSacked - count * segmentBytes;
    let gone = 0;
    this.forgetArrived();
    while (gone < repairFroms.length && this.isRepairLost(gone, count, sackedEnd)) {
      this.loseAgain(repairFroms[gone] as number, repairEnds[gone] as number);
      gone++;
      while (gone < repairFroms.length && this.hasArrived(gone)) gone++;
    }
    if (gone === 0) return false;
    repairFroms.splice(0, gone);
    repairEnds.splice(0, gone);
    repairNexts.splice(0, gone);
    return true;
  }

  /** A time-out: all is lost up to `offset`, and nothing of it has been sent again. */
  loseAll(offset: number): void {
    this.lostEnd = this.una;
    this.sackedBelowLost = 0;
    this.repairedEnd = this.una;
    this.sackedBelowRepaired = 0;
    this.again.clear();
    this.repairFroms.length = 0;
    this.repairEnds.length = 0;
    this.repairNexts.length = 0;
    this.markLost(offset);
  }

  /** Lost bytes, from what `nextLost` says, are sent again; `next`: one past the last byte ever sent. */
  repair(from: number, end: number, next: number): void {
    this.repairFroms.push(from);
    this.repairEnds.push(end);
    this.repairNexts.push(next);
    if (this.again.bytes > 0) {
      this.again.remove(from, end);
      return;
    }
    const since = this.repairedEnd > this.una ? this.repairedEnd : this.una;
    this.sackedBelowRepaired += this.sackedIn(since, end);
    this.repairedEnd = end;
  }

  private isRepairLost(index: number, count: number, sackedEnd: number): boolean {
    if ((this.repairNexts[index] as number) <= sackedEnd) return true;
    const last = Math.min(this.repairFroms.length, index + 1 + REPAIRS_SEEN_AHEAD);
    let arrived = 0;
    for (let i = index + 1; i < last; i++) {
      if (this.hasArrived(i) && ++arrived === count) return true;
    }
    return false;
  }

  private hasArrived(index: number): boolean {
    const from = this.repairFroms[index] as number;
    return (this.repairEnds[index] as number) <= this.una || this.isSacked(from);
  }

  /** The oldest repairs that have arrived are done with. */
  private forgetArrived(): void {
    const { repairFroms, repairEnds, repairNexts } = this;
    let gone = 0;
    while (gone < repairFroms.length && this.hasArrived(gone)) gone++;
    if (gone === 0) return;
    repairFroms.splice(0, gone);
    repairEnds.splice(0, gone);
    repairNexts.splice(0, gone);
  }

  private loseAgain(from: number, end: number): void {
    let left = from > this.una ? from : this.una;
    while (left < end) {
      const right = this.nextSackedFrom(left, end);
      if (right > left) this.again.add(left, right);
      left = right < end ? (this.ends[this.firstEndingAbove(right)] as number) : end;
    }
  }

  private count(from: number, end: number): void {
    this.sackedBytes += end - from;
    this.sackedBelowLost += below(from, end, this.lostEnd);
    this.sackedBelowRepaired += below(from, end, this.repairedEnd);
  }

  private uncount(from: number, end: number): void {
    this.sackedBytes -= end - from;
    this.sackedBelowLost -= below(from, end, this.lostEnd);
    this.sackedBelowRepaired -= below(from, end, this.repairedEnd);
  }

  private sackedIn(from: number, end: number): number {
    const { froms, ends } = this;
    let bytes = 0;
    for (let i = this.firstEndingAbove(from); i < froms.length && (froms[i] as number) < end; i++) {
      const left = Math.max(froms[i] as number, from);
      bytes += Math.min(ends[i] as number, end) - left;
    }
    return bytes;
  }

  private firstEndingAbove(offset: number): number {
    return lowerBound(this.ends, offset + 1);
  }
}

/** Bytes of a range that lie below a mark. */
function below(from: number, end: number, mark: number): number {
  if (mark <= from) return 0;
  return (mark < end ? mark : end) - from;
}

/** First position whose value is at least `value`. */
function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Enters the blocks of an acknowledgement; `base` is the sequence number of the first unacknowledged byte. Returns how
 * many bytes are news. Blocks of what was never sent are ignored.
 */
export function readSackBlocks(
  packets: PacketTable,
  packet: PacketId,
  board: SackScoreboard,
  base: number,
  next: number,
): number {
  const row = packets.tcpOptions[packet] as number;
  if (row === NONE) return 0;
  const { options } = packets;
  const { una } = board;
  const count = options.blockCount[row] as number;
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const from = una + ((options.leftOf(row, i) - base) | 0);
    const end = una + ((options.rightOf(row, i) - base) | 0);
    if (end <= next) bytes += board.add(from, end);
  }
  return bytes;
}
