/** The shape of what a CLB's listeners may do besides scheduling and checking, and of its server groups. */
import { z } from 'zod';
import { CLB_SPEC_NAMES } from '../base/clb-specs.ts';
import * as leaf from './schema-leaves.ts';

/** What can change while running, of a listener. */
export const listenerOptions = {
  connection_drain: leaf.word('on', 'off').optional(),
  connection_drain_timeout: leaf.quantity('duration').optional(),
  persistence_timeout: leaf.quantity('duration').optional(),
};

/** Of a listener at layer 7. */
export const httpListener = {
  health_check: leaf.word('on', 'off').optional(),
  idle_timeout: leaf.quantity('duration').optional(),
  request_timeout: leaf.quantity('duration').optional(),
  sticky_session: leaf.word('on', 'off').optional(),
  sticky_session_type: leaf.word('insert').optional(),
  cookie_timeout: leaf.quantity('duration').optional(),
};

const OURS = 'ours: Terraform has no such key';

export const serverGroup = z.strictObject({
  port: leaf.integer(1, 65535).describe(`${OURS}: there each server has a port.`),
  servers: z.record(z.string(), leaf.integer(0, 100)).describe('Instance to weight.'),
});

export const forwardingRule = z.strictObject({
  frontend_port: leaf.integer(1, 65535).describe('Of an http listener of this CLB.'),
  domain: leaf
    .matching(/^(\*\.)?[A-Za-z0-9.-]{3,80}$/, "a host such as 'shop.example' or '*.shop.example'")
    .optional(),
  url: leaf.matching(/^\/[A-Za-z0-9\-/.%&]{1,79}$/, "how paths begin, such as '/api'").optional(),
  server_group_id: leaf.reference('the name of a group under server_groups'),
  listener_sync: leaf.word('on').optional(),
});

/** What can change while running, of a CLB besides its bandwidth. */
export const clbSettings = { load_balancer_spec: leaf.word(...CLB_SPEC_NAMES).optional() };

export const masterSlaveServerGroup = z.strictObject({
  servers: z
    .record(z.string(), z.strictObject({ server_type: leaf.word('Master', 'Slave') }))
    .describe('Instance to its part; one of each.'),
});
