/** The shape of ALBs and of their children. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

export const ALB_SCHEDULERS = ['Wrr', 'Wlc', 'Sch', 'Uch'] as const;

const OURS = 'ours: Terraform has no such key';
const group = () => leaf.reference('the name of a server group of this ALB');

const zoneMapping = z.strictObject({ vswitch_id: leaf.reference('the name of a vSwitch') });
export const zoneMappings = () =>
  z.record(z.string(), zoneMapping).describe('Zone to what it has there: an address each.');

const listener = z.strictObject({
  listener_protocol: leaf.word('HTTP'),
  listener_port: leaf.integer(1, 65535),
  idle_timeout: leaf.quantity('duration').optional(),
  request_timeout: leaf.quantity('duration').optional(),
  server_group_id: group().describe('Of default_actions: where requests go that no rule takes.'),
});

const healthCheck = z.strictObject({
  health_check_enabled: leaf.flag().optional(),
  health_check_protocol: leaf.word('HTTP').optional(),
  health_check_connect_port: leaf.integer(1, 65535).optional(),
  health_check_interval: leaf.quantity('duration').optional(),
  health_check_timeout: leaf.quantity('duration').optional(),
  unhealthy_threshold: leaf.integer(2, 10).optional(),
  healthy_threshold: leaf.integer(2, 10).optional(),
});

const stickySession = z.strictObject({
  sticky_session_enabled: leaf.flag().optional(),
  sticky_session_type: leaf.word('Insert', 'Server').optional(),
  cookie: leaf
    .matching(/^[!-~]{1,200}$/, 'the name of a cookie')
    .optional()
    .describe('Of type Server.'),
  cookie_timeout: leaf.quantity('duration').optional(),
});

const slowStart = z.strictObject({
  slow_start_enabled: leaf.flag().optional(),
  slow_start_duration: leaf.quantity('duration').optional(),
});

const connectionDrain = z.strictObject({
  connection_drain_enabled: leaf.flag().optional(),
  connection_drain_timeout: leaf.quantity('duration').optional(),
});

const uch = z.strictObject({
  type: leaf.word('QueryString').optional(),
  value: leaf.matching(/^[A-Za-z0-9_-]{1,64}$/, "the name of a parameter such as 'user'"),
});

const serverGroup = z.strictObject({
  scheduler: leaf.word(...ALB_SCHEDULERS).optional(),
  port: leaf.integer(1, 65535).describe(`${OURS}: there each server has a port.`),
  servers: z.record(z.string(), leaf.integer(0, 100)).describe('Instance to weight.'),
  health_check_config: healthCheck.optional(),
  sticky_session_config: stickySession.optional(),
  slow_start_config: slowStart.optional(),
  connection_drain_config: connectionDrain.optional(),
  cross_zone_enabled: leaf.flag().optional(),
  uch_config: uch.optional().describe('Of scheduler Uch, which hashes a parameter of the query.'),
});

const rule = z.strictObject({
  listener_id: leaf.reference('the name of a listener of this ALB'),
  priority: leaf.integer(1, 10_000).describe('Lower comes first.'),
  host_config: z
    .array(leaf.matching(/^[a-zA-Z0-9.*?-]{1,128}$/, "a host such as 'shop.example' or '*.example'"))
    .min(1)
    .optional(),
  path_config: z
    .array(leaf.matching(/^[/*][!-~]{0,127}$/, "a path such as '/api/*'"))
    .min(1)
    .optional(),
  server_group_id: group().describe('Of rule_actions.'),
});

export const alb = z.strictObject({
  address_type: leaf.word('Internet', 'Intranet'),
  vpc_id: leaf.reference('the name of a VPC'),
  zone_mappings: zoneMappings(),
  listeners: z.record(z.string(), listener).optional().describe('alicloud_alb_listener'),
  server_groups: z.record(z.string(), serverGroup).optional().describe('alicloud_alb_server_group'),
  rules: z.record(z.string(), rule).optional().describe('alicloud_alb_rule'),
  risks: z
    .array(leaf.reference('the name of a shared-risk group'))
    .optional()
    .describe(`${OURS}. Shared-risk groups this belongs to.`),
});
