// hot path
/** The finaliser of MurmurHash3 (32 bits): every bit of the word reaches every bit of the result, which is signed. */
export function mix32(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/**
 * A word for an address and a port to find things by. Different ends may share one, so what is found is compared; a
 * number that told them apart would be boxed for every look-up (bench `http/eip-clb`). The address may be signed.
 */
export function endKey(address: number, port: number): number {
  return Math.imul(address, 0x9e3779b1) ^ port;
}
