/**
 * How wide the pages of the calendar queue should be and how many, told from how the last epoch went. Both are
 * powers of two; both stay as they are unless clearly wrong, for a change files every event again.
 */

export const FEWEST_PAGES = 1024;
const FEWEST_POPS = 1024;

/** A page should cover this many mean times between two pops. A new width is the power of two from AIM_GAPS on. */
const FEWEST_GAPS = 0.8;
const AIM_GAPS = 1.5;
const MOST_GAPS = 5;

/** Above this share of the pushes, the spill is not the exception it should be. */
const SPILLED_SHARE = 1 / 64;
const PAGES_PER_EVENT = 4;

/** Long enough that a rebuild at each epoch's end would cost every pop but a few events filed. */
export function epochPops(size: number): number {
  return FEWEST_POPS + Math.floor(size / 4);
}

/** Empty pages that may be turned in an epoch before it is ended early. */
export function epochSteps(size: number): number {
  return 8 * epochPops(size);
}

export function tunePageNs(pageNs: number, gapNs: number): number {
  const isTooWide = pageNs > 1 && pageNs > gapNs * MOST_GAPS;
  const isTooNarrow = pageNs < gapNs * FEWEST_GAPS;
  return isTooWide || isTooNarrow ? powerOfTwoFrom(1, gapNs * AIM_GAPS) : pageNs;
}

export function tunePageCount(pageCount: number, size: number, spilledShare: number): number {
  const room = powerOfTwoFrom(FEWEST_PAGES, size * PAGES_PER_EVENT);
  const isYearShort = pageCount < room && spilledShare > SPILLED_SHARE;
  const isYearLong = pageCount > room * 8;
  return isYearShort || isYearLong ? room : pageCount;
}

function powerOfTwoFrom(least: number, size: number): number {
  let power = least;
  while (power < size) power *= 2;
  return power;
}
