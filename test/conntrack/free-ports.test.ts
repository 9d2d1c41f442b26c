/** Goal: the free ports of an address are numbered without gaps. Method: random holdings against a filter of all ports. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FreePorts } from '../../src/conntrack/free-ports.ts';
import { HeldPorts } from '../../src/conntrack/held-ports.ts';
import { ICMP, TCP } from '../../src/conntrack/tcp-states.ts';

const range = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.nat(25))
  .map(([first, length]) => ({ first, last: Math.min(first + length, 65) }));

test('counts and numbers exactly the ports that nobody holds, in order', () => {
  fc.assert(
    fc.property(range, fc.array(range, { maxLength: 6 }), (all, held) => {
      const ports = Array.from({ length: 70 }, (_, port) => port);
      const isFree = (port: number) =>
        all.first <= port &&
        port <= all.last &&
        !held.some(({ first, last }) => first <= port && port <= last);
      const free = new FreePorts(all, held);
      expect(Array.from({ length: free.count }, (_, number) => free.at(number))).toEqual(
        ports.filter(isFree),
      );
      expect(ports.map((port) => free.has(port))).toEqual(ports.map(isFree));
    }),
    { seed: 46, numRuns: 300 },
  );
});

test('ports are held by address and protocol, as often as they are not given back', () => {
  const held = new HeldPorts({ first: 1025, last: 65_535 });
  held.hold(1, TCP, { first: 1, last: 2000 });
  held.hold(1, TCP, { first: 1, last: 2000 });
  held.unhold(1, TCP, { first: 1, last: 2000 });
  expect(held.freePorts(1, TCP).count).toBe(63_535);
  expect([held.freePorts(2, TCP).count, held.freePorts(1, ICMP).count]).toEqual([64_511, 65_536]);
  held.unhold(1, TCP, { first: 1, last: 2000 });
  expect(held.freePorts(1, TCP).count).toBe(64_511);
  expect(() => held.unhold(1, TCP, { first: 1, last: 2000 })).toThrow('vpcsim bug');
});
