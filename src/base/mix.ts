// hot path
/** The finaliser of MurmurHash3 (32 bits): every bit of the word reaches every bit of the result, which is signed. */
export function mix32(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
