/**
 * Where a flow goes: an address, or a name that is asked for. Owns the difference; workloads ask `known` first, which costs
 * nothing, and wait for `resolve` only where an answer has to be fetched.
 */
import { NONE } from '../base/brand.ts';
import type { HostStack } from '../protocols/host-stack.ts';

export interface Destination {
  /** The address if the sender has it; NONE when it must be asked for. */
  known(from: HostStack): number;
  /** Fetches the address; NONE when there is none to be had. `unit` is billed for what is sent. */
  resolve(from: HostStack, unit: number, use: (address: number) => void): void;
}

export class FixedDestination implements Destination {
  private readonly address: number;

  constructor(address: number) {
    this.address = address;
  }

  known(): number {
    return this.address;
  }

  resolve(_from: HostStack, _unit: number, use: (address: number) => void): void {
    use(this.address);
  }
}

/** Hands the address to `use`: now if it is known, otherwise once it is; NONE when there is none. */
export function withAddress(
  destination: Destination,
  from: HostStack,
  unit: number,
  use: (address: number) => void,
): void {
  const address = destination.known(from);
  if (address === NONE) destination.resolve(from, unit, use);
  else use(address);
}
