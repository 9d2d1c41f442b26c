/** The shape of NAT gateways and of their children. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

/** What can change while running, of an SNAT entry. */
export const snatEntrySettings = {
  snat_ip: leaf.references('the name of an EIP').optional(),
};

const snatEntry = z.strictObject({
  source_vswitch_id: leaf.reference('the name of a vSwitch').optional(),
  source_cidr: leaf.cidr().optional(),
  snat_ip: leaf.references('the name of an EIP').describe('EIPs of this gateway.'),
  eip_affinity: leaf.integer(0, 1).optional(),
});

export const natGateway = z.strictObject({
  vpc_id: leaf.reference('the name of a VPC'),
  vswitch_id: leaf.reference('the name of a vSwitch'),
  nat_type: leaf.word('Enhanced').optional(),
  network_type: leaf.word('internet').optional(),
  eip_bind_type: leaf.word('MULTI_BINDED', 'NAT').optional(),
  icmp_reply_enabled: leaf.flag().optional(),
  snat_entries: z.record(z.string(), snatEntry).optional().describe('alicloud_snat_entry'),
  risks: z
    .array(leaf.reference('the name of a shared-risk group'))
    .optional()
    .describe('ours: Terraform has no such key. Shared-risk groups this belongs to.'),
});
