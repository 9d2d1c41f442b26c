/**
 * How the nodes of a cluster tell routers that they have an address: what travels between them. The product's own
 * protocol is unpublished; this one does what BGP does with keepalives and a hold time.
 */
import type { Cause } from '../network/observer.ts';

/** UDP port of both ends. */
export const ANNOUNCEMENT_PORT = 179;
/** Of the message, over IP and UDP headers. */
export const ANNOUNCEMENT_BYTES = 28;

/** From a node: it has the address, or has it no longer. */
export interface Announcement {
  readonly kind: 'announcement';
  readonly isAnnounced: boolean;
  /** Of several that announce an address those of the highest epoch have it. */
  readonly epoch: number;
  readonly cause: Cause | null;
}

/** From a router: its hello, with the event that last changed where it sends what is for the address. */
export interface RouteNotice {
  readonly kind: 'route-notice';
  readonly event: number;
}
