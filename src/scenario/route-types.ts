/** Route tables and what changes them while running, of the checked scenario. */
import type { Cidr } from '../base/ipv4.ts';

/** A custom table; the system table of a VPC bears the VPC's name. */
export interface RouteTable {
  readonly name: string;
  readonly vpc: string;
  /** Those that use it; all others use the system table of their VPC. */
  readonly vswitches: readonly string[];
}

export type NextHopType = 'Instance' | 'HaVip' | 'NatGateway';

export interface RouteEntry {
  readonly name: string;
  /** A custom table, or the VPC whose system table it is in. */
  readonly table: string;
  readonly vpc: string;
  readonly destination: Cidr;
  readonly nextHopType: NextHopType;
  /** Name of an instance, HAVIP or NAT gateway of the VPC. */
  readonly nextHop: string;
}
