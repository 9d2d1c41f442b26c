/**
 * Slow start of servers that were added while others serve: from its entry into the pool a server's weight grows
 * linearly from nothing to the whole (assumed; that it grows is documented). One that leaves the pool before that begins
 * anew at its return; one that was removed forgets it.
 * Source: ALB "Configure slow start": not the first server of a group, not servers that were there; Wrr only.
 */

export interface Warming {
  /** Added while running, and not through its slow start. */
  isNew: boolean;
  /** When its slow start began; NaN outside one. */
  warmFromNs: number;
}

interface Warmable extends Warming {
  readonly isInPool: boolean;
  weight: number;
}

/** A new server enters the pool beside `others`: slowly, if one of them serves already. */
export function beginWarming(server: Warmable, others: readonly Warmable[], nowNs: number): void {
  if (!server.isNew) return;
  server.isNew = others.some(
    (other) => other !== server && other.isInPool && other.weight > 0 && Number.isNaN(other.warmFromNs),
  );
  if (server.isNew) server.warmFromNs = nowNs;
}

/** Out of the pool: what is left of its slow start it makes anew. */
export function stopWarming(server: Warmable): void {
  server.warmFromNs = Number.NaN;
}

/** Lets `pick` see weights as far as they have grown. */
export function whileWarming<S extends Warmable, T>(
  servers: readonly S[],
  spanNs: number,
  nowNs: number,
  pick: () => T,
): T {
  const whole: number[] = [];
  for (const server of servers) {
    whole.push(server.weight);
    const elapsedNs = nowNs - server.warmFromNs;
    if (elapsedNs >= spanNs) {
      server.isNew = false;
      server.warmFromNs = Number.NaN;
    } else if (elapsedNs >= 0) server.weight *= elapsedNs / spanNs;
  }
  const picked = pick();
  servers.forEach((server, i) => {
    server.weight = whole[i] as number;
  });
  return picked;
}
