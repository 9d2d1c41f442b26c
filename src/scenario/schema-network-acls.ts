/** The shape of network ACLs and of their entries. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

const port = () =>
  leaf
    .matching(
      /^(-1|\d{1,5})\/(-1|\d{1,5})$/,
      "a range of ports such as '80/80', or '-1/-1' for icmp and all",
      'bad-port-range',
    )
    .optional()
    .describe('Destination ports; required for tcp and udp.');
const block = () =>
  leaf.matching(
    /^\d+\.\d+\.\d+\.\d+(\/\d+)?$/,
    'a CIDR block such as 10.0.0.0/16, or an address',
    'bad-cidr',
  );

/** Of an entry, less the block that tells its direction. */
const entry = {
  protocol: leaf.word('tcp', 'udp', 'icmp', 'all'),
  port: port(),
  policy: leaf.word('accept', 'drop'),
};

/** What can change while running, of an ACL. */
export const networkAclSettings = {
  ingress_acl_entries: z
    .record(z.string(), z.strictObject({ ...entry, source_cidr_ip: block() }))
    .optional()
    .describe('Asked in this order; the first that fits decides, none is a refusal.'),
  egress_acl_entries: z
    .record(z.string(), z.strictObject({ ...entry, destination_cidr_ip: block() }))
    .optional()
    .describe('Asked in this order; the first that fits decides, none is a refusal.'),
  resources: z
    .array(leaf.reference('the name of a vSwitch'))
    .optional()
    .describe('vSwitches it is attached to, each to one network ACL at most.'),
};

/** What an event gives an entry that it adds, besides the policy. */
export const networkAclEntryOptions = {
  protocol: entry.protocol.optional(),
  port: port(),
  source_cidr_ip: block().optional(),
  destination_cidr_ip: block().optional(),
};

export const networkAcl = z.strictObject({
  vpc_id: leaf.reference('the name of a VPC'),
  ...networkAclSettings,
});
