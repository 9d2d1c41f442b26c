/** Goal: a node ends TCP on both sides and answers for servers that do not. Method: small scenarios, run whole. */
import { describe, expect, test } from 'vitest';
import type { Network } from '../../src/network/network.ts';
import type { NetworkObserver } from '../../src/network/observer.ts';
import type { HttpRequest } from '../../src/protocols/http-messages.ts';
import type { StreamMessage } from '../../src/protocols/tcp-segment.ts';
import { simulate } from '../../src/simulate.ts';
import { albShop, BROWSE } from '../support/alb-shop.ts';
import { run } from '../support/detection-shop.ts';

const NODE = 'front/cn-hangzhou-h/node-1';
const http = (rest: string): string =>
  `browse: { kind: http, from: shopper, to: front/cn-hangzhou-h:80, ${rest} }`;

describe('A node of an ALB', () => {
  test('hands the client address to the server as metadata and bills the client on both sides', () => {
    const seen: { host: string; flow: string; request: HttpRequest }[] = [];
    const makeObserver = (network: Network): NetworkObserver => ({
      onDeliver: (device, packet) => {
        const host = network.deviceNames[device] as string;
        const messages = network.packets.content[packet];
        if (!host.startsWith('web-') || !Array.isArray(messages)) return;
        const flow = network.flows.names[network.packets.flow[packet] as number] as string;
        for (const { message } of messages as StreamMessage[])
          if ((message as HttpRequest).kind === 'http-request' && flow === 'browse')
            seen.push({ host, flow, request: message as HttpRequest });
      },
    });
    const scenario = albShop({ traffic: [http('rate: 2/s, path: /a, host: shop.example')], duration: 4 });
    const result = simulate(scenario, { makeObserver });
    const [shopper] = scenario.internetHosts;
    expect(result.flows.browse?.delivered).toBeGreaterThan(6);
    expect(seen.map(({ host }) => host).slice(0, 4)).toEqual(['web-1', 'web-2', 'web-1', 'web-2']);
    for (const { request } of seen)
      expect(request).toMatchObject({ path: '/a', host: 'shop.example', forwardedFor: shopper?.address });
  });

  test('answers 503 where all weights are 0, and blames the event that did it', () => {
    const events = ['drains: { at: 2s, set: front/web/web-1, weight: 0 }'];
    const result = run(albShop({ servers: '{ web-1: 1 }', traffic: [BROWSE], events, duration: 4 }), 1);
    const lost = result.flows.browse?.lost ?? 0;
    expect(lost).toBeGreaterThan(17);
    expect(result.flows.browse?.lostByReason).toEqual({ 'status-503': lost });
    expect(result.events.drains?.flows.browse?.lost).toBe(lost);
  });

  test('passes on what a server answers as the answer of a server', () => {
    const events = ['breaks: { at: 1s, fail: web-1, how: error }'];
    const checks = { check: ['health_check_enabled: false'], servers: '{ web-1: 1 }' };
    const result = run(albShop({ ...checks, traffic: [BROWSE], events, duration: 3 }), 1);
    expect(Object.keys(result.flows.browse?.lostByReason ?? {})).toEqual(['status-5xx']);
  });

  test('asks a server that is not checked whatever befalls it', () => {
    const events = ['breaks: { at: 1s, fail: web-1, how: refuse }'];
    const checks = { check: ['health_check_enabled: false'], servers: '{ web-1: 1 }' };
    const result = run(albShop({ ...checks, traffic: [BROWSE], events, duration: 30 }), 1);
    expect(result.flows.browse?.lostByReason['status-502']).toBeGreaterThan(280);
    expect(result.events.breaks?.detectedBy).toBe('none');
  });

  test('closes the connection of a client that asks nothing for the idle time-out', () => {
    const kept = (idle: number) => {
      const traffic = [http('rate: 0.2/s, keep_alive: true, connections: 1')];
      return run(albShop({ listener: [`idle_timeout: ${idle}s`], traffic, duration: 22 }), 1).flows.browse;
    };
    expect(kept(4)?.connections.opened).toBe(kept(4)?.sent);
    expect(kept(6)?.connections.opened).toBe(1);
    expect(kept(4)?.lost).toBe(0);
  });

  test('gives up a response that broke off half-way', () => {
    // Round trips of 0.6 s make 2 MB take seconds: several responses are under way when the process dies.
    const events = [
      'far: { at: 0s, degrade: shop/cn-hangzhou-h~web-1/link-1, latency: 300ms }',
      'dies: { at: 6s, fail: web-1, how: refuse }',
    ];
    const traffic = [http('rate: 1/s, response_size: 2MB, timeout: 60s')];
    const result = run(albShop({ servers: '{ web-1: 1 }', traffic, events, duration: 7 }), 1);
    expect(result.flows.browse?.lostByReason.reset).toBeGreaterThan(0);
    expect(result.flows.browse?.pending).toBeLessThan(3);
  });

  test('keeps requests with the same parameter at a server under Uch', () => {
    const users = Array.from({ length: 12 }, (_, i) => {
      const path = i % 2 === 0 ? `/cart?user=u${i}` : `/cart?a=1&user=u${i}`;
      return `user-${i}: { kind: http, from: shopper, to: front/cn-hangzhou-h:80, rate: 2/s, path: '${path}' }`;
    });
    const group = ['scheduler: Uch', 'uch_config: { type: QueryString, value: user }'];
    const gaugesOf = (traffic: readonly string[]) =>
      run(albShop({ group, traffic, duration: 4 }), 1).devices[NODE]?.gauges ?? {};
    const shares = users.map((user) => gaugesOf([user])['requests/web/web-1'] ?? 0);
    expect(new Set(shares)).toEqual(new Set([0, 8]));
    // Without the parameter they go in turn.
    expect(gaugesOf([http('rate: 2/s, path: /cart?users=1')])['requests/web/web-1']).toBe(4);
  });

  test('gives requests to the least busy server under Wlc', () => {
    const instances = [
      'web-3: { vswitch_id: shop-h, services: { web: { port: 8080, service_time: 900ms } } }',
    ];
    const scheduled = (scheduler: string) =>
      run(
        albShop({
          instances,
          servers: '{ web-1: 100, web-3: 100 }',
          group: [`scheduler: ${scheduler}`],
          traffic: [BROWSE],
          duration: 10,
        }),
        1,
      ).flows.browse?.latencyNs;
    // Half of the requests go to the slow server, or about one in ten, the only one that it works on.
    expect(scheduled('Wrr')?.p90).toBeGreaterThan(0.9e9);
    expect(scheduled('Wlc')?.p50).toBeLessThan(0.05e9);
    expect(scheduled('Wlc')?.mean).toBeLessThan((scheduled('Wrr')?.mean ?? 0) / 2);
  });

  test('forgets its connections with its power, and starts over', () => {
    const events = [`dies: { at: 5s, fail: ${NODE} }`, `returns: { at: 10s, restore: ${NODE} }`];
    const traffic = [http('rate: 10/s, keep_alive: true, connections: 2, timeout: 1s')];
    const result = run(albShop({ traffic, events, duration: 30 }), 1);
    expect(result.devices[NODE]?.gauges.connections).toBe(2);
    expect(result.flows.browse?.lost).toBeGreaterThan(40);
    // 503 until three probes have been answered.
    expect(result.flows.browse?.lostByReason['status-503']).toBeGreaterThan(20);
    expect(result.flows.browse?.lostByReason['status-503']).toBeLessThan(65);
  });

  test('gives requests to servers of its zone alone where cross-zone is off, and to those that come there', () => {
    const instances = ['web-3: { vswitch_id: shop-i }', 'web-4: { vswitch_id: shop-h }'];
    const events = ['here: { at: 1s, add: front/web/web-4 }', 'there: { at: 1s, add: front/web/web-3 }'];
    const traffic = [
      http('rate: 10/s'),
      'far: { kind: http, from: shopper, to: front/cn-hangzhou-i:80, rate: 10/s, timeout: 3s }',
    ];
    const group = ['cross_zone_enabled: false'];
    const options = { group, servers: '{ web-1: 100 }', instances, traffic };
    const { flows, devices } = run(albShop({ ...options, events, duration: 20 }), 1);
    const served = (zone: string): string[] =>
      Object.entries(devices[`front/${zone}/node-1`]?.gauges ?? {}).flatMap(([gauge, n]) =>
        gauge.startsWith('requests/') && n > 0 ? gauge.slice('requests/web/'.length) : [],
      );
    expect(served('cn-hangzhou-h')).toEqual(['web-1', 'web-4']);
    expect(served('cn-hangzhou-i')).toEqual(['web-3']);
    expect(flows.browse?.lost).toBe(0);
    // Nobody was there until web-3 came and was found well.
    const { lostByReason, lost } = flows.far ?? { lostByReason: {}, lost: 0 };
    expect(lostByReason).toEqual({ 'status-503': lost });
    expect(lost).toBeGreaterThan(45);
    expect(lost).toBeLessThan(75);
  });

  test('keeps clients at the server that their cookies name, while it is healthy and the cookie lasts', () => {
    const cookies = (seconds: number) =>
      `sticky_session_config: { sticky_session_enabled: true, cookie_timeout: ${seconds}s }`;
    const served = (group: string[], events: string[] = []) => {
      const traffic = [http('rate: 4/s')];
      const { devices } = run(albShop({ group, traffic, events, duration: 20 }), 1);
      return ['web-1', 'web-2'].map((name) => devices[name]?.delivered ?? 0).sort((a, b) => a - b);
    };
    const [few = 0, most = 0] = served([]);
    expect(most / few).toBeLessThan(1.2);
    expect(served([cookies(1000)])[0]).toBe(0);
    const ofServer =
      'sticky_session_config: { sticky_session_enabled: true, sticky_session_type: Server, cookie: id }';
    expect(served([ofServer])[0]).toBe(0);
    // A new choice every 2 s.
    expect(served([cookies(2)])[0]).toBeGreaterThan(0);
    // A weight of 0 moves nobody who has a cookie, a dead server does.
    const drained = ['one: { at: 5s, set: front/web/web-1, weight: 0 }'];
    expect(served([cookies(1000)], drained)[0]).toBe(0);
    const dead = ['one: { at: 5s, fail: web-1, how: refuse }'];
    expect(served([cookies(1000)], dead)[0]).toBeGreaterThan(0);
  });
});
