/** Goal: a declared service is what answers, wherever its port is asked. Method: whole scenarios, a few seconds each. */
import { describe, expect, test } from 'vitest';
import { simulate } from '../../src/simulate.ts';
import { HEAD, SHOP, scenarioOf } from '../support/scenario-texts.ts';

const WORK = 'port: 8080, service_time: 200ms, concurrency: 1';
const withService = (keys: string): string =>
  SHOP.replaceAll(
    '{ vswitch_id: shop-h }',
    `{ vswitch_id: shop-h, services: { web: { ${keys} } } }`,
  ).replaceAll('{ vswitch_id: shop-i }', `{ vswitch_id: shop-i, services: { web: { ${keys} } } }`);
const run = (keys: string, flow: string) =>
  simulate(
    scenarioOf(
      `${HEAD.replace('2m', '10s')}${withService(keys)}traffic:\n  browse: { kind: http, ${flow} }\n`,
    ),
  );

describe('a service', () => {
  test('works behind a load balancer too, and shows its workers and its line among the gauges of its host', () => {
    const { flows, devices } = run(WORK, 'from: shopper, to: front-ip:80, rate: 20/s, timeout: 3s');
    // Two servers of 5/s: half of the 200 requests are answered, less those under way; the rest waits in vain.
    expect(flows.browse?.delivered).toBeGreaterThan(50);
    expect(flows.browse?.delivered).toBeLessThanOrEqual(100);
    for (const name of ['web-1', 'web-2']) {
      expect(devices[name]?.gauges['web/busy']).toBe(1);
      expect(devices[name]?.gauges['web/waiting']).toBeGreaterThan(20);
    }
    expect(devices.shopper?.gauges).toEqual({});
  });

  test('is met by whoever asks its port, and only there', () => {
    const near = run(`${WORK}, queue: 0`, 'from: web-2, to: web-1:8080, rate: 10/s');
    expect(near.flows.browse?.requests.byOutcome['status-5xx']).toBeGreaterThan(40);
    const beside = run(`${WORK}, queue: 0`, 'from: web-2, to: web-1:9090, rate: 10/s');
    expect(beside.flows.browse).toMatchObject({ lost: 0, sent: 100 });
  });

  test('costs health checks nothing: they look at the handshake', () => {
    const { stateChanges } = run(
      'port: 8080, service_time: 1m, concurrency: 1',
      'from: shopper, to: front-ip:80, rate: 5/s',
    );
    expect(stateChanges.filter(({ atNs }) => atNs > 0)).toEqual([]);
  });

  test('draws from a stream of its own: another service moves none of its draws', () => {
    const flow = 'from: web-2, to: web-1:8080, rate: 10/s';
    const alone = run('port: 8080, service_time: { exponential: 50ms }, concurrency: 1', flow);
    const text = `${HEAD.replace('2m', '10s')}${withService(
      'port: 8080, service_time: { exponential: 50ms }, concurrency: 1 }, api: { port: 9090, service_time: { exponential: 9ms }',
    )}traffic:\n  browse: { kind: http, ${flow} }\n  more: { kind: http, from: web-2, to: web-1:9090, rate: 1/s }\n`;
    expect(simulate(scenarioOf(text)).flows.browse?.latencyNs?.p50).toBe(alone.flows.browse?.latencyNs?.p50);
  });
});
