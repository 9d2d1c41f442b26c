/** TCP on the wire: flags, lengths, and the messages that ride on the segment holding their last byte. */

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;

/** IP and TCP header without options. */
export const TCP_HEADERS = 40;

/** A message ends at this offset of its stream. */
export interface StreamMessage {
  readonly end: number;
  readonly message: unknown;
}

/** Who a packet is billed to; numbers count within the flow. */
export interface Billing {
  flow: number;
  unit: number;
  connection: number;
  direction: number;
}
