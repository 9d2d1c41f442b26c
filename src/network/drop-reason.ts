/** Why a packet ended early: a closed list, explained in docs/RESULTS.md. Numbers are stored, names are reported. */
export const DROP_REASONS = [
  'no-route',
  'blackhole-route',
  'ttl-expired',
  'mtu-exceeded',
  'source-dest-check',
  'isolated',
  'link-down',
  'device-down',
  'queue-full',
  'queue-flushed',
  'rate-limit',
  'pps-limit',
  'cps-limit',
  'conn-limit',
  'random-loss',
  'corrupt',
  'security-group',
  'network-acl',
  'nat-no-binding',
  'nat-ports-exhausted',
  'hairpin',
  'fragment-unsupported',
  'no-healthy-backend',
  'slb-no-egress',
  'not-listening',
  'no-session',
  'tunnel-down',
  'no-sa',
  'anti-replay',
  'wrong-path',
  'rate-limited-icmp',
] as const;

export type DropReasonName = (typeof DROP_REASONS)[number];

declare const brand: unique symbol;
export type DropReason = number & { readonly [brand]: 'DropReason' };

const byName = new Map(DROP_REASONS.map((name, index) => [name, index as DropReason]));

/** The number of a reason; ask at start-up, not per packet. */
export function dropReason(name: DropReasonName): DropReason {
  return byName.get(name) as DropReason;
}

export function dropReasonName(reason: DropReason): DropReasonName {
  return DROP_REASONS[reason] as DropReasonName;
}
