/** Which encoder writes what follows an IP header. A new protocol brings a file of its own and a line here. */
import { ICMP, TCP, UDP } from '../network/packet-table.ts';
import { OVERLAY } from '../protocols/overlay.ts';
import { VRRP } from '../protocols/vrrp-message.ts';
import { encodeIcmp } from './icmp.ts';
import { encodeOverlay } from './overlay.ts';
import type { Encoders } from './packet-view.ts';
import { encodeTcp } from './tcp.ts';
import { encodeUdp } from './udp.ts';
import { encodeVrrp } from './vrrp.ts';

export const ENCODERS: Encoders = new Map([
  [ICMP, encodeIcmp],
  [OVERLAY, encodeOverlay],
  [TCP, encodeTcp],
  [UDP, encodeUdp],
  [VRRP, encodeVrrp],
]);
