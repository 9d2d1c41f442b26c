/**
 * What state a session is in, and what a packet does to it. TCP follows Linux's nf_conntrack, simplified: no window
 * tracking (any segment of the right ports counts), no state of its own between one FIN and both, and the second FIN
 * closes without waiting for its ACK. Everything else has a single state.
 *
 *   HALF_OPEN --SYN/ACK of the reply side--> ANSWERED --ACK of either side--> ESTABLISHED
 *   ESTABLISHED --FIN of one side--> ORIGINAL_CLOSING or REPLY_CLOSING --FIN of the other--> CLOSED
 *   any --RST--> CLOSED --SYN of the original side--> HALF_OPEN
 *
 * CLOSED is left by nothing else: a FIN or data sent again puts its deadline off but does not revive it. After the
 * answer the ACK of either side completes, since the answering side sends none without SYN before it has got one.
 * A session whose first packet is no SYN was there before the table was (its device came back, or the route changed
 * to it): it is picked up as established, or as far closed as that packet says; a SYN/ACK as answered.
 *
 * The whole machine is one table of 8 states x 2 directions x 16 combinations of flags.
 */

/** IP protocol numbers. Protocols other than these are tracked like UDP. */
export const ICMP = 1;
export const TCP = 6;

/** Flags of a TCP segment on the wire (RFC 9293). */
export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const ACK = 16;

/** Of a session: the way its first packet went, and back. */
export const ORIGINAL = 0;
export const REPLY = 1;

export const HALF_OPEN = 0;
export const ANSWERED = 1;
export const ESTABLISHED = 2;
/** The original side has sent FIN, the other has not. */
export const ORIGINAL_CLOSING = 3;
export const REPLY_CLOSING = 4;
export const CLOSED = 5;
export const DATAGRAM = 6;
export const ECHO = 7;
const STATES = 8;

/** How long a session outlives its last packet, by state; the other two TCP states count as established. */
export interface SessionTimeouts {
  readonly halfOpenNs: number;
  readonly establishedNs: number;
  readonly closedNs: number;
  readonly udpNs: number;
  readonly icmpNs: number;
}

/** The time-outs as a column by state. */
export function timeoutsByState(timeouts: SessionTimeouts): Float64Array {
  const { halfOpenNs, establishedNs, closedNs, udpNs, icmpNs } = timeouts;
  return Float64Array.of(
    halfOpenNs,
    halfOpenNs,
    establishedNs,
    establishedNs,
    establishedNs,
    closedNs,
    udpNs,
    icmpNs,
  );
}

/** The state that the first packet of a session puts it in. */
export function openingState(protocol: number, tcpFlags: number): number {
  if (protocol === ICMP) return ECHO;
  if (protocol !== TCP) return DATAGRAM;
  if ((tcpFlags & RST) !== 0) return CLOSED;
  if ((tcpFlags & SYN) !== 0) return (tcpFlags & ACK) !== 0 ? ANSWERED : HALF_OPEN;
  return (tcpFlags & FIN) !== 0 ? ORIGINAL_CLOSING : ESTABLISHED;
}

/** FIN, SYN, RST in their places, ACK moved down beside them. */
const flagBits = (tcpFlags: number): number => (tcpFlags & 7) | ((tcpFlags & ACK) >> 1);
const FLAG_SETS = 16;

const NEXT_STATES = new Uint8Array(STATES * 2 * FLAG_SETS);
for (let state = 0; state < STATES; state++) {
  for (const direction of [ORIGINAL, REPLY]) {
    for (let flags = 0; flags < 32; flags++) {
      NEXT_STATES[((state << 1) | direction) * FLAG_SETS + flagBits(flags)] = computeNext(
        state,
        direction,
        flags,
      );
    }
  }
}

/** The state after a packet of that direction; flags of other protocols than TCP do nothing. */
export function nextState(state: number, direction: number, tcpFlags: number): number {
  return NEXT_STATES[((((state << 1) | direction) << 4) | (tcpFlags & 7) | ((tcpFlags & ACK) >> 1)) & 0xff];
}

function computeNext(state: number, direction: number, flags: number): number {
  if (state === DATAGRAM || state === ECHO) return state;
  if ((flags & RST) !== 0) return CLOSED;
  const isSyn = (flags & SYN) !== 0;
  const isAck = (flags & ACK) !== 0;
  if (state === CLOSED) return isSyn && !isAck && direction === ORIGINAL ? HALF_OPEN : CLOSED;
  if (state === HALF_OPEN) return isSyn && isAck && direction === REPLY ? ANSWERED : HALF_OPEN;
  if (state === ANSWERED && (isSyn || !isAck)) return ANSWERED;
  const afterAck = state === ANSWERED ? ESTABLISHED : state;
  return (flags & FIN) !== 0 && !isSyn ? afterFin(afterAck, direction) : afterAck;
}

function afterFin(state: number, direction: number): number {
  const closing = direction === ORIGINAL ? ORIGINAL_CLOSING : REPLY_CLOSING;
  return state === ESTABLISHED || state === closing ? closing : CLOSED;
}
