/** All benches, in the order they run and are printed. */
import { eventQueueBenches } from './event-queue.ts';
import type { Bench } from './harness.ts';
import { packetPathBenches } from './packet-path.ts';

export const benches: readonly Bench[] = [...eventQueueBenches, ...packetPathBenches];
