/** The scoreboard in each of its forms. */
import { describe, expect, test } from 'vitest';
import { formatJunit } from '../../src/report/junit.ts';
import { formatMarkdown } from '../../src/report/markdown.ts';
import { formatScoreboard, type ScoreboardRow, scoreboardJson } from '../../src/report/scoreboard.ts';

const ROWS: readonly ScoreboardRow[] = [
  {
    file: 'scenarios/clb.yaml',
    title: 'A CLB loses one of two backends',
    covers: ['I8'],
    verdict: 'pass',
    expectations: [{ text: '{ flow: browse, lost: 0 }', actual: 'lost 0', verdict: 'pass' }],
    assumed: 5,
  },
  {
    file: 'scenarios/eip.yaml',
    title: 'An EIP moves | "quickly" & <safely>',
    covers: ['I3', 'X1'],
    verdict: 'fail',
    expectations: [
      { text: '{ flow: browse, lost: { max: 5% } }', actual: 'lost 7% (7 of 100)', verdict: 'fail' },
      {
        text: '{ flow: browse, outage: 10ms }',
        actual: 'outage 12ms (units are 20ms apart)',
        verdict: 'inconclusive',
      },
      { text: '{ flow: browse, sent: 100 }', actual: 'sent 100', verdict: 'pass' },
    ],
    assumed: 7,
  },
  {
    file: 'scenarios/look.yaml',
    title: 'Just looking',
    covers: [],
    verdict: 'none',
    expectations: [],
    assumed: 0,
  },
];

describe('text', () => {
  test('has a row per scenario, then what did not pass, then the totals', () => {
    expect(formatScoreboard(ROWS)).toBe(
      [
        '  verdict  scenario             covers  title',
        '  PASS     scenarios/clb.yaml   I8      A CLB loses one of two backends',
        '  FAIL     scenarios/eip.yaml   I3 X1   An EIP moves | "quickly" & <safely>',
        '  NONE     scenarios/look.yaml          Just looking',
        '',
        'scenarios/eip.yaml',
        '  FAIL          { flow: browse, lost: { max: 5% } }',
        '                lost 7% (7 of 100)',
        '  INCONCLUSIVE  { flow: browse, outage: 10ms }',
        '                outage 12ms (units are 20ms apart)',
        '',
        '1 passed, 1 failed, 0 inconclusive, 1 without expectations; each rests on at most 7 assumed parameters',
        '',
      ].join('\n'),
    );
  });

  test('of one scenario names its own parameters', () => {
    expect(formatScoreboard(ROWS.slice(0, 1))).toContain(
      '1 passed, 0 failed, 0 inconclusive; rests on 5 assumed parameters\n',
    );
  });

  test('of no scenario is its totals', () => {
    expect(formatScoreboard([])).toBe('0 passed, 0 failed, 0 inconclusive; rests on 0 assumed parameters\n');
  });

  test('is coloured on demand', () => {
    const ESCAPE = String.fromCharCode(27);
    expect(formatScoreboard(ROWS)).not.toContain(ESCAPE);
    expect(formatScoreboard(ROWS, { colour: true })).toContain(`${ESCAPE}[32mPASS`);
  });
});

test('JSON lists scenarios with their expectations', () => {
  expect(scoreboardJson(ROWS)).toEqual({ scenarios: ROWS });
  expect(Object.keys(scoreboardJson(ROWS).scenarios[0] ?? {})).toEqual([
    'file',
    'title',
    'covers',
    'verdict',
    'expectations',
    'assumed',
  ]);
});

describe('JUnit', () => {
  test('has a suite per scenario and a case per expectation; inconclusive is an error', () => {
    const xml = formatJunit(ROWS);
    expect(xml).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n/);
    expect(xml).toContain('<testsuites name="vpcsim" tests="4" failures="1" errors="1" skipped="0">');
    expect(xml).toContain(
      '<testsuite name="scenarios/eip.yaml" tests="3" failures="1" errors="1" skipped="0">',
    );
    expect(xml).toContain('<testcase classname="scenarios/clb.yaml" name="{ flow: browse, lost: 0 }"/>');
    expect(xml).toContain('<failure type="fail" message="lost 7% (7 of 100)">');
    expect(xml).toContain('<error type="inconclusive" message="outage 12ms (units are 20ms apart)">');
    expect(xml).toContain('value="rests on 7 assumed parameters"');
    expect(xml.match(/<testsuite /g)).toHaveLength(3);
  });

  test('escapes what XML would misread and replaces what it forbids', () => {
    expect(formatJunit(ROWS)).toContain('An EIP moves | &quot;quickly&quot; &amp; &lt;safely&gt;');
    const odd = {
      ...ROWS[0],
      title: `bell ${String.fromCharCode(7)}, half ${String.fromCharCode(0xd800)}, whole 😀`,
    };
    expect(formatJunit([odd as ScoreboardRow])).toContain('value="bell ?, half ?, whole 😀"');
  });
});

describe('Markdown', () => {
  test('has a table of scenarios and one of what did not pass', () => {
    expect(formatMarkdown(ROWS)).toBe(
      [
        '| verdict | scenario | covers | title | assumed parameters |',
        '|---|---|---|---|---:|',
        '| pass | `scenarios/clb.yaml` | I8 | A CLB loses one of two backends | 5 |',
        '| fail | `scenarios/eip.yaml` | I3 X1 | An EIP moves \\| "quickly" & &lt;safely> | 7 |',
        '| none | `scenarios/look.yaml` |  | Just looking | 0 |',
        '',
        '| verdict | scenario | expected | found |',
        '|---|---|---|---|',
        '| fail | `scenarios/eip.yaml` | { flow: browse, lost: { max: 5% } } | lost 7% (7 of 100) |',
        '| inconclusive | `scenarios/eip.yaml` | { flow: browse, outage: 10ms } | outage 12ms (units are 20ms apart) |',
        '',
        '3 scenarios: 1 passed, 1 failed, 0 inconclusive, 1 without expectations',
        '',
      ].join('\n'),
    );
  });

  test('has one table when all passed', () => {
    expect(formatMarkdown(ROWS.slice(0, 1))).not.toContain('expected');
  });
});
