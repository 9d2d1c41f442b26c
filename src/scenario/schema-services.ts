/** The shape of the services of a host; what they mean together is checked in `lower-services.ts`. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

export const service = z.strictObject({
  port: leaf.integer(1, 65535).describe('TCP; HTTP is spoken on it.'),
  service_time: leaf.distribution('duration').optional().describe('Work of one request.'),
  concurrency: leaf.integer(1, 1_000_000).optional().describe('Requests worked on at a time.'),
  queue: leaf.integer(0, 10_000_000).optional().describe('Requests that may wait; others are answered 503.'),
  queue_timeout: leaf.quantity('duration').optional(),
  idle_timeout: leaf.quantity('duration').optional(),
});
