/** The scoreboard's twin: a mark for every byte, and RFC 6675's definitions read off them. */

export class PlainScoreboard {
  una = 1;
  private readonly sacked = new Set<number>();
  private readonly lost = new Set<number>();
  /** Sent again since they were lost, and not known to be lost once more. */
  private readonly repaired = new Set<number>();
  private repairs: { readonly bytes: readonly number[]; readonly next: number }[] = [];

  add(from: number, end: number): number {
    let news = 0;
    for (let byte = Math.max(from, this.una); byte < end; byte++) {
      if (!this.sacked.has(byte)) news++;
      this.sacked.add(byte);
    }
    return news;
  }

  advance(offset: number): number {
    let news = 0;
    for (let byte = this.una; byte < offset; byte++) {
      if (!this.sacked.delete(byte)) news++;
      this.lost.delete(byte);
      this.repaired.delete(byte);
    }
    this.una = offset;
    return news;
  }

  /** IsLost of RFC 6675 for every byte. */
  detectLoss(ranges: number, segmentBytes: number, next: number): void {
    for (let byte = this.una; byte < next; byte++) {
      let [above, discontiguous] = [0, 0];
      for (let other = byte + 1; other < next; other++) {
        if (!this.sacked.has(other)) continue;
        above++;
        if (!this.sacked.has(other - 1)) discontiguous++;
      }
      const isLost = discontiguous >= ranges || above > (ranges - 1) * segmentBytes;
      if (isLost && !this.sacked.has(byte)) this.lost.add(byte);
    }
  }

  loseAll(next: number): void {
    this.repaired.clear();
    this.repairs = [];
    for (let byte = this.una; byte < next; byte++) this.lost.add(byte);
  }

  nextLost(): number {
    const open = [...this.lost].filter((byte) => !this.sacked.has(byte) && !this.repaired.has(byte));
    return open.length === 0 ? -1 : Math.min(...open);
  }

  /** Sends the lost bytes [from, end) again, or as many as are lost and not yet sent again. */
  repair(from: number, end: number, next: number): void {
    const bytes = Array.from({ length: end - from }, (_, i) => from + i);
    for (const byte of bytes) this.repaired.add(byte);
    this.repairs.push({ bytes, next });
  }

  /** A repair is lost when `count` repairs after it, or `count` segments of what was new after it, have arrived. */
  detectLostRepairs(count: number, segmentBytes: number): void {
    const hasArrived = ({ bytes }: { readonly bytes: readonly number[] }): boolean =>
      (bytes.at(-1) as number) < this.una || this.sacked.has(bytes[0] as number);
    this.repairs = this.repairs.filter((repair, i) => {
      if (hasArrived(repair)) return true;
      const later = this.repairs.slice(i + 1).filter(hasArrived).length;
      const highest = Math.max(this.una - 1, ...this.sacked) + 1;
      const isLost = later >= count || highest >= repair.next + count * segmentBytes;
      if (isLost) for (const byte of repair.bytes) this.repaired.delete(byte);
      return !isLost;
    });
  }

  /** SetPipe of RFC 6675. */
  pipe(next: number): number {
    let bytes = 0;
    for (let byte = this.una; byte < next; byte++) {
      if (this.sacked.has(byte)) continue;
      if (!this.lost.has(byte)) bytes++;
      if (this.repaired.has(byte)) bytes++;
    }
    return bytes;
  }

  get sackedBytes(): number {
    return this.sacked.size;
  }
}
