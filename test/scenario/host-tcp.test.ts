/**
 * Goal: what a scenario says of its hosts' TCP reaches the hosts. Method: small texts; the plan they become, the problems
 * they have, and how a client that nobody answers repeats its SYN.
 */
import { describe, expect, test } from 'vitest';
import { present } from '../../src/base/assert.ts';
import { ParameterValues } from '../../src/base/parameters.ts';
import { TCP_PROFILES } from '../../src/base/tcp-profiles.ts';
import { readTcpSettings } from '../../src/protocols/tcp-settings.ts';
import { simulate } from '../../src/simulate.ts';
import { HEAD, problemsOf, scenarioOf } from '../support/scenario-texts.ts';

/** A client in Shanghai and a server that is off from the start; the client asks once, and waits for the end. */
const silent = (head: string, client: string): string => `${HEAD.replace('2m', '640s')}${head}
clients:
  shopper: { city: Shanghai${client} }
internet_hosts:
  shop: { city: Hangzhou }
traffic:
  buy: { kind: http, from: shopper, to: shop:80, rate: 0.002/s, timeout: 150s }
events:
  dies: { at: 0s, fail: shop }
`;

describe('the profile', () => {
  test('is Linux 6.6 unless a scenario or a host says otherwise', () => {
    const of = (head: string, client: string) => {
      const scenario = scenarioOf(silent(head, client));
      return [scenario.tcpProfile, scenario.internetHosts[0]?.tcp.profile];
    };
    expect(of('', '')).toEqual(['linux-6.6', null]);
    expect(of('tcp_profile: linux-5.10\n', '')).toEqual(['linux-5.10', null]);
    expect(of('', ', tcp_profile: linux-5.10')).toEqual(['linux-6.6', 'linux-5.10']);
  });

  test('of Linux 5.10 has no linear SYN time-outs, and what a scenario assumes wins over it', () => {
    const profile = TCP_PROFILES['linux-5.10'];
    const linear = (assume: Record<string, number>) =>
      readTcpSettings(new ParameterValues(assume, profile)).synLinearTimeouts;
    expect(linear({})).toBe(0);
    expect(linear({ 'tcp.syn_linear_timeouts': 2 })).toBe(2);
    expect(readTcpSettings(new ParameterValues()).synLinearTimeouts).toBe(4);
    expect(readTcpSettings(new ParameterValues(), profile).synLinearTimeouts).toBe(0);
  });

  test('shows in the result with where it comes from', () => {
    const parameters = simulate(scenarioOf(silent('tcp_profile: linux-5.10\n', ''))).parameters;
    const linear = parameters.find(({ id }) => id === 'tcp.syn_linear_timeouts');
    expect(linear).toMatchObject({ value: 0, provenance: 'documented' });
    expect(linear?.source).toContain('Linux 5.10');
  });

  test('of one host decides how that host repeats its SYN', () => {
    const packets = (head: string, client: string): number =>
      simulate(scenarioOf(silent(head, client))).packets.droppedByReason['device-down'] as number;
    // SYNs at 0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67 s, or at 0, 1, 3, 7, 15, 31, 63 s.
    expect(packets('', '')).toBe(11);
    expect(packets('', ', tcp_profile: linux-5.10')).toBe(7);
    expect(packets('tcp_profile: linux-5.10\n', '')).toBe(7);
    expect(packets('tcp_profile: linux-5.10\n', ', tcp_profile: linux-6.6')).toBe(11);
  });

  test('that does not exist is refused, at the scenario and at a host', () => {
    expect(problemsOf(silent('tcp_profile: linux-5.11\n', ''))).toEqual(['4:14 bad-value']);
    expect(problemsOf(silent('', ', tcp_profile: windows'))).toEqual(['6:43 bad-value']);
  });
});

describe('the local ports', () => {
  test('of a host are the range it names', () => {
    const scenario = scenarioOf(silent('', ', ip_local_port_range: [40000, 40009]'));
    expect(scenario.internetHosts[0]?.tcp.localPorts).toEqual({ first: 40_000, last: 40_009 });
    expect(scenario.internetHosts[1]?.tcp.localPorts).toBeNull();
  });

  test.each([
    ['[40009, 40000]', '6:51 out-of-range'],
    ['[80, 40000]', '6:52 out-of-range'],
    ['[40000]', '6:51 bad-value'],
    ['[40000, 70000]', '6:59 out-of-range'],
  ])('%s are refused', (range, problem) => {
    expect(problemsOf(silent('', `, ip_local_port_range: ${range}`))).toEqual([problem]);
  });

  test('are all that a host has: further connections to one place are refused by the host itself', () => {
    const text = `${HEAD}
clients:
  shopper: { city: Shanghai, ip_local_port_range: [40000, 40003] }
internet_hosts:
  shop: { city: Hangzhou }
traffic:
  buy: { kind: http, from: shopper, to: shop:80, rate: 8/s, timeout: 3s }
events:
  hangs: { at: 0s, fail: shop, how: hang }
`;
    const { byOutcome } = present(simulate(scenarioOf(text)).flows.buy, 'the flow').requests;
    // Each of four ports is taken for the 3 s that a request waits, and for at most 1/8 s until the next one comes.
    expect(byOutcome['response-timeout']).toBeGreaterThanOrEqual(Math.floor((4 * 120) / 3.125));
    expect(byOutcome['response-timeout']).toBeLessThanOrEqual((4 * 120) / 3);
    expect(byOutcome.refused as number).toBeGreaterThan(600);
  });
});
