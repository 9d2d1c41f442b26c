/** What guaranteed-performance CLBs carry. Source: CLB "Guaranteed-performance instances". Queries a second are of layer 7 alone. */
import type { ClbSpec } from './scenario.ts';

export const CLB_SPECS = {
  'slb.s1.small': { connections: 5_000, connectionsPerSecond: 3_000, queriesPerSecond: 1_000 },
  'slb.s2.small': { connections: 50_000, connectionsPerSecond: 5_000, queriesPerSecond: 5_000 },
  'slb.s2.medium': { connections: 100_000, connectionsPerSecond: 10_000, queriesPerSecond: 10_000 },
  'slb.s3.small': { connections: 200_000, connectionsPerSecond: 20_000, queriesPerSecond: 20_000 },
  'slb.s3.medium': { connections: 500_000, connectionsPerSecond: 50_000, queriesPerSecond: 30_000 },
  'slb.s3.large': { connections: 1_000_000, connectionsPerSecond: 100_000, queriesPerSecond: 50_000 },
} as const satisfies Record<string, ClbSpec>;

export const CLB_SPEC_NAMES = Object.keys(CLB_SPECS) as [
  keyof typeof CLB_SPECS,
  ...(keyof typeof CLB_SPECS)[],
];
