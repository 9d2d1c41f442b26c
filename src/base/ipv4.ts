/**
 * IPv4 addresses as unsigned 32-bit integers. Parsing and printing go through ip-num, which is strict and slow
 * (10 to 100 us a call), so nothing here belongs on the path of a packet.
 */
import { IPv4, IPv4CidrRange } from 'ip-num';

/** A block of addresses: `base` has no bit set below the prefix. */
export interface Cidr {
  readonly base: number;
  readonly length: number;
}

/** The address of `a.b.c.d`, or null if the text is no IPv4 address. */
export function parseIpv4(text: string): number | null {
  try {
    return Number(IPv4.fromString(text).getValue());
  } catch {
    return null;
  }
}

export function formatIpv4(address: number): string {
  return IPv4.fromNumber(BigInt(address >>> 0)).toString();
}

/** `host-bits` when the address part lies inside the block and is not its base. */
export function parseCidr(text: string): Cidr | 'malformed' | 'host-bits' {
  const slash = text.indexOf('/');
  if (slash < 0 || !/^\d{1,2}$/.test(text.slice(slash + 1))) return 'malformed';
  try {
    const range = IPv4CidrRange.fromCidr(text);
    const length = Number(range.getPrefix().getValue());
    const base = Number(range.getFirst().getValue());
    return parseIpv4(text.slice(0, slash)) === base ? { base, length } : 'host-bits';
  } catch {
    return 'malformed';
  }
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIpv4(cidr.base)}/${cidr.length}`;
}

/** The mask of a prefix length as an unsigned integer: 8 gives 0xff000000. */
export function prefixMask(length: number): number {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** Number of addresses in the block. */
export function cidrSize(cidr: Cidr): number {
  return 0x100000000 - prefixMask(cidr.length);
}

export function cidrContains(cidr: Cidr, address: number): boolean {
  return (address & prefixMask(cidr.length)) >>> 0 === cidr.base;
}

/** True when `inner` lies wholly in `outer`; a block covers itself. */
export function cidrCovers(outer: Cidr, inner: Cidr): boolean {
  return inner.length >= outer.length && cidrContains(outer, inner.base);
}

export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return a.length <= b.length ? cidrContains(a, b.base) : cidrContains(b, a.base);
}

const PRIVATE: readonly Cidr[] = [
  { base: 0x0a000000, length: 8 },
  { base: 0xac100000, length: 12 },
  { base: 0xc0a80000, length: 16 },
  { base: 0x64400000, length: 10 },
];

/** Not of RFC 1918, nor a service of the cloud. */
export function isPublic(address: number): boolean {
  for (let i = 0; i < PRIVATE.length; i++) if (cidrContains(PRIVATE[i] as Cidr, address)) return false;
  return true;
}
