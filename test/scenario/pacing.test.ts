/** Goal: how a flow is paced is read as written, and nonsense is refused where it stands. Method: one flow, texts. */
import { describe, expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parse.ts';
import { HEAD, SHOP } from '../support/scenario-texts.ts';

const FILES: Readonly<Record<string, string>> = {
  'day.csv': 'time,rate\n0,10\n60,30\n',
  'late.csv': '1h,5\n',
  'trace.csv': '0,100\n0,200\n10,1500\n',
  'after.csv': '2h,100\n',
  'long.csv': '0,70000\n',
  'unordered.csv': '1,100\n0,100\n',
};

function read(flow: string) {
  const text = `${HEAD}${SHOP}traffic:\n  it: { from: shopper, ${flow} }\n`;
  const readFile = (path: string) => {
    const found = FILES[path];
    return found === undefined ? { problem: 'no such file' } : { text: found };
  };
  const result = parseScenario(text, { file: 'test.yaml', readFile });
  if (result.ok) return { flow: result.scenario.traffic[0], problems: [] };
  return { flow: undefined, problems: result.diagnostics.map(({ code, message }) => `${code}: ${message}`) };
}

describe('pacing', () => {
  test('takes rates from a file, scaled; the rate of the flow is the mean over the run', () => {
    const { flow } = read('kind: http, to: front-ip:80, rate: { file: day.csv, scale: 2 }');
    expect(flow).toMatchObject({
      ratePerSecond: 40,
      rateSteps: { timesNs: [0, 60e9], values: [20, 60] },
    });
  });

  test('takes on-off periods as times or distributions', () => {
    const { flow } = read(
      'kind: udp, to: web-1:9, rate: 8Mbps, arrivals: on-off, on: 2s, off: { exponential: 3s }',
    );
    expect(flow).toMatchObject({
      ratePerSecond: 1000,
      onOff: { on: { kind: 'constant', value: 2e9 }, off: { kind: 'exponential', mean: 3e9 } },
    });
  });

  test('takes a trace, with datagrams of one instant', () => {
    const { flow } = read('kind: udp, to: web-1:9, trace: trace.csv');
    expect(flow).toMatchObject({ trace: { timesNs: [0, 0, 10e9], values: [100, 200, 1500] } });
  });

  test('draws the sizes of datagrams, whose mean makes packets of a bit rate', () => {
    const { flow } = read('kind: udp, to: web-1:9, rate: 8Mbps, size: { uniform: [500B, 1500B] }');
    expect(flow).toMatchObject({ ratePerSecond: 1000, sizes: { kind: 'uniform', min: 500, max: 1500 } });
  });

  test.each([
    ['kind: udp, to: web-1:9, rate: 0/s', "out-of-range: '0/s' is out of range"],
    [
      'kind: udp, to: web-1:9, rate: { file: late.csv }',
      'out-of-range: with these rates the flow sends nothing',
    ],
    ['kind: udp, to: web-1:9, rate: { file: none.csv }', 'data-file: none.csv: no such file'],
    ['kind: udp, to: web-1:9, rate: { scale: 2 }', "missing-key: 'rate' has no file"],
    [
      'kind: udp, to: web-1:9, rate: 5/s, arrivals: on-off, on: 1s',
      "missing-key: 'it' has arrivals on-off, but no off",
    ],
    ['kind: udp, to: web-1:9, rate: 5/s, on: 1s', 'not-applicable: on applies to arrivals on-off alone'],
    [
      'kind: udp, to: web-1:9, rate: 5/s, arrivals: on-off, on: 0s, off: 1s',
      "out-of-range: '0s' is out of range",
    ],
    [
      'kind: udp, to: web-1:9, rate: { file: day.csv }, arrivals: on-off, on: 1s, off: 1s',
      'not-applicable: an on-off source has one rate while it is on',
    ],
    [
      'kind: udp, to: web-1:9, trace: trace.csv, rate: 5/s',
      'not-applicable: rate does not apply beside a trace',
    ],
    [
      'kind: udp, to: web-1:9, trace: unordered.csv',
      'data-file: unordered.csv, line 2: 0 does not come after the row before; rows rise in time',
    ],
    [
      'kind: udp, to: web-1:9, trace: long.csv',
      "data-file: long.csv, line 1: '70000' is no value here: expected a size such as 1500B, from 29 to 65535 without unit",
    ],
    [
      'kind: udp, to: web-1:9, trace: late.csv',
      "data-file: late.csv, line 1: '5' is no value here: expected a size such as 1500B, from 29 to 65535 without unit",
    ],
    ['kind: udp, to: web-1:9, trace: after.csv', 'out-of-range: the trace begins after the run has ended'],
    ['kind: udp, to: web-1:9, rate: 5/s, size: 65536B', "out-of-range: '65536B' is out of range"],
    [
      'kind: ping, to: front, size: { exponential: 90B }',
      'not-applicable: ping takes no distribution of sizes',
    ],
    [
      'kind: http, to: front-ip:80, rate: 5/s, trace: trace.csv',
      'not-applicable: trace does not apply to http',
    ],
  ])('%s is refused', (flow, problem) => {
    expect(read(flow).problems).toContain(problem);
  });
});
