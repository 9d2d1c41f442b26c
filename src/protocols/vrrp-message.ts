/** What VRRP (RFC 5798) puts on the wire, and the gratuitous ARP by which a new master says where its address is now. */
import type { Cause } from '../network/observer.ts';

/** IP protocol number. */
export const VRRP = 112;
/** IP header, VRRP header, one address. */
export const ADVERTISEMENT_BYTES = 32;

/** An ARP frame is no IP packet; this number, which IANA reserves, stands for it in the protocol column. */
export const ARP = 255;
/** Of ARP for IPv4 over Ethernet (RFC 826). */
export const ARP_BYTES = 28;

export interface Advertisement {
  readonly kind: 'vrrp-advertisement';
  readonly routerId: number;
  readonly priority: number;
  readonly intervalNs: number;
  readonly virtualAddress: number;
  /** Why the sender is master. */
  readonly cause: Cause | null;
}

export interface GratuitousArp {
  readonly kind: 'gratuitous-arp';
  readonly cause: Cause | null;
}
