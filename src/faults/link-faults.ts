/**
 * What is wrong with links, held by the names of the targets that made it so: a link direction is down while any hold
 * fails it; its degradations act one after the other, and the lowest of their rates is its rate.
 */
import { present } from '../base/assert.ts';
import { NONE } from '../base/brand.ts';
import type { RandomStream, RandomStreams } from '../base/random.ts';
import type { IfaceId, LinkId } from '../network/ids.ts';
import { Impairment, type ImpairmentOptions } from '../network/impairment.ts';
import type { LinkEnds, Network } from '../network/network.ts';

/** Of a link `a~b`: `out` is a to b. */
export type Direction = 'in' | 'out' | 'both';

export interface DegradeOptions extends ImpairmentOptions {
  readonly rateBps?: number;
}

interface FailHold {
  readonly target: string;
  readonly event: number;
  readonly direction: Direction;
  readonly isSignalled: boolean;
}

interface DegradeHold {
  readonly target: string;
  readonly direction: Direction;
  readonly options: DegradeOptions;
  readonly event: number;
}

interface LinkState {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly ends: LinkEnds;
  failures: FailHold[];
  degradations: DegradeHold[];
}

export class LinkFaults {
  private readonly network: Network;
  private readonly streams: RandomStreams;
  private readonly reorderDelayNs: number;
  private readonly states = new Map<string, LinkState>();
  private readonly random = new Map<string, RandomStream>();
  /** Ends of links that see no light. */
  private readonly dark = new Set<IfaceId>();

  constructor(network: Network, streams: RandomStreams, reorderDelayNs: number) {
    this.network = network;
    this.streams = streams;
    this.reorderDelayNs = reorderDelayNs;
  }

  /** `a` and `b` are the machines it joins. */
  add(name: string, a: string, b: string, ends: LinkEnds): void {
    this.states.set(name, { name, a, b, ends, failures: [], degradations: [] });
    this.network.states.set(name, 'up');
  }

  fail(name: string, target: string, direction: Direction, isSignalled: boolean, event: number): void {
    const state = this.stateOf(name);
    state.failures.push({ target, event, direction, isSignalled });
    this.settle(state, event);
  }

  /** As seen from the link, when `direction` is as seen from the machines that are degraded: `out` leaves them. */
  orient(name: string, machines: readonly string[], direction: Direction): Direction {
    const { a, b } = this.stateOf(name);
    if (direction === 'both' || machines.includes(a) || !machines.includes(b)) return direction;
    return direction === 'out' ? 'in' : 'out';
  }

  /** Replaces what the same target did before in this direction; what others did goes on. */
  degrade(name: string, target: string, direction: Direction, options: DegradeOptions, event: number): void {
    const state = this.stateOf(name);
    const isKept = (hold: DegradeHold): boolean => hold.target !== target || hold.direction !== direction;
    state.degradations = [...state.degradations.filter(isKept), { target, direction, options, event }];
    this.settleDegradations(state, direction, NONE);
  }

  /** Ends what was done in the target's name; all of it when the link itself is the target. */
  restore(name: string, target: string, event: number): void {
    const state = this.stateOf(name);
    const isKept = (hold: { readonly target: string }): boolean => name !== target && hold.target !== target;
    const wasDegraded = state.degradations.length;
    state.failures = state.failures.filter(isKept);
    state.degradations = state.degradations.filter(isKept);
    this.settle(state, event);
    if (state.degradations.length < wasDegraded) this.settleDegradations(state, 'both', event);
  }

  /** Brings both directions into the state that the holds ask for, and tells the ends of lost light. */
  private settle(state: LinkState, event: number): void {
    const { name, ends, failures } = state;
    const isDown = (direction: Direction): boolean =>
      failures.some((hold) => covers(hold.direction, direction));
    const isDark = (direction: Direction): boolean =>
      failures.some((hold) => hold.isSignalled && covers(hold.direction, direction));
    const since = (direction: Direction): number =>
      failures.find((hold) => covers(hold.direction, direction))?.event ?? event;
    this.setDown(ends.out, isDown('out'), event, since('out'));
    this.setDown(ends.back, isDown('in'), event, since('in'));
    this.tellLight(ends.ifaceA, !isDark('in'));
    this.tellLight(ends.ifaceB, !isDark('out'));
    const from = this.network.states.get(name) as string;
    const to = !isDown('out') && !isDown('in') ? 'up' : isDown('out') && isDown('in') ? 'down' : 'one-way';
    if (from !== to)
      this.network.change({ kind: 'state', subject: name, from, to, cause: { event, chain: [] } });
  }

  /** `since`: the event of the oldest failure that still holds, which is to blame for as long as it does. */
  private setDown(link: LinkId, isDown: boolean, event: number, since: number): void {
    const { links, layer } = this.network;
    if (isDown && links.isDown[link]) links.event[link] = since;
    else if (isDown) layer.fail(link, event);
    else if (links.isDown[link]) layer.restore(link, event);
  }

  /** `endedBy`: the event that ended a degradation; NONE when one was added. */
  private settleDegradations(
    { name, ends, degradations }: LinkState,
    direction: Direction,
    endedBy: number,
  ): void {
    const { links, layer } = this.network;
    for (const [link, way] of [
      [ends.out, 'out'],
      [ends.back, 'in'],
    ] as const) {
      if (!covers(direction, way)) continue;
      const active = degradations.filter((hold) => covers(hold.direction, way));
      const isDegraded =
        links.impairments[link] !== links.ownImpairments[link] ||
        links.rateBps[link] !== links.baseRateBps[link];
      if (active.length === 0 && !isDegraded) continue;
      const slowest = active.reduce<DegradeHold | null>((lowest, hold) => lowerRate(lowest, hold), null);
      links.impair(
        link,
        this.impairmentsOf(name, way, active, links.ownImpairments[link] ?? null),
        slowest?.event ?? endedBy,
      );
      layer.setRate(link, slowest?.options.rateBps ?? (links.baseRateBps[link] as number));
    }
  }

  private impairmentsOf(
    name: string,
    way: 'in' | 'out',
    active: readonly DegradeHold[],
    own: readonly Impairment[] | null,
  ): readonly Impairment[] | null {
    const impairing = active.filter((hold) => hasImpairment(hold.options));
    if (impairing.length === 0) return own;
    const added = impairing.map(({ options, event, target }) => {
      const streamOf = (purpose: string): RandomStream =>
        this.stream(name, `${way} ${purpose} for ${target}`);
      return new Impairment(options, event, streamOf, this.reorderDelayNs);
    });
    return own === null ? added : [...own, ...added];
  }

  /** One stream a purpose, which goes on when the same is degraded again. */
  private stream(name: string, purpose: string): RandomStream {
    const key = `${name} ${purpose}`;
    const stream = this.random.get(key) ?? this.streams.stream(name, purpose);
    this.random.set(key, stream);
    return stream;
  }

  /** The end that a direction leads to hears when its light goes or comes back. */
  private tellLight(iface: IfaceId, isLit: boolean): void {
    if (isLit === !this.dark.has(iface)) return;
    if (isLit) this.dark.delete(iface);
    else this.dark.add(iface);
    this.network.tellLight(iface, isLit);
  }

  private stateOf(name: string): LinkState {
    return present(this.states.get(name), `no link ${name} was built`);
  }
}

function covers(held: Direction, direction: Direction): boolean {
  return held === 'both' || direction === 'both' || held === direction;
}

function lowerRate(lowest: DegradeHold | null, hold: DegradeHold): DegradeHold | null {
  const rate = hold.options.rateBps;
  if (rate === undefined) return lowest;
  return lowest === null || rate < (lowest.options.rateBps as number) ? hold : lowest;
}

function hasImpairment(options: DegradeOptions): boolean {
  const { loss, burst, latencyNs, jitterNs, corrupt, reorder } = options;
  return [loss, burst, latencyNs, jitterNs, corrupt, reorder].some((value) => value !== undefined);
}
