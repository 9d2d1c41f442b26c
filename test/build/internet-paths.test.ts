/**
 * Goal: what a file says of the Internet between two places is what packets meet, and what it says wrongly is refused.
 * Method: a client in Shanghai pings a host in Singapore; access links take 2 ms each way, and a packet on one is not
 * worth a microsecond.
 */
import { describe, expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parse.ts';
import { simulate } from '../../src/simulate.ts';

const FILES: Readonly<Record<string, string>> = {
  'pings.csv': 'time,rtt\n0,60\n10,80\n20,40\n',
  'long.csv': '0,60\n9007199,80\n',
  'unordered.csv': '5,60\n0,80\n',
};

function read(path: string, events = '', flow = 'rate: 10/s') {
  const text = `vpcsim: 1
title: A path
duration: 30s
clients: { user: { city: Shanghai } }
internet_hosts: { far: { city: Singapore }, near: { city: Tokyo } }
internet_paths:
  sea: { ${path} }
traffic: { hello: { kind: ping, from: user, to: far, timeout: 2s, ${flow} } }
${events}`;
  const readFile = (name: string) => {
    const found = FILES[name];
    return found === undefined ? { problem: 'no such file' } : { text: found };
  };
  return parseScenario(text, { file: 'test.yaml', readFile });
}

function run(path: string, events = '', flow = 'rate: 10/s') {
  const parsed = read(path, events, flow);
  if (!parsed.ok) throw new Error(parsed.diagnostics.map(({ message }) => message).join('\n'));
  return simulate(parsed.scenario);
}

const MS = 1e6;
const ACCESS_MS = 8;

describe('an Internet path', () => {
  test('takes the time one way that it is said to', () => {
    const { latencyNs } = run('between: [Shanghai, Singapore], one_way: 50ms').flows.hello ?? {};
    expect((latencyNs?.min ?? 0) / MS).toBeCloseTo(100 + ACCESS_MS, 1);
    expect((latencyNs?.max ?? 0) / MS).toBeCloseTo(100 + ACCESS_MS, 1);
  });

  test('follows measured round trips, half of one each way, in either order of its ends', () => {
    const result = run('between: [Singapore, shanghai], round_trips: pings.csv');
    const { latencyNs, lost } = result.flows.hello ?? {};
    expect(lost).toBe(0);
    expect((latencyNs?.min ?? 0) / MS).toBeCloseTo(40 + ACCESS_MS, 1);
    expect((latencyNs?.max ?? 0) / MS).toBeCloseTo(80 + ACCESS_MS, 1);
    expect((latencyNs?.mean ?? 0) / MS).toBeCloseTo(60 + ACCESS_MS, 0);
  });

  test.each(['68B', '300B', '551B'])(
    'carries what hosts cannot make small enough in fragments: MTU %s',
    (mtu) => {
      const outcome = (flow: string) => {
        const parsed = parseScenario(
          `vpcsim: 1
title: A path smaller than hosts believe
duration: 20s
clients: { user: { city: Shanghai } }
internet_hosts: { far: { city: Singapore } }
internet_paths: { sea: { between: [Shanghai, Singapore], mtu: ${mtu} } }
traffic: { hello: ${flow} }
`,
          { file: 'test.yaml' },
        );
        if (!parsed.ok) throw new Error('the scenario is right');
        return simulate(parsed.scenario).flows.hello;
      };
      const http = outcome('{ kind: http, from: user, to: far:80, rate: 2/s, size: 5kB }');
      expect(http?.delivered).toBeGreaterThanOrEqual(38);
      expect(http?.lost).toBe(0);
      // The first echo is what tells the host.
      expect(outcome('{ kind: ping, from: user, to: far, rate: 1/s, size: 400B }')?.lost).toBeLessThanOrEqual(
        1,
      );
    },
  );

  test('may be told of times so late that the clock ends before them', () => {
    const { latencyNs } = run('between: [Shanghai, Singapore], round_trips: long.csv').flows.hello ?? {};
    expect((latencyNs?.max ?? 0) / MS).toBeCloseTo(60 + ACCESS_MS, 1);
  });

  test('keeps the order of packets where its latency falls', () => {
    const result = run('between: [Shanghai, Singapore], round_trips: pings.csv', '', 'rate: 1000/s');
    expect(result.flows.hello).toMatchObject({ lost: 0 });
    // Echoes sent just before 20 s hold back those just after: by 20 ms at most, each way.
    expect((result.flows.hello?.latencyNs?.max ?? 0) / MS).toBeLessThan(88.1);
  });

  test('loses its share of packets each way, blamed on no event, also after a degradation has ended', () => {
    const events =
      'events: { worse: { at: 5s, degrade: internet/shanghai~internet/singapore/link-1, loss: 50% }, better: { at: 6s, restore: internet/shanghai~internet/singapore/link-1 } }';
    const result = run('between: [Shanghai, Singapore], loss: 10%', events, 'rate: 200/s');
    const { sent = 0, lost = 0 } = result.flows.hello ?? {};
    // 19 % of 29 s, and 79.75 % of one: 21 %, with a standard deviation of 0.5 %.
    expect(lost / sent).toBeGreaterThan(0.19);
    expect(lost / sent).toBeLessThan(0.23);
    const { lost: blamed = 0 } = result.events.worse?.flows.hello ?? {};
    expect(blamed).toBeGreaterThan(100);
    expect(blamed).toBeLessThan(200);
  });

  test('has a rate of its own', () => {
    const slow = 'between: [Shanghai, Singapore], one_way: 10ms, rate: 1Mbps';
    const { latencyNs } = run(slow, '', 'size: 1250B, rate: 1/s').flows.hello ?? {};
    // 10 ms for a packet either way.
    expect((latencyNs?.min ?? 0) / MS).toBeCloseTo(40 + ACCESS_MS, 0);
  });

  test.each([
    ['between: [Shanghai, Paris], one_way: 5ms', "unknown-reference: nothing in this file is in 'Paris'"],
    ['between: [Shanghai, Shanghai], one_way: 5ms', "bad-value: 'sea' leads from Shanghai to itself"],
    [
      'between: [Shanghai, Singapore], one_way: 5ms, round_trips: pings.csv',
      "exactly-one: 'sea' has both one_way and round_trips",
    ],
    ['between: [Shanghai, Singapore], round_trips: none.csv', 'data-file: none.csv: no such file'],
    [
      'between: [Shanghai, Singapore], round_trips: unordered.csv',
      'data-file: unordered.csv, line 2: 0 does not come after the row before; rows rise in time',
    ],
    ['between: [Shanghai, Singapore], mtu: 60B', "out-of-range: '60B' is out of range"],
    ['one_way: 5ms', "missing-key: 'sea' has no between"],
  ])('%s is refused', (path, problem) => {
    const parsed = read(path);
    expect(parsed.ok ? [] : parsed.diagnostics.map((d) => `${d.code}: ${d.message}`)).toContain(problem);
  });
});
