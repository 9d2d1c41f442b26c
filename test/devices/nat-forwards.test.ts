/** Goal: DNAT entries let in what they name and nothing else, and answers go back. Method: a gateway alone. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { SECOND_NS } from '../../src/base/units.ts';
import { ANY_PROTOCOL } from '../../src/devices/nat-forwards.ts';
import { NatGateway, type NatGatewayOptions } from '../../src/devices/nat-gateway.ts';
import type { IfaceId } from '../../src/network/ids.ts';
import { ICMP, TCP, UDP } from '../../src/network/packet-table.ts';
import { ECHO_REPLY, ECHO_REQUEST, PORT_UNREACHABLE, TIME_EXCEEDED } from '../../src/protocols/ip.ts';
import { ACK, SYN } from '../../src/protocols/tcp-segment.ts';
import { NAT_DOOR, NAT_OPTIONS } from '../support/nat-options.ts';
import { type Header, Surrounded } from '../support/surrounded.ts';

const INSIDE = 0;
const INTERNET = 1;
const [WEB, MAIL, WORKER] = [0x0a000105, 0x0a000106, 0x0a000107];
const CLIENT = 0xc6336401;
const [SHARED, MAPPED] = [0xcb007101, 0xcb007102];

/** Ports 9000 to 9009 of SHARED, which SNAT uses too, lead to 7000 to 7009 of WEB; all of MAPPED leads to MAIL. */
function gateway(options: Partial<NatGatewayOptions> = {}): Surrounded<NatGateway> {
  const net = new Surrounded(2, (context) => new NatGateway(context, { ...NAT_OPTIONS, ...options }));
  const { device, ifaces } = net;
  device.attach(ifaces[INSIDE] as IfaceId, ifaces[INTERNET] as IfaceId);
  device.hold(SHARED, 'shared');
  device.hold(MAPPED, 'mapped');
  device.addEntry({ base: 0x0a000000, length: 16 }, [SHARED], false);
  const ports = { firstPort: 9000, lastPort: 9009, target: WEB, targetPort: 7000 };
  for (const protocol of [TCP, UDP]) device.addForward({ eip: SHARED, protocol, ...ports });
  const all = { firstPort: 0, lastPort: 0, target: MAIL, targetPort: 0 };
  device.addForward({ eip: MAPPED, protocol: ANY_PROTOCOL, ...all });
  return net.start();
}

const visit: Partial<Header> = {
  srcAddr: CLIENT,
  srcPort: 4000,
  dstAddr: SHARED,
  dstPort: 9002,
  protocol: TCP,
  tcpFlags: SYN,
};
const reasons = (net: Surrounded<NatGateway>): string[] => net.drops.map(({ reason }) => reason);

function send(net: Surrounded<NatGateway>, from: number, header: Partial<Header>, to = 1 - from): Header {
  net.send(from, header);
  return net.take(to)[0] as Header;
}

/** The answer of whoever got the packet, back by the door it came by. */
function answer(got: Header, more: Partial<Header> = {}): Partial<Header> {
  const { srcAddr, dstAddr, srcPort, dstPort, protocol, outer } = got;
  const turned = {
    srcAddr: dstAddr,
    dstAddr: srcAddr,
    protocol,
    ...(outer && { outer: [dstAddr, outer[0]] as const }),
  };
  if (protocol === ICMP) return { ...turned, srcPort, dstPort: ECHO_REPLY, ...more };
  return { ...turned, srcPort: dstPort, dstPort: srcPort, ...more };
}

describe('a port', () => {
  test.each([TCP, UDP])(
    'leads to its target by a door, and answers come from the EIP: protocol %i',
    (protocol) => {
      const net = gateway();
      const got = send(net, INTERNET, { ...visit, protocol });
      expect(got).toMatchObject({ srcAddr: CLIENT, srcPort: 4000, dstAddr: WEB, dstPort: 7002, ttl: 63 });
      expect(got.outer).toEqual([NAT_DOOR, WEB]);
      const back = send(net, INSIDE, answer(got, { tcpFlags: SYN | ACK }));
      expect(back).toMatchObject({
        srcAddr: SHARED,
        srcPort: 9002,
        dstAddr: CLIENT,
        dstPort: 4000,
        outer: null,
      });
      expect(net.device.gauges()).toEqual({ sessions: 1, 'sessions/shared': 1, 'sessions/mapped': 0 });
    },
  );

  test('is one of the range alone, of its protocol alone, and begins with a SYN', () => {
    const net = gateway();
    for (const dstPort of [8999, 9010]) net.send(INTERNET, { ...visit, dstPort });
    net.send(INTERNET, { ...visit, tcpFlags: ACK });
    expect(net.take(INSIDE)).toEqual([]);
    expect(reasons(net)).toEqual(['nat-no-binding', 'nat-no-binding', 'no-session']);
    for (const dstPort of [9000, 9009])
      expect(send(net, INTERNET, { ...visit, dstPort }).dstPort).toBe(dstPort - 2000);
  });

  test('is not given to SNAT, whatever senders would like', () => {
    const net = gateway();
    fc.assert(
      fc.property(fc.integer({ min: 8995, max: 9014 }), fc.integer({ min: 1, max: 9 }), (srcPort, host) => {
        const out = send(net, INSIDE, {
          ...visit,
          srcAddr: WORKER + host,
          srcPort,
          dstAddr: CLIENT,
          dstPort: 443,
        });
        expect(out.srcAddr).toBe(SHARED);
        expect(out.srcPort < 9000 || out.srcPort > 9009).toBe(true);
      }),
      { seed: 5, numRuns: 100 },
    );
  });

  test('whose entry is removed interrupts what it carried, and SNAT may have it', () => {
    const net = gateway();
    const got = send(net, INTERNET, visit);
    net.device.removeEntry(1, 4);
    net.send(INTERNET, { ...visit, tcpFlags: ACK });
    net.send(INTERNET, { ...visit, srcPort: 4001 });
    expect(net.drops).toEqual(Array(2).fill({ reason: 'nat-no-binding', event: 4 }));
    // The target's own answers are of no session now, nor do they begin one.
    net.send(INSIDE, answer(got, { tcpFlags: SYN | ACK }));
    expect(reasons(net)[2]).toBe('no-session');
    const out = send(net, INSIDE, {
      ...visit,
      srcAddr: WORKER,
      srcPort: 9002,
      dstAddr: CLIENT,
      dstPort: 443,
    });
    expect(out.srcPort).toBe(9002);
  });

  test('answers that go past the door are translated too', () => {
    const net = gateway();
    const got = send(net, INTERNET, visit);
    const { outer: _, ...plain } = answer(got, { tcpFlags: SYN | ACK });
    expect(send(net, INSIDE, plain)).toMatchObject({ srcAddr: SHARED, srcPort: 9002 });
    net.send(INSIDE, { ...plain, dstAddr: NAT_DOOR });
    expect(reasons(net)).toEqual(['no-route']);
  });

  test('carries errors both ways, by the header they quote', () => {
    const net = gateway();
    const got = send(net, INTERNET, { ...visit, protocol: UDP });
    const quotedThere = { srcAddr: CLIENT, srcPort: 4000, dstAddr: WEB, dstPort: 7002, protocol: UDP };
    const error = { protocol: ICMP, srcPort: 0, dstPort: PORT_UNREACHABLE, content: { ...quotedThere } };
    const out = send(net, INSIDE, { ...error, srcAddr: WEB, dstAddr: CLIENT, outer: [WEB, NAT_DOOR] });
    expect(out).toMatchObject({ srcAddr: SHARED, dstAddr: CLIENT });
    expect(out.content).toMatchObject({ srcAddr: CLIENT, dstAddr: SHARED, dstPort: 9002 });
    const quotedHere = { srcAddr: SHARED, srcPort: 9002, dstAddr: CLIENT, dstPort: 4000, protocol: UDP };
    const expired = { protocol: ICMP, srcPort: 0, dstPort: TIME_EXCEEDED, content: quotedHere };
    const back = send(net, INTERNET, { ...expired, srcAddr: 0xc0000201, dstAddr: SHARED });
    expect(back).toMatchObject({ srcAddr: 0xc0000201, dstAddr: WEB });
    expect(back.content).toMatchObject({ srcAddr: WEB, srcPort: 7002, dstAddr: CLIENT });
    expect(got.dstAddr).toBe(WEB);
  });
});

describe('an IP mapping', () => {
  test('lets everything in, echo too, and is how its instance leaves', () => {
    const net = gateway();
    expect(send(net, INTERNET, { ...visit, dstAddr: MAPPED, dstPort: 25 })).toMatchObject({
      dstAddr: MAIL,
      dstPort: 25,
    });
    const echo = { srcAddr: CLIENT, srcPort: 7, dstAddr: MAPPED, dstPort: ECHO_REQUEST, protocol: ICMP };
    const asked = send(net, INTERNET, echo);
    expect(asked.dstAddr).toBe(MAIL);
    expect(send(net, INSIDE, answer(asked))).toMatchObject({ srcAddr: MAPPED, dstAddr: CLIENT, srcPort: 7 });
    const out = send(net, INSIDE, {
      srcAddr: MAIL,
      srcPort: 80,
      dstAddr: CLIENT,
      dstPort: 53,
      protocol: UDP,
    });
    // Any port, kept as it is, even one that SNAT would not give.
    expect(out).toMatchObject({ srcAddr: MAPPED, srcPort: 80 });
    const back = send(net, INTERNET, answer(out));
    expect(back).toMatchObject({ dstAddr: MAIL, dstPort: 80, outer: null });
  });

  test('that is removed leaves its instance to SNAT', () => {
    const net = gateway();
    net.device.removeEntry(3, 2);
    expect(send(net, INSIDE, { ...visit, srcAddr: MAIL, dstAddr: CLIENT, dstPort: 443 }).srcAddr).toBe(
      SHARED,
    );
  });
});

describe('from inside to a DNAT address', () => {
  const inside = { ...visit, srcAddr: WORKER };

  test('is a hairpin, which is dropped', () => {
    const net = gateway();
    net.send(INSIDE, inside);
    net.send(INSIDE, { ...inside, dstAddr: MAPPED, dstPort: 1 });
    expect(reasons(net)).toEqual(['hairpin', 'hairpin']);
  });

  test('turns round where the bind mode allows it, and so do answers and errors', () => {
    const net = gateway({ allowsHairpin: true });
    const got = send(net, INSIDE, inside, INSIDE);
    expect(got).toMatchObject({ srcAddr: SHARED, dstAddr: WEB, dstPort: 7002, outer: [NAT_DOOR, WEB] });
    const back = send(net, INSIDE, answer(got, { tcpFlags: SYN | ACK }), INSIDE);
    expect(back).toMatchObject({
      srcAddr: SHARED,
      srcPort: 9002,
      dstAddr: WORKER,
      dstPort: 4000,
      outer: null,
    });
    const { srcAddr, srcPort, dstAddr, dstPort, protocol } = got;
    const content = { srcAddr, srcPort, dstAddr, dstPort, protocol };
    const error = { protocol: ICMP, srcPort: 0, dstPort: PORT_UNREACHABLE, content };
    const told = send(
      net,
      INSIDE,
      { ...error, srcAddr: WEB, dstAddr: SHARED, outer: [WEB, NAT_DOOR] },
      INSIDE,
    );
    expect(told).toMatchObject({ srcAddr: SHARED, dstAddr: WORKER });
    expect(told.content).toMatchObject({ srcAddr: WORKER, srcPort: 4000, dstAddr: SHARED, dstPort: 9002 });
    // Only what an entry names; and from outside nobody meets this session.
    net.send(INSIDE, { ...inside, dstPort: 9010 });
    net.send(INTERNET, { ...answer(got, { tcpFlags: ACK }), outer: null });
    expect(reasons(net)).toEqual(['nat-no-binding', 'nat-no-binding']);
  });

  test('of an instance with an IP mapping comes from that', () => {
    const net = gateway({ allowsHairpin: true });
    expect(send(net, INSIDE, { ...inside, srcAddr: MAIL }, INSIDE)).toMatchObject({
      srcAddr: MAPPED,
      dstAddr: WEB,
    });
  });
});

describe('the capacity', () => {
  const bounds = { connections: 3, connectionsPerSecond: 1000, packetsPerSecond: 1000, bandwidthBps: 1e9 };
  const capacity = (more: Partial<typeof bounds>, countsDnat = true) => {
    const fixed = { ...bounds, ...more };
    return { ...fixed, countsDnat, ceiling: fixed };
  };
  const leave = (srcPort: number): Partial<Header> => ({
    ...visit,
    srcAddr: WORKER,
    srcPort,
    dstAddr: CLIENT,
    dstPort: 443,
  });
  const flood = (net: Surrounded<NatGateway>, count: number): void => {
    for (let i = 0; i < count; i++) net.send(INSIDE, leave(2000 + i));
  };

  test.each([
    ['connections', {}, 3, 'conn-limit'],
    ['new connections a second', { connections: 99, connectionsPerSecond: 4 }, 4, 'cps-limit'],
    ['packets a second', { connections: 99, packetsPerSecond: 5 }, 5, 'pps-limit'],
    // A burst of 66 kB is what the bucket holds at least.
    ['bits a second', { connections: 9999, bandwidthBps: 8e5 }, 100, 'rate-limit'],
  ] as const)('bounds %s', (_, more, passes, reason) => {
    const net = gateway({ capacity: capacity(more) });
    for (let i = 0; i < passes + 5; i++) net.send(INSIDE, { ...leave(2000 + i), lengthBytes: 1000 });
    expect(net.take(INTERNET)).toHaveLength(passes);
    expect(reasons(net)).toEqual(Array(5).fill(reason));
  });

  test('of a fixed size is about SNAT alone, and acts at once when set', () => {
    const net = gateway({ capacity: capacity({}, false) });
    for (let i = 0; i < 9; i++) net.send(INTERNET, { ...visit, srcPort: 5000 + i });
    expect(net.take(INSIDE)).toHaveLength(9);
    flood(net, 4);
    expect(net.drops).toEqual([{ reason: 'conn-limit', event: NONE }]);
    net.device.setCapacity(capacity({ connections: 4 }, false), 3);
    flood(net, 6);
    expect(net.drops.slice(1)).toEqual(Array(2).fill({ reason: 'conn-limit', event: 3 }));
  });

  test('that is elastic doubles a while after it dropped something, up to its ceiling', () => {
    const ceiling = { ...bounds, connections: 10 };
    const net = gateway({ capacity: { ...bounds, countsDnat: true, ceiling }, growthDelayNs: SECOND_NS });
    const held: number[] = [];
    for (let second = 0; second < 4; second++) {
      flood(net, 20);
      held.push(net.device.gauges().sessions as number);
      net.run((second + 1) * SECOND_NS);
    }
    expect(held).toEqual([3, 6, 10, 10]);
  });
});

test('a gateway that takes over knows no session of the other, and says whose doing that is', () => {
  const net = gateway();
  const got = send(net, INTERNET, visit);
  net.device.activate(6);
  net.send(INTERNET, { ...visit, tcpFlags: ACK });
  net.send(INSIDE, answer(got, { tcpFlags: ACK }));
  expect(net.drops.map(({ reason, event }) => [reason, event])).toEqual([
    ['no-session', 6],
    ['no-session', 6],
  ]);
});
