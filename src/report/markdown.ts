/** The scoreboard as Markdown, for the summary of a CI job. */
import { formatTally, type ScoreboardRow } from './scoreboard.ts';
import { formatPlural } from './table.ts';

export function formatMarkdown(rows: readonly ScoreboardRow[]): string {
  const lines = rows.map(({ verdict, file, covers, title, assumed }) => {
    return formatRow([verdict, `\`${file}\``, covers.join(' '), title, String(assumed)]);
  });
  const missed = rows.flatMap(({ file, expectations }) =>
    expectations.flatMap(({ verdict, text, actual }) =>
      verdict === 'pass' ? [] : [formatRow([verdict, `\`${file}\``, text, actual])],
    ),
  );
  const table = [
    '| verdict | scenario | covers | title | assumed parameters |',
    '|---|---|---|---|---:|',
    ...lines,
  ];
  const details = ['', '| verdict | scenario | expected | found |', '|---|---|---|---|', ...missed];
  const closing = `${formatPlural(rows.length, 'scenario')}: ${formatTally(rows)}`;
  return `${[...table, ...(missed.length === 0 ? [] : details), '', closing].join('\n')}\n`;
}

function formatRow(cells: readonly string[]): string {
  return `| ${cells.map(escapeCell).join(' | ')} |`;
}

/** A cell is one line, and neither ends early nor becomes markup. */
function escapeCell(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\\/g, '\\\\').replace(/\|/g, '\\|').replace(/</g, '&lt;');
}
