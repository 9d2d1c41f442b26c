/** The shape of a security group and its rules. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

/** Of a rule, less type and protocol, which it cannot do without. */
const ruleAttributes = {
  port_range: leaf
    .matching(
      /^(-1|\d{1,5})\/(-1|\d{1,5})$/,
      "a range of ports such as '80/80', or '-1/-1' for icmp and all",
      'bad-port-range',
    )
    .optional()
    .describe('Destination ports; required for tcp and udp.'),
  policy: leaf.word('accept', 'drop').optional(),
  priority: leaf.integer(1, 100).optional(),
  cidr_ip: leaf
    .matching(/^\d+\.\d+\.\d+\.\d+(\/\d+)?$/, 'a CIDR block such as 10.0.0.0/16, or an address', 'bad-cidr')
    .optional()
    .describe('Source of ingress, destination of egress.'),
  source_security_group_id: leaf
    .reference('the name of a security group')
    .optional()
    .describe('Source of ingress, destination of egress: its members.'),
};
const type = leaf.word('ingress', 'egress');
const protocol = leaf.word('tcp', 'udp', 'icmp', 'all');

const rule = z
  .strictObject({ type, ip_protocol: protocol, ...ruleAttributes })
  .meta({ oneOf: ['cidr_ip', 'source_security_group_id'].map((key) => ({ required: [key] })) });

export const securityGroups = () => z.array(leaf.reference('the name of a security group')).min(1).optional();

const innerAccessPolicy = leaf.word('Accept', 'Drop').optional();

/** What events give rules, groups and instances while running, besides policy and protocol. */
export const securitySettings = {
  type: type.optional(),
  port_range: ruleAttributes.port_range,
  priority: ruleAttributes.priority,
  cidr_ip: ruleAttributes.cidr_ip,
  source_security_group_id: ruleAttributes.source_security_group_id,
  inner_access_policy: innerAccessPolicy,
  security_groups: securityGroups(),
};

export const securityGroup = z.strictObject({
  vpc_id: leaf.reference('the name of a VPC'),
  security_group_type: leaf.word('normal', 'enterprise').optional(),
  inner_access_policy: innerAccessPolicy,
  rules: z.record(z.string(), rule).describe('alicloud_security_group_rule').optional(),
});
