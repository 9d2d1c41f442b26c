/** The shape of a flow: the keys of all kinds together. Which kind takes which is in `flows/flow-keys.ts`. */
import { z } from 'zod';
import { FLOW_KINDS } from './flows/flow-keys.ts';
import * as leaf from './schema-leaves.ts';

export const flow = z.strictObject({
  kind: leaf.word(...FLOW_KINDS),
  from: leaf.references('the name of an instance, client or Internet host'),
  to: leaf.reference('a name and port such as front:80'),
  rate: leaf
    .rateOrFile()
    .optional()
    .describe('Units per second over all senders: one figure, or a file of times and rates.'),
  arrivals: leaf.word('constant', 'poisson', 'on-off').optional(),
  on: leaf.distribution('duration').optional(),
  off: leaf.distribution('duration').optional(),
  trace: leaf.text('the path of a file of times and sizes').optional(),
  connections: leaf.integer(1, 1_000_000).optional(),
  keep_alive: leaf.flag().optional(),
  size: leaf.distribution('size').optional(),
  method: leaf.word('udp', 'icmp').optional(),
  max_hops: leaf.integer(1, 255).optional(),
  probes: leaf.integer(1, 10).optional().describe('Per hop.'),
  timeout: leaf.quantity('duration').optional(),
});
