/** Files of measured values: what is read, and what is refused with its line. */
import { describe, expect, test } from 'vitest';
import { DataFiles, type SeriesForm } from '../../src/scenario/data-files.ts';
import { Diagnostics } from '../../src/scenario/diagnostic.ts';
import { scalarNode } from '../../src/scenario/tree.ts';

const LATENCY: SeriesForm = { kind: 'duration', bareUnit: 1e6, min: 0, max: 10e9 };

function read(text: string | null, form: SeriesForm = LATENCY) {
  const diagnostics = new Diagnostics('test.yaml', 'rtt.csv');
  const files = new DataFiles(diagnostics, () => (text === null ? { problem: 'no such file' } : { text }));
  const series = files.series(scalarNode('rtt.csv', 'rtt.csv', true, { start: 0, end: 7 }), form);
  return { series, messages: diagnostics.list().map(({ code, message }) => `${code}: ${message}`) };
}

describe('a file of measured values', () => {
  test('has times in seconds and values in the unit asked for, or with units of their own', () => {
    const { series } = read('time,rtt\n0,61.5\n1.5,62 # a comment\n\n3s,64ms\n');
    expect(series).toEqual({ timesNs: [0, 1.5e9, 3e9], values: [61.5e6, 62e6, 64e6] });
  });

  test('may be separated by semicolons or tabs', () => {
    expect(read('0;1\n1\t2').series?.values).toEqual([1e6, 2e6]);
  });

  test('may come from a spreadsheet, with quotes and the line ends of any system', () => {
    const { series } = read('"time","rtt"\r\n"0","61"\r"1","62"\n');
    expect(series).toEqual({ timesNs: [0, 1e9], values: [61e6, 62e6] });
    expect(read('"0","61"\n"1","62"\n').series?.values).toEqual([61e6, 62e6]);
  });

  test.each([
    ['a missing file', null, 'data-file: rtt.csv: no such file'],
    ['an empty one', '# nothing\n', 'data-file: rtt.csv, line 2: there is no row in it'],
    [
      'times that fall',
      '0,1\n2,1\n1,1',
      'data-file: rtt.csv, line 3: 1 does not come after the row before; rows rise in time',
    ],
    [
      'two values at a time',
      '0,1\n0,2',
      'data-file: rtt.csv, line 2: 0 does not come after the row before; rows rise in time',
    ],
    [
      'three cells',
      '0,1,2',
      "data-file: rtt.csv, line 1: '0,1,2' is not a time and a value, separated by a comma",
    ],
    [
      'a value of another kind',
      '0,5Mbps',
      "data-file: rtt.csv, line 1: '5Mbps' is no value here: expected a time such as 30s, from 0 to 10000 without unit",
    ],
    [
      'a value out of range',
      '0,10001',
      "data-file: rtt.csv, line 1: '10001' is no value here: expected a time such as 30s, from 0 to 10000 without unit",
    ],
    [
      'a word for a time',
      '0,1\nsoon,1',
      "data-file: rtt.csv, line 2: 'soon' is no time: expected seconds or a time such as 30s, at most 104 days",
    ],
    [
      'a time beyond the clock',
      '0,1\n1e300,1',
      "data-file: rtt.csv, line 2: '1e300' is no time: expected seconds or a time such as 30s, at most 104 days",
    ],
  ])('with %s is refused', (_what, text, message) => {
    const { series, messages } = read(text);
    expect(series).toBeUndefined();
    expect(messages).toEqual([message]);
  });
});
