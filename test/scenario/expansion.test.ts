/** Goal: variables and ranges stand for what they should. Method: what a short text becomes, or how it is refused. */
import { describe, expect, test } from 'vitest';
import { coreScalar } from '../../src/scenario/core-scalar.ts';
import { parseRange } from '../../src/scenario/expansion.ts';
import { HEAD, problemsOf, SHOP, scenarioOf } from '../support/scenario-texts.ts';

describe('ranges', () => {
  test('make a thing per number, with the number in their values', () => {
    const text = `${HEAD}clients:\n  web-3..5: { city: Paris, ip_address: 203.0.113.$n, risks: [rack-$n] }\n`;
    const hosts = scenarioOf(text).internetHosts;
    expect(hosts.map(({ name, risks }) => `${name} ${risks.join()}`)).toEqual([
      'web-3 rack-3',
      'web-4 rack-4',
      'web-5 rack-5',
    ]);
    expect((hosts[2]?.address ?? 0) & 255).toBe(5);
  });

  test('are read again as numbers after substitution', () => {
    const text = `${HEAD}${SHOP}`.replace(
      'web: { protocol: tcp, frontend_port: 80,',
      'web-1..2: { protocol: tcp, frontend_port: 8$n,',
    );
    expect(scenarioOf(text).clbs[0]?.listeners.map((l) => l.frontendPort)).toEqual([81, 82]);
  });

  test('work as references: in lists, alone, and as keys of weights', () => {
    const text = `${HEAD}${SHOP}`.replace('{ web-1: 100, web-2: 100 }', '{ web-1..2: 30 }');
    const flows =
      'traffic:\n  a: { kind: udp, from: web-1..2, to: shopper:9, rate: 1/s }\n  b: { kind: udp, from: [web-2..2, web-1], to: shopper:9, rate: 1/s }\n';
    const scenario = scenarioOf(text + flows);
    expect(scenario.clbs[0]?.listeners[0]?.backends.map((b) => b.instance)).toEqual(['web-1', 'web-2']);
    expect(scenario.traffic.map((flow) => flow.from)).toEqual([
      ['web-1', 'web-2'],
      ['web-2', 'web-1'],
    ]);
  });

  test.each([
    ['a-1..4', { stem: 'a-', first: 1, last: 4, rest: '' }],
    ['a-1..4-b', { stem: 'a-', first: 1, last: 4, rest: '-b' }],
    ['a-4..1', 'malformed'],
    ['a-01..10', 'malformed'],
    ['a..b', 'malformed'],
    ['a-1', null],
  ])('%s', (text, range) => expect(parseRange(text)).toEqual(range));

  test('outside a range $n is a text like any other', () => {
    expect(scenarioOf(`${HEAD.replace('A test', 'It costs $n')}`).title).toBe('It costs $n');
  });
});

describe('variables', () => {
  test('stand for their value, alone or in a text', () => {
    const text = `vars: { wait: 3, place: Paris }\n${HEAD.replace('A test', `From $\{place}`)}settle: $\{wait}s\nclients:\n  a: { city: "$\{place}" }\n`;
    const scenario = scenarioOf(text);
    expect([scenario.title, scenario.settleNs, scenario.internetHosts[0]?.place.city]).toEqual([
      'From Paris',
      3e9,
      'Paris',
    ]);
  });

  test('keep their type in quotes, which flow style needs', () => {
    const text = `vars: { weight: 7 }\n${HEAD}${SHOP}`.replace('web-1: 100,', `web-1: "$\{weight}",`);
    expect(scenarioOf(text).clbs[0]?.listeners[0]?.backends[0]?.weight).toBe(7);
  });

  test('may use those above them, and keys may use them', () => {
    const text = `vars: { last: 2, all: "1..$\{last}" }\n${HEAD}clients:\n  c-$\{all}: { city: Paris }\n`;
    expect(scenarioOf(text).internetHosts.map((host) => host.name)).toEqual(['c-1', 'c-2']);
  });

  test('are not looked for in the description', () => {
    expect(scenarioOf(`${HEAD}description: Costs $\{money} and $n\n`).description).toBe(
      `Costs $\{money} and $n`,
    );
  });

  test('without quotes in flow style get advice', () => {
    expect(problemsOf(`${HEAD}covers: [ $\{x} ]\n`)[0]).toBe('4:12 yaml-syntax');
  });
});

test.each([
  ['10', 10],
  ['1.5e3', 1500],
  ['0x10', 16],
  ['true', true],
  ['~', null],
  ['yes', 'yes'],
  ['10s', '10s'],
  ['1_000', '1_000'],
])('a plain scalar %s is read as YAML 1.2 would', (text, value) => expect(coreScalar(text)).toBe(value));
