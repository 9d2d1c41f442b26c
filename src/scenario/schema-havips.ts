/** The shape of floating private addresses, and of what runs on the instances that may have one. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

const ours = (about: string): string => `ours: Terraform has no such key. ${about}`;

const attachment = z.strictObject({
  priority: leaf
    .integer(1, 254)
    .optional()
    .describe(ours('Of VRRP on the instance; the highest one becomes master.')),
  preempt: leaf
    .flag()
    .optional()
    .describe(ours('Whether it takes over from a master of lower priority (keepalived: nopreempt).')),
});

export const havip = z.strictObject({
  vswitch_id: leaf.reference('the name of a vSwitch'),
  ip_address: leaf.address().optional(),
  advert_int: leaf.quantity('duration').optional().describe(ours('Between advertisements of VRRP.')),
  attachments: z
    .record(z.string(), attachment)
    .optional()
    .describe('By instance (alicloud_havip_attachment).'),
});
