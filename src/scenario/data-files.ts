/**
 * Files of measured values that a scenario names: two columns, time and value, one row a line. Rows rise in time, `#`
 * starts a comment, a first line of words is a heading. A number without unit is in the unit its caller says.
 *
 *     # time, round trip          time,size
 *     0s, 61.2ms                  0.000,1200
 *     10s, 64ms                   0.013,400
 */
import type { Hash } from 'node:crypto';
import type { QuantityKind } from '../base/units.ts';
import { describeKind, parseQuantity } from '../base/units.ts';
import type { Diagnostics } from './diagnostic.ts';
import { textOf } from './reading.ts';
import type { Tree } from './tree.ts';

/** Text of a file named in a scenario, or a sentence that says why it cannot be read. */
export type ReadFile = (path: string) => { readonly text: string } | { readonly problem: string };

/** A step function of time: `values[i]` from `timesNs[i]` on. */
export interface TimeSeries {
  /** Rising, from 0 s; several rows may share an instant only where the caller allows it. */
  readonly timesNs: readonly number[];
  readonly values: readonly number[];
}

export interface SeriesForm {
  /** What a value is: `duration`, `frequency`, `bitrate`, `size`, or a plain number (`count`). */
  readonly kind: QuantityKind;
  /** Factor from a bare number to base units, such as 1e6 for milliseconds. */
  readonly bareUnit: number;
  readonly min: number;
  readonly max: number;
  /** Rows at the same instant are several things rather than a contradiction. */
  readonly allowsSameTime?: boolean;
}

const MAX_ROWS = 1_000_000;
/** Seconds, for times without a unit. */
const BARE_TIME_NS = 1e9;
const EXPECTED_TIME = `seconds or ${describeKind('duration')}, at most 104 days`;

export class DataFiles {
  private readonly diagnostics: Diagnostics;
  private readonly readFile: ReadFile | null;
  private readonly texts = new Map<string, string>();

  constructor(diagnostics: Diagnostics, readFile: ReadFile | null) {
    this.diagnostics = diagnostics;
    this.readFile = readFile;
  }

  /** The series in the file that `node` names, or undefined after saying what is wrong with it. */
  series(node: Tree | undefined, form: SeriesForm): TimeSeries | undefined {
    const path = textOf(node);
    if (node === undefined || path === undefined) return undefined;
    const text = this.read(path, node);
    if (text === undefined) return undefined;
    const parsed = parseSeries(text, form);
    if ('series' in parsed) return parsed.series;
    this.diagnostics.error('data-file', node.span, `${path}, line ${parsed.line}: ${parsed.problem}`);
    return undefined;
  }

  /** What the files say is part of what a result rests on. */
  addTo(hash: Hash): Hash {
    for (const [path, text] of this.texts) hash.update(`\n${path}\n${text}`);
    return hash;
  }

  private read(path: string, node: Tree): string | undefined {
    const known = this.texts.get(path);
    if (known !== undefined) return known;
    const found = this.readFile?.(path) ?? { problem: 'this program was given no way to read files' };
    if ('problem' in found) {
      this.diagnostics.error('data-file', node.span, `${path}: ${found.problem}`);
      return undefined;
    }
    this.texts.set(path, found.text);
    return found.text;
  }
}

type Parsed = { readonly series: TimeSeries } | { readonly line: number; readonly problem: string };

function parseSeries(text: string, form: SeriesForm): Parsed {
  const timesNs: number[] = [];
  const values: number[] = [];
  let isFirst = true;
  let line = 0;
  for (const raw of text.split(/\r\n|\n|\r/)) {
    line++;
    // Spreadsheets put quotes around cells, which mean nothing here.
    const row = (raw.split('#')[0] as string).replaceAll('"', '').trim();
    if (row === '') continue;
    const cells = row.split(/\s*[,;\t]\s*/);
    const isHeading = isFirst && /^[^\d.+-]/.test(row);
    isFirst = false;
    if (isHeading) continue;
    if (cells.length !== 2)
      return { line, problem: `'${row}' is not a time and a value, separated by a comma` };
    const timeNs = read(cells[0] as string, 'duration', BARE_TIME_NS);
    const value = read(cells[1] as string, form.kind, form.bareUnit);
    if (timeNs === undefined || timeNs > Number.MAX_SAFE_INTEGER)
      return { line, problem: `'${cells[0]}' is no time: expected ${EXPECTED_TIME}` };
    if (value === undefined || value < form.min || value > form.max)
      return { line, problem: `'${cells[1]}' is no value here: expected ${expectedValue(form)}` };
    const last = timesNs.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (timeNs < last || (timeNs === last && form.allowsSameTime !== true))
      return { line, problem: `${cells[0]} does not come after the row before; rows rise in time` };
    if (timesNs.length === MAX_ROWS) return { line, problem: `more than ${MAX_ROWS} rows` };
    timesNs.push(Math.round(timeNs));
    values.push(value);
  }
  if (values.length === 0) return { line, problem: 'there is no row in it' };
  return { series: { timesNs, values } };
}

function read(cell: string, kind: QuantityKind, bareUnit: number): number | undefined {
  if (/^[+]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(cell)) return Number(cell) * bareUnit;
  const parsed = parseQuantity(cell, kind);
  return parsed.ok ? parsed.value : undefined;
}

function expectedValue({ kind, bareUnit, min, max }: SeriesForm): string {
  const what = kind === 'count' ? 'a number' : describeKind(kind);
  return `${what}, from ${min / bareUnit} to ${max / bareUnit} without unit`;
}
