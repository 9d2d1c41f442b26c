/**
 * What is wrong with links, held by the names of the targets that made it so: a link direction is down while any hold
 * fails it, and degraded by all its degradations together, the later one winning where two set the same thing.
 */
import { present } from '../base/assert.ts';
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
  readonly direction: Direction;
  readonly isSignalled: boolean;
}

interface DegradeHold {
  readonly target: string;
  readonly direction: Direction;
  readonly options: DegradeOptions;
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
  private readonly random = new Map<LinkId, RandomStream>();
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
    state.failures.push({ target, direction, isSignalled });
    this.settle(state, event);
  }

  /** As seen from the link, when `direction` is as seen from the machines that are degraded: `out` leaves them. */
  orient(name: string, machines: readonly string[], direction: Direction): Direction {
    const { a, b } = this.stateOf(name);
    if (direction === 'both' || machines.includes(a) || !machines.includes(b)) return direction;
    return direction === 'out' ? 'in' : 'out';
  }

  degrade(name: string, target: string, direction: Direction, options: DegradeOptions, event: number): void {
    const state = this.stateOf(name);
    state.degradations.push({ target, direction, options });
    this.settleDegradations(state, direction, event);
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
    this.setDown(ends.out, isDown('out'), event);
    this.setDown(ends.back, isDown('in'), event);
    this.tellLight(ends.ifaceA, !isDark('in'));
    this.tellLight(ends.ifaceB, !isDark('out'));
    const from = this.network.states.get(name) as string;
    const to = !isDown('out') && !isDown('in') ? 'up' : isDown('out') && isDown('in') ? 'down' : 'one-way';
    if (from !== to)
      this.network.change({ kind: 'state', subject: name, from, to, cause: { event, chain: [] } });
  }

  private setDown(link: LinkId, isDown: boolean, event: number): void {
    const { links, layer } = this.network;
    if (isDown === links.isDown[link]) return;
    if (isDown) layer.fail(link, event);
    else layer.restore(link, event);
  }

  private settleDegradations(
    { name, ends, degradations }: LinkState,
    direction: Direction,
    event: number,
  ): void {
    const { links, layer } = this.network;
    for (const [link, way] of [
      [ends.out, 'out'],
      [ends.back, 'in'],
    ] as const) {
      if (!covers(direction, way)) continue;
      const active = degradations.filter((hold) => covers(hold.direction, way));
      const options: DegradeOptions = Object.assign({}, ...active.map((hold) => hold.options));
      const wasDegraded = links.impairment[link] !== null || links.rateBps[link] !== links.baseRateBps[link];
      if (active.length === 0 && !wasDegraded) continue;
      links.degradeEvent[link] = event;
      links.impairment[link] = hasImpairment(options)
        ? new Impairment(options, this.randomOf(link, name, way), this.reorderDelayNs)
        : null;
      layer.setRate(link, options.rateBps ?? (links.baseRateBps[link] as number));
    }
  }

  /** One stream a direction, whatever comes and goes. */
  private randomOf(link: LinkId, name: string, way: 'in' | 'out'): RandomStream {
    const stream = this.random.get(link) ?? this.streams.stream(name, `impairment ${way}`);
    this.random.set(link, stream);
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

function hasImpairment(options: DegradeOptions): boolean {
  const { loss, burst, latencyNs, jitterNs, corrupt, reorder } = options;
  return [loss, burst, latencyNs, jitterNs, corrupt, reorder].some((value) => value !== undefined);
}
