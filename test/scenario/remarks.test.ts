/** Goal: bounds that mislead or tell nothing get a warning, others none. Method: the remarks on single expectations. */
import { describe, expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parse.ts';
import { SHOP_WITH_TRAFFIC } from '../support/scenario-texts.ts';

const TEXT = `${SHOP_WITH_TRAFFIC}  stream: { kind: udp, from: shopper, to: front-ip:53, rate: 9/s }
events:
  cut: { at: 10s, fail: web-1 }
expect:
`.replace(
  '    listeners:\n',
  '    listeners:\n      dns: { protocol: udp, frontend_port: 53, backend_port: 53 }\n',
);

function remarksOn(expectation: string): string[] {
  const result = parseScenario(`${TEXT}  - ${expectation}\n`, { file: 'test.yaml' });
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'));
  return result.warnings.map(({ code, message }) => `${code}: ${message}`);
}

describe('a plain value below min or max', () => {
  test.each([
    [
      '{ flow: browse, latency: { max: 20ms } }',
      'this means that the largest latency is exactly 20ms; for a bound write latency: { max: { max: 20ms } }',
    ],
    [
      '{ flow: browse, latency: { min: 1ms } }',
      'this means that the smallest latency is exactly 1ms; for a bound write latency: { min: { min: 1ms } }',
    ],
    [
      '{ flow: browse, direction: in, connections: { outage: { max: 10ms } } }',
      'this means that the largest connections.outage is exactly 10ms; for a bound write connections: { outage: { max: { max: 10ms } } }',
    ],
  ])('%s', (text, message) => expect(remarksOn(text)).toEqual([`ambiguous-bound: ${message}`]));

  test.each([
    '{ flow: browse, latency: { max: { max: 20ms } } }',
    '{ flow: browse, latency: { max: { min: 20ms, max: 20ms } } }',
    '{ flow: browse, latency: { max: { never: true } } }',
    '{ flow: browse, latency: { p50: 20ms } }',
    '{ flow: browse, outage: { max: 20ms } }',
    '{ resource: front, gauges: { max: 3 } }',
  ])('is something else than %s', (text) => expect(remarksOn(text)).toEqual([]));
});

describe('a measure that tells nothing', () => {
  test.each([
    [
      '{ flow: browse, sessions: { broken: 0 } }',
      'sessions.broken is always 0: flows of kind http hold no sessions',
    ],
    [
      '{ flow: stream, requests: { failed: 0 } }',
      'requests.failed is always 0: flows of kind udp make no requests',
    ],
    [
      '{ flow: stream, requests: { by_outcome: { refused: 0 } } }',
      'requests.by_outcome.refused is always 0: flows of kind udp make no requests',
    ],
    [
      '{ flow: browse, connections: { moved: 0 } }',
      'connections.moved is always 0: changes of path are not observed yet',
    ],
    [
      '{ flow: browse, connections: { by_direction: { in: { moved: 0 } } } }',
      'connections.by_direction.in.moved is always 0: changes of path are not observed yet',
    ],
    [
      '{ event: cut, flows: { browse: { sessions_broken: 0 } } }',
      'flows.browse.sessions_broken is always 0: flows of kind http hold no sessions',
    ],
    [
      '{ event: cut, flows: { browse: { connections_moved: 0 } } }',
      'flows.browse.connections_moved is always 0: changes of path are not observed yet',
    ],
    [
      '{ cost: traffic, amount: { never: true } }',
      'amount never has a value: the file has neither prices nor usage',
    ],
  ])('%s', (text, message) => expect(remarksOn(text)).toEqual([`measures-nothing: ${message}`]));

  test.each([
    '{ flow: browse, requests: { failed: 0 } }',
    '{ flow: browse, connections: { affected: 0 } }',
    '{ event: cut, flows: { browse: { lost: 0, connections_affected: 0 } } }',
    '{ resource: front, gauges: { sessions: 0 } }',
  ])('is none of %s', (text) => expect(remarksOn(text)).toEqual([]));
});
