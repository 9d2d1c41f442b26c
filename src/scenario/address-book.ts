/**
 * Who has which address. Explicit ones are entered first, the others are assigned afterwards in the order of the file,
 * so that a file always gives the same addresses.
 */
import type { Cidr } from '../base/ipv4.ts';
import { cidrContains, cidrSize, formatCidr, formatIpv4 } from '../base/ipv4.ts';
import { FIRST_ASSIGNED_OFFSET, isReservedIn } from './address-rules.ts';
import type { Diagnostics } from './diagnostic.ts';
import type { Span } from './tree.ts';

interface Holder {
  readonly name: string;
  readonly span: Span;
}

export class AddressBook {
  private readonly diagnostics: Diagnostics;
  /** Private ones per VPC (two VPCs may use the same), public ones under ''. */
  private readonly holders = new Map<string, Map<number, Holder>>();
  /** Per range, where to look next. */
  private readonly cursors = new Map<string, number>();
  /** vSwitches that were reported as full. */
  private readonly full = new Set<string>();

  constructor(diagnostics: Diagnostics) {
    this.diagnostics = diagnostics;
  }

  /** Enters an address; false if somebody has it. */
  claim(network: string, address: number, name: string, span: Span): boolean {
    const holders = this.network(network);
    const holder = holders.get(address);
    if (holder === undefined) {
      holders.set(address, { name, span });
      return true;
    }
    const line = this.diagnostics.lineOf(holder.span);
    this.diagnostics.error(
      'duplicate-address',
      span,
      `${formatIpv4(address)} already belongs to '${holder.name}' in line ${line}`,
      { expected: 'an address of its own' },
    );
    return false;
  }

  /** An explicit private address: in the vSwitch, not reserved, not taken. */
  claimPrivate(vpc: string, cidr: Cidr, address: number, name: string, span: Span): boolean {
    const shown = formatIpv4(address);
    if (!cidrContains(cidr, address)) {
      this.diagnostics.error('address-outside-vswitch', span, `${shown} is not in its vSwitch`, {
        expected: `an address of ${formatCidr(cidr)}`,
      });
      return false;
    }
    if (isReservedIn(cidr, address)) {
      this.diagnostics.error('reserved-address', span, `${shown} is reserved by the system`, {
        expected: `none of the first two or the last three of ${formatCidr(cidr)}`,
      });
      return false;
    }
    return this.claim(vpc, address, name, span);
  }

  assignPrivate(vpc: string, vswitch: string, cidr: Cidr, name: string, span: Span): number | undefined {
    const address = this.next(vpc, cidr, FIRST_ASSIGNED_OFFSET, cidrSize(cidr) - 4, name, span);
    if (address === undefined && !this.full.has(vswitch)) {
      this.full.add(vswitch);
      this.diagnostics.error('vswitch-full', span, `vSwitch '${vswitch}' has no address left for '${name}'`, {
        expected: `a block larger than ${formatCidr(cidr)}`,
      });
    }
    return address;
  }

  assignPublic(pool: Cidr, name: string, span: Span): number | undefined {
    const address = this.next('', pool, 1, cidrSize(pool) - 2, name, span);
    if (address === undefined) {
      this.diagnostics.error(
        'addresses-exhausted',
        span,
        `${formatCidr(pool)} has no address left for '${name}'`,
      );
    }
    return address;
  }

  /** The lowest free one; `first` and `last` are offsets in the block. */
  private next(
    network: string,
    block: Cidr,
    first: number,
    last: number,
    name: string,
    span: Span,
  ): number | undefined {
    const holders = this.network(network);
    const key = `${network} ${block.base}`;
    let offset = this.cursors.get(key) ?? first;
    while (offset <= last && holders.has(block.base + offset)) offset += 1;
    this.cursors.set(key, offset);
    if (offset > last) return undefined;
    const address = block.base + offset;
    holders.set(address, { name, span });
    return address;
  }

  private network(name: string): Map<number, Holder> {
    const known = this.holders.get(name);
    if (known !== undefined) return known;
    const created = new Map<number, Holder>();
    this.holders.set(name, created);
    return created;
  }
}
