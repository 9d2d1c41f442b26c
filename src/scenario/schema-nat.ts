/** The shape of NAT gateways and of their children. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

const specification = () => leaf.word('Small', 'Middle', 'Large').optional();
const ports = () => leaf.portsOrAny();

const snatEntry = {
  source_vswitch_id: leaf.reference('the name of a vSwitch').optional(),
  source_cidr: leaf.cidr().optional(),
  eip_affinity: leaf.integer(0, 1).optional(),
};

const forwardEntry = {
  external_ip: leaf.reference('the name of an EIP').describe('An EIP of this gateway.'),
  external_port: ports(),
  ip_protocol: leaf.word('tcp', 'udp', 'any'),
  internal_ip: leaf.reference('the name of an instance or its private address'),
  internal_port: ports(),
};

/** What can change while running, of a gateway and its entries, and what events say of an entry they add. */
export const natSettings = {
  specification: specification(),
  ...snatEntry,
  snat_ip: leaf.references('the name of an EIP').optional(),
  external_ip: forwardEntry.external_ip.optional(),
  external_port: ports().optional(),
  internal_ip: forwardEntry.internal_ip.optional(),
  internal_port: ports().optional(),
  port_break: leaf.flag().optional(),
};

export const natGateway = z.strictObject({
  vpc_id: leaf.reference('the name of a VPC'),
  vswitch_id: leaf.reference('the name of a vSwitch'),
  nat_type: leaf.word('Enhanced').optional(),
  network_type: leaf.word('internet').optional(),
  eip_bind_type: leaf.word('MULTI_BINDED', 'NAT').optional(),
  availability_mode: leaf.word('CrossAZ', 'SingleAZ').optional(),
  icmp_reply_enabled: leaf.flag().optional(),
  specification: specification(),
  snat_entries: z
    .record(
      z.string(),
      z.strictObject({
        ...snatEntry,
        snat_ip: leaf.references('the name of an EIP').describe('EIPs of this gateway.'),
      }),
    )
    .optional()
    .describe('alicloud_snat_entry'),
  forward_entries: z
    .record(z.string(), z.strictObject({ ...forwardEntry, port_break: leaf.flag().optional() }))
    .optional()
    .describe('alicloud_forward_entry'),
  risks: z
    .array(leaf.reference('the name of a shared-risk group'))
    .optional()
    .describe('ours: Terraform has no such key. Shared-risk groups this belongs to.'),
});
