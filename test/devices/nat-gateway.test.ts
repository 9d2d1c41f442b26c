/** Goal: sources are translated by their entry, answers find their way back, and nothing else comes in. Method: a gateway alone. */
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { type Cidr, parseCidr } from '../../src/base/ipv4.ts';
import { SECOND_NS } from '../../src/base/units.ts';
import { NatGateway, type NatGatewayOptions } from '../../src/devices/nat-gateway.ts';
import type { FlowId, IfaceId } from '../../src/network/ids.ts';
import { ICMP, TCP, UDP } from '../../src/network/packet-table.ts';
import { ECHO_REPLY, ECHO_REQUEST, PORT_UNREACHABLE, TIME_EXCEEDED } from '../../src/protocols/ip.ts';
import { ACK, FIN, RST, SYN } from '../../src/protocols/tcp-segment.ts';
import { NAT_OPTIONS } from '../support/nat-options.ts';
import { type Header, Surrounded } from '../support/surrounded.ts';

const INSIDE = 0;
const INTERNET = 1;
const HOST = 0x0a000105;
const OTHER_HOST = 0x0a000106;
const SERVER = 0xc6336401;
const [EIP_1, EIP_2, EIP_3] = [0xcb007101, 0xcb007102, 0xcb007103] as const;

const cidr = (text: string): Cidr => parseCidr(text) as Cidr;

interface Entry {
  readonly source: string;
  readonly pool: readonly number[];
  readonly hasAffinity?: boolean;
}

/** A gateway with three EIPs, between a VPC and the Internet; by default all of the VPC leaves by the first. */
function gateway(
  entries: readonly Entry[] = [{ source: '10.0.0.0/16', pool: [EIP_1] }],
  options: Partial<NatGatewayOptions> = {},
) {
  const bench = new Surrounded(2, (context) => new NatGateway(context, { ...NAT_OPTIONS, ...options }));
  const { device, ifaces } = bench;
  device.attach(ifaces[INSIDE] as IfaceId, ifaces[INTERNET] as IfaceId);
  for (const address of [EIP_1, EIP_2, EIP_3]) device.hold(address, `ip-${address - EIP_1 + 1}`);
  for (const { source, pool, hasAffinity } of entries)
    device.addEntry(cidr(source), pool, hasAffinity ?? false);
  return bench.start();
}

const ask: Partial<Header> = { srcAddr: HOST, dstAddr: SERVER, protocol: UDP, srcPort: 4_000, dstPort: 53 };
const syn: Partial<Header> = { ...ask, protocol: TCP, dstPort: 443, tcpFlags: SYN };
const echo: Partial<Header> = { ...ask, protocol: ICMP, srcPort: 7, dstPort: ECHO_REQUEST };
const reasons = (bench: Surrounded<NatGateway>): string[] => bench.drops.map(({ reason }) => reason);

/** What the far end sends back. */
function answer({ srcAddr, dstAddr, protocol, srcPort, dstPort }: Header, more: Partial<Header> = {}) {
  const turned = { srcAddr: dstAddr, dstAddr: srcAddr, protocol };
  return protocol === ICMP
    ? { ...turned, srcPort, dstPort: ECHO_REPLY, ...more }
    : { ...turned, srcPort: dstPort, dstPort: srcPort, ...more };
}

function sendOut(bench: Surrounded<NatGateway>, header: Partial<Header>): Header {
  bench.send(INSIDE, header);
  return bench.take(INTERNET)[0] as Header;
}

function sendIn(bench: Surrounded<NatGateway>, header: Partial<Header>): Header {
  bench.send(INTERNET, header);
  return bench.take(INSIDE)[0] as Header;
}

describe('a NAT gateway', () => {
  test.each([
    ['UDP', ask],
    ['TCP', syn],
    ['ICMP echo', echo],
  ])('gives %s an EIP on the way out, and the host its answers', (_what, header) => {
    const net = gateway();
    const out = sendOut(net, header);
    expect(out).toMatchObject({ srcAddr: EIP_1, dstAddr: SERVER, dstPort: header.dstPort, ttl: 63 });
    const back = sendIn(net, answer(out, { tcpFlags: SYN | ACK }));
    expect(back).toMatchObject({ srcAddr: SERVER, dstAddr: HOST, ttl: 63 });
    // The identifier of an echo stands in the source port both ways.
    expect(header.protocol === ICMP ? back.srcPort : back.dstPort).toBe(header.srcPort);
    expect(net.device.gauges()).toMatchObject({ sessions: 1, 'sessions/ip-1': 1, 'sessions/ip-2': 0 });
  });

  test('tells apart two hosts that use the same port, and two that use the same identifier', () => {
    const net = gateway();
    for (const header of [ask, syn, echo]) {
      const outs = [HOST, OTHER_HOST].map((srcAddr) => sendOut(net, { ...header, srcAddr }));
      expect(outs[0]?.srcPort).not.toBe(outs[1]?.srcPort);
      expect(outs.map((out) => sendIn(net, answer(out)).dstAddr)).toEqual([HOST, OTHER_HOST]);
    }
  });

  test('keeps the EIP and port of a connection as long as it lasts', () => {
    const net = gateway([{ source: '10.0.0.0/16', pool: [EIP_1, EIP_2, EIP_3] }]);
    const outs = Array.from({ length: 20 }, () => sendOut(net, ask));
    expect(new Set(outs.map(({ srcAddr, srcPort }) => `${srcAddr}:${srcPort}`)).size).toBe(1);
  });

  test('takes the entry with the longest prefix, and isolates what no entry covers', () => {
    const net = gateway([
      { source: '10.0.0.0/23', pool: [EIP_1] },
      { source: '10.0.1.0/24', pool: [EIP_2] },
      { source: '10.0.1.6/32', pool: [EIP_3] },
    ]);
    const from = (srcAddr: number) => sendOut(net, { ...ask, srcAddr })?.srcAddr;
    expect([from(0x0a000007), from(HOST), from(OTHER_HOST)]).toEqual([EIP_1, EIP_2, EIP_3]);
    expect(from(0x0a000201)).toBeUndefined();
    expect(net.drops).toEqual([{ reason: 'isolated', event: NONE }]);
  });

  test('lets nothing in that no session asked for: another port, another server, another EIP', () => {
    const net = gateway();
    const back = answer(sendOut(net, ask));
    net.send(INTERNET, { ...back, dstPort: 9_999 });
    net.send(INTERNET, { ...back, srcPort: 54 });
    net.send(INTERNET, { ...back, srcAddr: SERVER + 1 });
    net.send(INTERNET, { ...back, dstAddr: EIP_2 });
    expect(net.take(INSIDE)).toEqual([]);
    expect(reasons(net)).toEqual(Array(4).fill('nat-no-binding'));
  });

  test('begins a TCP session with a SYN alone', () => {
    const net = gateway();
    for (const tcpFlags of [ACK, SYN | ACK, FIN | ACK, RST]) net.send(INSIDE, { ...syn, tcpFlags });
    net.send(INSIDE, { ...echo, dstPort: ECHO_REPLY });
    expect(net.take(INTERNET)).toEqual([]);
    expect(reasons(net)).toEqual(Array(5).fill('no-session'));
  });

  test('lets a packet expire here', () => {
    const net = gateway();
    net.send(INSIDE, { ...ask, ttl: 1 });
    expect(reasons(net)).toEqual(['ttl-expired']);
  });
});

describe('its pool', () => {
  const pool = [EIP_1, EIP_2, EIP_3];
  const source = '10.0.0.0/16';
  const eipsOf = (net: Surrounded<NatGateway>, headers: readonly Partial<Header>[]): number[] =>
    headers.map((header) => sendOut(net, header)?.srcAddr);
  const connections = (count: number, more: Partial<Header> = {}): Partial<Header>[] =>
    Array.from({ length: count }, (_, i) => ({ ...ask, srcPort: 2_000 + i, ...more }));

  test('is drawn from evenly, connection by connection', () => {
    const eips = eipsOf(gateway([{ source, pool }]), connections(3_000));
    // 1,000 each, with a standard deviation of 26.
    for (const eip of pool)
      expect(Math.abs(eips.filter((other) => other === eip).length - 1_000)).toBeLessThan(110);
  });

  test('with affinity gives a client one EIP, and different clients different ones', () => {
    const net = gateway([{ source, pool, hasAffinity: true }]);
    const eipsByHost = Array.from({ length: 40 }, (_, host) =>
      eipsOf(net, connections(5, { srcAddr: HOST + host })),
    );
    for (const eips of eipsByHost) expect(new Set(eips).size).toBe(1);
    expect(new Set(eipsByHost.flat())).toEqual(new Set(pool));
  });

  const narrow = { ports: { first: 1025, last: 65535, perDestination: 3 } };

  test('has so many ports per EIP, protocol and destination, and passes over full EIPs', () => {
    const net = gateway([{ source, pool: [EIP_1, EIP_2] }], narrow);
    const eips = eipsOf(net, connections(7));
    expect(eips.filter((eip) => eip === EIP_1)).toHaveLength(3);
    expect(eips.filter((eip) => eip === EIP_2)).toHaveLength(3);
    expect(net.drops).toEqual([{ reason: 'nat-ports-exhausted', event: NONE }]);
    // Another port of the server, another server and another protocol each have their own.
    const elsewhere = [{ dstPort: 54 }, { dstAddr: SERVER + 1 }, { protocol: TCP, tcpFlags: SYN }];
    for (const more of elsewhere) expect(eipsOf(net, connections(6, more))).not.toContain(undefined);
  });

  test('has a port again when a session has been idle for its time-out', () => {
    const net = gateway([{ source, pool: [EIP_1] }], narrow);
    eipsOf(net, connections(3));
    net.run(60 * SECOND_NS - 1);
    expect(eipsOf(net, connections(4))).toEqual([EIP_1, EIP_1, EIP_1, undefined]);
    net.run(net.engine.nowNs + 60 * SECOND_NS);
    expect(net.device.gauges()).toMatchObject({ sessions: 0, 'sessions/ip-1': 0 });
    expect(eipsOf(net, connections(1, { srcPort: 9 }))).toEqual([EIP_1]);
  });

  test.each([
    ['does not pass over a full EIP when told so', { ...narrow, skipsFull: false }, false],
    ['never passes over the EIP of a client with affinity', narrow, true],
  ])('%s', (_what, options, hasAffinity) => {
    const net = gateway([{ source, pool: [EIP_1, EIP_2], hasAffinity }], options);
    // Enough that a draw meets a full one.
    const eips = eipsOf(net, connections(40));
    const used = new Set(eips.filter((eip) => eip !== undefined));
    expect(eips.filter((eip) => eip !== undefined)).toHaveLength(3 * used.size);
    expect(used.size).toBe(hasAffinity ? 1 : 2);
    expect(reasons(net)).toEqual(Array(40 - 3 * used.size).fill('nat-ports-exhausted'));
  });

  test('enlarged, leaves connections where they are and takes new ones at once', () => {
    const net = gateway([{ source, pool: [EIP_1] }], narrow);
    eipsOf(net, connections(4));
    net.device.setPool(0, [EIP_1, EIP_2], 5);
    expect(eipsOf(net, connections(3))).toEqual([EIP_1, EIP_1, EIP_1]);
    expect(eipsOf(net, connections(6).slice(3))).toEqual([EIP_2, EIP_2, EIP_2]);
    expect(net.network.flows.answerOf(0 as FlowId)).toBe(5);
    // A pool that grew is not to blame for what it still lacks.
    eipsOf(net, connections(7).slice(6));
    expect(net.drops.at(-1)).toEqual({ reason: 'nat-ports-exhausted', event: NONE });
  });

  test('without an EIP it had, interrupts the sessions of that one, and only of this entry', () => {
    const net = gateway([
      { source: '10.0.0.0/16', pool: [EIP_1] },
      { source: '10.0.1.6/32', pool: [EIP_1] },
    ]);
    const mine = sendOut(net, syn);
    const other = sendOut(net, { ...syn, srcAddr: OTHER_HOST });
    net.device.setPool(0, [EIP_2], 5);
    expect(net.device.gauges()).toMatchObject({ sessions: 1, 'sessions/ip-1': 1 });
    net.send(INTERNET, answer(mine, { tcpFlags: SYN | ACK }));
    net.send(INSIDE, { ...syn, tcpFlags: ACK });
    expect(net.drops).toEqual([
      { reason: 'nat-no-binding', event: 5 },
      { reason: 'no-session', event: 5 },
    ]);
    expect(sendIn(net, answer(other))?.dstAddr).toBe(OTHER_HOST);
    expect(sendOut(net, syn).srcAddr).toBe(EIP_2);
  });

  test('left smaller, is to blame for what finds no port', () => {
    const net = gateway([{ source, pool: [EIP_1, EIP_2] }], narrow);
    net.device.setPool(0, [EIP_2], 5);
    eipsOf(net, connections(4));
    expect(net.drops).toEqual([{ reason: 'nat-ports-exhausted', event: 5 }]);
  });
});

describe('ICMP errors', () => {
  const quote = ({ srcAddr, dstAddr, protocol, srcPort, dstPort }: Header) => ({
    srcAddr,
    dstAddr,
    protocol,
    srcPort,
    dstPort,
  });
  const ROUTER = 0xc0000201;

  test.each([
    ['UDP', ask],
    ['TCP', syn],
    ['ICMP echo', echo],
  ])('about %s reach the host that sent it, which finds its own packet quoted', (_what, header) => {
    const net = gateway();
    sendOut(net, { ...header, srcAddr: OTHER_HOST });
    const out = sendOut(net, header);
    const error = { srcAddr: ROUTER, dstAddr: EIP_1, protocol: ICMP, srcPort: 0, dstPort: TIME_EXCEEDED };
    const back = sendIn(net, { ...error, content: quote(out) });
    expect(back).toMatchObject({ srcAddr: ROUTER, dstAddr: HOST, dstPort: TIME_EXCEEDED });
    expect(back.content).toEqual(quote({ ...out, ...header } as Header));
  });

  test('of the host about an answer bear the EIP, and quote what the far end sent', () => {
    const net = gateway();
    sendOut(net, { ...ask, srcAddr: OTHER_HOST });
    const sent = answer(sendOut(net, ask));
    const got = sendIn(net, sent);
    const error = { srcAddr: HOST, dstAddr: SERVER, protocol: ICMP, srcPort: 0, dstPort: PORT_UNREACHABLE };
    const out = sendOut(net, { ...error, content: quote(got) });
    expect(out).toMatchObject({ srcAddr: EIP_1, dstAddr: SERVER });
    expect(out.content).toEqual(sent);
  });

  test('about what is no session go nowhere, whichever way', () => {
    const net = gateway();
    const out = sendOut(net, ask);
    const error = { protocol: ICMP, srcPort: 0, dstPort: PORT_UNREACHABLE };
    net.send(INTERNET, { ...error, srcAddr: ROUTER, dstAddr: EIP_1, content: quote({ ...out, srcPort: 1 }) });
    net.send(INTERNET, { ...error, srcAddr: ROUTER, dstAddr: EIP_1, content: null });
    net.send(INSIDE, {
      ...error,
      srcAddr: HOST,
      dstAddr: SERVER,
      content: quote({ ...out, srcAddr: SERVER }),
    });
    expect(reasons(net)).toEqual(['nat-no-binding', 'nat-no-binding', 'no-session']);
  });

  test('do not keep a session alive', () => {
    const net = gateway();
    const out = sendOut(net, ask);
    const error = { srcAddr: ROUTER, dstAddr: EIP_1, protocol: ICMP, srcPort: 0, dstPort: TIME_EXCEEDED };
    net.run(59 * SECOND_NS);
    expect(sendIn(net, { ...error, content: quote(out) })?.dstAddr).toBe(HOST);
    net.run(60 * SECOND_NS);
    net.send(INTERNET, { ...error, content: quote(out) });
    expect(reasons(net)).toEqual(['nat-no-binding']);
  });
});

describe('an echo request to an EIP', () => {
  const toEip = { ...echo, srcAddr: SERVER, dstAddr: EIP_2 };

  test('is answered by the gateway, in use by an entry or not', () => {
    const net = gateway();
    net.send(INTERNET, { ...toEip, lengthBytes: 84 });
    expect(net.take(INTERNET)).toMatchObject([
      { srcAddr: EIP_2, dstAddr: SERVER, srcPort: 7, dstPort: ECHO_REPLY, lengthBytes: 84, ttl: 64 },
    ]);
    expect(net.drops).toEqual([]);
  });

  test('from inside is answered there where hairpin is allowed, and is a hairpin elsewhere', () => {
    const fromInside = { ...echo, dstAddr: EIP_2 };
    const open = gateway(undefined, { allowsHairpin: true });
    open.send(INSIDE, fromInside);
    expect(open.take(INSIDE)).toMatchObject([
      { srcAddr: EIP_2, dstAddr: echo.srcAddr, srcPort: 7, dstPort: ECHO_REPLY },
    ]);
    expect(open.take(INTERNET)).toEqual([]);
    const closed = gateway();
    closed.send(INSIDE, fromInside);
    expect(closed.take(INSIDE)).toEqual([]);
    expect(reasons(closed)).toEqual(['hairpin']);
  });

  test('is not answered when that is switched off, or the EIP is another’s', () => {
    const deaf = gateway(undefined, { answersEcho: false });
    deaf.send(INTERNET, toEip);
    const net = gateway();
    net.device.release(EIP_2);
    net.send(INTERNET, toEip);
    for (const bench of [deaf, net]) {
      expect(bench.take(INTERNET)).toEqual([]);
      expect(reasons(bench)).toEqual(['nat-no-binding']);
    }
    net.device.hold(EIP_2, 'ip-2');
    net.send(INTERNET, toEip);
    expect(net.take(INTERNET)).toHaveLength(1);
  });
});

test('a gateway that lost power has forgotten its sessions, and blames whoever switched it', () => {
  const net = gateway();
  const out = sendOut(net, syn);
  net.network.setPower(net.id, false, 3);
  net.network.setPower(net.id, true, 4);
  expect(net.device.gauges()).toMatchObject({ sessions: 0, 'sessions/ip-1': 0 });
  net.send(INTERNET, answer(out, { tcpFlags: SYN | ACK }));
  net.send(INSIDE, { ...syn, tcpFlags: ACK });
  expect(net.drops).toEqual([
    { reason: 'nat-no-binding', event: 4 },
    { reason: 'no-session', event: 4 },
  ]);
  expect(sendOut(net, syn).srcAddr).toBe(EIP_1);
});

test('the time-out of a TCP session follows its state', () => {
  const net = gateway();
  const size = (afterNs: number): number | undefined => {
    net.run(net.engine.nowNs + afterNs);
    return net.device.gauges().sessions;
  };
  const out = sendOut(net, syn);
  expect([size(30 * SECOND_NS - 1), size(1)]).toEqual([1, 0]);

  const open = (): void => {
    sendOut(net, syn);
    sendIn(net, answer(out, { tcpFlags: SYN | ACK }));
    sendOut(net, { ...syn, tcpFlags: ACK });
  };
  open();
  expect([size(900 * SECOND_NS - 1), size(1)]).toEqual([1, 0]);

  open();
  sendOut(net, { ...syn, tcpFlags: FIN | ACK });
  sendIn(net, answer(out, { tcpFlags: FIN | ACK }));
  expect([size(5 * SECOND_NS - 1), size(1)]).toEqual([1, 0]);
});
