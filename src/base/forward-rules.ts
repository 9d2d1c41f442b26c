/**
 * What a DNAT entry may be beside the others of its NAT gateway: the checks of a scenario and the verbs of an
 * administrator hold the same rules. Source: Terraform alicloud_forward_entry; NAT Gateway "Terms", "Limits".
 */

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** A DNAT entry by names. Ports are null where it maps a whole address. */
export interface ForwardRule {
  readonly name: string;
  readonly eip: string;
  readonly protocol: 'tcp' | 'udp' | 'any';
  readonly externalPorts: PortRange | null;
  /** The instance it leads to. */
  readonly instance: string;
  readonly internalPorts: PortRange | null;
  /** Whether it may have a port above `SHARED_PORT_MAX` of an EIP that SNAT uses. */
  readonly breaksPorts: boolean;
}

/** SNAT takes its ports above this one. */
export const SHARED_PORT_MAX = 1024;

export type ForwardConflict = 'duplicate-forward' | 'eip-taken' | 'needs-port-break';

/** Why a DNAT entry cannot be, in words; null: nothing speaks against it. */
export interface ConflictFound {
  readonly kind: ForwardConflict;
  /** The other entry, DNAT or SNAT. */
  readonly other: string;
  readonly message: string;
}

export interface PoolUse {
  readonly name: string;
  readonly eips: readonly string[];
}

export function forwardConflict(
  entry: ForwardRule,
  others: readonly ForwardRule[],
  pools: readonly PoolUse[],
): ConflictFound | null {
  for (const other of others) {
    const found = conflictOf(entry, other);
    if (found !== null) return found;
  }
  for (const pool of pools) {
    const found = poolConflict(entry, pool);
    if (found !== null) return found;
  }
  return null;
}

function conflictOf(entry: ForwardRule, other: ForwardRule): ConflictFound | null {
  const isMapping = entry.protocol === 'any';
  if (entry.eip === other.eip && (isMapping || other.protocol === 'any')) {
    const message = `${other.name} uses ${entry.eip}, and an IP mapping has its EIP to itself`;
    return { kind: 'eip-taken', other: other.name, message };
  }
  if (isMapping && other.protocol === 'any' && entry.instance === other.instance) {
    const message = `${other.name} is an IP mapping of ${entry.instance} already`;
    return { kind: 'eip-taken', other: other.name, message };
  }
  if (entry.eip !== other.eip || entry.protocol !== other.protocol) return null;
  const { externalPorts: ports } = entry;
  const { externalPorts: taken } = other;
  if (ports === null || taken === null || ports.last < taken.first || taken.last < ports.first) return null;
  const message = `${other.name} has ${entry.protocol} port ${formatPorts(taken)} of ${entry.eip}`;
  return { kind: 'duplicate-forward', other: other.name, message };
}

/** What speaks against a DNAT entry and an SNAT pool having an EIP in common. */
export function poolConflict(entry: ForwardRule, { name, eips }: PoolUse): ConflictFound | null {
  if (!eips.includes(entry.eip)) return null;
  const { externalPorts, breaksPorts, eip } = entry;
  if (externalPorts === null) {
    const message = `SNAT entry ${name} uses ${eip}, and IP mapping ${entry.name} has its EIP to itself`;
    return { kind: 'eip-taken', other: name, message };
  }
  if (externalPorts.last <= SHARED_PORT_MAX || breaksPorts) return null;
  const message =
    `SNAT entry ${name} uses ${eip}, so port ${externalPorts.last} of ${entry.name}, ` +
    `above ${SHARED_PORT_MAX}, needs port_break`;
  return { kind: 'needs-port-break', other: name, message };
}

/** As Terraform writes it: `80`, `80/85`, `any`. */
export function formatPorts(ports: PortRange | null): string {
  if (ports === null) return 'any';
  return ports.first === ports.last ? String(ports.first) : `${ports.first}/${ports.last}`;
}

/** What the state of a DNAT entry shows: `web-ip:80/85 tcp > web-1:8080/8085`. */
export function describeForward(entry: ForwardRule): string {
  const { eip, protocol, externalPorts, instance, internalPorts } = entry;
  if (protocol === 'any') return `${eip} > ${instance}`;
  return `${eip}:${formatPorts(externalPorts)} ${protocol} > ${instance}:${formatPorts(internalPorts)}`;
}
