/**
 * Goal: every answer finds its way back to who asked, and nobody else's; no two connections look alike from outside;
 * what an EIP that left the pool carried gets no answer; N EIPs carry N times what one does. Method: a NAT gateway alone under random connections, answers
 * in any order and changes of its pool, held against a plain list of what left it.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SECOND_NS } from '../../src/base/units.ts';
import { NatGateway } from '../../src/devices/nat-gateway.ts';
import type { IfaceId } from '../../src/network/ids.ts';
import { ICMP, TCP, UDP } from '../../src/network/packet-table.ts';
import { ECHO_REPLY, ECHO_REQUEST, TIME_EXCEEDED } from '../../src/protocols/ip.ts';
import { ACK, SYN } from '../../src/protocols/tcp-segment.ts';
import { NAT_OPTIONS } from '../support/nat-options.ts';
import { type Header, Surrounded } from '../support/surrounded.ts';

const [INSIDE, INTERNET] = [0, 1] as const;
const EIPS = [0xcb007101, 0xcb007102, 0xcb007103];
const PORTS_PER_DESTINATION = 3;

type Step =
  | { readonly kind: 'ask'; readonly header: Partial<Header> }
  | { readonly kind: 'answer' | 'error'; readonly which: number }
  | { readonly kind: 'pool'; readonly pool: readonly number[] };

const ask = fc
  .record({
    srcAddr: fc.integer({ min: 0x0a000101, max: 0x0a000103 }),
    dstAddr: fc.integer({ min: 0xc6336401, max: 0xc6336402 }),
    protocol: fc.constantFrom(TCP, UDP, ICMP),
    srcPort: fc.integer({ min: 3_000, max: 3_004 }),
    dstPort: fc.integer({ min: 80, max: 81 }),
  })
  .map((header): Step => {
    const dstPort = header.protocol === ICMP ? ECHO_REQUEST : header.dstPort;
    return { kind: 'ask', header: { ...header, dstPort, tcpFlags: SYN } };
  });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: ask },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('answer', 'error'), which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('pool' as const), pool: fc.subarray(EIPS, { minLength: 1 }) }),
  },
);

const fieldsOf = ({ srcAddr, dstAddr, protocol, srcPort, dstPort }: Partial<Header>) => ({
  srcAddr,
  dstAddr,
  protocol,
  srcPort,
  dstPort,
});
const nameOf = (header: Partial<Header>): string => JSON.stringify(fieldsOf(header));

/** What the far end sends back: there an echo keeps its identifier, and ports change sides. */
function answerTo({ srcAddr, dstAddr, protocol, srcPort, dstPort }: Partial<Header>): Partial<Header> {
  const turned = { srcAddr: dstAddr, dstAddr: srcAddr, protocol, tcpFlags: SYN | ACK } as Partial<Header>;
  return protocol === ICMP
    ? { ...turned, srcPort: srcPort as number, dstPort: ECHO_REPLY }
    : { ...turned, srcPort: dstPort as number, dstPort: srcPort as number };
}

function gateway(pool: readonly number[] = EIPS.slice(0, 1)): Surrounded<NatGateway> {
  const timeouts = {
    halfOpenNs: SECOND_NS,
    establishedNs: SECOND_NS,
    closedNs: SECOND_NS,
    udpNs: SECOND_NS,
    icmpNs: SECOND_NS,
  };
  const ports = { first: 3_002, last: 3_010, perDestination: PORTS_PER_DESTINATION };
  const options = { ...NAT_OPTIONS, timeouts, ports };
  const net = new Surrounded(2, (context) => new NatGateway(context, options));
  net.device.attach(net.ifaces[INSIDE] as IfaceId, net.ifaces[INTERNET] as IfaceId);
  for (const address of EIPS) net.device.hold(address, `ip-${address}`);
  net.device.addEntry({ base: 0x0a000000, length: 16 }, pool, false);
  return net.start();
}

test('every answer and every error finds its way back', () => {
  const seen = { answers: 0, errors: 0, exhausted: 0, orphans: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      const net = gateway();
      /** What is outside by what is inside, of the connections that are there. */
      const outside = new Map<string, { inside: Partial<Header>; out: Partial<Header> }>();
      const left: { inside: Partial<Header>; out: Partial<Header> }[] = [];
      let pool = EIPS.slice(0, 1);
      for (const now of steps) {
        if (now.kind === 'pool') {
          net.device.setPool(0, now.pool, 0);
          pool = [...now.pool];
          for (const [name, { out }] of outside)
            if (!pool.includes(out.srcAddr as number)) outside.delete(name);
        } else if (now.kind === 'ask') {
          const inside = fieldsOf(now.header) as Partial<Header>;
          net.send(INSIDE, now.header);
          const [out] = net.take(INTERNET);
          const known = outside.get(nameOf(inside));
          if (out === undefined) {
            expect(known).toBeUndefined();
            expect(net.drops.at(-1)?.reason).toBe('nat-ports-exhausted');
            const alike = [...outside.values()].filter(
              (other) =>
                other.inside.protocol === inside.protocol &&
                other.inside.dstAddr === inside.dstAddr &&
                other.inside.dstPort === inside.dstPort,
            );
            expect(alike).toHaveLength(PORTS_PER_DESTINATION * pool.length);
            seen.exhausted++;
            continue;
          }
          expect(pool).toContain(out.srcAddr);
          if (known !== undefined) expect(nameOf(out)).toBe(nameOf(known.out));
          else {
            for (const other of outside.values()) expect(nameOf(out)).not.toBe(nameOf(other.out));
            outside.set(nameOf(inside), { inside, out });
            left.push({ inside, out });
          }
        } else {
          const chosen = left[now.which % Math.max(1, left.length)];
          if (chosen === undefined) continue;
          const isThere = [...outside.values()].find(({ out }) => nameOf(out) === nameOf(chosen.out));
          const error = { srcAddr: 0xc0000201, dstAddr: chosen.out.srcAddr as number, protocol: ICMP };
          const back =
            now.kind === 'answer'
              ? answerTo(chosen.out)
              : { ...error, srcPort: 0, dstPort: TIME_EXCEEDED, content: fieldsOf(chosen.out) };
          net.send(INTERNET, back);
          const [got] = net.take(INSIDE);
          if (isThere === undefined) {
            expect(got).toBeUndefined();
            expect(net.drops.at(-1)?.reason).toBe('nat-no-binding');
            seen.orphans++;
          } else if (now.kind === 'answer') {
            const { tcpFlags: _, ...asked } = answerTo(isThere.inside);
            expect(got).toMatchObject(asked);
            seen.answers++;
          } else {
            expect(got).toMatchObject({ srcAddr: 0xc0000201, dstAddr: isThere.inside.srcAddr });
            expect(got?.content).toEqual(isThere.inside);
            seen.errors++;
          }
        }
      }
      expect(net.device.gauges().sessions).toBe(outside.size);
    }),
    { seed: 2_026, numRuns: 60 },
  );
  // The law would hold trivially if nothing of a kind ever happened.
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(20);
});

test('a pool carries as many connections towards each destination as its EIPs have ports together', () => {
  const connections = fc.array(
    fc.record({
      srcPort: fc.integer({ min: 1, max: 5 }),
      srcAddr: fc.integer({ min: 0x0a000101, max: 0x0a000104 }),
      dstPort: fc.integer({ min: 80, max: 81 }),
    }),
    { minLength: 1, maxLength: 80 },
  );
  fc.assert(
    fc.property(fc.subarray(EIPS, { minLength: 1 }), connections, (pool, headers) => {
      const net = gateway(pool);
      const asked = new Set<string>();
      for (const header of headers) {
        net.send(INSIDE, { ...header, dstAddr: 0xc6336401, protocol: UDP });
        asked.add(JSON.stringify(header));
      }
      const carried = new Set(net.take(INTERNET).map((out) => nameOf(out)));
      for (const dstPort of [80, 81]) {
        const wanted = [...asked].filter((text) => text.includes(`"dstPort":${dstPort}`)).length;
        const got = [...carried].filter((text) => text.includes(`"dstPort":${dstPort}`)).length;
        expect(got).toBe(Math.min(wanted, PORTS_PER_DESTINATION * pool.length));
      }
    }),
    { seed: 2_027, numRuns: 100 },
  );
});
