/** The shape of a flow: the keys of all kinds together. Which kind takes which is in `flows/flow-keys.ts`. */
import { z } from 'zod';
import { FLOW_KINDS } from './flows/flow-keys.ts';
import * as leaf from './schema-leaves.ts';

/** Names and meanings are those of Envoy's retry policy. */
const retries = z.strictObject({
  num_retries: leaf.integer(1, 100).optional().describe('Attempts beyond the first.'),
  per_try_timeout: leaf.quantity('duration').optional(),
  base_interval: leaf.quantity('duration').optional(),
  max_interval: leaf.quantity('duration').optional(),
});

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
  users: leaf.integer(1, 1_000_000).optional().describe('Instead of a rate: each waits for its answer.'),
  think_time: leaf.distribution('duration').optional(),
  connections: leaf.connections().optional(),
  open_rate: leaf.quantity('frequency').optional().describe('New sessions per second.'),
  heartbeat: leaf.orNever(leaf.quantity('duration'), 'a time such as 30s').optional(),
  duration: leaf.distribution('duration').optional().describe('How long a session lasts.'),
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
  reuse: leaf.word('rotate', 'recent').optional(),
  idle_timeout: leaf.quantity('duration').optional(),
  size: leaf.distribution('size').optional(),
  request_size: leaf.distribution('size').optional(),
  response_size: leaf.distribution('size').optional(),
  connect_timeout: leaf.quantity('duration').optional(),
  host: leaf
    .matching(/^[a-zA-Z0-9.-]{1,128}$/, 'a host such as shop.example')
    .optional()
    .describe('Host header of every request.'),
  path: leaf
    .matching(/^\/[!-~]{0,255}$/, "a path such as '/api/orders'")
    .optional()
    .describe('Path of every request: / unless given.'),
  retries: retries.optional(),
  method: leaf.word('udp', 'icmp').optional(),
  max_hops: leaf.integer(1, 255).optional(),
  probes: leaf.integer(1, 10).optional().describe('Per hop.'),
  timeout: leaf.quantity('duration').optional(),
  dns: leaf
    .word('honour', 'ignore', 'pin')
    .optional()
    .describe('What the sending process does with answers for a name. honour: keeps to the TTL.'),
  dns_cache: leaf.quantity('duration').optional().describe('How long dns: ignore keeps an answer.'),
});
