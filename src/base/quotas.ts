/** Quotas of the products that the checks of a scenario and the verbs of an administrator both hold. */

/** Source: VPC "Route tables". */
export const ROUTE_TABLES_PER_VPC = 9;
export const ROUTE_ENTRIES_PER_TABLE = 200;

/** Source: SLB "Limits". */
export const LISTENERS_PER_CLB = 50;
export const SERVERS_PER_CLB = 200;

/** Source: NAT Gateway "Limits". */
export const NAT_GATEWAYS_PER_VPC = 5;
export const EIPS_PER_NAT_GATEWAY = 20;
export const SNAT_ENTRIES_PER_NAT_GATEWAY = 40;
export const EIPS_PER_SNAT_ENTRY = 64;
export const DNAT_ENTRIES_PER_NAT_GATEWAY = 100;

/** In mode MULTI_BINDED. Assumed: the product names a limit in a table that we have not seen. */
export const EIPS_PER_ENI = 10;

/** Source: VPC "HAVIP", ALIYUN::VPC::HaVipAssociation. */
export const INSTANCES_PER_HAVIP = 10;
export const HAVIPS_PER_INSTANCE = 5;

/** Source: Internet Shared Bandwidth "Limits". */
export const EIPS_PER_BANDWIDTH_PLAN = 100;
