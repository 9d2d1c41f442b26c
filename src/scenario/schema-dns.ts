/** The shape of DNS records and resolvers. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

export const ANSWER_POLICIES = ['weighted', 'failover', 'all'] as const;
export const MAX_DNS_WEIGHT = 100;

const OURS = 'ours: Terraform has no such key';
const label = () =>
  leaf.matching(/^(@|[a-zA-Z0-9_-]{1,63}(\.[a-zA-Z0-9_-]{1,63})*)$/, "a host record such as 'www', or '@'");
const domain = () =>
  leaf.matching(/^[a-zA-Z0-9-]{1,63}(\.[a-zA-Z0-9-]{1,63})*$/, 'a domain such as shop.example');

/** What can change while running, of a record. */
export const recordSettings = {
  ttl: leaf.quantity('duration').optional().describe('Whole seconds.'),
  policy: leaf
    .word(...ANSWER_POLICIES)
    .optional()
    .describe(`${OURS}. Which of the values an answer holds.`),
  values: z
    .record(z.string(), leaf.integer(0, MAX_DNS_WEIGHT))
    .optional()
    .describe(
      `${OURS}. Name of an EIP, CLB, ALB, NLB, instance or Internet host to weight, in order of preference.`,
    ),
};

const healthCheck = z.strictObject({
  port: leaf.integer(1, 65535),
  interval: leaf.quantity('duration').optional(),
  timeout: leaf.quantity('duration').optional(),
  unhealthy_threshold: leaf.integer(1, 10).optional().describe('evaluation_count of GTM'),
  healthy_threshold: leaf.integer(1, 10).optional(),
});

export const dnsRecord = z.strictObject({
  domain_name: domain().optional().describe('example unless given.'),
  rr: label().optional().describe('The name of the record unless given.'),
  ...recordSettings,
  health_check: healthCheck
    .optional()
    .describe('TCP (alicloud_alidns_monitor_config): unhealthy values leave the answers.'),
});

export const resolverSettings = {
  min_ttl: leaf.quantity('duration').optional(),
  max_ttl: leaf.quantity('duration').optional(),
  timeout: leaf.quantity('duration').optional(),
  attempts: leaf.integer(1, 10).optional(),
};
