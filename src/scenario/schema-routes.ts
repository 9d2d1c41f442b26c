/** The shape of route tables, of their entries, and of the gateway that makes tables govern the way to the Internet. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

const entry = {
  destination_cidrblock: leaf.cidr(),
  nexthop_type: leaf.word('Instance', 'HaVip', 'NatGateway', 'Ipv4Gateway'),
  nexthop_id: leaf.reference('the name of an instance, HAVIP, NAT gateway or IPv4 gateway'),
};

/** What an event gives an entry that it adds. */
export const routeEntryOptions = {
  destination_cidrblock: entry.destination_cidrblock.optional(),
  nexthop_type: entry.nexthop_type.optional(),
  nexthop_id: entry.nexthop_id.optional(),
};

export const routeEntries = () =>
  z.record(z.string(), z.strictObject(entry)).optional().describe('alicloud_route_entry');

export const routeTable = z.strictObject({
  vpc_id: leaf.reference('the name of a VPC'),
  associate_type: leaf.word('VSwitch', 'Gateway').optional(),
  route_entries: routeEntries(),
});

export const ipv4Gateway = z.strictObject({
  vpc_id: leaf.reference('the name of a VPC'),
  enabled: leaf.flag(),
});
