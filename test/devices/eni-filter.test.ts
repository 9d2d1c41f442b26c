/**
 * Goal: what one security group lets pass is stateful, and silent about the rest. Method: an instance with a filter
 * beside a stub, or the filter alone where packets must come as no TCP would send them; time by the clock.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ParameterValues } from '../../src/base/parameters.ts';
import { SECOND_NS } from '../../src/base/units.ts';
import { readEniTimeouts } from '../../src/build/security-groups.ts';
import { EniFilter } from '../../src/devices/eni-filter.ts';
import { Instance } from '../../src/devices/instance.ts';
import { Device, type DeviceContext } from '../../src/network/device.ts';
import { dropReason } from '../../src/network/drop-reason.ts';
import type { IfaceId, PacketId } from '../../src/network/ids.ts';
import { ICMP, OUT, TCP, UDP } from '../../src/network/packet-table.ts';
import { CONSUME, drop, type Verdict } from '../../src/network/verdict.ts';
import { compileSecurityPolicy, type SecurityRule } from '../../src/policy/security-group.ts';
import { ECHO_REPLY, ECHO_REQUEST, PORT_UNREACHABLE, TIME_EXCEEDED } from '../../src/protocols/ip.ts';
import { ACK, FIN, RST, SYN } from '../../src/protocols/tcp-segment.ts';
import { readTcpSettings } from '../../src/protocols/tcp-settings.ts';
import { Surrounded } from '../support/surrounded.ts';

const SELF = 0x0a000105;
const CLIENT = 0xc6336401;
const PARTNER = 0xcb007101;
const NODE = 0x64400001;
const EPHEMERAL = 40_000;
const MILLISECOND_NS = 1e6;

const fromClient = (protocol: number, port: number): SecurityRule => ({
  isIngress: true,
  isAccept: true,
  priority: 1,
  protocol,
  firstPort: protocol === ICMP ? 0 : port,
  lastPort: protocol === ICMP ? 65535 : port,
  peer: { base: CLIENT, length: 32 },
});

/** In one group, of which no other instance is a member. */
function filtered(rules: readonly SecurityRule[], isEnterprise = false) {
  const values = new ParameterValues();
  const policy = compileSecurityPolicy([{ isEnterprise, isInnerAccepted: true, members: [SELF], rules }]);
  const bench = new Surrounded(1, (context) => {
    const filter = new EniFilter(context, policy, readEniTimeouts(values));
    return new Instance(context, readTcpSettings(values), SELF, values.get('ecs.session_timeout'), filter);
  });
  const { device } = bench;
  device.attach(bench.ifaces[0] as IfaceId);
  device.stack.serveTcp(80, () => ({}));
  device.stack.serveUdp(53, () => {});
  return bench.start();
}

/** Filters both directions of packets between the machine and the stub, and takes those that pass. */
class Gate extends Device {
  private readonly filter: EniFilter;

  constructor(context: DeviceContext, filter: EniFilter) {
    super(context);
    this.filter = filter;
  }

  receive(packet: PacketId): Verdict {
    const isIngress = this.context.packets.dstAddr[packet] === SELF;
    return this.filter.admits(packet, isIngress, false) ? CONSUME : drop(dropReason('security-group'));
  }
}

/** Of a basic group without rules, unless told otherwise. */
function gate(policy = compileSecurityPolicy([])) {
  const timeouts = readEniTimeouts(new ParameterValues());
  return new Surrounded(1, (context) => new Gate(context, new EniFilter(context, policy, timeouts))).start();
}

const enterprise = (...rules: SecurityRule[]) => filtered(rules, true);
const basic = (...rules: SecurityRule[]) => filtered(rules);
type Net = ReturnType<typeof filtered>;

const reasons = (net: Surrounded<Device>): string[] => net.drops.map(({ reason }) => reason);
const billing = { flow: 0, unit: 0, connection: 0, direction: OUT };
const report = (net: Net): void =>
  net.device.stack.sendDatagram(billing, EPHEMERAL, PARTNER, 5_000, 100, null);
const pass = (net: Surrounded<Device>, spanNs: number): void => net.run(net.engine.nowNs + spanNs);

const syn = { srcAddr: CLIENT, dstAddr: SELF, protocol: TCP, dstPort: 80, tcpFlags: SYN, lengthBytes: 40 };
const query = { srcAddr: CLIENT, dstAddr: SELF, protocol: UDP, dstPort: 53 };
const command = { srcAddr: PARTNER, dstAddr: SELF, protocol: UDP, srcPort: 5_000, dstPort: EPHEMERAL };
const toPartner = { srcAddr: SELF, dstAddr: PARTNER, srcPort: EPHEMERAL, dstPort: 5_000, lengthBytes: 40 };

describe('what a rule lets in', () => {
  test('is answered, although no rule lets anything out', () => {
    const net = enterprise(fromClient(TCP, 80));
    net.send(0, syn);
    expect(net.take(0)).toMatchObject([{ dstAddr: CLIENT, tcpFlags: SYN | ACK }]);
    expect(net.drops).toEqual([]);
  });

  test('is echoed', () => {
    const net = enterprise(fromClient(ICMP, 0));
    net.send(0, { ...query, protocol: ICMP, srcPort: 9, dstPort: ECHO_REQUEST });
    expect(net.take(0)).toMatchObject([{ protocol: ICMP, srcPort: 9, dstPort: ECHO_REPLY }]);
  });

  test('gets the ICMP error about it', () => {
    const net = enterprise(fromClient(UDP, 54));
    net.send(0, { ...query, dstPort: 54 });
    expect(net.take(0)).toMatchObject([{ protocol: ICMP, dstPort: PORT_UNREACHABLE }]);
    expect(reasons(net)).toEqual(['not-listening']);
  });
});

describe('what no rule lets pass', () => {
  test('is dropped without a word on its way in', () => {
    const net = basic(fromClient(TCP, 80));
    net.send(0, { ...syn, dstPort: 81 });
    net.send(0, { ...syn, srcAddr: PARTNER });
    net.send(0, query);
    expect(reasons(net)).toEqual(['security-group', 'security-group', 'security-group']);
    expect(net.take(0)).toEqual([]);
  });

  test('is dropped on its way out, too', () => {
    const net = enterprise(fromClient(TCP, 80));
    report(net);
    pass(net, 0);
    expect(reasons(net)).toEqual(['security-group']);
    expect(net.take(0)).toEqual([]);
  });

  test('is dropped as device-down when the machine is off', () => {
    const net = enterprise();
    net.network.setPower(net.id, false, 0);
    report(net);
    expect(reasons(net)).toEqual(['device-down']);
  });
});

describe('what the machine began', () => {
  test('is answered, although no rule lets anything in', () => {
    const net = basic();
    net.send(0, command);
    report(net);
    net.send(0, command);
    expect(reasons(net)).toEqual(['security-group', 'not-listening']);
  });

  test('hears of routers that gave up on it, and not of what it did not send', () => {
    const net = basic();
    report(net);
    const heard = { srcAddr: SELF, dstAddr: PARTNER, protocol: UDP, srcPort: EPHEMERAL, dstPort: 5_000 };
    const error = { ...command, protocol: ICMP, srcPort: 0, dstPort: TIME_EXCEEDED };
    net.send(0, { ...error, content: heard });
    expect(net.drops).toEqual([]);
    net.send(0, { ...error, content: { ...heard, srcPort: EPHEMERAL + 1 } });
    expect(reasons(net)).toEqual(['security-group']);
  });
});

describe('a session', () => {
  test('of UDP ends 30 s after its last packet, whichever way that went', () => {
    const net = basic();
    report(net);
    pass(net, 29 * SECOND_NS);
    net.send(0, command);
    pass(net, 29.9 * SECOND_NS);
    net.send(0, command);
    expect(reasons(net)).toEqual(['not-listening', 'not-listening']);
    // Nothing serves the port: the answers are ICMP errors, which keep no session alive.
    pass(net, 30 * SECOND_NS);
    net.send(0, command);
    expect(reasons(net)).toEqual(['not-listening', 'not-listening', 'security-group']);
  });

  test('of UDP behind a load balancer ends after 100 s', () => {
    const net = enterprise(fromClient(UDP, 53));
    const answer = (): void => net.device.stack.sendDatagram(billing, 53, CLIENT, 4_000, 100, null);
    net.send(0, { ...query, outer: [NODE, SELF] });
    pass(net, 99 * SECOND_NS);
    answer();
    pass(net, 0);
    expect(net.take(0)).toMatchObject([{ dstAddr: CLIENT, outer: [SELF, NODE] }]);
    pass(net, 100 * SECOND_NS);
    answer();
    expect(reasons(net)).toEqual(['security-group']);
  });

  test('of an established connection ends after 910 s: what then comes in the middle needs a rule', () => {
    const net = gate();
    const out = { ...toPartner, protocol: TCP };
    const back = { ...command, protocol: TCP };
    net.send(0, { ...out, tcpFlags: SYN });
    net.send(0, { ...back, tcpFlags: SYN | ACK });
    net.send(0, { ...out, tcpFlags: ACK });
    pass(net, 910 * SECOND_NS - 1);
    net.send(0, { ...back, tcpFlags: ACK });
    expect(net.drops).toEqual([]);
    pass(net, 910 * SECOND_NS);
    net.send(0, { ...back, tcpFlags: ACK });
    expect(reasons(net)).toEqual(['security-group']);
  });

  test('of a connection that is never answered ends after a minute', () => {
    const net = gate();
    const [out, back] = [
      { ...toPartner, protocol: TCP },
      { ...command, protocol: TCP },
    ];
    net.send(0, { ...out, tcpFlags: SYN });
    pass(net, 60 * SECOND_NS);
    net.send(0, { ...back, tcpFlags: SYN | ACK });
    expect(reasons(net)).toEqual(['security-group']);
  });

  test('of a closed connection ends after 3 s, behind a load balancer after 15 s', () => {
    for (const [outer, closedS] of [
      [null, 3],
      [[NODE, SELF], 15],
    ] as const) {
      const net = basic(fromClient(TCP, 80));
      net.send(0, { ...syn, outer });
      net.send(0, { ...syn, tcpFlags: RST, outer });
      pass(net, closedS * SECOND_NS - MILLISECOND_NS);
      expect(net.device.gauges()).toEqual({ sessions: 1 });
      pass(net, MILLISECOND_NS);
      expect(net.device.gauges()).toEqual({ sessions: 0 });
    }
  });

  test('that is closed still takes what comes late, and no other connection from its far side', () => {
    const net = gate();
    const [out, back] = [
      { ...toPartner, protocol: TCP },
      { ...command, protocol: TCP },
    ];
    net.send(0, { ...out, tcpFlags: SYN });
    net.send(0, { ...back, tcpFlags: RST | ACK });
    net.send(0, { ...back, tcpFlags: FIN | ACK });
    expect(net.drops).toEqual([]);
    net.send(0, { ...back, tcpFlags: SYN });
    expect(reasons(net)).toEqual(['security-group']);
  });

  test('is forgotten when the power goes, which is blamed for what it had let pass', () => {
    const net = enterprise(fromClient(TCP, 80));
    net.send(0, syn);
    expect(net.device.gauges()).toEqual({ sessions: 1 });
    net.network.setPower(net.id, false, 3);
    net.network.setPower(net.id, true, 4);
    expect(net.device.gauges()).toEqual({ sessions: 0 });
    net.send(0, { ...syn, srcAddr: PARTNER, tcpFlags: ACK });
    expect(net.drops).toEqual([{ reason: 'security-group', event: 4 }]);
  });
});

test('a datagram passes when its rules let it, or less than 30 s after another of its session', () => {
  const packet = fc.record({
    gapS: fc.nat(20),
    isIngress: fc.boolean(),
    port: fc.integer({ min: 52, max: 54 }),
    peer: fc.constantFrom(CLIENT, PARTNER),
  });
  const isOpen = fc.boolean();
  fc.assert(
    fc.property(fc.array(packet, { minLength: 1, maxLength: 60 }), isOpen, (packets, opensOut) => {
      const policy = compileSecurityPolicy([
        { isEnterprise: !opensOut, isInnerAccepted: true, members: [], rules: [fromClient(UDP, 53)] },
      ]);
      const net = gate(policy);
      const lastS = new Map<string, number>();
      let nowS = 0;
      for (const { gapS, isIngress, port, peer } of packets) {
        nowS += gapS;
        net.run(nowS * SECOND_NS);
        const before = net.drops.length;
        const ends = isIngress
          ? { srcAddr: peer, srcPort: 5_000, dstAddr: SELF, dstPort: port }
          : { srcAddr: SELF, srcPort: port, dstAddr: peer, dstPort: 5_000 };
        net.send(0, { ...ends, protocol: UDP });
        const isAllowed = isIngress ? peer === CLIENT && port === 53 : opensOut;
        const session = `${peer}:${port}`;
        const passes = isAllowed || nowS - (lastS.get(session) ?? Number.NEGATIVE_INFINITY) < 30;
        if (passes) lastS.set(session, nowS);
        expect(net.drops.length - before).toBe(passes ? 0 : 1);
      }
    }),
    { seed: 23, numRuns: 100 },
  );
});

describe('a load balancer', () => {
  test('probes without a rule', () => {
    const net = enterprise();
    net.send(0, { ...syn, srcAddr: NODE });
    expect(net.take(0)).toMatchObject([{ dstAddr: NODE, tcpFlags: SYN | ACK }]);
    net.send(0, { ...query, srcAddr: NODE, dstPort: 54 });
    expect(net.take(0)).toMatchObject([{ dstAddr: NODE, dstPort: PORT_UNREACHABLE }]);
    expect(reasons(net)).toEqual(['not-listening']);
  });

  test('brings clients that need one', () => {
    const net = enterprise(fromClient(TCP, 80));
    net.send(0, { ...syn, outer: [NODE, SELF] });
    expect(net.take(0)).toMatchObject([{ dstAddr: CLIENT, outer: [SELF, NODE] }]);
    net.send(0, { ...syn, srcAddr: PARTNER, outer: [NODE, SELF] });
    expect(reasons(net)).toEqual(['security-group']);
  });
});

test('an instance in no group has no filter and no sessions', () => {
  const values = new ParameterValues();
  const net = new Surrounded(
    1,
    (context) => new Instance(context, readTcpSettings(values), SELF, SECOND_NS, null),
  );
  net.device.attach(net.ifaces[0] as IfaceId);
  net.start();
  net.send(0, query);
  expect(reasons(net)).toEqual(['not-listening']);
  expect(net.device.gauges()).toEqual({});
});

describe('rules that change', () => {
  /** A connection of the client's to port 80, which the one rule of a group lets in. */
  function established() {
    const group = (rules: readonly SecurityRule[]) =>
      compileSecurityPolicy([{ isEnterprise: false, isInnerAccepted: true, members: [SELF], rules }]);
    let filter: EniFilter | null = null;
    const net = new Surrounded(1, (context) => {
      filter = new EniFilter(context, group([fromClient(TCP, 80)]), readEniTimeouts(new ParameterValues()));
      return new Gate(context, filter);
    }).start();
    net.send(0, syn);
    net.send(0, answer);
    return Object.assign(net, {
      change: (rules: readonly SecurityRule[], event: number) =>
        (filter as EniFilter | null)?.change(group(rules), event),
    });
  }
  const data = { ...syn, tcpFlags: ACK };
  const answer = { ...toPartner, protocol: TCP, dstAddr: CLIENT, srcPort: 80, dstPort: 4_000, tcpFlags: ACK };

  test('keep a session whose verdict stays, by whatever rule', () => {
    const net = established();
    net.change([{ ...fromClient(TCP, 80), firstPort: 1, lastPort: 1023, priority: 9 }], 7);
    net.send(0, data);
    net.send(0, answer);
    expect(net.drops).toEqual([]);
  });

  test('stop a session they forbid in both directions, which is their event’s doing', () => {
    const net = established();
    net.change([], 7);
    net.send(0, data);
    // The other side may begin whatever it likes, but not go on with this.
    net.send(0, answer);
    net.send(0, syn);
    expect(net.drops).toEqual(Array(3).fill({ reason: 'security-group', event: 7 }));
  });

  test('let a forbidden session go on when they allow it again in time', () => {
    const net = established();
    net.change([], 7);
    net.send(0, data);
    net.change([fromClient(TCP, 80)], 8);
    net.send(0, data);
    net.send(0, answer);
    expect(net.drops).toHaveLength(1);
  });
});
