/**
 * Goal: a change of behaviour is seen by a reader, and a change that claims none changes none. Method: every file of
 * scenarios/ runs; its report is kept beside this file, and so is its fingerprint.
 *
 * `VPCSIM_UPDATE_GOLDEN=1 npx vitest run test/golden` writes both anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { loadScenario } from '../../src/cli/files.ts';
import type { RunResult } from '../../src/measure/result.ts';
import { formatReport } from '../../src/report/text.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { simulate } from '../../src/simulate.ts';

const FOLDER = 'scenarios';
const PRINTS_FILE = 'test/golden/fingerprints.json';
const isUpdate = process.env.VPCSIM_UPDATE_GOLDEN === '1';
const HOW_TO_UPDATE = 'then run the tests of test/golden with VPCSIM_UPDATE_GOLDEN=1';
const BEHAVIOUR_CHANGED = `behaviour changed: explain why in CHANGELOG.md, ${HOW_TO_UPDATE}`;
const REPORT_CHANGED = `the report changed: explain it in CHANGELOG.md if behaviour did, ${HOW_TO_UPDATE}`;

/** Those of scenarios/slow are run by their own suite. */
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => file.slice(0, -'.yaml'.length))
  .sort();
const known = JSON.parse(readFileSync(PRINTS_FILE, 'utf8')) as Record<string, string>;
const found: Record<string, string> = {};

function parse(name: string): Scenario {
  const loaded = loadScenario(`${FOLDER}/${name}.yaml`);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.scenario;
}

const unmet = ({ expectations }: RunResult): string[] =>
  expectations.flatMap(({ verdict, text, actual }) =>
    verdict === 'pass' ? [] : [`${verdict}: ${text}: ${actual}`],
  );

test('there are scenarios to look at, and no record of any other', () => {
  expect(names.length).toBeGreaterThanOrEqual(6);
  if (!isUpdate) expect(Object.keys(known).sort(), BEHAVIOUR_CHANGED).toEqual(names);
});

test('every behaviour between a VPC and the Internet is covered by a scenario, which passes below', () => {
  const covered = names.flatMap((name) => {
    const list = /^covers: \[(.*)\]$/m.exec(readFileSync(`${FOLDER}/${name}.yaml`, 'utf8'))?.[1] ?? '';
    return list.split(', ');
  });
  const behaviours = Array.from({ length: 13 }, (_, i) => `I${i + 1}`);
  expect(behaviours.filter((id) => !covered.includes(id))).toEqual([]);
});

describe.each(names)('%s', (name) => {
  test('passes, reports and behaves as recorded', async () => {
    const scenario = parse(name);
    const result = simulate(scenario);
    found[name] = result.fingerprint;
    expect(unmet(result)).toEqual([]);
    expect(result.verdict).toBe('pass');
    const report = formatReport(result, scenario, { colour: false });
    if (isUpdate) writeFileSync(`test/golden/${name}.txt`, report);
    await expect(report, REPORT_CHANGED).toMatchFileSnapshot(`${name}.txt`);
    if (!isUpdate) expect(result.fingerprint, BEHAVIOUR_CHANGED).toBe(known[name]);
  });
});

afterAll(() => {
  if (!isUpdate) return;
  expect(Object.keys(found).sort(), 'only a run of every scenario is recorded').toEqual(names);
  const sorted = Object.fromEntries(names.map((name) => [name, found[name]]));
  writeFileSync(PRINTS_FILE, `${JSON.stringify(sorted, null, 2)}\n`);
});
