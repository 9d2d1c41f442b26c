/** The scoreboard's twin: a mark for every byte, and RFC 6675's definitions read off them. */

export class PlainScoreboard {
  una = 1;
  private readonly sacked = new Set<number>();
  private readonly lost = new Set<number>();
  private readonly repaired = new Set<number>();

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
    for (let byte = this.una; byte < next; byte++) this.lost.add(byte);
  }

  nextLost(): number {
    const open = [...this.lost].filter((byte) => !this.sacked.has(byte) && !this.repaired.has(byte));
    return open.length === 0 ? -1 : Math.min(...open);
  }

  /** Sends the lost bytes again from the first one up to `end`. */
  repair(end: number): void {
    for (let byte = this.una; byte < end; byte++) this.repaired.add(byte);
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
