/** The shape of a security group and its rules. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

const rule = z
  .strictObject({
    type: leaf.word('ingress', 'egress'),
    ip_protocol: leaf.word('tcp', 'udp', 'icmp', 'all'),
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
  })
  .meta({ oneOf: ['cidr_ip', 'source_security_group_id'].map((key) => ({ required: [key] })) });

export const securityGroup = z.strictObject({
  vpc_id: leaf.reference('the name of a VPC'),
  security_group_type: leaf.word('normal', 'enterprise').optional(),
  inner_access_policy: leaf.word('Accept', 'Drop').optional(),
  rules: z.record(z.string(), rule).describe('alicloud_security_group_rule').optional(),
});
