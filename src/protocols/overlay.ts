/**
 * The cloud's overlay between load balancer or NAT gateway and ENI: IP in IP on the packet's header stack. The outer source
 * names the door by which replies leave. Its bytes are not on the customer's meter, so none are added.
 */

/**
 * Between the routers of a VPC: the outer source of what one hands to another with the next hop that it has chosen. The
 * outer destination is HANDOVER_HOPS plus the number of that next hop; nobody has these addresses (100.127.128.0/17).
 */
export const HANDOVER = 0x647f8000;
export const HANDOVER_HOPS = HANDOVER + 1;

/** Protocol number of the outer header (IP in IP, RFC 2003). */
export const OVERLAY = 4;

/** Doors of NAT gateways lie in 100.65.0.0/16, apart from those of load balancers. */
export const NAT_DOORS = 0x64410000;

/** Whether a door is a NAT gateway's: to the filter of an ENI what comes by it is like any packet from outside. */
export function isNatDoor(address: number): boolean {
  return address >>> 16 === NAT_DOORS >>> 16;
}
