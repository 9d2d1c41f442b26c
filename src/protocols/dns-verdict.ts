/** What a probe node tells the authoritative server about the values of its records. */
import type { Cause } from '../network/observer.ts';

export interface DnsVerdict {
  readonly record: string;
  readonly value: string;
  readonly isUp: boolean;
  readonly cause: Cause | null;
}

export interface DnsVerdicts {
  readonly kind: 'dns-verdicts';
  readonly verdicts: readonly DnsVerdict[];
}

/** UDP port of the authoritative server that takes them, and bytes of each. */
export const VERDICT_PORT = 3600;
export const VERDICT_BYTES = 16;
