// hot path
/**
 * Hash of a 5-tuple that is the same for its mirror image, so that a session whose replies mirror its requests has
 * one hash for both directions. Each end is mixed by itself, the ends are added, the sum is mixed: neighbouring
 * addresses and ports land anywhere, and exchanging one end's port with the other's gives another hash.
 */
import { mix32 } from '../base/mix.ts';

/** `ports` is source port << 16 | destination port, as rows hold it. */
export function tupleHash(protocol: number, srcAddr: number, dstAddr: number, ports: number): number {
  return mix32((endHash(srcAddr, ports >>> 16) + endHash(dstAddr, ports & 0xffff)) ^ protocol);
}

function endHash(address: number, port: number): number {
  let h = Math.imul(address ^ Math.imul(port, 0x9e3779b1), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0xcc9e2d51);
  return h ^ (h >>> 13);
}
