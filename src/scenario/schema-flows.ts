/** The shape of a flow: the keys of all kinds together. Which kind takes which is in `flows/flow-keys.ts`. */
import { z } from 'zod';
import { FLOW_KINDS } from './flows/flow-keys.ts';
import * as leaf from './schema-leaves.ts';

export const flow = z.strictObject({
  kind: leaf.word(...FLOW_KINDS),
  from: leaf.references('the name of an instance, client or Internet host'),
  to: leaf.reference('a name and port such as front:80'),
  rate: leaf.rate().optional().describe('Units per second over all senders.'),
  arrivals: leaf.word('constant', 'poisson').optional(),
  connections: leaf.integer(1, 1_000_000).optional(),
  keep_alive: leaf.flag().optional(),
  size: leaf.quantity('size').optional(),
  timeout: leaf.quantity('duration').optional(),
  dns: leaf
    .word('honour', 'ignore', 'pin')
    .optional()
    .describe('What the sending process does with answers for a name. honour: keeps to the TTL.'),
  dns_cache: leaf.quantity('duration').optional().describe('How long dns: ignore keeps an answer.'),
});
