/**
 * What is wrong with a scenario, where, and what would be right. `Diagnostics` collects them while a text is checked;
 * it does not decide what is wrong.
 */
import { closest, distance } from 'fastest-levenshtein';
import type { DiagnosticCode } from './diagnostic-codes.ts';
import type { Span } from './tree.ts';

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** A sentence part: lower case, no full stop. */
  readonly message: string;
  readonly expected?: string;
  /** The nearest valid name. */
  readonly nearest?: string;
  readonly sourceLine: string;
  /** Of the underlined part. */
  readonly length: number;
}

export interface Hints {
  readonly expected?: string;
  /** The text to find a nearest name for, and the names there are. */
  readonly unknown?: string;
  readonly known?: Iterable<string> | (() => Iterable<string>);
}

/** More than this is no help to anybody, and costs time to collect. */
const MAX_PROBLEMS = 1000;
/** Beyond these, looking for a nearest name costs more than it helps. */
const MAX_NEAREST = 100;
const MAX_NAME_LENGTH = 80;
/** Problems of one kind at one place: the members of a range mostly share theirs. */
const MAX_SAME = 4;
/** Longest part of a source line that is shown. */
const SHOWN_WIDTH = 140;

export class Diagnostics {
  private readonly file: string;
  private readonly text: string;
  private readonly lineStarts: readonly number[];
  private readonly found: { offset: number; diagnostic: Diagnostic }[] = [];
  private readonly seen = new Set<string>();
  private readonly perPlace = new Map<string, number>();
  private errors = 0;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.lineStarts = findLineStarts(text);
  }

  get hasErrors(): boolean {
    return this.errors > 0;
  }

  /** 1-based line of an offset, for messages that point at a second place. */
  lineOf(span: Span): number {
    return this.locate(span.start).line;
  }

  error(code: DiagnosticCode, span: Span, message: string, hints: Hints = {}): void {
    this.errors += 1;
    this.add('error', code, span, message, hints);
  }

  warning(code: DiagnosticCode, span: Span, message: string, hints: Hints = {}): void {
    this.add('warning', code, span, message, hints);
  }

  /** In the order of the text. */
  list(): Diagnostic[] {
    return [...this.found].sort((a, b) => a.offset - b.offset).map(({ diagnostic }) => diagnostic);
  }

  private add(
    severity: 'error' | 'warning',
    code: DiagnosticCode,
    span: Span,
    message: string,
    hints: Hints,
  ): void {
    if (this.found.length > MAX_PROBLEMS) return;
    // An alias shows the same mistake once for every copy.
    const place = `${code} ${span.start}`;
    const identity = `${place} ${message}`;
    const same = this.perPlace.get(place) ?? 0;
    if (same >= MAX_SAME || this.seen.has(identity)) return;
    this.perPlace.set(place, same + 1);
    this.seen.add(identity);
    if (this.found.length === MAX_PROBLEMS) {
      code = 'too-many-problems';
      message = `more than ${MAX_PROBLEMS} problems; the rest is not listed`;
      hints = {};
    }
    const { line, column } = this.locate(span.start);
    const lineStart = this.lineStarts[line - 1] ?? 0;
    const sourceLine = this.text.slice(lineStart, this.endOfLine(line));
    const nearest = this.found.length < MAX_NEAREST ? nearestName(hints) : undefined;
    const diagnostic: Diagnostic = {
      code,
      severity,
      file: this.file,
      line,
      column,
      message,
      ...(hints.expected === undefined ? {} : { expected: hints.expected }),
      ...(nearest === undefined ? {} : { nearest }),
      sourceLine,
      length: Math.max(1, Math.min(span.end - span.start, sourceLine.length - column + 1)),
    };
    this.found.push({ offset: span.start, diagnostic });
  }

  private locate(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.lineStarts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.lineStarts[low] as number) + 1 };
  }

  private endOfLine(line: number): number {
    const next = this.lineStarts[line];
    let end = next === undefined ? this.text.length : next - 1;
    if (this.text[end - 1] === '\r') end -= 1;
    return end;
  }
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The nearest known name, if it is near enough to be what was meant. */
function nearestName({ unknown, known }: Hints): string | undefined {
  if (unknown === undefined || known === undefined) return undefined;
  const names = [...(typeof known === 'function' ? known() : known)].filter(
    (name) => name.length <= MAX_NAME_LENGTH,
  );
  if (names.length === 0 || unknown.length === 0 || unknown.length > MAX_NAME_LENGTH) return undefined;
  const name = closest(unknown.toLowerCase(), names);
  const same = names.find((candidate) => candidate.toLowerCase() === unknown.toLowerCase());
  const best = same ?? name;
  const limit = Math.max(1, Math.floor(Math.max(unknown.length, best.length) / 3));
  return distance(unknown.toLowerCase(), best.toLowerCase()) <= limit && best !== unknown ? best : undefined;
}

/** `file:line:column error[code]: message`, the source line with the part underlined, and what would be right. */
export function formatDiagnostic(d: Diagnostic): string {
  const lines = [`${d.file}:${d.line}:${d.column} ${d.severity}[${d.code}]: ${d.message}`];
  if (d.sourceLine.trim() !== '') lines.push(...frame(d));
  if (d.expected !== undefined) lines.push(`  expected ${d.expected}`);
  if (d.nearest !== undefined) lines.push(`  did you mean '${d.nearest}'?`);
  return lines.map(printable).join('\n');
}

/** Control characters of the user's text must not act on the terminal that shows them. */
function printable(line: string): string {
  return line.replace(/\p{Cc}/gu, (control) => {
    return control === '\t' ? control : `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function frame({ sourceLine, line, column, length }: Diagnostic): string[] {
  const from = column <= SHOWN_WIDTH - 40 ? 0 : column - 60;
  const shown = sourceLine.slice(from, from + SHOWN_WIDTH);
  const gutter = `${line} | `;
  // Tabs stay tabs, so that the caret stands below what it points at.
  const indent = sourceLine.slice(from, column - 1).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(length, shown.length - (column - 1 - from))));
  return [`  ${gutter}${shown}`, `  ${' '.repeat(gutter.length - 2)}| ${indent}${carets}`];
}
