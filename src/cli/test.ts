/** `vpcsim test PATH...`: judges the expectations of scenario files and prints the scoreboard. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { judge, overallVerdict } from '../judge/judge.ts';
import type { RunResult } from '../measure/result.ts';
import { formatJunit } from '../report/junit.ts';
import { formatMarkdown } from '../report/markdown.ts';
import { formatScoreboard, type ScoreboardRow, scoreboardJson } from '../report/scoreboard.ts';
import { formatPlural } from '../report/table.ts';
import { countAssumed } from '../report/text.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { SimulationBug } from '../simulate.ts';
import { print, printBug, printError, wantsColour } from './console.ts';
import { drive, Interrupt } from './drive.ts';
import { EXIT, type ExitCode, exitOfVerdict, worstExit } from './exit-codes.ts';
import { loadScenario, scenarioFiles } from './files.ts';
import { whyUnwritable } from './reason.ts';

export interface TestOptions {
  readonly json?: boolean;
  readonly junit?: string;
  readonly markdown?: string;
}

/** Stands for the title of a file that has none to be read. */
const UNJUDGED = '';

export async function testCommand(paths: readonly string[], options: TestOptions): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  const rows: ScoreboardRow[] = [];
  const interrupt = new Interrupt();
  const files = collectFiles(paths, codes);
  for (const [index, file] of files.entries()) {
    if (interrupt.isRequested) {
      printError(`interrupted: ${formatPlural(files.length - index, 'file')} not judged, from ${file} on`);
      break;
    }
    const loaded = loadScenario(file);
    if (!loaded.ok) {
      for (const problem of loaded.problems) printError(problem);
      rows.push(unjudged(file, 'the file is a scenario', loaded.problems[0] ?? ''));
      codes.push(EXIT.usage);
      continue;
    }
    for (const warning of loaded.warnings) printError(warning);
    codes.push(await testScenario(loaded.scenario, rows, interrupt));
  }
  interrupt.release();
  if (interrupt.isRequested) codes.push(EXIT.interrupted);
  if (options.json) print(JSON.stringify(scoreboardJson(rows), null, 2));
  else printJudged(rows);
  if (options.junit !== undefined) codes.push(write(options.junit, formatJunit(rows)));
  if (options.markdown !== undefined) codes.push(write(options.markdown, formatMarkdown(rows)));
  return worstExit(codes);
}

/** Every replication of one scenario; the row is added even when the run was interrupted. */
async function testScenario(
  scenario: Scenario,
  rows: ScoreboardRow[],
  interrupt: Interrupt,
): Promise<ExitCode> {
  const runs: RunResult[] = [];
  try {
    for (let replication = 0; replication < scenario.replications && !interrupt.isRequested; replication++) {
      runs.push(await drive(scenario, { replication }, interrupt));
    }
  } catch (error) {
    if (!(error instanceof SimulationBug)) throw error;
    printBug(error);
    rows.push(unjudged(scenario.file, 'vpcsim simulates it', error.message));
    return EXIT.bug;
  }
  const [first] = runs;
  if (first === undefined) return EXIT.interrupted;
  const expectations = judge(scenario.expectations, runs);
  const verdict = overallVerdict(expectations);
  const { file, title, covers } = scenario;
  rows.push({ file, title, covers, verdict, expectations, assumed: countAssumed(first) });
  return exitOfVerdict(verdict);
}

/** For people: what could not be judged has been said already. */
function printJudged(rows: readonly ScoreboardRow[]): void {
  const judged = rows.filter(({ title }) => title !== UNJUDGED);
  if (judged.length > 0) print(formatScoreboard(judged, { colour: wantsColour() }));
}

/** For machines: a dashboard must not be green because a file could not be judged. */
function unjudged(file: string, text: string, problem: string): ScoreboardRow {
  const [actual = ''] = problem.split('\n');
  return {
    file,
    title: UNJUDGED,
    covers: [],
    verdict: 'fail',
    expectations: [{ text, actual, verdict: 'fail' }],
    assumed: 0,
  };
}

function collectFiles(paths: readonly string[], codes: ExitCode[]): string[] {
  const files: string[] = [];
  for (const path of paths) {
    const found = scenarioFiles(path);
    if (found.ok) files.push(...found.files);
    else {
      printError(found.problem);
      codes.push(EXIT.usage);
    }
  }
  return [...new Map(files.map((file) => [resolve(file), file])).values()];
}

function write(file: string, text: string): ExitCode {
  try {
    writeFileSync(file, text);
    return EXIT.pass;
  } catch (error) {
    printError(`${file}: error[unwritable-file]: ${whyUnwritable(error)}`);
    return EXIT.usage;
  }
}
