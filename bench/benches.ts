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
 * Allocation comes before what runs whole scenarios: after those, calls of the packet path that V8 would inline are made, and
 * a time passed to one is boxed.
 */
export const benches: readonly Bench[] = [
  ...eventQueueBenches,
  ...fibBenches,
  ...conntrackBenches,
  ...packetPathBenches,
  ...allocationBenches,
  ...scenarioBenches,
  ...tcpNatBenches,
  ...httpClbBenches,
  ...securityGroupBenches,
  ...growthBenches,
  ...memoryBenches,
];
