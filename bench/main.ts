/** `npm run bench -- [options]`: installs what is measured against, runs the benches, prints and writes the rows. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { present } from '../src/base/assert.ts';
import { benches } from './benches.ts';
import { type Checked, checkRows } from './check.ts';
import type { Bench, BenchRow } from './harness.ts';
import { installAlternatives } from './install.ts';
import { BENCH_FOLDER, installedPackages } from './packages.ts';
import { formatJson, formatTable, isBelow, withFigures } from './report.ts';

const USAGE = `Usage: npm run bench -- [options]
  --quick      fewer rounds, and without the benches that are slow to set up
  --only NAME  only the benches of that name or below it, such as event-queue or event-queue/100
  --json FILE  write the rows to FILE as well
  --check      exit with 1 when a row falls below half of its target
  --readme     write the table into README.md`;

const README = join(BENCH_FOLDER, '../README.md');

class UsageError extends Error {}

try {
  main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}

function main(): void {
  const options = parseOptions();
  if (options.help) {
    console.log(USAGE);
    return;
  }
  const chosen = chooseBenches(options.only, options.quick);
  if (options.readme && options.only !== undefined)
    throw new UsageError('--readme wants all benches: leave --only out.');
  // Written before the long part, so that a file that cannot be written is told at once.
  const write = (rows: readonly BenchRow[]) => {
    if (options.json !== undefined) writeJson(options.json, rows);
  };
  write([]);
  const measure = prepare(options.quick);
  const measured = chosen.map(measure);
  const checked = options.check ? checkRows(measured, (name) => measure(benchOf(name))) : null;
  const rows = checked?.rows ?? measured;
  printRows(rows);
  write(rows);
  if (options.readme) {
    const command = `npm run bench --${options.quick ? ' --quick' : ''} --readme`;
    writeFileSync(README, withFigures(readFileSync(README, 'utf8'), rows, command));
  }
  if (checked !== null) tellFailures(checked);
}

function tellFailures({ failed, unchecked }: Checked): void {
  for (const { name } of unchecked) console.error(`Not checked, for want of its alternative: ${name}`);
  for (const { name, ratio, target } of failed) {
    console.error(`Below half of its target, twice: ${name}, ${ratio?.toFixed(2)} of ${target}`);
  }
  if (failed.length > 0) process.exitCode = 1;
}

/** Installs, and answers how to run a bench. */
function prepare(isQuick: boolean): (bench: Bench) => BenchRow {
  const tell = (sentence: string) => console.error(sentence);
  installAlternatives(tell);
  const packages = installedPackages(tell);
  return (bench) => {
    if (process.stderr.isTTY) process.stderr.write(`${bench.name}\x1b[K\r`);
    const row = bench.run(isQuick ? 'quick' : 'full', packages);
    if (process.stderr.isTTY) process.stderr.write('\x1b[K');
    return row;
  };
}

function parseOptions() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        json: { type: 'string' },
        check: { type: 'boolean', default: false },
        readme: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${USAGE}`);
  }
}

function chooseBenches(only: string | undefined, isQuick: boolean): Bench[] {
  const named = benches.filter(
    ({ name }) => only === undefined || name === only || name.startsWith(`${only}/`),
  );
  if (named.length === 0) {
    const families = [...new Set(benches.map(({ name }) => name.split('/')[0]))];
    throw new UsageError(`No bench is called '${only}'. The families are ${families.join(', ')}.`);
  }
  const quick = named.filter((bench) => !bench.isFullOnly);
  if (isQuick && quick.length === 0) throw new UsageError(`'${only}' does not run with --quick.`);
  return isQuick ? quick : named;
}

function benchOf(name: string): Bench {
  return present(
    benches.find((bench) => bench.name === name),
    `a row bears the name of its bench: ${name}`,
  );
}

function printRows(rows: readonly BenchRow[]): void {
  console.log(formatTable(rows));
  const aimed = rows.filter(({ ratio, target }) => ratio !== null && target !== null);
  console.log(`\n${aimed.filter((row) => !isBelow(row)).length} of ${aimed.length} at or above target`);
}

function writeJson(file: string, rows: readonly BenchRow[]): void {
  try {
    writeFileSync(file, formatJson(rows));
  } catch (error) {
    throw new UsageError(`Cannot write '${file}': ${(error as Error).message}.`);
  }
}
