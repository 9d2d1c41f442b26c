/**
 * The cloud's overlay between load balancer and ENI: IP in IP on the packet's header stack. The outer source names
 * the door by which replies leave. Its bytes are not on the customer's meter, so none are added.
 */

/**
 * Between the routers of a VPC: the outer source of what one hands to another with the next hop that it has chosen. The
 * outer destination is HANDOVER_HOPS plus the number of that next hop; nobody has these addresses (100.127.128.0/17).
 */
export const HANDOVER = 0x647f8000;
export const HANDOVER_HOPS = HANDOVER + 1;

/** Protocol number of the outer header (IP in IP, RFC 2003). */
export const OVERLAY = 4;
