/** Ends that have one `endKey`, which is to find them all apart. */
import { endKey } from '../../src/base/mix.ts';

/** The other end, with the port beside, that shares the key of an address and a port; unsigned. */
export function endOfSameKey(address: number, port: number): { address: number; port: number } {
  const word = endKey(address, port);
  // The multiplier is odd, so every word at this port belongs to one address: found by halving the unknown bits.
  let other = 0;
  for (let bit = 0; bit < 32; bit++) {
    const difference = endKey(other, port ^ 1) ^ word;
    if (((difference >>> bit) & 1) === 1) other = (other | (1 << bit)) >>> 0;
  }
  return { address: other, port: port ^ 1 };
}
