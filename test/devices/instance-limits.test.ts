/**
 * Goal: an instance carries what its limits allow and drops the rest at its ENI, either way and by its own reason. Method:
 * limits alone, held against counts of what a bucket may let pass; then the instance, its sessions, its mail.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NONE } from '../../src/base/brand.ts';
import { isPublic, parseIpv4 } from '../../src/base/ipv4.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import { InstanceLimits } from '../../src/devices/instance-limits.ts';
import { Device, type DeviceContext } from '../../src/network/device.ts';
import type { PacketId } from '../../src/network/ids.ts';
import { CONSUME, type Verdict } from '../../src/network/verdict.ts';
import { simulate } from '../../src/simulate.ts';
import { scenarioOf } from '../support/scenario-texts.ts';
import { Surrounded } from '../support/surrounded.ts';

/** Counts what limits let pass in each direction. */
class Counter extends Device {
  readonly passed = { in: 0, out: 0 };
  private readonly limits: InstanceLimits;

  constructor(context: DeviceContext, packetsPerSecond: number) {
    super(context);
    const settings = {
      bandwidthBps: null,
      packetsPerSecond,
      burstNs: 10 * MILLISECOND_NS,
      burstFloorBytes: 1,
    };
    this.limits = new InstanceLimits(context, settings);
  }

  receive(packet: PacketId): Verdict {
    if (this.limits.refusal(packet, true) === NONE) this.passed.in++;
    if (this.limits.refusal(packet, false) === NONE) this.passed.out++;
    return CONSUME;
  }
}

test('so many packets a second pass and as many more as the bucket holds, whatever their size, in each direction', () => {
  fc.assert(
    fc.property(
      // From 200 a second the bucket holds two packets, so what is filled in between two arrivals never runs over.
      fc.integer({ min: 200, max: 2_000 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 29, max: 1_500 }),
      (perSecond, overload, lengthBytes) => {
        const net = new Surrounded(1, (context) => new Counter(context, perSecond)).start();
        const spanNs = SECOND_NS / 10;
        const offered = (perSecond * overload) / 10 + 20;
        for (let i = 0; i < offered; i++) {
          net.run(Math.floor((i * spanNs) / offered));
          net.send(0, { lengthBytes });
        }
        const most = perSecond / 10 + Math.max(1, perSecond / 100);
        const { passed } = net.device;
        expect(passed.in).toBe(passed.out);
        expect(passed.in).toBeLessThanOrEqual(Math.ceil(most));
        expect(passed.in).toBeGreaterThanOrEqual(Math.floor(Math.min(offered, most)) - 2);
      },
    ),
    { numRuns: 20 },
  );
});

test('tells public addresses from private ones and those of the cloud', () => {
  const all = [
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '100.100.2.136',
    '172.32.0.1',
    '8.8.8.8',
  ];
  expect(all.map((text) => isPublic(parseIpv4(text) as number))).toEqual([
    ...Array(5).fill(false),
    true,
    true,
  ]);
});

describe('an instance', () => {
  const run = (worker: string, flow: string, assume = '') =>
    simulate(
      scenarioOf(`vpcsim: 1
title: A test
duration: 4s
assume: { ${assume} }
vpcs: { app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches: { app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }
security_groups: { basic: { vpc_id: app } }
instances:
  worker: { vswitch_id: app-h, ${worker} }
  mate: { vswitch_id: app-h }
eips: { worker-ip: { region: cn-hangzhou, bandwidth: 100Mbps, instance_id: worker } }
internet_hosts: { partner: { city: Hangzhou } }
traffic: { flow: { from: worker, ${flow} } }
`),
    ).flows.flow;

  test('has the limits of its type, and in their place those that are written', () => {
    const { instances } = scenarioOf(`vpcsim: 1
title: A test
duration: 1s
vpcs: { app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 } }
vswitches: { app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 } }
instances:
  plain: { vswitch_id: app-h }
  large: { vswitch_id: app-h, instance_type: ecs.g7.large }
  throttled: { vswitch_id: app-h, instance_type: ecs.g7.large, limits: { packets: 6000/min } }
`);
    const large = { bandwidthBps: 2e9, packetsPerSecond: 900_000, connections: 250_000 };
    expect(instances.map(({ limits }) => limits)).toEqual([
      { bandwidthBps: null, packetsPerSecond: null, connections: null },
      large,
      { ...large, packetsPerSecond: 100 },
    ]);
  });

  test('sends no more than it may', () => {
    const flow = 'kind: udp, to: mate:9000, rate: 200/s';
    expect(run('limits: { packets: 100/s }', flow)?.lostByReason['pps-limit']).toBeGreaterThanOrEqual(398);
    expect(run('limits: { bandwidth: 800kbps }', flow)?.lostByReason['rate-limit']).toBeGreaterThanOrEqual(
      398,
    );
  });

  test('tracks no more connections than it may, whether or not it filters; one that has ended makes room', () => {
    const flow = 'kind: http, to: mate:80, rate: 10/s, timeout: 900ms';
    for (const group of ['', 'security_groups: [basic], ']) {
      const result = run(`${group}limits: { connections: 20 }`, flow);
      // Closed sessions are kept for 3 s: 20 in the first 2 s, and the first places come free after 3.
      expect(result?.requests?.byOutcome.ok).toBeGreaterThanOrEqual(28);
      expect(result?.lostByReason['conn-limit']).toBeGreaterThanOrEqual(8);
    }
  });

  test('sends no mail to the Internet by port 25 unless that is unblocked, and to the inside as it likes', () => {
    const outside = 'kind: http, to: partner:25, rate: 5/s, timeout: 1s';
    expect(run('', outside)?.lostByReason).toEqual({ 'security-group': 15 });
    expect(run('', outside, 'ecs.blocks_smtp: 0')?.lost).toBe(0);
    expect(run('', 'kind: http, to: mate:25, rate: 5/s')?.lost).toBe(0);
    expect(run('', 'kind: udp, to: partner:25, rate: 5/s')?.lost).toBe(0);
  });
});
