/** Exponential back-off: what clients that come again and requests that are repeated wait, each with a jitter of its own. */

/** The first wait, doubled with every failure in a row after the first, up to the longest one. */
export function backedOffNs(firstNs: number, failures: number, maxNs: number): number {
  let waitNs = firstNs;
  for (let i = 1; i < failures && waitNs < maxNs; i++) waitNs *= 2;
  return Math.min(waitNs, maxNs);
}
