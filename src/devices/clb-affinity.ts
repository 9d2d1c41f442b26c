/** Which server of a listener a client's address stays with, each for a while after its last new connection. */
export class ClientAffinity<S> {
  private readonly byAddress = new Map<number, { readonly server: S; readonly untilNs: number }>();
  private sweepAt = 1024;

  /** The client's server, unless its time is over. */
  find(address: number, nowNs: number): S | null {
    const kept = this.byAddress.get(address);
    return kept === undefined || kept.untilNs <= nowNs ? null : kept.server;
  }

  keep(address: number, server: S, untilNs: number, nowNs: number): void {
    this.byAddress.set(address, { server, untilNs });
    if (this.byAddress.size < this.sweepAt) return;
    for (const [known, kept] of this.byAddress) if (kept.untilNs <= nowNs) this.byAddress.delete(known);
    this.sweepAt = 1024 + 2 * this.byAddress.size;
  }

  clear(): void {
    this.byAddress.clear();
  }
}
