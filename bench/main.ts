/** `npm run bench -- [--quick] [--only NAME] [--json FILE]`: runs the benches, prints a table, writes the same as JSON. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { benches } from './benches.ts';
import type { Bench, BenchRow } from './harness.ts';
import { installAlternatives } from './install.ts';
import { installedPackages } from './packages.ts';

const USAGE = `Usage: npm run bench -- [options]
  --quick      fewer rounds, and without the benches that are slow to set up
  --only NAME  only the benches of that name or below it, such as event-queue or event-queue/100
  --json FILE  write the rows to FILE as well`;

const COLUMNS = ['bench', 'ours', 'alternatives', 'ratio', 'spread', 'target', ''];

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
  // Written before the long part, so that a file that cannot be written is told at once.
  const write = (rows: readonly BenchRow[]) => {
    if (options.json !== undefined) writeJson(options.json, rows);
  };
  write([]);
  const tell = (sentence: string) => console.error(sentence);
  installAlternatives(tell);
  const packages = installedPackages(tell);
  const rows: BenchRow[] = [];
  for (const bench of chosen) {
    if (process.stderr.isTTY) process.stderr.write(`${bench.name}\x1b[K\r`);
    rows.push(bench.run(options.quick ? 'quick' : 'full', packages));
  }
  if (process.stderr.isTTY) process.stderr.write('\x1b[K');
  console.log(formatTable([COLUMNS, ...rows.map(cellsOf)]));
  const aimed = rows.filter((row) => row.target !== null);
  const reached = aimed.filter((row) => !isBelow(row)).length;
  console.log(`\n${reached} of ${aimed.length} at or above target`);
  write(rows);
}

function parseOptions() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string' },
        json: { type: 'string' },
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

function writeJson(file: string, rows: readonly BenchRow[]): void {
  const cpu = cpus()[0]?.model.trim() ?? 'unknown';
  const report = { node: process.version, cpu, date: new Date().toISOString(), rows };
  try {
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  } catch (error) {
    throw new UsageError(`Cannot write '${file}': ${(error as Error).message}.`);
  }
}

function cellsOf(row: BenchRow): string[] {
  return [
    row.name,
    `${formatAmount(row.ours)} ${row.unit}`,
    Object.entries(row.alternatives)
      .map(([name, amount]) => `${name} ${formatAmount(amount)}`)
      .join(', '),
    row.ratio === null ? '' : row.ratio.toFixed(2),
    row.spread === null ? '' : row.spread.map((ratio) => ratio.toFixed(2)).join('..'),
    row.target === null ? '' : String(row.target),
    isBelow(row) ? 'below' : '',
  ];
}

function formatAmount(amount: number): string {
  if (amount >= 1e6) return `${(amount / 1e6).toFixed(2)} M`;
  if (amount >= 1e3) return `${(amount / 1e3).toFixed(1)} k`;
  return amount.toFixed(2);
}

/** The first column to the left, the others to the right. */
function formatTable(lines: readonly (readonly string[])[]): string {
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((cells) => cells[column].length)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
  return lines.map((cells) => cells.map(pad).join('  ').trimEnd()).join('\n');
}

function isBelow({ ratio, target }: BenchRow): boolean {
  return target !== null && ratio !== null && ratio < target;
}
