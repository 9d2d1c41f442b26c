/** Route tables and what changes them while running, of the checked scenario. */
import type { Cidr } from '../base/ipv4.ts';

/** A custom table; the system table of a VPC bears the VPC's name. */
export interface RouteTable {
  readonly name: string;
  readonly vpc: string;
  /** Those that use it; all others use the system table of their VPC. */
  readonly vswitches: readonly string[];
  /** It leads what comes in by the IPv4 gateway of its VPC, and no vSwitch uses it. */
  readonly isOfGateway: boolean;
}

/** One that is enabled: what has a public address follows the route table of its vSwitch like everything else. */
export interface Ipv4Gateway {
  readonly name: string;
  readonly vpc: string;
}

export type NextHopType = 'Instance' | 'HaVip' | 'NatGateway' | 'Ipv4Gateway';

export interface RouteEntry {
  readonly name: string;
  /** A custom table, or the VPC whose system table it is in. */
  readonly table: string;
  readonly vpc: string;
  readonly destination: Cidr;
  readonly nextHopType: NextHopType;
  /** Name of an instance, HAVIP, NAT gateway or IPv4 gateway of the VPC. */
  readonly nextHop: string;
}
