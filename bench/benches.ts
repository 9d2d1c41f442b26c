/** All benches, in the order they run and are printed. */
import { allocationBenches } from './allocation.ts';
import { conntrackBenches } from './conntrack.ts';
import { eventQueueBenches } from './event-queue.ts';
import { fibBenches } from './fib.ts';
import { growthBenches } from './growth.ts';
import type { Bench } from './harness.ts';
import { httpClbBenches } from './http-clb.ts';
import { memoryBenches } from './memory.ts';
import { packetPathBenches, scenarioBenches } from './packet-path.ts';
import { securityGroupBenches } from './security-group.ts';
import { tcpNatBenches } from './tcp-nat.ts';

/**
 * Allocation comes after what runs whole scenarios: code that has seen every kind of device is the harder case, since a call
 * that is not inlined boxes what is no small integer.
 */
export const benches: readonly Bench[] = [
  ...eventQueueBenches,
  ...fibBenches,
  ...conntrackBenches,
  ...packetPathBenches,
  ...scenarioBenches,
  ...tcpNatBenches,
  ...httpClbBenches,
  ...allocationBenches,
  ...securityGroupBenches,
  ...growthBenches,
  ...memoryBenches,
];
