/** The shape of a secondary ENI and of its attachment. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

export const networkInterface = z.strictObject({
  vswitch_id: leaf.reference('the name of a vSwitch'),
  instance_id: leaf
    .reference('the name of an instance')
    .describe('alicloud_ecs_network_interface_attachment'),
  primary_ip_address: leaf.address().optional(),
  security_group_ids: z.array(leaf.reference('the name of a security group')).min(1).optional(),
});
