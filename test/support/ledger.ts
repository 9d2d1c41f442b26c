/** A ledger that keeps everything: the one way to hear a workload in tests without a recorder. */
import type { Failure, Ledger } from '../../src/traffic/ledger.ts';

export interface UnitNote {
  readonly offeredNs: number;
  slot: number;
  deliveredNs: number | null;
  bytes: number;
  failure: Failure | null;
  /** Attempts beyond the first. */
  retries: number;
  /** Times it was delivered or failed after the first. */
  repeats: number;
}

export class NotingLedger implements Ledger {
  readonly units: UnitNote[] = [];
  connections = 0;
  readonly sessions = { opened: 0, used: 0, completed: 0, broken: 0 };
  readonly alive = new Set<number>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  offer(_flow: number, slot: number): number {
    const none = { deliveredNs: null, bytes: 0, failure: null, retries: 0, repeats: 0 };
    this.units.push({ offeredNs: this.now(), slot, ...none });
    return this.units.length - 1;
  }

  openConnection(): number {
    return this.connections++;
  }

  place(_flow: number, unit: number, slot: number): void {
    (this.units[unit] as UnitNote).slot = slot;
  }

  retry(_flow: number, unit: number, isFirst: boolean): void {
    const note = this.units[unit] as UnitNote;
    if (isFirst !== (note.retries === 0)) throw new Error(`the retries of unit ${unit} are miscounted`);
    note.retries++;
  }

  openSession(_flow: number, connection: number): void {
    this.sessions.opened++;
    this.alive.add(connection);
  }

  useSession(): void {
    this.sessions.used++;
  }

  completeSession(_flow: number, connection: number): void {
    this.end(connection);
    this.sessions.completed++;
  }

  breakSession(_flow: number, connection: number): void {
    this.end(connection);
    this.sessions.broken++;
  }

  deliver(_flow: number, unit: number, bytes: number): void {
    const note = this.units[unit] as UnitNote;
    if (this.isResolved(note)) return;
    note.deliveredNs = this.now();
    note.bytes = bytes;
  }

  fail(_flow: number, unit: number, failure: Failure): void {
    const note = this.units[unit] as UnitNote;
    if (!this.isResolved(note)) note.failure = failure;
  }

  /** Failures by name, `delivered`, and `pending`. */
  get outcomes(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { failure, deliveredNs } of this.units) {
      const outcome = failure ?? (deliveredNs === null ? 'pending' : 'delivered');
      counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    return counts;
  }

  /** A session ends once. */
  private end(connection: number): void {
    if (!this.alive.delete(connection)) throw new Error(`connection ${connection} carries no session`);
  }

  private isResolved(note: UnitNote): boolean {
    const isResolved = note.deliveredNs !== null || note.failure !== null;
    if (isResolved) note.repeats++;
    return isResolved;
  }
}
