/**
 * The ports of an address that a NAT may give to sources: its range without what DNAT holds. They are numbered from 0
 * in ascending order, so that the k-th of them is found without meeting a held one. Never changed once built.
 *
 *   range 1025..65535, held 2000..2999 and 8080
 *   firsts   1025  3000  8081
 *   lasts    1999  8079  65535
 *   ranks       0   975  6055     ports before each piece; 63,510 in all
 */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

export class FreePorts {
  readonly count: number;
  private readonly firsts: number[] = [];
  private readonly lasts: number[] = [];
  private readonly ranks: number[] = [];

  constructor(range: PortRange, held: readonly PortRange[]) {
    let count = 0;
    let from = range.first;
    const addPiece = (last: number): void => {
      if (last < from) return;
      this.firsts.push(from);
      this.lasts.push(last);
      this.ranks.push(count);
      count += last - from + 1;
    };
    for (const { first, last } of held.toSorted((a, b) => a.first - b.first)) {
      addPiece(Math.min(first - 1, range.last));
      from = Math.max(from, last + 1);
    }
    addPiece(range.last);
    this.count = count;
  }

  has(port: number): boolean {
    const piece = lastNotAbove(this.firsts, port);
    return piece >= 0 && port <= this.lasts[piece];
  }

  /** The port of that number, counted from 0. */
  at(number: number): number {
    const piece = lastNotAbove(this.ranks, number);
    return this.firsts[piece] + number - this.ranks[piece];
  }
}

/** Index of the last value that is not above the limit; -1 if all are. */
function lastNotAbove(ascending: readonly number[], limit: number): number {
  let low = -1;
  let high = ascending.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ascending[middle] <= limit) low = middle;
    else high = middle;
  }
  return low;
}
