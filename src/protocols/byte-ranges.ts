// hot path
/** A set of bytes of a stream as ranges, sorted and apart. */
export class ByteRanges {
  /** How many bytes are in the set. */
  bytes = 0;
  private froms: number[] = [];
  private ends: number[] = [];

  /** The lowest byte; -1 when there is none. */
  get first(): number {
    return this.froms.length === 0 ? -1 : (this.froms[0] as number);
  }

  /** One past the range that the lowest byte begins. */
  get firstEnd(): number {
    return this.ends[0] as number;
  }

  /** Adds [from, end), of which nothing may be in the set. Ranges come mostly in rising order. */
  add(from: number, end: number): void {
    const { froms, ends } = this;
    this.bytes += end - from;
    let i = froms.length;
    while (i > 0 && (froms[i - 1] as number) > from) i--;
    const joinsBelow = i > 0 && ends[i - 1] === from;
    const joinsAbove = i < froms.length && froms[i] === end;
    if (joinsBelow && joinsAbove) {
      ends[i - 1] = ends[i] as number;
      froms.splice(i, 1);
      ends.splice(i, 1);
    } else if (joinsBelow) ends[i - 1] = end;
    else if (joinsAbove) froms[i] = from;
    else {
      froms.splice(i, 0, from);
      ends.splice(i, 0, end);
    }
  }

  /** Takes away whatever of [from, end) is in the set. */
  remove(from: number, end: number): void {
    const { froms, ends } = this;
    let i = 0;
    while (i < froms.length && (ends[i] as number) <= from) i++;
    while (i < froms.length && (froms[i] as number) < end) {
      const left = froms[i] as number;
      const right = ends[i] as number;
      this.bytes -= Math.min(right, end) - Math.max(left, from);
      if (left < from && right > end) {
        ends[i] = from;
        froms.splice(i + 1, 0, end);
        ends.splice(i + 1, 0, right);
        return;
      }
      if (left < from) {
        ends[i] = from;
        i++;
      } else if (right > end) {
        froms[i] = end;
        return;
      } else {
        froms.splice(i, 1);
        ends.splice(i, 1);
      }
    }
  }

  clear(): void {
    this.bytes = 0;
    this.froms.length = 0;
    this.ends.length = 0;
  }
}
