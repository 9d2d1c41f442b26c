/**
 * What is wrong with machines and the services on them, held by the names of the targets that made it so. A machine is
 * off while any hold switched it off; its service has the latest fault that still holds.
 */
import { present } from '../base/assert.ts';
import type { Engine } from '../engine/engine.ts';
import type { DeviceId } from '../network/ids.ts';
import type { Network } from '../network/network.ts';
import type { HostStack, ServiceFault } from '../protocols/host-stack.ts';

export type MachineFault = 'power-off' | 'refuse' | 'hang' | 'error' | 'slow';

interface MachineState {
  readonly id: DeviceId;
  /** Hosts have one: its service can fail apart from the machine. */
  readonly stack: HostStack | null;
  holds: { readonly target: string; readonly fault: MachineFault; readonly event: number }[];
  /** When a machine that is booting will be up; null otherwise. */
  upAtNs: number | null;
}

export class MachineFaults {
  private readonly network: Network;
  private readonly engine: Engine;
  private readonly bootNs: number;
  private readonly states = new Map<string, MachineState>();

  constructor(network: Network, engine: Engine, bootNs: number) {
    this.network = network;
    this.engine = engine;
    this.bootNs = bootNs;
  }

  add(name: string, id: DeviceId, stack: HostStack | null): void {
    this.states.set(name, { id, stack, holds: [], upAtNs: null });
    this.network.states.set(name, 'on');
  }

  fail(name: string, target: string, fault: MachineFault, event: number): void {
    const state = this.stateOf(name);
    state.holds.push({ target, fault, event });
    this.settle(state, event);
  }

  /** Ends what was done in the target's name; all of it when the machine itself is the target. */
  restore(name: string, target: string, event: number): void {
    const state = this.stateOf(name);
    state.holds = state.holds.filter((hold) => name !== target && hold.target !== target);
    this.settle(state, event);
  }

  private settle(state: MachineState, event: number): void {
    const { id, stack, holds } = state;
    const isOn = !holds.some((hold) => hold.fault === 'power-off');
    if (!isOn) state.upAtNs = null;
    else if (!this.network.isPowered(id) && this.bootNs > 0) {
      this.boot(state, event);
      return;
    }
    this.network.setPower(id, isOn, event);
    const off = holds.find((hold) => hold.fault === 'power-off');
    if (off !== undefined) this.network.setPowerEvent(id, off.event);
    const fault: ServiceFault = (holds.at(-1)?.fault as ServiceFault | undefined) ?? 'none';
    if (isOn && stack !== null && stack.serviceFault !== fault) stack.setServiceFault(fault, event);
  }

  private boot(state: MachineState, event: number): void {
    if (state.upAtNs !== null) return;
    const upAtNs = this.engine.nowNs + this.bootNs;
    state.upAtNs = upAtNs;
    this.engine.call(upAtNs, () => {
      // Failed again meanwhile, and perhaps booting anew.
      if (state.upAtNs !== upAtNs) return;
      state.upAtNs = null;
      this.network.setPower(state.id, true, event);
      this.settle(state, event);
    });
  }

  private stateOf(name: string): MachineState {
    return present(this.states.get(name), `no machine ${name} was built`);
  }
}
