/**
 * Goal: what the documents show works, and what they list is complete. Method: parse and run every complete scenario in
 * them; look for every name of a closed list.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DROP_REASONS } from '../../src/network/drop-reason.ts';
import { DIAGNOSTIC_CODES } from '../../src/scenario/diagnostic-codes.ts';
import { allMeasures } from '../../src/scenario/measures.ts';
import { formatDiagnostic, parseScenario } from '../../src/scenario/parse.ts';
import { VERBS } from '../../src/scenario/verbs.ts';
import { simulate } from '../../src/simulate.ts';
import { FAILURES } from '../../src/traffic/ledger.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

const read = (document: string): string => readFileSync(join(ROOT, document), 'utf8');

/** Code blocks that are complete scenarios, named by document and line. */
function examplesOf(document: string): { name: string; text: string }[] {
  const content = read(document);
  return [...content.matchAll(/^```yaml\n(vpcsim: 1\n[\s\S]*?)^```$/gm)].map(({ index, 1: text = '' }) => {
    const line = content.slice(0, index).split('\n').length + 1;
    return { name: `${document}:${line}`, text };
  });
}

const EXAMPLES = DOCUMENTS.flatMap(examplesOf);

describe('examples', () => {
  test('are found', () => expect(EXAMPLES.length).toBeGreaterThanOrEqual(3));

  test.each(EXAMPLES)('$name parses without a remark, runs, and meets what it expects', ({ name, text }) => {
    const parsed = parseScenario(text, { file: name });
    expect(parsed.ok ? parsed.warnings : parsed.diagnostics.map(formatDiagnostic)).toEqual([]);
    if (!parsed.ok) return;
    const { expectations } = simulate(parsed.scenario);
    expect(expectations.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
  });
});

test('README.md shows what the first command prints', () => {
  const shown = /^```\n(Events\n[\s\S]*?)^```$/m.exec(read('README.md'))?.[1] ?? '';
  const lines = shown.split('\n').filter((line) => line !== '');
  const report = readFileSync(join(ROOT, 'test', 'golden', 'clb-backend-failure.txt'), 'utf8').split('\n');
  expect(lines.length).toBeGreaterThanOrEqual(6);
  expect(lines.filter((line) => !report.includes(line))).toEqual([]);
});

describe('docs/LANGUAGE.md', () => {
  const document = read('docs/LANGUAGE.md');

  test('lists every code of a diagnostic', () => {
    expect(Object.keys(DIAGNOSTIC_CODES).filter((code) => !document.includes(`\`${code}\``))).toEqual([]);
  });

  test('names every verb and option', () => {
    const words = Object.entries(VERBS).flatMap(([verb, options]) => [verb, ...options]);
    expect(words.filter((word) => !document.includes(`\`${word}\``))).toEqual([]);
  });

  test('names every step of every measure', () => {
    const steps = new Set(allMeasures().flatMap(({ path }) => path.split('.')));
    steps.delete('*');
    const words = new Set(document.slice(document.indexOf('## Expect')).match(/[a-z][a-z0-9_]*/g));
    expect([...steps].filter((step) => !words.has(step))).toEqual([]);
  });
});

describe('docs/RESULTS.md', () => {
  const document = read('docs/RESULTS.md');

  test('explains every drop reason once, in a row of its own', () => {
    const rows = [...document.matchAll(/^\| `([a-z-]+)` \| (?:yes)? ?\| \S.*\|$/gm)].map((match) => match[1]);
    expect(rows).toEqual([...DROP_REASONS]);
  });

  test('marks the drop reasons that the sources can give', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => read(`src/${name.replaceAll('\\', '/')}`));
    const given = DROP_REASONS.filter((name) =>
      sources.some((text) => text.includes(`dropReason('${name}')`)),
    );
    const marked = [...document.matchAll(/^\| `([a-z-]+)` \| yes \|/gm)].map((match) => match[1]);
    expect(marked).toEqual(given);
  });

  test('names every way in which a unit can fail', () => {
    expect(FAILURES.filter((failure) => !document.includes(`\`${failure}\``))).toEqual([]);
  });
});
