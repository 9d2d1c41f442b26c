// hot path
/** The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words. */

/** Adds the words of `bytes` in [from, to) to a running sum; an odd last byte counts as if a zero followed. */
export function addBytes(sum: number, bytes: Uint8Array, from: number, to: number): number {
  let total = sum;
  for (let at = from; at < to - 1; at += 2) {
    total += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  }
  if ((to - from) % 2 === 1) total += (bytes[to - 1] as number) << 8;
  return total;
}

export function addAddress(sum: number, address: number): number {
  return sum + (address >>> 16) + (address & 0xffff);
}

/** The 16 bits to send. Zeros add nothing, so a payload of zeros need not be looked at. */
export function finishChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = Math.floor(folded / 0x10000) + (folded % 0x10000);
  return ~folded & 0xffff;
}
