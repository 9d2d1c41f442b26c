/** The scoreboard of `vpcsim test`: a row per scenario, in text and as JSON. */
import type { ExpectationResult, Verdict } from '../measure/result.ts';
import { buildPaint, formatTable, formatVerdict, type Paint, type TextOptions, wrapWords } from './table.ts';
import { formatBasis } from './text.ts';

export interface ScoreboardRow {
  readonly file: string;
  readonly title: string;
  /** Ids of behaviours it shows. */
  readonly covers: readonly string[];
  readonly verdict: Verdict;
  readonly expectations: readonly ExpectationResult[];
  /** Assumed parameters its verdict rests on. */
  readonly assumed: number;
}

const WIDTH = 108;

export function formatScoreboard(rows: readonly ScoreboardRow[], options: TextOptions = {}): string {
  const paint = buildPaint(options);
  const columns = [
    { title: 'verdict' },
    { title: 'scenario', maxWidth: 40 },
    { title: 'covers', maxWidth: 14 },
    { title: 'title', maxWidth: 40 },
  ];
  const cells = rows.map(({ verdict, file, covers, title }) => [
    formatVerdict(verdict, paint),
    file,
    covers.join(' '),
    title,
  ]);
  const table = rows.length === 0 ? [] : [formatTable(columns, cells, paint)];
  const missed = rows.filter(({ expectations }) => expectations.some(({ verdict }) => verdict !== 'pass'));
  return `${[...table, ...missed.map((row) => formatMissed(row, paint)), formatTotals(rows)].join('\n\n')}\n`;
}

export interface ScoreboardJson {
  readonly scenarios: readonly ScoreboardRow[];
}

export function scoreboardJson(rows: readonly ScoreboardRow[]): ScoreboardJson {
  return {
    scenarios: rows.map(({ file, title, covers, verdict, expectations, assumed }) => {
      return { file, title, covers, verdict, expectations, assumed };
    }),
  };
}

/** `11 passed, 1 failed, 0 inconclusive`, and those without expectations if there are any. */
export function formatTally(rows: readonly { readonly verdict: Verdict }[]): string {
  const count = (verdict: Verdict): number => rows.filter((row) => row.verdict === verdict).length;
  const tally = `${count('pass')} passed, ${count('fail')} failed, ${count('inconclusive')} inconclusive`;
  return count('none') === 0 ? tally : `${tally}, ${count('none')} without expectations`;
}

function formatTotals(rows: readonly ScoreboardRow[]): string {
  const most = Math.max(0, ...rows.map(({ assumed }) => assumed));
  const each = rows.length > 1 ? 'each ' : '';
  const basis =
    rows.length > 1 ? formatBasis(most).replace('rests on', 'rests on at most') : formatBasis(most);
  return `${formatTally(rows)}; ${each}${basis}`;
}

/** The expectations of a scenario that did not pass, with what was found instead. */
function formatMissed({ file, expectations }: ScoreboardRow, paint: Paint): string {
  const missed = expectations.filter(({ verdict }) => verdict !== 'pass');
  const width = Math.max(...missed.map(({ verdict }) => verdict.length));
  const margin = ' '.repeat(width + 4);
  const lines = missed.flatMap(({ verdict, text, actual }) => {
    const [first, ...rest] = wrapWords(text, WIDTH - margin.length);
    const found = wrapWords(actual, WIDTH - margin.length).map((line) => margin + paint('dim', line));
    return [
      `  ${formatVerdict(verdict, paint, width)}  ${first}`,
      ...rest.map((line) => margin + line),
      ...found,
    ];
  });
  return [paint('bold', file), ...lines].join('\n');
}
