/**
 * Fail, restore, flap, degrade: holds on machines and links, by the power and link switches of the network and the
 * service switch of hosts. An element is down while anything holds it: restoring a zone frees what the zone's
 * outage took, not what failed by itself; restoring an element by its own name frees it from everything.
 */
import { present } from '../base/assert.ts';
import type { RandomStreams } from '../base/random.ts';
import type { Engine } from '../engine/engine.ts';
import type { DeviceId, IfaceId, LinkId } from '../network/ids.ts';
import { Impairment, type ImpairmentOptions } from '../network/impairment.ts';
import type { LinkEnds, Network } from '../network/network.ts';
import type { HostStack, ServiceFault } from '../protocols/host-stack.ts';

export type MachineFault = 'power-off' | 'refuse' | 'hang' | 'error' | 'slow';
export type Direction = 'in' | 'out' | 'both';

/** What a name of the scenario covers. */
export interface FaultTarget {
  readonly name: string;
  readonly devices: readonly string[];
  readonly links: readonly string[];
}

export interface FailOptions {
  readonly machineFault: MachineFault;
  readonly linkFault: 'silent' | 'signalled';
  readonly direction: Direction;
}

export interface DegradeOptions extends ImpairmentOptions {
  readonly rateBps?: number;
}

interface Machine {
  readonly id: DeviceId;
  /** Hosts have one: its service can fail apart from the machine. */
  readonly stack: HostStack | null;
  readonly links: readonly string[];
}

interface Hold {
  readonly target: string;
  readonly fault: MachineFault;
}

interface LinkHold {
  readonly target: string;
  readonly direction: Direction;
  readonly isSignalled: boolean;
}

export class FaultInjector {
  private readonly network: Network;
  private readonly engine: Engine;
  private readonly streams: RandomStreams;
  private readonly bootNs: number;
  private readonly reorderDelayNs: number;
  private readonly machines = new Map<string, Machine>();
  private readonly links = new Map<string, LinkEnds>();
  private readonly machineHolds = new Map<string, Hold[]>();
  private readonly linkHolds = new Map<string, LinkHold[]>();
  /** Names of the targets for whose sake a link is degraded. */
  private readonly degradedFor = new Map<string, Set<string>>();
  /** When the machines that are booting will be up. */
  private readonly bootedAtNs = new Map<string, number>();
  /** Ends of links that see no light. */
  private readonly dark = new Set<IfaceId>();

  constructor(
    network: Network,
    engine: Engine,
    streams: RandomStreams,
    settings: { readonly bootNs: number; readonly reorderDelayNs: number },
  ) {
    this.network = network;
    this.engine = engine;
    this.streams = streams;
    this.bootNs = settings.bootNs;
    this.reorderDelayNs = settings.reorderDelayNs;
  }

  addMachine(name: string, id: DeviceId, stack: HostStack | null, links: readonly string[]): void {
    this.machines.set(name, { id, stack, links });
  }

  addLink(name: string, ends: LinkEnds): void {
    this.links.set(name, ends);
  }

  fail(target: FaultTarget, options: FailOptions, event: number): void {
    for (const name of target.devices) {
      this.holdsOf(name).push({ target: target.name, fault: options.machineFault });
      this.settleMachine(name, event);
    }
    for (const name of target.links) {
      const isSignalled = options.linkFault === 'signalled';
      this.linkHoldsOf(name).push({ target: target.name, direction: options.direction, isSignalled });
      this.settleLink(name, event);
    }
  }

  /** Also ends what `degrade` did. */
  restore(target: FaultTarget, event: number): void {
    for (const name of target.devices) {
      const isItself = name === target.name;
      this.machineHolds.set(
        name,
        isItself ? [] : this.holdsOf(name).filter((hold) => hold.target !== target.name),
      );
      this.settleMachine(name, event);
    }
    for (const name of this.linksOf(target)) {
      const isItself = name === target.name;
      this.linkHolds.set(
        name,
        isItself ? [] : this.linkHoldsOf(name).filter((hold) => hold.target !== target.name),
      );
      this.settleLink(name, event);
      this.undegrade(name, target, event);
    }
  }

  degrade(target: FaultTarget, options: DegradeOptions, direction: Direction, event: number): void {
    for (const name of this.linksOf(target)) {
      this.degradedFor.set(name, (this.degradedFor.get(name) ?? new Set()).add(target.name));
      for (const link of this.directions(name, direction)) {
        const { links } = this.network;
        const stream = this.streams.stream(
          name,
          `impairment ${link === this.links.get(name)?.out ? 'out' : 'in'}`,
        );
        links.event[link] = event;
        if (hasImpairment(options))
          links.impairment[link] = new Impairment(options, stream, this.reorderDelayNs);
        if (options.rateBps !== undefined) this.network.layer.setRate(link, options.rateBps);
      }
    }
  }

  /** A group mends what it degraded; a link or a machine restored by its own name mends all. */
  private undegrade(name: string, target: FaultTarget, event: number): void {
    const { links, layer } = this.network;
    const holders = this.degradedFor.get(name) ?? new Set();
    holders.delete(target.name);
    const isItself = name === target.name || target.devices.includes(target.name);
    if (holders.size > 0 && !isItself) return;
    holders.clear();
    for (const link of this.directions(name, 'both')) {
      const isDegraded = links.impairment[link] !== null || links.rateBps[link] !== links.baseRateBps[link];
      if (!isDegraded) continue;
      links.impairment[link] = null;
      links.event[link] = event;
      layer.setRate(link, links.baseRateBps[link] as number);
    }
  }

  /** Brings a machine into the state its holds ask for. */
  private settleMachine(name: string, event: number): void {
    const { id, stack } = present(this.machines.get(name), `no machine ${name} was built`);
    const holds = this.holdsOf(name);
    const isOn = !holds.some((hold) => hold.fault === 'power-off');
    if (!isOn) this.bootedAtNs.delete(name);
    else if (!this.network.isPowered(id) && this.bootNs > 0) {
      this.boot(name, event);
      return;
    }
    this.network.setPower(id, isOn, event);
    const fault: ServiceFault = (holds.at(-1)?.fault as ServiceFault | undefined) ?? 'none';
    if (isOn && stack !== null && stack.serviceFault !== fault) stack.setServiceFault(fault, event);
  }

  private boot(name: string, event: number): void {
    if (this.bootedAtNs.has(name)) return;
    const upAtNs = this.engine.nowNs + this.bootNs;
    this.bootedAtNs.set(name, upAtNs);
    this.engine.call(upAtNs, () => {
      // Failed again meanwhile, and perhaps booting anew.
      if (this.bootedAtNs.get(name) !== upAtNs) return;
      this.bootedAtNs.delete(name);
      this.network.setPower(present(this.machines.get(name), `no machine ${name} was built`).id, true, event);
      this.settleMachine(name, event);
    });
  }

  private settleLink(name: string, event: number): void {
    const ends = present(this.links.get(name), `no link ${name} was built`);
    const { links, layer } = this.network;
    const holds = this.linkHoldsOf(name);
    const settle = (link: LinkId, direction: Direction): void => {
      const isDown = holds.some((hold) => hold.direction === 'both' || hold.direction === direction);
      if (isDown === links.isDown[link]) return;
      if (isDown) layer.fail(link, event);
      else layer.restore(link, event);
    };
    settle(ends.out, 'out');
    settle(ends.back, 'in');
    const isDark = (direction: Direction): boolean =>
      holds.some((hold) => hold.isSignalled && (hold.direction === 'both' || hold.direction === direction));
    this.tellLight(ends.ifaceA, !isDark('in'));
    this.tellLight(ends.ifaceB, !isDark('out'));
  }

  /** The end that a direction leads to hears when its light goes or comes back. */
  private tellLight(iface: IfaceId, isLit: boolean): void {
    if (isLit === !this.dark.has(iface)) return;
    if (isLit) this.dark.delete(iface);
    else this.dark.add(iface);
    this.network.tellLight(iface, isLit);
  }

  /** The links a target names; of a machine all of its links. */
  private linksOf(target: FaultTarget): string[] {
    const names = new Set(target.links);
    for (const device of target.devices) {
      for (const link of this.machines.get(device)?.links ?? []) names.add(link);
    }
    return [...names];
  }

  private directions(name: string, direction: Direction): LinkId[] {
    const { out, back } = present(this.links.get(name), `no link ${name} was built`);
    return direction === 'out' ? [out] : direction === 'in' ? [back] : [out, back];
  }

  private holdsOf(name: string): Hold[] {
    const holds = this.machineHolds.get(name) ?? [];
    this.machineHolds.set(name, holds);
    return holds;
  }

  private linkHoldsOf(name: string): LinkHold[] {
    const holds = this.linkHolds.get(name) ?? [];
    this.linkHolds.set(name, holds);
    return holds;
  }
}

function hasImpairment(options: DegradeOptions): boolean {
  const { loss, burst, latencyNs, jitterNs, corrupt, reorder } = options;
  return [loss, burst, latencyNs, jitterNs, corrupt, reorder].some((value) => value !== undefined);
}
