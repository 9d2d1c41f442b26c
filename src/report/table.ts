/** Tables without lines for text reports, and the few words they share. The only importer of cli-table3. */
import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { Verdict } from '../measure/result.ts';

export interface TextOptions {
  /** Terminal colours; off unless set. */
  readonly colour?: boolean;
}

export type Tint = 'bold' | 'dim' | 'green' | 'red' | 'yellow';

/** Colours a text, or leaves it alone when colours are off. */
export type Paint = (tint: Tint, text: string) => string;

export function buildPaint({ colour = false }: TextOptions): Paint {
  // Whether the output is a terminal is for the caller to know.
  return (tint, text) => (colour ? styleText(tint, text, { validateStream: false }) : text);
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Longer cells wrap at words, and within names of parts and options after `~`, `/` and `=`. */
  readonly maxWidth?: number;
}

const GAP = 2;
const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: ' '.repeat(GAP),
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
};

/** Rows under dim titles, two spaces apart and two in, without trailing blanks. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string {
  const widths = columns.map((column, index) => {
    const widest = Math.max(...rows.map((row) => (row[index] ?? '').length), column.title.length);
    return column.maxWidth !== undefined && widest > column.maxWidth ? column.maxWidth : null;
  });
  const table = new Table({
    chars: NO_LINES,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    head: columns.map(({ title }) => paint('dim', title)),
    colAligns: columns.map(({ align = 'left' }) => align),
    colWidths: widths,
  });
  const wrap = (cell: string, index: number): string => {
    const width = widths[index];
    return width === null || width === undefined ? cell : wrapCell(cell, width).join('\n');
  };
  table.push(...rows.map((row) => row.map(wrap)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Names of parts are long and differ at their ends, so nothing of them is cut off. */
function wrapCell(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const pieces = word.length <= width ? [word] : word.split(/(?<=[~/=])/);
    pieces.forEach((piece, index) => {
      const line = lines.at(-1);
      const joined = line === undefined ? piece : `${line}${index === 0 ? ' ' : ''}${piece}`;
      if (line === undefined || joined.length > width) lines.push(piece);
      else lines[lines.length - 1] = joined;
    });
  }
  return lines;
}

/** `12,345`, the same in every locale. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 packet`, `2 packets`. */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

const TINTS: Readonly<Record<Verdict, Tint>> = {
  pass: 'green',
  fail: 'red',
  inconclusive: 'yellow',
  none: 'dim',
};

export function formatVerdict(verdict: Verdict, paint: Paint, width = 0): string {
  return paint(TINTS[verdict], verdict.toUpperCase().padEnd(width));
}

/** Breaks a text at blanks into lines of at most `width`; a longer word has a line of its own. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Counts by name, the greatest first. */
export function byCount(counts: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(counts).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
}

/** A section of a report. */
export function titled(title: string, body: string, paint: Paint): string {
  return `${paint('bold', title)}\n${body}`;
}
