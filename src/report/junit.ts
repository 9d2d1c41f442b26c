/** JUnit XML: a suite per scenario, a case per expectation. Inconclusive counts as an error: it is no pass. */
import type { ExpectationResult } from '../measure/result.ts';
import type { ScoreboardRow } from './scoreboard.ts';
import { formatBasis } from './text.ts';

export function formatJunit(rows: readonly ScoreboardRow[]): string {
  const all = rows.flatMap(({ expectations }) => expectations);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="vpcsim" ${formatTotals(all)}>`,
    ...rows.flatMap(formatSuite),
    '</testsuites>',
    '',
  ].join('\n');
}

function formatSuite({ file, title, covers, expectations, assumed }: ScoreboardRow): string[] {
  return [
    `  <testsuite name="${escapeXml(file)}" ${formatTotals(expectations)}>`,
    '    <properties>',
    `      <property name="title" value="${escapeXml(title)}"/>`,
    `      <property name="covers" value="${escapeXml(covers.join(' '))}"/>`,
    `      <property name="basis" value="${escapeXml(formatBasis(assumed))}"/>`,
    '    </properties>',
    ...expectations.flatMap((expectation) => formatCase(file, expectation)),
    '  </testsuite>',
  ];
}

function formatCase(file: string, { text, actual, verdict }: ExpectationResult): string[] {
  const opening = `    <testcase classname="${escapeXml(file)}" name="${escapeXml(text)}"`;
  if (verdict === 'pass') return [`${opening}/>`];
  const element = verdict === 'fail' ? 'failure' : 'error';
  return [
    `${opening}>`,
    `      <${element} type="${verdict}" message="${escapeXml(actual)}">${escapeXml(`${text}\n${actual}`)}</${element}>`,
    '    </testcase>',
  ];
}

function formatTotals(expectations: readonly ExpectationResult[]): string {
  const count = (verdict: string): number => expectations.filter((each) => each.verdict === verdict).length;
  return `tests="${expectations.length}" failures="${count('fail')}" errors="${count('inconclusive')}" skipped="0"`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** For text and attributes; characters that XML 1.0 does not allow become question marks. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '?')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
