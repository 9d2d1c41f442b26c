/** Goal: what cannot be meant of sessions and transfers is refused where it stands. Method: `§` marks the place. */
import { describe, expect, test } from 'vitest';
import { HEAD, problemsOf, SHOP, scenarioOf, unmark } from '../support/scenario-texts.ts';

const flows = (...texts: string[]): string =>
  `${HEAD}${SHOP}traffic:\n${texts.map((text, i) => `  f-${i}: ${text}\n`).join('')}`;
const sessions = (rest: string): string => `{ kind: sessions, from: shopper, to: web-1:443, ${rest} }`;
const tcp = (rest: string): string => `{ kind: tcp, from: shopper, to: web-1:9000, ${rest} }`;

const WRONG: readonly (readonly [code: string, what: string, flow: string])[] = [
  ['out-of-range', 'no connections at all', sessions('connections: §0')],
  ['out-of-range', 'an open rate of zero', sessions('open_rate: §0/s')],
  ['bad-unit', 'an open rate that is a bit rate', sessions('open_rate: §5Mbps')],
  ['out-of-range', 'a heartbeat of zero', sessions('heartbeat: §0s')],
  ['bad-value', 'a heartbeat without unit', sessions('heartbeat: §30')],
  ['out-of-range', 'a session that lasts no time', sessions('duration: §0s')],
  ['out-of-range', 'a duration upside down', sessions('duration: { uniform: §[9s, 3s] }')],
  ['out-of-range', 'a message of nothing', sessions('size: §0B')],
  ['not-applicable', 'messages whose sizes are drawn', sessions('size: §{ exponential: 100B }')],
  ['not-applicable', 'answers whose sizes are drawn', sessions('response_size: §{ exponential: 100B }')],
  ['not-applicable', 'openings on and off', sessions('arrivals: §on-off')],
  ['not-applicable', 'a rate from a file', tcp('rate: §{ file: rates.csv }')],
  ['out-of-range', 'an answer of nothing', sessions('response_size: §0B')],
  ['out-of-range', 'a time-out of zero', sessions('timeout: §0s')],
  ['bad-value', 'reconnect as a word', sessions('reconnect: §always')],
  ['out-of-range', 'a reconnect delay of zero', sessions('reconnect: { delay: §0s }')],
  ['out-of-range', 'delays upside down', sessions('reconnect: { delay: 10s, max_delay: §5s }')],
  [
    'out-of-range',
    'a longest wait below the first one of the registry',
    sessions('reconnect: { max_delay: §500ms }'),
  ],
  ['bad-value', 'keepalive as a flag', sessions('keepalive: §true')],
  ['bad-value', 'keepalive as a size', sessions('keepalive: §5MB')],
  ['out-of-range', 'keepalive finer than Linux keeps it', sessions('keepalive: §500ms')],
  [
    'out-of-range',
    'an interval longer than Linux keeps it',
    sessions('keepalive: { time: 5m, intvl: §10h }'),
  ],
  ['out-of-range', 'a user time-out of zero', sessions('user_timeout: §0s')],
  ['out-of-range', 'more connections than a sender has ports', sessions('connections: §28001')],
  ['not-applicable', 'a rate of sessions', sessions('§rate: 5/s')],
  ['out-of-range', 'a transfer of nothing', tcp('size: §0B')],
  ['out-of-range', 'a rate of zero', tcp('rate: §0bps')],
  ['bad-unit', 'a rate in units', tcp('rate: §5/s')],
  ['bad-value', 'an unknown congestion control', tcp('congestion: §bbr')],
  ['out-of-range', 'a receive buffer for less than a segment', tcp('receive_buffer: §1kB')],
  ['out-of-range', 'a receive buffer that no window can tell', tcp('receive_buffer: §2GiB')],
  ['not-applicable', 'unlimited transfers', tcp('connections: §unlimited')],
  ['not-applicable', 'a heartbeat of a transfer', tcp('§heartbeat: 5s')],
  ['out-of-range', 'more transfers than a sender has ports', tcp('connections: §28001')],
];

test.each(WRONG)('%s: %s', (code, _what, flow) => {
  const { text, line, column } = unmark(flows(flow));
  expect(problemsOf(text)).toEqual([`${line}:${column} ${code}`]);
});

describe('a port', () => {
  test('that nobody serves is refused', () => {
    const text = flows(sessions('connections: 1'))
      .replace('city: Shanghai', 'city: Shanghai')
      .replace('web-1: { vswitch_id: shop-h }', 'web-1: { vswitch_id: shop-h, listen: [80/tcp] }');
    expect(problemsOf(text).map((problem) => problem.split(' ')[1])).toEqual(['not-served']);
  });

  test('of sessions serves no transfers', () => {
    const text = flows(sessions('connections: 1'), '{ kind: tcp, from: shopper, to: web-1:443 }');
    expect(problemsOf(text).map((problem) => problem.split(' ')[1])).toEqual(['port-taken']);
  });

  test('has one receive buffer', () => {
    const same = [tcp('receive_buffer: 64KiB'), tcp('receive_buffer: 64KiB'), tcp('size: 1MB')];
    expect(problemsOf(flows(...same))).toEqual([]);
    const listen = scenarioOf(flows(...same)).instances[0]?.listen;
    expect(listen).toContainEqual({
      protocol: 'tcp',
      port: 9000,
      service: 'stream',
      receiveBufferBytes: 65_536,
    });
    const other = flows(...same, tcp('receive_buffer: 32KiB'));
    expect(problemsOf(other).map((problem) => problem.split(' ')[1])).toEqual(['port-taken']);
  });
});

test('sessions without limit need an end', () => {
  const [problem] = problemsOf(flows(sessions('connections: unlimited')));
  expect(problem).toMatch(/missing-key$/);
  expect(problemsOf(flows(sessions('connections: unlimited, duration: { exponential: 3m }')))).toEqual([]);
});

test('settings arrive as written, and what is left out stays open', () => {
  const rich = sessions(
    'connections: 7, open_rate: 5/s, heartbeat: never, keepalive: { time: 5m, probes: 3 }, reconnect: never, user_timeout: 20s',
  );
  expect(scenarioOf(flows(rich)).traffic[0]).toEqual({
    name: 'f-0',
    from: ['shopper'],
    kind: 'sessions',
    to: 'web-1',
    port: 443,
    connections: 7,
    openRatePerSecond: 5,
    arrivals: 'constant',
    heartbeatNs: null,
    keepalive: { idleNs: 300e9, probes: 3 },
    reconnect: null,
    userTimeoutNs: 20e9,
  });
  const [plain, bulk] = scenarioOf(flows(sessions('keepalive: 5m'), tcp('size: 1GB'))).traffic;
  expect(plain).toMatchObject({ connections: 1, keepalive: { idleNs: 300e9 }, reconnect: {} });
  expect(bulk).toMatchObject({
    kind: 'tcp',
    connections: 1,
    sizeBytes: 1e9,
    reconnect: null,
    keepalive: null,
  });
});

describe('a measure that says nothing is remarked upon', () => {
  const withExpect = (expectation: string): string =>
    `${flows(sessions('connections: 1'), '{ kind: ping, from: shopper, to: web-1 }')}expect:\n  - ${expectation}\n`;

  test.each([
    ['{ flow: f-1, sessions: { broken: 0 } }', 1],
    ['{ flow: f-1, tcp: { retransmitted: 0 } }', 1],
    ['{ flow: f-0, requests: { failed: 0 } }', 1],
    [
      '{ flow: f-0, sessions: { broken: 0 }, tcp: { round_trip: { p50: { max: 1s } }, retransmitted: { max: 1% } } }',
      0,
    ],
  ])('%s', (expectation, count) => {
    expect(problemsOf(withExpect(expectation)).length).toBe(count);
  });
});
