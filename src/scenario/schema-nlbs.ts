/** The shape of NLBs and of their children. */
import { z } from 'zod';
import { zoneMappings } from './schema-albs.ts';
import * as leaf from './schema-leaves.ts';
import { HTTP_CODES, listenerChecks } from './schema-listener-checks.ts';

export const NLB_SCHEDULERS = ['Wrr', 'Wlc', 'Rr', 'Sch', 'Tch'] as const;

export const NLB_PROTOCOLS = ['TCP', 'UDP'] as const;
export const NLB_CHECKS = ['TCP', 'HTTP', 'UDP'] as const;

const OURS = 'ours: Terraform has no such key';

const listener = z.strictObject({
  listener_protocol: leaf.word(...NLB_PROTOCOLS),
  listener_port: leaf.integer(1, 65535),
  idle_timeout: leaf.quantity('duration').optional(),
  server_group_id: leaf.reference('the name of a server group of this NLB'),
});

const checkText = () => leaf.matching(/^[A-Za-z0-9]{1,512}$/, 'letters and digits, at most 512').optional();

const healthCheck = z.strictObject({
  health_check_type: leaf.word(...NLB_CHECKS).optional(),
  health_check_connect_port: leaf.integer(1, 65535).optional(),
  health_check_interval: leaf.quantity('duration').optional(),
  health_check_connect_timeout: leaf.quantity('duration').optional(),
  unhealthy_threshold: leaf.integer(2, 10).optional(),
  healthy_threshold: leaf.integer(2, 10).optional(),
  health_check_url: listenerChecks.health_check_uri,
  health_check_domain: listenerChecks.health_check_domain,
  http_check_method: leaf.word('GET', 'HEAD').optional(),
  health_check_http_code: z
    .array(leaf.word(...HTTP_CODES))
    .min(1)
    .optional(),
  health_check_req: checkText(),
  health_check_exp: checkText(),
});

const serverGroup = z.strictObject({
  protocol: leaf
    .word(...NLB_PROTOCOLS)
    .optional()
    .describe('That of its listeners.'),
  scheduler: leaf.word(...NLB_SCHEDULERS).optional(),
  port: leaf.integer(1, 65535).describe(`${OURS}: there each server has a port.`),
  servers: z.record(z.string(), leaf.integer(0, 100)).describe('Instance to weight.'),
  health_check: healthCheck.optional(),
  connection_drain_enabled: leaf.flag().optional(),
  connection_drain_timeout: leaf.quantity('duration').optional(),
});

export const nlb = z.strictObject({
  address_type: leaf.word('Internet', 'Intranet'),
  vpc_id: leaf.reference('the name of a VPC'),
  zone_mappings: zoneMappings(),
  cross_zone_enabled: leaf.flag().optional(),
  listeners: z.record(z.string(), listener).optional().describe('alicloud_nlb_listener'),
  server_groups: z.record(z.string(), serverGroup).optional().describe('alicloud_nlb_server_group'),
  risks: z
    .array(leaf.reference('the name of a shared-risk group'))
    .optional()
    .describe(`${OURS}. Shared-risk groups this belongs to.`),
});
