/**
 * Goal: a CLB at layer 7 ends TCP at a proxy behind its layer-4 nodes, and answers for servers that do not. Method:
 * small scenarios, run whole.
 */
import { describe, expect, test } from 'vitest';
import type { Network } from '../../src/network/network.ts';
import type { NetworkObserver } from '../../src/network/observer.ts';
import type { HttpRequest } from '../../src/protocols/http-messages.ts';
import type { StreamMessage } from '../../src/protocols/tcp-segment.ts';
import { simulate } from '../../src/simulate.ts';
import { run } from '../support/detection-shop.ts';
import { BROWSE, browse, httpClbShop } from '../support/http-clb-shop.ts';

const NODE = 'front/cn-hangzhou-h/node-1';
const PROXY = 'front/cn-hangzhou-h/proxy-1';

describe('A CLB at layer 7', () => {
  test('hands the client address to the server as metadata, from an address of its own', () => {
    const seen: { host: string; from: number; request: HttpRequest }[] = [];
    const makeObserver = (network: Network): NetworkObserver => ({
      onDeliver: (device, packet) => {
        const host = network.deviceNames[device] as string;
        const messages = network.packets.content[packet];
        if (!host.startsWith('web-') || !Array.isArray(messages)) return;
        const flow = network.flows.names[network.packets.flow[packet] as number] as string;
        const from = network.packets.srcAddr[packet] as number;
        for (const { message } of messages as StreamMessage[])
          if ((message as HttpRequest).kind === 'http-request' && flow === 'browse')
            seen.push({ host, from, request: message as HttpRequest });
      },
    });
    const scenario = httpClbShop({ traffic: [browse('rate: 2/s, path: /a')], duration: 4 });
    const result = simulate(scenario, { makeObserver });
    const [shopper] = scenario.internetHosts;
    expect(result.flows.browse?.delivered).toBeGreaterThan(6);
    expect(seen.map(({ host }) => host).slice(0, 4)).toEqual(['web-1', 'web-2', 'web-1', 'web-2']);
    for (const { from, request } of seen) {
      expect(request).toMatchObject({ path: '/a', forwardedFor: shopper?.address });
      expect(from >>> 22).toBe(0x64400000 >>> 22);
    }
    // Layer 4 holds a session a connection.
    expect(result.devices[NODE]?.gauges.sessions).toBeGreaterThan(0);
  });

  test('lets a server call its own balancer, which layer 4 does not', () => {
    const calling = (protocol: 'http' | 'tcp'): number | undefined => {
      const traffic = ['self: { kind: http, from: web-1, to: front:80, rate: 5/s, timeout: 2s }'];
      const options = { servers: '{ web-1: 100 }', traffic, duration: 6 };
      return run(httpClbShop({ ...options, protocol }), 1).flows.self?.lost;
    };
    expect(calling('http')).toBe(0);
    expect(calling('tcp')).toBeGreaterThan(15);
  });

  test('gives requests by weight under wrr and in turn under rr, and none at weight 0', () => {
    const shares = (scheduler: string, servers: string): number[] => {
      const traffic = [browse('rate: 8/s')];
      const { devices } = run(
        httpClbShop({ listener: [`scheduler: ${scheduler}`], servers, traffic, duration: 10 }),
        1,
      );
      return ['web-1', 'web-2'].map((name) => devices[name]?.delivered ?? 0);
    };
    const ratio = ([a = 0, b = 0]: number[]): number => a / b;
    expect(ratio(shares('wrr', '{ web-1: 90, web-2: 30 }'))).toBeCloseTo(3, 1);
    expect(ratio(shares('rr', '{ web-1: 90, web-2: 30 }'))).toBeCloseTo(1, 1);
    expect(shares('rr', '{ web-1: 100, web-2: 0 }')[1]).toBe(0);
  });

  test('answers 502, 503 and 504 as its servers refuse, are out, and hang', () => {
    const lostBy = (how: string, listener: string[], duration: number) => {
      const options = { servers: '{ web-1: 1 }', traffic: [browse('rate: 10/s, timeout: 9s')], duration };
      const events = [`breaks: { at: 1s, fail: web-1, how: ${how} }`];
      return run(httpClbShop({ ...options, listener, events }), 1).flows.browse?.lostByReason ?? {};
    };
    expect(Object.keys(lostBy('refuse', ['health_check: off'], 5))).toEqual(['status-502']);
    expect(Object.keys(lostBy('hang', ['health_check: off', 'request_timeout: 2s'], 5))).toEqual([
      'status-504',
    ]);
    expect(Object.keys(lostBy('error', ['health_check: off'], 5))).toEqual(['status-5xx']);
    expect(lostBy('refuse', [], 20)['status-503']).toBeGreaterThan(120);
  });

  test('asks what the listener says, and takes the answers it says for good', () => {
    const found = (check: string): string | undefined => {
      const events = ['breaks: { at: 1s, fail: web-1, how: error }'];
      return run(httpClbShop({ listener: [check], events, duration: 9 }), 1).events.breaks?.detectedBy;
    };
    expect(found('health_check_method: get, health_check_uri: /up, health_check_domain: shop.example')).toBe(
      'health-check',
    );
    expect(found("health_check_http_code: 'http_2xx,http_5xx'")).toBe('none');
  });

  test('closes the connection of a client that asks nothing for the idle time-out', () => {
    const kept = (idle: number) => {
      const traffic = [browse('rate: 0.2/s, keep_alive: true, connections: 1')];
      return run(httpClbShop({ listener: [`idle_timeout: ${idle}s`], traffic, duration: 22 }), 1).flows
        .browse;
    };
    expect(kept(4)?.connections.opened).toBe(kept(4)?.sent);
    expect(kept(6)?.connections.opened).toBe(1);
  });

  test('keeps clients at the server that their cookies name, while they last', () => {
    const served = (listener: string[], events: string[] = []): number[] => {
      const traffic = [browse('rate: 4/s')];
      const { devices } = run(httpClbShop({ listener, traffic, events, duration: 20 }), 1);
      return ['web-1', 'web-2'].map((name) => devices[name]?.delivered ?? 0).sort((a, b) => a - b);
    };
    const cookies = (life: string) => [
      'sticky_session: on',
      'sticky_session_type: insert',
      `cookie_timeout: ${life}`,
    ];
    expect(served([])[0]).toBeGreaterThan(0);
    expect(served(cookies('1h'))[0]).toBe(0);
    expect(served(cookies('2s'))[0]).toBeGreaterThan(0);
    // A weight of 0 moves nobody who has a cookie.
    expect(served(cookies('1h'), ['one: { at: 5s, set: front/web/web-1, weight: 0 }'])[0]).toBe(0);
  });

  test('goes on with open connections when a layer-4 node dies whose sessions the others know', () => {
    const traffic = [browse('rate: 20/s, keep_alive: true, connections: 8, timeout: 20s')];
    const events = [`dies: { at: 10s, fail: ${NODE} }`];
    const result = run(httpClbShop({ nodes: 4, traffic, events, duration: 40 }), 1);
    expect(result.flows.browse?.lost).toBe(0);
    expect(result.flows.browse?.connections.opened).toBe(8);
    expect(result.packets.droppedByReason['device-down']).toBeGreaterThan(5);
  });

  test('loses the connections of a proxy node that dies, and new ones until layer 4 has found out', () => {
    const traffic = [browse('rate: 20/s, timeout: 1s')];
    const events = [`dies: { at: { uniform: [10s, 12s] }, fail: ${PROXY} }`];
    const result = run(httpClbShop({ proxies: 2, traffic, events, duration: 50 }), 1);
    const { dies } = result.events;
    expect(dies?.detectedBy).toBe('health-check');
    const lost = result.flows.browse?.lost ?? 0;
    // Half of 20/s for 19 to 21 s.
    expect(lost).toBeGreaterThanOrEqual(10 * 18.9);
    expect(lost).toBeLessThanOrEqual(10 * 21.1);
    expect(dies?.flows.browse?.lost).toBe(lost);
  });

  test('is served by the proxies of the other zone after a fail-over, and by its own again after the return', () => {
    const events = [
      'breaks: { at: { uniform: [10s, 11s] }, fail: front/cn-hangzhou-h }',
      'mends: { at: 60s, restore: front/cn-hangzhou-h }',
    ];
    const traffic = [browse('rate: 5/s, timeout: 900ms')];
    const clb = ['slave_zone_id: cn-hangzhou-i'];
    const { events: told, flows, devices } = run(httpClbShop({ clb, traffic, events, duration: 110 }), 1);
    expect(told.breaks?.switchedAfterNs).toBeGreaterThan(25e9);
    expect(told.breaks?.switchedAfterNs).toBeLessThan(30e9);
    const longest = Math.max(
      ...(flows.browse?.outages ?? []).map(({ startNs, endNs }) => (endNs ?? 0) - startNs),
    );
    expect(longest).toBeLessThan(30e9);
    for (const zone of ['h', 'i'])
      expect(devices[`front/cn-hangzhou-${zone}/proxy-1`]?.consumed).toBeGreaterThan(1000);
  });

  test('forgets its connections with its power, and starts over', () => {
    const events = [`dies: { at: 5s, fail: ${PROXY} }`, `returns: { at: 30s, restore: ${PROXY} }`];
    const traffic = [browse('rate: 10/s, keep_alive: true, connections: 2, timeout: 1s')];
    const result = run(httpClbShop({ traffic, events, duration: 60 }), 1);
    expect(result.devices[PROXY]?.gauges.connections).toBe(2);
    // Layer 4 lets go of it at 24 to 26 s and takes it back at 34 to 41 s; its own probes take less.
    const { lost = 0, lostByReason = {} } = result.flows.browse ?? {};
    expect(lost).toBeGreaterThan(280);
    expect(lost).toBeLessThan(370);
    expect(lostByReason['no-healthy-backend']).toBeGreaterThan(80);
  });

  test('checks and chooses from a group as its listener says, and as it says later', () => {
    const clb = [
      'server_groups: { api: { port: 9090, servers: { web-1: 90, web-2: 30 } } }',
      'rules: { api: { frontend_port: 80, url: /api, server_group_id: api } }',
    ];
    const served = (events: string[]) => {
      const traffic = [browse('rate: 20/s, path: /api/1')];
      const servers = '{ web-2: 100 }';
      const result = run(httpClbShop({ clb, servers, traffic, events, duration: 20 }), 1);
      const [one = 0, two = 0] = ['web-1', 'web-2'].map((name) => result.devices[name]?.delivered ?? 0);
      return { ratio: one / two, result };
    };
    expect(served([]).ratio).toBeCloseTo(3, 1);
    expect(served(['turns: { at: 0s, set: front/web, scheduler: rr }']).ratio).toBeCloseTo(1, 1);
    const events = [
      'slower: { at: 0s, set: front/web, unhealthy_threshold: 5 }',
      'refuses: { at: 2s, fail: web-1, how: refuse }',
    ];
    const { result } = served(events);
    expect(result.events.refuses?.detectedAfterNs).toBeGreaterThan(7.9e9);
    expect(
      result.stateChanges.filter(({ subject, to }) => subject === 'front/api/web-1' && to === 'down'),
    ).toHaveLength(1);
  });

  test('drops new connections while it has answered more than its share of queries a second', () => {
    // 1,000/s of slb.s1.small, all of it for the only node, and 100 at once.
    const answered = (rate: number) => {
      const traffic = [browse(`rate: ${rate}/s, timeout: 300ms`)];
      const [clb, assume] = [['load_balancer_spec: slb.s1.small'], ['clb.cps_burst: 100ms']];
      return run(httpClbShop({ clb, assume, traffic, duration: 1.5 }), 1).flows.browse;
    };
    expect(answered(900)?.lost).toBe(0);
    const { delivered = 0, lost = 0, lostByReason } = answered(1500) ?? {};
    expect(lostByReason).toEqual({ 'rate-limit': lost });
    // 1.5 s of the rate, and 100; some are under way at either end.
    expect(delivered).toBeGreaterThan(1500);
    expect(delivered).toBeLessThanOrEqual(1600);
  });

  test('changes servers, weights, checks and scheduler while running', () => {
    const events = [
      'out: { at: 5s, remove: front/web/web-1 }',
      'in: { at: 10s, add: front/web/web-3, weight: 100 }',
      'turns: { at: 20s, set: front/web, scheduler: rr, health_check_interval: 1s }',
      'none: { at: 25s, set: front/web, backend_servers: { web-2: 0, web-3: 0 } }',
    ];
    const instances = ['web-3: { vswitch_id: shop-h }'];
    const result = run(httpClbShop({ instances, events, traffic: [BROWSE], duration: 30 }), 1);
    for (const name of ['out', 'in', 'turns', 'none'])
      expect(result.events[name]?.refused ?? null).toBeNull();
    expect(result.devices['web-3']?.delivered).toBeGreaterThan(0);
    const { lost = 0, lostByReason } = result.flows.browse ?? {};
    expect(lostByReason).toEqual({ 'status-503': lost });
    expect(lost).toBeGreaterThanOrEqual(49);
    expect(lost).toBeLessThanOrEqual(51);
    expect(result.events.none?.flows.browse?.lost).toBe(lost);
  });
});
