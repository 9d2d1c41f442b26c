// hot path
/**
 * 64 bits over all verdicts of a run: an order-free sum of a mixed hash of (time, device, flow, verdict with its
 * interface or reason), by names and never by row numbers, so that neither table layout nor event queue shows in it.
 */
import { mix32 } from '../base/mix.ts';

const PER_HIGH_WORD = 1 / 0x100000000;

/** FNV-1a over the UTF-16 units of a name. */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash | 0;
}

export class Fingerprint {
  private low = 0;
  private high = 0;

  /** Adds one verdict; the hashes are those of names. */
  add(timeNs: number, device: number, flow: number, verdict: number): void {
    const timeHigh = (timeNs * PER_HIGH_WORD) | 0;
    const a = mix32(timeNs ^ Math.imul(device, 0x9e3779b1));
    const b = mix32(a ^ Math.imul(flow, 0x85ebca77) ^ timeHigh);
    const low = mix32(b ^ verdict);
    const high = mix32(low ^ Math.imul(a, 0xc2b2ae3d) ^ Math.imul(verdict, 0x27d4eb2f));
    // The carry of the low words, without a branch: nobody could predict it (bench packet/routers).
    const before = this.low;
    const sum = (before + low) | 0;
    const carry = ((before & low) | ((before | low) & ~sum)) >>> 31;
    this.low = sum;
    this.high = (this.high + high + carry) | 0;
  }

  reset(): void {
    this.low = 0;
    this.high = 0;
  }

  /** 16 hex digits. */
  toString(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, '0');
    return hex(this.high) + hex(this.low);
  }
}
