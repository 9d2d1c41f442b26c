// hot path
import { mix32 } from '../base/mix.ts';

/** The hash that equal-cost paths choose by: the 5-tuple, salted so that two devices do not choose alike. */
export function flowHash(
  srcAddr: number,
  dstAddr: number,
  protocol: number,
  srcPort: number,
  dstPort: number,
  salt: number,
): number {
  let h = salt ^ protocol;
  h = step(h, srcAddr);
  h = step(h, dstAddr);
  h = step(h, (srcPort << 16) | dstPort);
  return mix32(h) >>> 0;
}

/** One round of MurmurHash3 (32 bits). */
function step(hash: number, word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  const h = hash ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}
