/** Goal: `vpcsim test` is a judge that CI can rely on. Method: the command itself, on folders of small scenarios. */
import { existsSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ScoreboardJson } from '../../src/report/scoreboard.ts';
import { runCli, temporaryFolder } from '../support/cli.ts';
import { FAILING, INCONCLUSIVE, pings } from '../support/cli-scenarios.ts';
import { whyMalformed } from '../support/cli-xml.ts';

const folder = temporaryFolder();
const cwd = folder.path;
const GOOD = join('good', 'one.yaml');
const NASTY = `Tom & "Jerry" <b> ]]> 'x' | \\ \u{1f600}`;
folder.write('good/one.yaml', pings({ head: ['covers: [I1, I8]'] }));
folder.write('good/deeper/still/two.yaml', pings());
folder.write('good/notes.yml', 'not a scenario');
folder.write('good/folder.yaml/three.yaml', pings());
folder.write('empty/readme.txt', 'no scenario');
folder.write('failing.yaml', FAILING);
folder.write('warned.yaml', pings({ events: ['odd: { at: 1s, restore: a }'] }));
folder.write('inconclusive.yaml', INCONCLUSIVE);
folder.write('bad.yaml', 'vpcsim: 1\ntitel: typo\n');
folder.write('a & b/nasty.yaml', pings({ title: NASTY, expect: ['flow: hello, lost: { min: 1 }'] }));

async function judged(...paths: string[]) {
  const { code, stdout, stderr } = await runCli(['test', '--json', ...paths], { cwd });
  const { scenarios } = JSON.parse(stdout) as ScoreboardJson;
  return { code, stderr, scenarios, verdicts: scenarios.map(({ verdict }) => verdict) };
}

describe.concurrent('vpcsim test', () => {
  test('finds every *.yaml file of a folder and below, and passes', async () => {
    const { code, stdout, stderr } = await runCli(['test', 'good'], { cwd });
    const rows = stdout.split('\n').filter((line) => line.includes('PASS'));
    const found = ['deeper/still/two.yaml', 'folder.yaml/three.yaml', 'one.yaml'].map((name) =>
      join('good', name),
    );
    expect(rows.map((row) => row.trim().split(/\s+/)[1])).toEqual(found);
    expect(rows[2]).toContain('I1 I8');
    expect(stdout).toMatch(
      /\n3 passed, 0 failed, 0 inconclusive; each rests on at most \d+ assumed parameters\n$/,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('exits with the worst of several files, and judges each of them once', async () => {
    const [undecided, failed, bad] = await Promise.all([
      judged(GOOD, 'inconclusive.yaml', `.${sep}${GOOD}`),
      judged('inconclusive.yaml', 'failing.yaml', 'warned.yaml'),
      judged('nowhere', 'empty', 'bad.yaml', 'failing.yaml', 'inconclusive.yaml', GOOD),
    ]);
    expect(undecided).toMatchObject({ code: 3, verdicts: ['pass', 'inconclusive'], stderr: '' });
    expect(failed).toMatchObject({ code: 1, verdicts: ['inconclusive', 'fail', 'pass'] });
    expect(failed.stderr).toMatch(/^warned\.yaml:9:\d+ warning\[never-broken\]: /);
    // What could not be judged is no pass either.
    expect(bad).toMatchObject({ code: 2, verdicts: ['fail', 'fail', 'inconclusive', 'pass'] });
    expect(bad.scenarios[0]).toMatchObject({
      file: 'bad.yaml',
      expectations: [{ text: 'the file is a scenario' }],
    });
    expect(bad.stderr.split('\n').slice(0, 4)).toEqual([
      'nowhere: error[unreadable-file]: there is no such file; name one that exists',
      'empty: error[unreadable-file]: there is no *.yaml file in this folder or below',
      expect.stringMatching(/^bad\.yaml:1:1 error\[missing-key\]: /),
      expect.any(String),
    ]);
    expect(bad.scenarios[3]).toEqual({
      file: GOOD,
      title: 'One instance pings another',
      covers: ['I1', 'I8'],
      verdict: 'pass',
      expectations: [{ text: 'flow: hello, lost: 0', actual: 'lost 0', verdict: 'pass' }],
      assumed: expect.any(Number),
    });
  });

  test('writes well-formed JUnit and one-line Markdown rows, whatever a title holds', async () => {
    const files = ['--junit', 'report.xml', '--markdown', 'report.md'];
    const { code, stdout } = await runCli(['test', GOOD, 'a & b', 'inconclusive.yaml', ...files], { cwd });
    expect(stdout).toMatch(/FAIL +flow: hello, lost: \{ min: 1 \}\n +lost 0\n/);
    const xml = folder.read('report.xml');
    expect(whyMalformed(xml)).toBeNull();
    expect(xml).toContain('<testsuites name="vpcsim" tests="3" failures="1" errors="1" skipped="0">');
    expect(xml).toContain('Tom &amp; &quot;Jerry&quot; &lt;b&gt;');
    const rows = folder.read('report.md').split('\n');
    expect(rows.filter((row) => /^\| (pass|fail|inconclusive) \|/.test(row))).toHaveLength(5);
    const cells = rows.filter((row) => row.startsWith('| ')).map((row) => row.split(/(?<!\\)\|/).length - 2);
    expect(cells).toEqual([5, 5, 5, 5, 4, 4, 4]);
    expect(rows.at(-2)).toBe('3 scenarios: 1 passed, 1 failed, 1 inconclusive');
    expect(code).toBe(1);
  });

  test('says which report it cannot write, and why, and prints the scoreboard all the same', async () => {
    const paths = ['--junit', 'missing/report.xml', '--markdown', 'good'];
    const { code, stdout, stderr } = await runCli(['test', GOOD, ...paths], { cwd });
    expect(stderr.split('\n')).toEqual([
      'missing/report.xml: error[unwritable-file]: its folder does not exist; create it first',
      'good: error[unwritable-file]: this is a folder; name a file',
      '',
    ]);
    expect(stdout).toContain('1 passed, 0 failed');
    expect(existsSync(join(cwd, 'missing'))).toBe(false);
    expect(code).toBe(2);
  });
});

describe('replications', () => {
  // b dies at a time from 0 to 10 s: of 100 pings those after it are lost, more than 80 in every fifth run.
  const dying = (expectation: string): string =>
    pings({
      head: ['replications: 10'],
      rate: '10/s',
      events: ['b-dies: { at: { uniform: [0s, 10s] }, fail: b }'],
      expect: [expectation],
    });
  folder.write('always.yaml', dying('flow: hello, lost: { max: 100 }, in: 95% of runs'));
  folder.write('mostly.yaml', dying('flow: hello, lost: { max: 80 }, in: 40% of runs'));
  folder.write('hardly.yaml', dying('flow: hello, lost: { max: 80 }, in: 95% of runs'));
  folder.write('strictly.yaml', dying('flow: hello, lost: { max: 80 }'));

  test('are counted against the share that is asked for, all of them unless one is', async () => {
    const { code, scenarios, verdicts } = await judged(
      'always.yaml',
      'mostly.yaml',
      'hardly.yaml',
      'strictly.yaml',
    );
    expect(verdicts).toEqual(['pass', 'pass', 'fail', 'fail']);
    const found = scenarios.map(({ expectations }) => expectations[0]?.actual);
    expect(found[0]).toMatch(/ in 10 runs$/);
    for (const partly of found.slice(1))
      expect(partly).toMatch(/^\d of 10 runs pass \(\d0%\); replication \d: /);
    expect(code).toBe(1);
  });
});

describe('the check of XML used here', () => {
  test('sees what is malformed', () => {
    const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
    expect(whyMalformed(`${head}<a b="1"><c/>text &amp; <d>x</d></a>\n`)).toBeNull();
    const wrong = [
      '<a/>',
      `${head}`,
      `${head}<a>`,
      `${head}<a></b>`,
      `${head}<a/><b/>`,
      `${head}<a>x & y</a>`,
      `${head}<a b="<"/>`,
      `${head}<a b="1" b="2"/>`,
      `${head}<a>\u0001</a>`,
      `${head}<a>1 < 2</a>`,
      `${head}<a/>x`,
    ];
    expect(wrong.filter((xml) => whyMalformed(xml) === null)).toEqual([]);
  });
});
