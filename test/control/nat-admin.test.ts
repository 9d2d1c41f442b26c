/** Goal: the admin verbs of a NAT gateway act on the running network, or refuse with the product's rule. Method: a small VPC. */
import { describe, expect, test } from 'vitest';
import type { RunResult } from '../../src/measure/result.ts';
import { simulate } from '../../src/simulate.ts';
import { scenarioOf } from '../support/scenario-texts.ts';

interface Options {
  readonly seconds?: number;
  readonly assume?: string;
  /** The one SNAT entry, by default for the whole VPC. */
  readonly entry?: string;
  /** Lines of the sections, without indentation. */
  readonly eips?: readonly string[];
  readonly gateways?: readonly string[];
  readonly traffic?: readonly string[];
  readonly events?: readonly string[];
}

const ENTRY = 'all: { source_cidr: 10.0.0.0/16, snat_ip: [ip-1] }';

/** A worker in each of two zones, a gateway `out` in the first of them with EIPs ip-1 and ip-2, a partner. */
function run(options: Options): RunResult {
  const section = (name: string, lines: readonly string[] = []): string =>
    lines.length === 0 ? '' : `${name}:\n${lines.map((line) => `  ${line}\n`).join('')}`;
  return simulate(
    scenarioOf(`vpcsim: 1
title: A test
duration: ${options.seconds ?? 6}s
assume: { ${options.assume ?? ''} }
vpcs:
  app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
vswitches:
  app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  app-i: { vpc_id: app, zone_id: cn-hangzhou-i, cidr_block: 10.0.2.0/24 }
instances:
  worker-h: { vswitch_id: app-h }
  worker-i: { vswitch_id: app-i }
nat_gateways:
  out: { vpc_id: app, vswitch_id: app-h, availability_mode: SingleAZ, snat_entries: { ${options.entry ?? ENTRY} } }
${(options.gateways ?? []).map((line) => `  ${line}\n`).join('')}
eips:
  ip-1..2: { region: cn-hangzhou, bandwidth: 100Mbps, instance_id: out }
  loose: { region: cn-hangzhou, bandwidth: 100Mbps }
${(options.eips ?? []).map((line) => `  ${line}\n`).join('')}
internet_hosts:
  partner: { city: Hangzhou }
${section('traffic', options.traffic)}${section('events', options.events)}`),
  );
}

const refusals = (result: RunResult): (string | null | undefined)[] =>
  Object.values(result.events).map(({ refused }) => refused);
const lostFor = (result: RunResult, event: string, flow: string): number =>
  result.events[event]?.flows[flow]?.lost ?? 0;

const FROM_BOTH = 'ping: { kind: ping, from: [worker-h, worker-i], to: partner, rate: 20/s }';

describe('a pool', () => {
  test('is set at once and shown as the state of its entry', () => {
    const events = ['grow: { at: 2s, set: out/all, snat_ip: [ip-1..2] }'];
    const result = run({ events, traffic: [FROM_BOTH] });
    const changes = result.stateChanges.filter(({ subject }) => subject === 'out/all');
    expect(changes.map(({ from, to, because }) => [from, to, because?.event])).toEqual([
      [null, 'ip-1', undefined],
      ['ip-1', 'ip-1, ip-2', 'grow'],
    ]);
    expect(result.events.grow?.switchedAfterNs).toBe(0);
    expect(result.flows.ping?.lost).toBe(0);
  });

  test('takes no EIP that the gateway does not have by then', () => {
    const events = [
      'early: { at: 1s, set: out/all, snat_ip: loose }',
      'gain: { at: 2s, associate: loose, with: out }',
      'late: { at: 3s, set: out/all, snat_ip: loose }',
    ];
    const result = run({ events, traffic: [FROM_BOTH] });
    expect(refusals(result)).toEqual(['loose is not associated with out', null, null]);
    // A ping keeps its session of an EIP only as long as the entry has it; the next one begins another.
    expect(result.flows.ping?.lost).toBeLessThanOrEqual(1);
    expect(result.devices['out/cn-hangzhou-h']?.gauges).toMatchObject({
      'sessions/ip-1': 0,
      'sessions/loose': 2,
    });
  });
});

describe('an EIP', () => {
  test('that an entry uses stays; one that none uses goes, and its echo with it', () => {
    const events = [
      'used: { at: 2s, disassociate: ip-1 }',
      'unused: { at: 3s, disassociate: ip-2 }',
      'again: { at: 4s, associate: ip-2, with: out }',
    ];
    const traffic = ['echo: { kind: ping, from: partner, to: ip-2, rate: 20/s, timeout: 100ms }'];
    const result = run({ events, traffic });
    expect(refusals(result)).toEqual(['out/all uses ip-1; take it out of snat_ip first', null, null]);
    // Those of one second; at 20/s and a random phase 20.
    expect(result.flows.echo?.lostByReason).toEqual({ 'nat-no-binding': 20 });
    expect(lostFor(result, 'unused', 'echo')).toBe(20);
  });

  test('beyond the twentieth is refused', () => {
    const eips = ['more-1..18: { region: cn-hangzhou, instance_id: out }'];
    const result = run({ eips, events: ['more: { at: 1s, associate: loose, with: out }'] });
    expect(refusals(result)).toEqual(['out has 20 EIPs, which is the most']);
  });

  test('of an instance goes before any entry, and SNAT takes over when it is gone', () => {
    const traffic = ['ping: { kind: ping, from: worker-h, to: partner, rate: 20/s }'];
    const events = [
      'gain: { at: 2s, associate: loose, with: worker-h }',
      'lose: { at: 4s, disassociate: loose }',
    ];
    const result = run({ traffic, events });
    expect(refusals(result)).toEqual([null, null]);
    expect(result.flows.ping?.lost).toBeLessThanOrEqual(1);
    // 4 s of 20/s there and back, and not 6.
    const forwarded = result.devices['out/cn-hangzhou-h']?.forwarded ?? 0;
    expect(Math.abs(forwarded - 160)).toBeLessThanOrEqual(3);
  });
});

describe('who loses an EIP', () => {
  const eips = ['own: { region: cn-hangzhou, instance_id: worker-h }'];
  const events = ['take: { at: 2s, disassociate: own }'];

  test('loses open TCP connections for its sake, and opens others by SNAT', () => {
    const traffic = [
      'kept: { kind: http, from: worker-h, to: partner:443, rate: 10/s, keep_alive: true, timeout: 300ms }',
    ];
    const { flows, events: told } = run({ eips, events, traffic });
    expect(flows.kept?.lost).toBeGreaterThan(0);
    expect(flows.kept?.lostByReason).toEqual({ 'no-session': flows.kept?.lost });
    expect(told.take?.flows.kept?.lost).toBe(flows.kept?.lost);
    expect(told.take?.healedAfterNs).toBeLessThan(0.7e9);
  });

  test('without an SNAT entry is isolated for its sake', () => {
    const traffic = ['ping: { kind: ping, from: worker-h, to: partner, rate: 20/s, timeout: 100ms }'];
    const result = run({ eips, events, traffic, entry: 'rest: { source_cidr: 10.0.2.0/24, snat_ip: ip-1 }' });
    expect(result.flows.ping?.lostByReason).toEqual({ isolated: 80 });
    expect(lostFor(result, 'take', 'ping')).toBe(80);
  });
});

describe('an entry', () => {
  const IN =
    'external_ip: ip-2, external_port: 80, ip_protocol: tcp, internal_ip: worker-i, internal_port: 80';
  const VISIT = 'visit: { kind: http, from: partner, to: ip-2:80, rate: 20/s, timeout: 200ms }';

  test('of SNAT that comes takes the senders of the longest prefix, and goes again', () => {
    const events = [
      'comes: { at: 2s, add: out/batch, source_vswitch_id: app-i, snat_ip: ip-2 }',
      'grows: { at: 3s, set: out/batch, snat_ip: ip-1..2 }',
      'goes: { at: 4s, remove: out/batch }',
    ];
    const entry = 'all: { source_cidr: 10.0.1.0/24, snat_ip: [ip-1] }';
    const traffic = ['feed: { kind: udp, from: worker-i, to: partner:9, rate: 20/s }'];
    const result = run({ entry, events, traffic });
    expect(refusals(result)).toEqual([null, null, null]);
    expect(result.flows.feed?.lostByReason).toEqual({ isolated: 80 });
    expect(lostFor(result, 'goes', 'feed')).toBe(40);
    const changes = result.stateChanges.filter(({ subject }) => subject === 'out/batch');
    expect(changes.map(({ from, to }) => [from, to])).toEqual([
      [null, 'ip-2'],
      ['ip-2', 'ip-1, ip-2'],
      ['ip-1, ip-2', 'removed'],
    ]);
  });

  test('of DNAT lets visitors in while it is there', () => {
    const events = [`comes: { at: 2s, add: out/web, ${IN} }`, 'goes: { at: 4s, remove: out/web }'];
    const result = run({ events, traffic: [VISIT] });
    expect(refusals(result)).toEqual([null, null]);
    expect(result.flows.visit?.delivered).toBe(40);
    expect(lostFor(result, 'goes', 'visit')).toBeGreaterThanOrEqual(36);
  });

  test('is refused by the rules of the product, with the reason', () => {
    const events = [
      'a: { at: 1s, add: out/all, source_cidr: 10.0.1.0/24, snat_ip: ip-1 }',
      'b: { at: 1s, add: out/more, source_cidr: 10.0.0.0/16, snat_ip: ip-1 }',
      'c: { at: 2s, associate: loose, with: worker-i }',
      `d: { at: 3s, add: out/web, ${IN} }`,
      'e: { at: 4s, disassociate: loose }',
      `f: { at: 5s, add: out/web, ${IN.replace('external_port: 80', 'external_port: 8080')} }`,
      'g: { at: 5s, set: out/all, snat_ip: ip-1..2 }',
      'h: { at: 5s, disassociate: ip-2 }',
      'i: { at: 5s, remove: out/web }',
      'j: { at: 5s, remove: out/web }',
    ];
    expect(refusals(run({ events }))).toEqual([
      'out has an entry all already',
      'all has the source 10.0.0.0/16 already',
      null,
      'worker-i has EIP loose of its own',
      null,
      null,
      'SNAT entry all uses ip-2, so port 8080 of web, above 1024, needs port_break',
      'out/web uses ip-2; remove that first',
      null,
      'out has no entry web',
    ]);
  });

  test('of DNAT goes on beside an EIP that its instance gets later: answers leave by the door', () => {
    const events = [
      `comes: { at: 1s, add: out/web, ${IN} }`,
      'own: { at: 2s, associate: loose, with: worker-i }',
    ];
    const result = run({ events, traffic: [VISIT] });
    expect(refusals(result)).toEqual([null, null]);
    expect(result.flows.visit?.delivered).toBeGreaterThanOrEqual(99);
  });
});

describe('a gateway', () => {
  test('has the size that is set', () => {
    const assume = 'nat.small_connections: 10';
    const events = ['shrinks: { at: 2s, set: out, specification: Small }'];
    const traffic = ['feed: { kind: udp, from: worker-h, to: partner:9, connections: 60, rate: 15/s }'];
    const result = run({ assume, events, traffic });
    expect(result.flows.feed?.lostByReason).toEqual({ 'conn-limit': 30 });
    expect(lostFor(result, 'shrinks', 'feed')).toBe(30);
    const sizes = result.stateChanges.filter(({ subject }) => subject === 'out/specification');
    expect(sizes.map(({ to }) => to)).toEqual(['elastic', 'Small']);
  });

  test('that loses power is missed by all zones, forgets its sessions, and serves again', () => {
    const events = ['dies: { at: 2s, fail: out }', 'returns: { at: 3s, restore: out/cn-hangzhou-h }'];
    const traffic = [
      FROM_BOTH,
      'kept: { kind: http, from: worker-i, to: partner:443, rate: 10/s, keep_alive: true, timeout: 300ms }',
    ];
    const result = run({ events, traffic });
    expect(result.flows.ping?.lostByReason['device-down']).toBeGreaterThanOrEqual(19);
    expect(lostFor(result, 'dies', 'ping')).toBe(result.flows.ping?.lost);
    const { lostByReason } = result.flows.kept ?? {};
    expect(lostByReason?.['device-down']).toBeGreaterThan(0);
    expect(result.flows.kept?.delivered).toBeGreaterThan(40);
    expect(result.warnings.join('\n')).toContain('dies: out loses cn-hangzhou-h');
  });

  test('beside the first of its VPC carries nothing, which is said', () => {
    const entries = '{ all: { source_cidr: 10.0.0.0/16, snat_ip: aside-ip } }';
    const gateways = [`aside: { vpc_id: app, vswitch_id: app-i, snat_entries: ${entries} }`];
    const result = run({
      gateways,
      eips: ['aside-ip: { region: cn-hangzhou, instance_id: aside }'],
      traffic: [FROM_BOTH],
    });
    expect(result.devices['aside/cn-hangzhou-i']).toMatchObject({ forwarded: 0, dropped: 0 });
    expect(result.warnings.join('\n')).toContain('the SNAT entries of aside carry nothing');
  });

  test('blames its losses for want of ports on nobody, until somebody shrinks its pool', () => {
    const assume = 'nat.ports_per_destination: 10';
    const traffic = ['feed: { kind: udp, from: worker-h, to: partner:9, connections: 15, rate: 15/s }'];
    const events = [
      'grow: { at: 2s, set: out/all, snat_ip: [ip-1, ip-2] }',
      'shrink: { at: 4s, set: out/all, snat_ip: ip-2 }',
    ];
    const result = run({ assume, traffic, events });
    // Five of fifteen in each of the first two seconds; what comes later is the shrinking's.
    expect(result.flows.feed?.lostByReason).toEqual({
      'nat-ports-exhausted': 10 + lostFor(result, 'shrink', 'feed'),
    });
    expect(lostFor(result, 'grow', 'feed')).toBe(0);
    expect(lostFor(result, 'shrink', 'feed')).toBeGreaterThanOrEqual(5);
  });
});

test('a private address that nobody has leads nowhere: no default route is for the VPC itself', () => {
  const other = `vpcsim: 1
title: A test
duration: 2s
vpcs:
  app: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
  twin: { region: cn-hangzhou, cidr_block: 10.0.0.0/16 }
vswitches:
  app-h: { vpc_id: app, zone_id: cn-hangzhou-h, cidr_block: 10.0.1.0/24 }
  twin-h: { vpc_id: twin, zone_id: cn-hangzhou-h, cidr_block: 10.0.9.0/24 }
instances:
  worker: { vswitch_id: app-h }
  shadow: { vswitch_id: twin-h }
nat_gateways:
  out: { vpc_id: app, vswitch_id: app-h, availability_mode: SingleAZ, snat_entries: { ${ENTRY} } }
eips:
  ip-1: { region: cn-hangzhou, instance_id: out }
traffic:
  lost: { kind: ping, from: worker, to: shadow, rate: 10/s }
`;
  const result = simulate(scenarioOf(other));
  expect(result.devices['app/cn-hangzhou-h']?.droppedByReason).toEqual({ 'no-route': 20 });
  expect(result.devices['out/cn-hangzhou-h']).toMatchObject({ forwarded: 0, dropped: 0 });
});
