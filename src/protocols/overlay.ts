/**
 * The cloud's overlay between load balancer and ENI: IP in IP on the packet's header stack. The outer source names
 * the door by which replies leave. Its bytes are not on the customer's meter, so none are added.
 */

/** Protocol number of the outer header (IP in IP, RFC 2003). */
export const OVERLAY = 4;
