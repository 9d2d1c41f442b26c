/**
 * Fail, restore, degrade: by the power and link switches of the network and the service switch of hosts. Holds are
 * kept by the name of the target: restoring a zone frees what the zone's outage took, not what failed by itself;
 * restoring an element by its own name frees it from everything.
 */
import type { RandomStreams } from '../base/random.ts';
import type { Engine } from '../engine/engine.ts';
import type { DeviceId } from '../network/ids.ts';
import type { LinkEnds, Network } from '../network/network.ts';
import type { HostStack } from '../protocols/host-stack.ts';
import { type DegradeOptions, type Direction, LinkFaults } from './link-faults.ts';
import { type MachineFault, MachineFaults } from './machine-faults.ts';

export type { DegradeOptions, Direction } from './link-faults.ts';
export type { MachineFault } from './machine-faults.ts';

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

export class FaultInjector {
  private readonly machines: MachineFaults;
  private readonly links: LinkFaults;
  /** By machine: the links attached to it. */
  private readonly attached = new Map<string, readonly string[]>();

  constructor(
    network: Network,
    engine: Engine,
    streams: RandomStreams,
    settings: { readonly bootNs: number; readonly reorderDelayNs: number },
  ) {
    this.machines = new MachineFaults(network, engine, settings.bootNs);
    this.links = new LinkFaults(network, streams, settings.reorderDelayNs);
  }

  addMachine(name: string, id: DeviceId, stack: HostStack | null, links: readonly string[]): void {
    this.machines.add(name, id, stack);
    this.attached.set(name, links);
  }

  /** `a` and `b` are the machines it joins. */
  addLink(name: string, a: string, b: string, ends: LinkEnds): void {
    this.links.add(name, a, b, ends);
  }

  fail(target: FaultTarget, options: FailOptions, event: number): void {
    const { machineFault, linkFault, direction } = options;
    for (const name of target.devices) this.machines.fail(name, target.name, machineFault, event);
    for (const name of target.links) {
      this.links.fail(name, target.name, direction, linkFault === 'signalled', event);
    }
  }

  /** Also ends what `degrade` did in the target's name. */
  restore(target: FaultTarget, event: number): void {
    for (const name of target.devices) this.machines.restore(name, target.name, event);
    for (const name of this.linksOf(target)) this.links.restore(name, target.name, event);
  }

  /** Of a machine all links are degraded; `out` is then away from it. */
  degrade(target: FaultTarget, options: DegradeOptions, direction: Direction, event: number): void {
    for (const name of this.linksOf(target)) {
      const oriented = this.links.orient(name, target.devices, direction);
      this.links.degrade(name, target.name, oriented, options, event);
    }
  }

  /** The links a target names, and those of the machines it names. */
  private linksOf(target: FaultTarget): Set<string> {
    const machines = target.devices.flatMap((device) => this.attached.get(device) ?? []);
    return new Set([...target.links, ...machines]);
  }
}
