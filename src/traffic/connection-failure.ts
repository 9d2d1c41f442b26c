/** How an application sees the end of a connection that it did not close, and when it tries again. */
import type { RandomStream } from '../base/random.ts';
import type { CloseReason } from '../protocols/tcp-socket.ts';
import { backedOffNs } from './back-off.ts';
import type { Failure } from './ledger.ts';

export function failureOf(reason: CloseReason, wasConnected: boolean): Failure {
  if (reason === 'timeout') return wasConnected ? 'response-timeout' : 'connect-timeout';
  return reason === 'refused' ? 'refused' : 'reset';
}

export interface ReconnectSettings {
  readonly delayNs: number;
  readonly maxDelayNs: number;
}

/** Exponential back-off: half of every wait is fixed, half is drawn, so that clients that fell together do not come back together. */
export class Reconnect {
  private readonly settings: ReconnectSettings | null;
  private readonly random: RandomStream;

  /** Null: a client does not come back. */
  constructor(settings: ReconnectSettings | null, random: RandomStream) {
    this.settings = settings;
    this.random = random;
  }

  /** How long to wait after so many failures in a row; infinite: for ever. */
  delayNs(failures: number): number {
    if (this.settings === null) return Number.POSITIVE_INFINITY;
    const { delayNs, maxDelayNs } = this.settings;
    return Math.ceil(backedOffNs(delayNs, failures, maxDelayNs) * (0.5 + this.random.uniform() / 2));
  }
}
