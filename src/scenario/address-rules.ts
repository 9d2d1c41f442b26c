/** Reading of addresses and blocks, and which of them a scenario may use. */
import type { Cidr } from '../base/ipv4.ts';
import {
  cidrContains,
  cidrSize,
  cidrsOverlap,
  formatCidr,
  parseCidr,
  parseIpv4,
  prefixMask,
} from '../base/ipv4.ts';
import type { Diagnostics } from './diagnostic.ts';
import { textOf } from './reading.ts';
import type { Tree } from './tree.ts';

const block = (a: number, b: number, length: number): Cidr => ({
  base: ((a << 24) | (b << 16)) >>> 0,
  length,
});

const PRIVATE: readonly Cidr[] = [block(10, 0, 8), block(172, 16, 12), block(192, 168, 16)];

/** In no network of a user: this host, cloud services, loopback, link local, multicast and above. */
const RESERVED: readonly Cidr[] = [
  block(0, 0, 8),
  block(100, 64, 10),
  block(127, 0, 8),
  block(169, 254, 16),
  block(224, 0, 3),
];

/** Public addresses that are assigned here come from the range for benchmarks, which nobody else uses. */
export const CLIENT_POOL: Cidr = block(198, 18, 16);
export const EIP_POOL: Cidr = block(198, 19, 17);
export const CLB_POOL: Cidr = { base: block(198, 19, 17).base + 0x8000, length: 17 };
const ASSIGNED: Cidr = block(198, 18, 15);

export function cidrOf(tree: Tree | undefined, diagnostics: Diagnostics): Cidr | undefined {
  const text = textOf(tree);
  if (tree === undefined || text === undefined || !/^[\d.]+\/\d+$/.test(text)) return undefined;
  const cidr = parseCidr(text);
  if (typeof cidr !== 'string') return cidr;
  if (cidr === 'malformed') {
    diagnostics.error('bad-cidr', tree.span, `'${text}' is no CIDR block`, {
      expected: 'a CIDR block such as 10.0.0.0/16',
    });
    return undefined;
  }
  const [address = '', length = ''] = text.split('/');
  const base = ((parseIpv4(address) ?? 0) & prefixMask(Number(length))) >>> 0;
  diagnostics.error('cidr-host-bits', tree.span, `'${text}' has bits set below its prefix`, {
    expected: formatCidr({ base, length: Number(length) }),
  });
  return undefined;
}

/** Reports a block that a VPC cannot have. */
export function checkVpcBlock(cidr: Cidr, tree: Tree, diagnostics: Diagnostics): void {
  const taken = [...RESERVED, ASSIGNED].find((reserved) => cidrsOverlap(reserved, cidr));
  if (taken === undefined) return;
  const why = taken === ASSIGNED ? 'for assigned public addresses' : 'by the system';
  diagnostics.error(
    'bad-cidr',
    tree.span,
    `'${formatCidr(cidr)}' overlaps ${formatCidr(taken)}, which is reserved ${why}`,
    {
      expected: 'a block such as 10.0.0.0/16, 172.16.0.0/16 or 192.168.0.0/16',
    },
  );
}

export function addressOf(tree: Tree | undefined, diagnostics: Diagnostics): number | undefined {
  const text = textOf(tree);
  if (tree === undefined || text === undefined || !/^\d+(\.\d+){3}$/.test(text)) return undefined;
  const address = parseIpv4(text);
  if (address !== null) return address;
  diagnostics.error('bad-address', tree.span, `'${text}' is no IPv4 address`, {
    expected: 'an IPv4 address such as 10.0.1.7',
  });
  return undefined;
}

/** An explicit public address; one that cannot be public is reported. */
export function publicAddressOf(tree: Tree | undefined, diagnostics: Diagnostics): number | undefined {
  const address = addressOf(tree, diagnostics);
  if (tree === undefined || address === undefined) return undefined;
  const reserved = [...PRIVATE, ...RESERVED].find((range) => cidrContains(range, address));
  if (reserved === undefined) return address;
  diagnostics.error(
    'not-public',
    tree.span,
    `'${textOf(tree)}' lies in ${formatCidr(reserved)}, which is not public`,
    {
      expected: 'a public address, for instance of 203.0.113.0/24',
    },
  );
  return undefined;
}

/** The system keeps the first two addresses of a vSwitch and the last three. */
export function isReservedIn(cidr: Cidr, address: number): boolean {
  const offset = address - cidr.base;
  return offset < 2 || offset >= cidrSize(cidr) - 3;
}

/** Assigned private addresses start here. */
export const FIRST_ASSIGNED_OFFSET = 4;
