// hot path
/**
 * 64 bits over all verdicts of a run: an order-free sum of a mixed hash of (time, device, flow, verdict with its
 * interface or reason), by names and never by row numbers, so that neither table layout nor event queue shows in it.
 */
import { mix32 } from '../base/mix.ts';

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
    const timeLow = timeNs | 0;
    const timeHigh = (timeNs / 0x100000000) | 0;
    const a = mix32(timeLow ^ Math.imul(device, 0x9e3779b1));
    const b = mix32(a ^ Math.imul(flow, 0x85ebca77) ^ timeHigh);
    const low = mix32(b ^ verdict) >>> 0;
    const high = mix32(low ^ Math.imul(a, 0xc2b2ae3d) ^ Math.imul(verdict, 0x27d4eb2f));
    const sum = this.low + low;
    this.low = sum >>> 0;
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) | 0;
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
