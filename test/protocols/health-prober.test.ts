/**
 * Goal: a prober's verdict comes after its thresholds, at the times its timers give, and carries the right blame.
 * Method: a prober on host a, its target host b, one link; the random phase is read off the first probe.
 */
import { describe, expect, test } from 'vitest';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { Host } from '../../src/devices/host.ts';
import type { DeviceContext } from '../../src/network/device.ts';
import type { PacketId } from '../../src/network/ids.ts';
import type { Cause } from '../../src/network/observer.ts';
import { ICMP, TCP } from '../../src/network/packet-table.ts';
import type { Verdict } from '../../src/network/verdict.ts';
import { HealthProber, type ProbeSettings } from '../../src/protocols/health-prober.ts';
import type { QuotedHeader } from '../../src/protocols/ip.ts';
import { RST, SYN } from '../../src/protocols/tcp-segment.ts';
import type { TcpSettings } from '../../src/protocols/tcp-settings.ts';
import { ADDRESS_A, ADDRESS_B, type TwoHosts, twoHosts } from '../support/fixtures.ts';

const MS = MILLISECOND_NS;
const RTT = 2 * MS;
const FIRST_PORT = 2_000;
const SETTINGS: ProbeSettings = {
  intervalNs: 2 * SECOND_NS,
  timeoutNs: 5 * SECOND_NS,
  unhealthyThreshold: 3,
  healthyThreshold: 3,
};

interface Told {
  readonly isUp: boolean;
  readonly atNs: number;
  readonly cause: Cause | null;
}

class ProbingHost extends Host {
  readonly told: Told[] = [];
  readonly probeNs: number[] = [];
  readonly prober: HealthProber;

  constructor(context: DeviceContext, tcp: TcpSettings, protocol: 'tcp' | 'udp', settings: ProbeSettings) {
    super(context, tcp, ADDRESS_A);
    this.prober = new HealthProber({
      context,
      flow: context.flows.add('probe/b', false),
      source: ADDRESS_A,
      firstPort: FIRST_PORT,
      target: { protocol, address: ADDRESS_B, port: 80 },
      settings,
      initialTtl: 64,
      timerToken: -1,
      emit: (packet) => {
        const { packets } = context;
        if (packets.protocol[packet] !== TCP || packets.tcpFlags[packet] === SYN)
          this.probeNs.push(context.now());
        this.emit(packet);
      },
      onVerdict: (isUp, cause) => this.told.push({ isUp, atNs: context.now(), cause }),
    });
  }

  override receive(packet: PacketId): Verdict {
    const { packets } = this.context;
    if (packets.protocol[packet] === ICMP) {
      this.prober.receiveUnreachable((packets.content[packet] as QuotedHeader).srcPort);
    } else this.prober.receive(packet);
    return this.stack.accepted(packet);
  }

  override onTimer(): void {
    this.prober.onTimer();
  }
}

function probing(
  protocol: 'tcp' | 'udp',
  isServing: boolean,
  settings = SETTINGS,
): { net: TwoHosts; a: ProbingHost } {
  const net = twoHosts({
    latencyNs: RTT / 2,
    makeA: (context, tcp) => new ProbingHost(context, tcp, protocol, settings),
  });
  if (isServing && protocol === 'tcp') net.b.stack.serveTcp(80, () => ({}));
  else if (isServing) net.b.stack.serveUdp(80, () => {});
  const a = net.a as ProbingHost;
  a.prober.start();
  return { net, a };
}

describe('tcp', () => {
  test('starts at a random phase of its interval and counts the interval from the end of each probe', () => {
    const { net, a } = probing('tcp', true);
    net.run(20 * SECOND_NS);
    const [first] = a.probeNs as [number];
    expect(first).toBeGreaterThanOrEqual(0);
    expect(first).toBeLessThan(SETTINGS.intervalNs);
    expect(a.probeNs).toEqual(a.probeNs.map((_, i) => first + i * (SETTINGS.intervalNs + RTT)));
  });

  test('says up after three answers in a row and does not complete the handshake', () => {
    const { net, a } = probing('tcp', true);
    net.run(20 * SECOND_NS);
    const first = a.probeNs[0] as number;
    expect(a.told).toEqual([{ isUp: true, atNs: first + 3 * RTT + 2 * SETTINGS.intervalNs, cause: null }]);
    const { created, consumed, inFlight } = net.network.describePackets();
    // SYN, SYN/ACK, RST each time; none of them is traffic.
    expect(created).toBe(3 * a.probeNs.length);
    expect(consumed + inFlight).toBe(created);
  });

  test('says down 3 time-outs and 2 intervals after the first probe that a silent host leaves unanswered: 19 s', () => {
    const { net, a } = probing('tcp', true);
    net.run(20 * SECOND_NS);
    net.network.setPower(net.idB, false, 4);
    net.run(60 * SECOND_NS);
    const firstMiss = a.probeNs.find((ns) => ns + RTT / 2 > 20 * SECOND_NS) as number;
    expect(a.told[1]).toEqual({
      isUp: false,
      atNs: firstMiss + 19 * SECOND_NS,
      cause: { event: 4, chain: [] },
    });
  });

  test('says down two intervals after the first RST of a closed port', () => {
    const { net, a } = probing('tcp', false);
    net.run(20 * SECOND_NS);
    const first = a.probeNs[0] as number;
    expect(a.told).toEqual([{ isUp: false, atNs: first + 3 * RTT + 2 * SETTINGS.intervalNs, cause: null }]);
  });

  test.each([
    ['timeoutNs', 7 * SECOND_NS, 25],
    ['intervalNs', 3 * SECOND_NS, 21],
    ['unhealthyThreshold', 4, 26],
  ] as const)('a changed %s moves the moment of down as it must', (setting, value, seconds) => {
    const { net, a } = probing('tcp', true, { ...SETTINGS, [setting]: value });
    net.network.setPower(net.idB, false, 4);
    net.run(60 * SECOND_NS);
    expect(a.told.map(({ atNs }) => atNs - (a.probeNs[0] as number))).toEqual([seconds * SECOND_NS]);
  });

  test('an answer in between starts the count of misses over', () => {
    const { net, a } = probing('tcp', true, { ...SETTINGS, unhealthyThreshold: 2 });
    net.run(20 * SECOND_NS);
    // Each outage swallows one probe only: it is shorter than a time-out and an interval.
    for (const atNs of [21, 31, 41]) {
      net.run(atNs * SECOND_NS);
      net.network.layer.fail(net.link.out, 0);
      net.run((atNs + 4) * SECOND_NS);
      net.network.layer.restore(net.link.out, 1);
    }
    net.run(60 * SECOND_NS);
    expect(net.drops.some(({ reason }) => reason === 'link-down')).toBe(true);
    expect(a.told.map(({ isUp }) => isUp)).toEqual([true]);
  });

  test('down and up again carry the events that broke and mended the host, not older ones', () => {
    const { net, a } = probing('tcp', true);
    net.run(20 * SECOND_NS);
    net.network.flows.eventHappens(4);
    net.network.setPower(net.idB, false, 4);
    net.run(60 * SECOND_NS);
    net.network.flows.eventHappens(5);
    net.network.setPower(net.idB, true, 5);
    net.run(90 * SECOND_NS);
    expect(a.told.map(({ isUp, cause }) => [isUp, cause?.event])).toEqual([
      [true, undefined],
      [false, 4],
      [true, 5],
    ]);
  });

  test('misses that no event caused blame none, also when one did earlier', () => {
    const { net, a } = probing('tcp', true);
    net.run(20 * SECOND_NS);
    net.network.flows.eventHappens(4);
    net.network.layer.fail(net.link.out, 4);
    net.run(23 * SECOND_NS);
    net.network.layer.restore(net.link.out, -1);
    net.run(60 * SECOND_NS);
    expect(net.drops.some(({ event }) => event === 4)).toBe(true);
    net.network.setPower(net.idB, false, -1);
    net.run(90 * SECOND_NS);
    expect(a.told.map(({ isUp, cause }) => [isUp, cause])).toEqual([
      [true, null],
      [false, null],
    ]);
  });

  test('a SYN/ACK that comes after the time-out is not taken for the answer to the next probe', () => {
    const { net, a } = probing('tcp', true, { ...SETTINGS, timeoutNs: SECOND_NS, intervalNs: SECOND_NS });
    net.network.links.latencyNs[net.link.back] = 1_500 * MS;
    net.run(30 * SECOND_NS);
    expect(a.told.map(({ isUp }) => isUp)).toEqual([false]);
  });

  test('a probe that times out is reset, so that the server does not keep half a connection', () => {
    const { net, a } = probing('tcp', true);
    net.network.layer.fail(net.link.back, 0);
    net.run(6 * SECOND_NS + SETTINGS.intervalNs);
    const resets = net.network.describePackets().created;
    expect(resets).toBeGreaterThan(0);
    expect(a.probeNs.length).toBeGreaterThanOrEqual(1);
    // After the RST the server no longer repeats its SYN/ACK: what is dropped afterwards belongs to the next probe.
    const late = net.drops.filter(
      ({ atNs }) =>
        atNs > (a.probeNs[0] as number) + 5_010 * MS && atNs < (a.probeNs[0] as number) + 7 * SECOND_NS,
    );
    expect(late).toEqual([]);
    expect(net.drops.some(({ flags }) => (flags & RST) !== 0)).toBe(false);
  });

  test('stops when told to, and begins again from scratch', () => {
    const { net, a } = probing('tcp', true);
    net.run(20 * SECOND_NS);
    const count = a.probeNs.length;
    a.prober.stop();
    net.run(40 * SECOND_NS);
    expect([a.probeNs.length, a.prober.state]).toEqual([count, 'checking']);
    a.prober.start();
    net.run(60 * SECOND_NS);
    expect(a.told.map(({ isUp }) => isUp)).toEqual([true, true]);
  });
});

describe('udp', () => {
  test('takes silence for health: up after three time-outs and two intervals', () => {
    const { net, a } = probing('udp', true);
    net.run(40 * SECOND_NS);
    expect(a.told).toEqual([{ isUp: true, atNs: (a.probeNs[0] as number) + 19 * SECOND_NS, cause: null }]);
  });

  test('takes port unreachable for a miss, at once', () => {
    const { net, a } = probing('udp', false);
    net.run(40 * SECOND_NS);
    const first = a.probeNs[0] as number;
    expect(a.told).toEqual([{ isUp: false, atNs: first + 3 * RTT + 2 * SETTINGS.intervalNs, cause: null }]);
  });

  test('never notices a host that is silent', () => {
    const { net, a } = probing('udp', true);
    net.run(40 * SECOND_NS);
    net.network.setPower(net.idB, false, 4);
    net.run(200 * SECOND_NS);
    expect(a.told.map(({ isUp }) => isUp)).toEqual([true]);
  });
});

test('the network counts as coming up until the first verdict', () => {
  const { net, a } = probing('tcp', true);
  expect(net.network.isSettled).toBe(false);
  net.run(20 * SECOND_NS);
  expect([net.network.isSettled, a.told.length]).toEqual([true, 1]);
});
