/** The shape of what a CLB's listeners may do besides scheduling and checking, and of its server groups. */
import { z } from 'zod';
import { CLB_SPEC_NAMES } from './clb-specs.ts';
import * as leaf from './schema-leaves.ts';

/** What can change while running, of a listener. */
export const listenerOptions = {
  connection_drain: leaf.word('on', 'off').optional(),
  connection_drain_timeout: leaf.quantity('duration').optional(),
  persistence_timeout: leaf.quantity('duration').optional(),
};

/** What can change while running, of a CLB besides its bandwidth. */
export const clbSettings = { load_balancer_spec: leaf.word(...CLB_SPEC_NAMES).optional() };

export const masterSlaveServerGroup = z.strictObject({
  servers: z
    .record(z.string(), z.strictObject({ server_type: leaf.word('Master', 'Slave') }))
    .describe('Instance to its part; one of each.'),
});
