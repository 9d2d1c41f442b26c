/** The shape of route tables and of their entries. */
import { z } from 'zod';
import * as leaf from './schema-leaves.ts';

const entry = {
  destination_cidrblock: leaf.cidr(),
  nexthop_type: leaf.word('Instance', 'HaVip', 'NatGateway'),
  nexthop_id: leaf.reference('the name of an instance, HAVIP or NAT gateway'),
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
  route_entries: routeEntries(),
});
