/** Goal: HTTP flows and services mean what they say, or are refused where `§` stands. Method: one small shop. */
import { describe, expect, test } from 'vitest';
import { constant } from '../../src/base/distribution.ts';
import { MILLISECOND_NS, SECOND_NS } from '../../src/base/units.ts';
import type { HttpFlow } from '../../src/scenario/scenario.ts';
import { HEAD, problemsOf, SHOP, scenarioOf, unmark } from '../support/scenario-texts.ts';

const MS = MILLISECOND_NS;
const WEB_1 = '  web-1: { vswitch_id: shop-h }';
/** A flow from the client to the CLB with these keys besides. */
const flow = (keys: string): string =>
  `${HEAD}${SHOP}traffic:\n  browse: { kind: http, from: shopper, to: front-ip:80, ${keys} }\n`;
/** web-1 with these keys besides. */
const host = (keys: string, rest = ''): string =>
  `${HEAD}${SHOP.replace(WEB_1, `  web-1: { vswitch_id: shop-h, ${keys} }`)}${rest}`;
const service = (keys: string): string => host(`services: { web: { port: 8080, ${keys} } }`);
const flowOf = (keys: string): HttpFlow => scenarioOf(flow(keys)).traffic[0] as HttpFlow;

describe('a flow', () => {
  test('has users in place of a rate, who think nothing unless told otherwise', () => {
    expect(flowOf('users: 100, think_time: { exponential: 2s }')).toMatchObject({
      users: 100,
      thinkTime: { kind: 'exponential', mean: 2 * SECOND_NS },
      pool: null,
    });
    expect(flowOf('users: 3')).toMatchObject({ users: 3, thinkTime: constant(0) });
  });

  test('keeps as many connections as told, else one a sender, or one a user', () => {
    expect(flowOf('rate: 1/s, keep_alive: true').pool).toEqual({ connections: 1, reuse: 'rotate' });
    expect(flowOf('users: 30, keep_alive: true').pool).toMatchObject({ connections: 30 });
    expect(flowOf('users: 30, keep_alive: true, connections: 5').pool).toMatchObject({ connections: 5 });
    expect(flowOf('rate: 1/s, keep_alive: true, reuse: recent, idle_timeout: 90s').pool).toEqual({
      connections: 1,
      reuse: 'recent',
      idleTimeoutNs: 90 * SECOND_NS,
    });
  });

  test('has sizes that may be distributions; size is that of the response', () => {
    const sizes = flowOf(
      'rate: 1/s, request_size: { uniform: [1kB, 2kB] }, size: { pareto: { mean: 10kB, shape: 1.5 } }',
    );
    expect(sizes.requestSize).toEqual({ kind: 'uniform', min: 1000, max: 2000 });
    expect(sizes.responseSize).toEqual({ kind: 'pareto', mean: 10_000, shape: 1.5 });
    expect(flowOf('rate: 1/s, response_size: 7kB').responseSize).toEqual(constant(7000));
  });

  test('has one attempt without retries, and leaves to the registry what retries do not say', () => {
    expect(flowOf('rate: 1/s').retries).toBeUndefined();
    expect(flowOf('rate: 1/s, retries: {}').retries).toEqual({});
    const retries = '{ num_retries: 2, per_try_timeout: 1s, base_interval: 10ms, max_interval: 80ms }';
    expect(flowOf(`rate: 1/s, connect_timeout: 300ms, retries: ${retries}`)).toMatchObject({
      connectTimeoutNs: 300 * MS,
      retries: { limit: 2, perTryTimeoutNs: SECOND_NS, baseIntervalNs: 10 * MS, maxIntervalNs: 80 * MS },
    });
  });
});

describe('a service', () => {
  test('has no limits and no work unless told otherwise, and its port is served', () => {
    const { services, listen } = scenarioOf(host('services: { web: { port: 9000 } }')).instances[0] ?? {};
    expect(services).toEqual([
      {
        name: 'web',
        port: 9000,
        serviceTime: constant(0),
        concurrency: null,
        queue: null,
        queueTimeoutNs: null,
        idleTimeoutNs: null,
      },
    ]);
    expect(listen).toContainEqual({ protocol: 'tcp', port: 9000, service: 'http' });
  });

  test('has work, workers, a queue and patience', () => {
    const text = service(
      'service_time: { exponential: 10ms }, concurrency: 8, queue: 100, queue_timeout: 2s, idle_timeout: 75s',
    );
    expect(scenarioOf(text).instances[0]?.services[0]).toMatchObject({
      serviceTime: { kind: 'exponential', mean: 10 * MS },
      concurrency: 8,
      queue: 100,
      queueTimeoutNs: 2 * SECOND_NS,
      idleTimeoutNs: 75 * SECOND_NS,
    });
  });

  test('may stand beside the ports that a host lists', () => {
    expect(
      problemsOf(host('listen: [8080/tcp, 9000/udp, 9000/tcp], services: { api: { port: 9000 } }')),
    ).toEqual([]);
  });
});

test.each([
  ['exactly-one', 'a rate and users', flow('§users: 3, rate: 1/s')],
  ['missing-key', 'neither a rate nor users', flow('size: 1kB').replace('  browse', '  §browse')],
  ['out-of-range', 'no users', flow('users: §0')],
  ['not-applicable', 'a think time without users', flow('rate: 1/s, think_time: §1s')],
  ['not-applicable', 'periods of users', flow('users: 3, on: §2s')],
  ['not-applicable', 'arrivals of users', flow('users: 3, arrivals: §poisson')],
  ['bad-unit', 'a think time without unit', flow('users: 3, think_time: §5')],
  ['out-of-range', 'a think time of weeks', flow('users: 3, think_time: { exponential: §9d }')],
  [
    'few-connections',
    'fewer users than senders',
    flow('users: §1').replace('from: shopper', 'from: [shopper, web-2]'),
  ],
  [
    'few-connections',
    'a pool smaller than its senders',
    flow('rate: 1/s, keep_alive: true, connections: §1').replace('from: shopper', 'from: [shopper, web-2]'),
  ],
  [
    'out-of-range',
    'more users than ports to keep a connection each',
    flow('users: §28001, keep_alive: true'),
  ],
  ['not-applicable', 'connections that are not kept', flow('rate: 1/s, connections: §3')],
  ['not-applicable', 'a way to use them again', flow('rate: 1/s, reuse: §recent')],
  ['not-applicable', 'idle connections that are not kept', flow('rate: 1/s, idle_timeout: §3s')],
  ['out-of-range', 'a connection idle for no time', flow('rate: 1/s, keep_alive: true, idle_timeout: §0s')],
  ['bad-value', 'another way to use connections', flow('rate: 1/s, keep_alive: true, reuse: §newest')],
  ['out-of-range', 'no time to connect', flow('rate: 1/s, connect_timeout: §0s')],
  ['out-of-range', 'a response of more than 1 GB', flow('rate: 1/s, response_size: §2GB')],
  ['out-of-range', 'a distribution up to more than 1 GB', flow('rate: 1/s, size: { uniform: [1kB, §2GB] }')],
  ['out-of-range', 'a range upside down', flow('rate: 1/s, request_size: { uniform: §[2kB, 1kB] }')],
  ['exactly-one', 'both names of one size', flow('rate: 1/s, size: §1kB, response_size: 2kB')],
  ['out-of-range', 'no retries', flow('rate: 1/s, retries: { num_retries: §0 }')],
  ['out-of-range', 'too many retries', flow('rate: 1/s, retries: { num_retries: §101 }')],
  ['unknown-key', 'a word of another policy', flow('rate: 1/s, retries: { §retry_on: 5xx }')],
  [
    'out-of-range',
    'a longest pause below the first',
    flow('rate: 1/s, retries: { base_interval: 1s, max_interval: §500ms }'),
  ],
  [
    'no-effect',
    'attempts as long as the request',
    flow('rate: 1/s, timeout: 2s, retries: { per_try_timeout: §2s }'),
  ],
  ['no-effect', 'attempts longer than the default', flow('rate: 1/s, retries: { per_try_timeout: §9s }')],
  [
    'not-applicable',
    'drawn sizes of echoes',
    `${flow('rate: 1/s')}  d: { kind: ping, from: shopper, to: web-1, size: §{ uniform: [100B, 200B] } }\n`,
  ],
  ['missing-key', 'a service without port', host('services: { §web: {} }')],
  ['out-of-range', 'a port that is none', host('services: { web: { port: §0 } }')],
  ['bad-name', 'a service with a bad name', host('services: { §Web: { port: 8080 } }')],
  ['unknown-key', 'an unknown limit', service('§workers: 3')],
  ['out-of-range', 'no worker', service('concurrency: §0')],
  ['bad-value', 'a distribution of no kind', service('service_time: §{ normal: 3ms }')],
  ['not-applicable', 'a queue that nobody needs', service('queue: §3')],
  ['not-applicable', 'patience that nobody needs', service('queue_timeout: §3s')],
  ['out-of-range', 'patience of no time', service('concurrency: 1, queue_timeout: §0s')],
  ['port-taken', 'two services on one port', host('services: { web: { port: 8080 }, api: { port: §8080 } }')],
  ['port-taken', 'a port listed for udp', host('listen: [9000/udp], services: { api: { port: §9000 } }')],
])('%s: %s', (code, _what, marked) => {
  const { text, line, column } = unmark(marked);
  expect(problemsOf(text)).toEqual([`${line}:${column} ${code}`]);
});
