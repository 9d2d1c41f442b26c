/** Goal: a connection's state follows its packets as in the drawing of tcp-states.ts. Method: walks, and all of the table. */
import { expect, test } from 'vitest';
import {
  ACK,
  ANSWERED,
  CLOSED,
  DATAGRAM,
  ECHO,
  ESTABLISHED,
  FIN,
  HALF_OPEN,
  ICMP,
  nextState,
  ORIGINAL,
  ORIGINAL_CLOSING,
  openingState,
  REPLY,
  REPLY_CLOSING,
  RST,
  SYN,
  TCP,
} from '../../src/conntrack/tcp-states.ts';
import * as packets from '../../src/network/packet-table.ts';
import * as segments from '../../src/protocols/tcp-segment.ts';

type Packet = readonly [direction: number, flags: number];

/** State after every packet, the first of which opens. */
function walk(first: number, ...then: readonly Packet[]): number[] {
  const states = [openingState(TCP, first)];
  for (const [direction, flags] of then) states.push(nextState(states.at(-1) ?? 0, direction, flags));
  return states;
}

test('numbers protocols and flags as the packets do', () => {
  expect([ICMP, TCP]).toEqual([packets.ICMP, packets.TCP]);
  expect([FIN, SYN, RST, ACK]).toEqual([segments.FIN, segments.SYN, segments.RST, segments.ACK]);
});

test('is established by SYN, SYN/ACK and ACK, closed by both FINs', () => {
  expect(
    walk(
      SYN,
      [REPLY, SYN | ACK],
      [ORIGINAL, ACK],
      [REPLY, ACK],
      [REPLY, FIN | ACK],
      [ORIGINAL, ACK],
      [REPLY, FIN | ACK],
      [ORIGINAL, FIN | ACK],
      [REPLY, ACK],
    ),
  ).toEqual([
    HALF_OPEN,
    ANSWERED,
    ESTABLISHED,
    ESTABLISHED,
    REPLY_CLOSING,
    REPLY_CLOSING,
    REPLY_CLOSING,
    CLOSED,
    CLOSED,
  ]);
});

test('stays half open while SYNs are repeated, answers repeated, or the original side goes on unanswered', () => {
  expect(walk(SYN, [ORIGINAL, SYN], [ORIGINAL, ACK], [ORIGINAL, FIN | ACK], [REPLY, ACK])).toEqual(
    Array(5).fill(HALF_OPEN),
  );
  expect(walk(SYN, [REPLY, SYN | ACK], [REPLY, SYN | ACK], [ORIGINAL, SYN]).slice(1)).toEqual(
    Array(3).fill(ANSWERED),
  );
});

test('a FIN with the ACK that completes counts', () => {
  expect(walk(SYN, [REPLY, SYN | ACK], [ORIGINAL, FIN | ACK], [REPLY, FIN | ACK]).slice(2)).toEqual([
    ORIGINAL_CLOSING,
    CLOSED,
  ]);
});

test('a closed connection is revived by a new SYN of the original side and nothing else', () => {
  for (let flags = 0; flags < 32; flags++) {
    for (const direction of [ORIGINAL, REPLY]) {
      const isNew = direction === ORIGINAL && (flags & (SYN | RST | ACK)) === SYN;
      expect(nextState(CLOSED, direction, flags), `${direction} ${flags}`).toBe(isNew ? HALF_OPEN : CLOSED);
    }
  }
});

test('a RST closes at any time, a SYN of an established connection changes nothing', () => {
  for (const state of [HALF_OPEN, ANSWERED, ESTABLISHED, ORIGINAL_CLOSING, REPLY_CLOSING, CLOSED]) {
    for (const direction of [ORIGINAL, REPLY]) {
      expect(nextState(state, direction, RST)).toBe(CLOSED);
      expect(nextState(state, direction, RST | ACK)).toBe(CLOSED);
    }
  }
  expect(nextState(ESTABLISHED, ORIGINAL, SYN)).toBe(ESTABLISHED);
});

test('a connection that was there before is picked up where it seems to be', () => {
  expect([ACK, 0, FIN | ACK, SYN | ACK, RST].map((flags) => openingState(TCP, flags))).toEqual([
    ESTABLISHED,
    ESTABLISHED,
    ORIGINAL_CLOSING,
    ANSWERED,
    CLOSED,
  ]);
  // Its SYN/ACK was the first to be seen, so that the side that answers counts as the original one.
  expect(walk(SYN | ACK, [REPLY, ACK])).toEqual([ANSWERED, ESTABLISHED]);
});

test('UDP, ICMP and what is unknown have one state, whatever the flags', () => {
  expect([17, ICMP, 50].map((protocol) => openingState(protocol, RST))).toEqual([DATAGRAM, ECHO, DATAGRAM]);
  for (let flags = 0; flags < 256; flags++) {
    expect(nextState(DATAGRAM, REPLY, flags)).toBe(DATAGRAM);
    expect(nextState(ECHO, ORIGINAL, flags)).toBe(ECHO);
  }
});
