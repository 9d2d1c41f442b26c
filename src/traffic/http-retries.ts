/**
 * Which failed attempts are repeated, and after what pause: exponential back-off with full jitter, as in Envoy: the
 * n-th retry waits a uniform draw from 0 to base x 2^(n-1), at most to the maximum.
 */
import type { RandomStream } from '../base/random.ts';
import { backedOffNs } from './back-off.ts';
import type { Failure } from './ledger.ts';

export interface RetrySettings {
  /** Attempts beyond the first. */
  readonly limit: number;
  /** Of one attempt, from its beginning; infinite without. */
  readonly perTryTimeoutNs: number;
  readonly baseIntervalNs: number;
  readonly maxIntervalNs: number;
}

/** Every request has one attempt. */
export const NO_RETRIES: RetrySettings = {
  limit: 0,
  perTryTimeoutNs: Number.POSITIVE_INFINITY,
  baseIntervalNs: 0,
  maxIntervalNs: 0,
};

/** Whether a request that has failed so after so many attempts gets another. A name without address is no one's to repeat. */
export function isRetried({ limit }: RetrySettings, failure: Failure, attempts: number): boolean {
  return attempts <= limit && failure !== 'name-error';
}

/** Pause before the next attempt, in whole ns: one draw. */
export function retryPauseNs(
  { baseIntervalNs, maxIntervalNs }: RetrySettings,
  attempts: number,
  random: RandomStream,
): number {
  return Math.floor(random.uniform() * backedOffNs(baseIntervalNs, attempts, maxIntervalNs));
}
