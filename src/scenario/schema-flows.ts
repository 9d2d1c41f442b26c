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
  connections: leaf.connections().optional(),
  open_rate: leaf.quantity('frequency').optional().describe('New sessions per second.'),
  heartbeat: leaf.orNever(leaf.quantity('duration'), 'a time such as 30s').optional(),
  duration: leaf.distribution('duration').optional().describe('How long a session lasts.'),
  response_size: leaf.quantity('size').optional(),
  congestion: leaf.word('cubic', 'newreno').optional(),
  receive_buffer: leaf.quantity('size').optional(),
  reconnect: leaf
    .orNever(
      z.strictObject({
        delay: leaf.quantity('duration').optional(),
        max_delay: leaf.quantity('duration').optional(),
      }),
      'a map such as { delay: 1s, max_delay: 30s }',
    )
    .optional(),
  keepalive: leaf
    .whole(
      z.union([
        leaf.quantity('duration'),
        z.strictObject({
          time: leaf.quantity('duration').optional(),
          intvl: leaf.quantity('duration').optional(),
          probes: leaf.integer(1, 127).optional(),
        }),
      ]),
      'a time such as 5m, or a map of time, intvl and probes',
    )
    .optional()
    .describe('SO_KEEPALIVE: the idle time (TCP_KEEPIDLE), or all three settings.'),
  user_timeout: leaf.quantity('duration').optional().describe('TCP_USER_TIMEOUT.'),
  keep_alive: leaf.flag().optional(),
  size: leaf.distribution('size').optional(),
  method: leaf.word('udp', 'icmp').optional(),
  max_hops: leaf.integer(1, 255).optional(),
  probes: leaf.integer(1, 10).optional().describe('Per hop.'),
  timeout: leaf.quantity('duration').optional(),
});
