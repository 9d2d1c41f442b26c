/**
 * Which ports DNAT holds, by public address and protocol, and so which are left for sources. Ranges may overlap and
 * be held more than once; each `hold` needs its own `unhold`. Changes are rare and build the free ports anew.
 */
import { assert } from '../base/assert.ts';
import { FreePorts, type PortRange } from './free-ports.ts';
import { ICMP } from './tcp-states.ts';

/** An ICMP identifier is no port and may be any number. */
const IDENTIFIERS: PortRange = { first: 0, last: 65_535 };

interface Holding {
  readonly ranges: PortRange[];
  free: FreePorts;
}

export class HeldPorts {
  private readonly range: PortRange;
  private readonly allPorts: FreePorts;
  private readonly allIdentifiers = new FreePorts(IDENTIFIERS, []);
  private readonly holdings = new Map<number, Holding>();

  constructor(range: PortRange) {
    this.range = range;
    this.allPorts = new FreePorts(range, []);
  }

  freePorts(address: number, protocol: number): FreePorts {
    const holding = this.holdings.size === 0 ? undefined : this.holdings.get(keyOf(address, protocol));
    if (holding !== undefined) return holding.free;
    return protocol === ICMP ? this.allIdentifiers : this.allPorts;
  }

  hold(address: number, protocol: number, range: PortRange): void {
    assert(range.first <= range.last, 'a range of held ports is not empty');
    const ranges = this.holdings.get(keyOf(address, protocol))?.ranges ?? [];
    ranges.push(range);
    this.rebuild(address, protocol, ranges);
  }

  unhold(address: number, protocol: number, range: PortRange): void {
    const ranges = this.holdings.get(keyOf(address, protocol))?.ranges ?? [];
    const at = ranges.findIndex(({ first, last }) => first === range.first && last === range.last);
    assert(at >= 0, 'only ports that are held are given back');
    ranges.splice(at, 1);
    this.rebuild(address, protocol, ranges);
  }

  private rebuild(address: number, protocol: number, ranges: PortRange[]): void {
    const range = protocol === ICMP ? IDENTIFIERS : this.range;
    if (ranges.length === 0) this.holdings.delete(keyOf(address, protocol));
    else this.holdings.set(keyOf(address, protocol), { ranges, free: new FreePorts(range, ranges) });
  }
}

function keyOf(address: number, protocol: number): number {
  return (address >>> 0) * 256 + protocol;
}
